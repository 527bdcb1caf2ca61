"""partita analyze: its features are those that numpy computes of the same arrays, and its files are what they say."""

import csv
import io
import json
import wave

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT


def entropy(counts):
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def mean_run(flat):
    """Items a run; `flat` is one item a row."""
    return len(flat) / (1 + int((flat[1:] != flat[:-1]).any(axis=1).sum()))


def values_of(array):
    """The bins that values fall into: themselves, or the first 12 bits as float32."""
    if array.dtype.itemsize == 1:
        return array.view(np.uint8)
    bins = array.astype(np.float32).view(np.uint32) >> 20
    return np.where(bins == 0x800, 0, bins)


def expected(array, image=False):
    """What numpy says of a tensor, or of an image (height, width, channels)."""
    items = array.reshape(-1, array.shape[-1] if image else 1)
    flat = array.reshape(-1)
    finite = np.isfinite(flat.astype(np.float64))
    x = flat[finite].astype(np.float64)
    n = len(x)
    numbers = array.astype(np.float64)
    across, down = (1, 0) if image else (-1, -2)
    with np.errstate(invalid="ignore"):
        steps_x = np.abs(np.diff(numbers, axis=across))
        steps_y = np.abs(np.diff(numbers, axis=down)) if array.ndim > 1 else np.zeros(0)
    bits = items.view(f"u{array.dtype.itemsize}")
    features = {
        "elements": array.size,
        "bytes": array.nbytes,
        "mean": x.mean(),
        "variance": x.var(),
        "minimum": x.min(),
        "maximum": x.max(),
        "zero_share": (x == 0).mean(),
        "hoyer_sparsity": (np.sqrt(n) - np.abs(x).sum() / np.sqrt((x**2).sum())) / (np.sqrt(n) - 1),
        "nan_count": np.isnan(flat.astype(np.float64)).sum(),
        "infinity_count": np.isinf(flat.astype(np.float64)).sum(),
        "byte_entropy_bits": entropy(np.bincount(np.frombuffer(array.tobytes(), np.uint8))),
        "value_entropy_bits": entropy(np.bincount(values_of(flat)[finite])),
        "mean_run": mean_run(bits),
        "gradient_x": steps_x[np.isfinite(steps_x)].mean(),
    }
    if steps_y.size:
        features["gradient_y"] = steps_y[np.isfinite(steps_y)].mean()
    if image:
        at_x = np.arange(1, array.shape[1]) % 8 == 0
        at_y = np.arange(1, array.shape[0]) % 8 == 0
        border = np.concatenate([steps_x[:, at_x].ravel(), steps_y[at_y].ravel()]).mean()
        inside = np.concatenate([steps_x[:, ~at_x].ravel(), steps_y[~at_y].ravel()]).mean()
        features["blockiness"] = (border - inside) / (border + inside)
    return features


def analyzed(partita, *arguments):
    result = partita("analyze", *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)["inputs"]


def check(found, wanted):
    for name, value in wanted.items():
        assert found["features"][name] == pytest.approx(value, rel=1e-6, abs=1e-9), name


def random_array(kind, shape, seed):
    """Runs, zeros, and all sizes of numbers."""
    chance = np.random.default_rng(seed)
    numbers = chance.normal(0, 50, shape) * (chance.random(shape) > 0.3)
    repeated = np.repeat(numbers.reshape(-1), 2)[: numbers.size].reshape(shape)
    if np.dtype(kind).kind == "b":
        return repeated > 0
    if np.dtype(kind).kind in "iu":
        limits = np.iinfo(kind)
        return np.clip(repeated, max(limits.min, -1000), min(limits.max, 1000)).astype(kind)
    made = repeated.astype(kind)
    made.reshape(-1)[::97] = np.nan
    made.reshape(-1)[::89] = -np.inf
    return made


KINDS = ["?", "u1", "i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8", "<f2", "<f4", "<f8"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(3, 37, 41), (5003,), (2, 3, 64, 64)], ids=str)
def test_tensors_have_the_features_that_numpy_says(partita, tmp_path, kind, shape):
    array = random_array(kind, shape, seed=len(shape))
    np.save(tmp_path / "a.npy", array)
    (found,) = analyzed(partita, "a.npy", "--as", "tensor")
    assert found["type"] == str(array.dtype)
    assert found["shape"] == list(shape)
    check(found, expected(array))


def test_the_other_byte_order_is_turned(partita, tmp_path):
    array = random_array("<f4", (40, 50), seed=1)
    np.save(tmp_path / "little.npy", array)
    np.save(tmp_path / "big.npy", array.astype(">f4"))
    little, big = analyzed(partita, "little.npy", "big.npy")
    assert little["features"] == big["features"]


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_all_versions_of_npy_are_read(partita, tmp_path, version):
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    with (tmp_path / "a.npy").open("wb") as file:
        np.lib.format.write_array(file, array, version=version)
    (found,) = analyzed(partita, "a.npy")
    assert found["features"]["mean"] == 5.5


@pytest.mark.parametrize(
    ("kind", "mode", "channels"),
    [("png", "L", 1), ("png", "LA", 2), ("png", "RGB", 3), ("png", "RGBA", 4), ("ppm", "L", 1), ("ppm", "RGB", 3)],
)
def test_images_have_the_features_that_numpy_says(partita, tmp_path, kind, mode, channels):
    chance = np.random.default_rng(channels)
    pixels = np.repeat(chance.integers(0, 256, (67, 45, channels)), 2, axis=1).astype(np.uint8)
    Image.frombytes(mode, (90, 67), pixels.tobytes()).save(tmp_path / f"a.{kind}")
    (found,) = analyzed(partita, f"a.{kind}")
    assert found["shape"] == [67, 90, channels]
    check(found, expected(pixels, image=True))


def test_a_jpeg_has_the_pixels_that_others_decode_and_its_blocks_show(partita, tmp_path):
    rows, columns = np.indices((160, 200))
    pixels = (128 + 60 * np.sin(rows / 9.0) + 60 * np.cos(columns / 13.0)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "fine.jpg", quality=95)
    Image.fromarray(pixels).save(tmp_path / "coarse.jpg", quality=3)
    fine, coarse = analyzed(partita, "fine.jpg", "coarse.jpg")
    decoded = np.asarray(Image.open(tmp_path / "fine.jpg"))[..., None]
    for name, value in expected(decoded, image=True).items():
        # Decoders may round a pixel to one or the other side.
        assert fine["features"][name] == pytest.approx(value, rel=0.02, abs=0.02), name
    assert coarse["features"]["blockiness"] > 0.5 > 0.2 > fine["features"]["blockiness"]


def test_sound_and_tokens(partita, tmp_path):
    frames = (np.random.default_rng(2).normal(0, 3000, (4000, 2))).astype("<i2")
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(frames.tobytes())
    ids = np.random.default_rng(3).zipf(1.5, (4, 300)) % 1000
    np.save(tmp_path / "a.npy", ids)
    sound, tokens = analyzed(partita, "a.wav", "a.npy")
    values = frames.astype(np.float32) / 32768
    assert sound["features"]["duration_s"] == 0.25
    assert sound["features"]["sequence_length"] == 4000
    assert sound["features"]["variance"] == pytest.approx(values.astype(float).var(), rel=1e-6)
    assert sound["features"]["gradient_x"] == pytest.approx(np.abs(np.diff(values, axis=0)).mean(), rel=1e-6)
    counts = np.bincount(ids.ravel())
    pairs = {tuple(row[i : i + 2]) for row in ids.tolist() for i in range(299)}
    fours = {tuple(row[i : i + 4]) for row in ids.tolist() for i in range(297)}
    wanted = {
        "sequence_length": 300,
        "distinct_tokens": (counts > 0).sum(),
        "type_token_ratio": (counts > 0).sum() / 1200,
        "token_entropy_bits": entropy(counts),
        "repetition_2": 1 - len(pairs) / (4 * 299),
        "repetition_4": 1 - len(fours) / (4 * 297),
    }
    check(tokens, wanted)
    assert tokens["features"]["mean"] is None


def test_a_sample_states_its_error(partita, tmp_path):
    array = np.random.default_rng(5).normal(2, 1, 500_000).astype(np.float32)
    np.save(tmp_path / "a.npy", array)
    (found,) = analyzed(partita, "a.npy", "--sample", "0.1", "--seed", "3")
    assert found["read_share"] == pytest.approx(0.1, rel=0.01)
    error = found["errors"]["mean"]
    assert 0 < error < 0.05
    # Three times half the width of a 95 % interval.
    assert abs(found["features"]["mean"] - array.mean()) < 3 * error
    assert found["errors"]["minimum"] == "at_most"
    (count,) = analyzed(partita, "a.npy", "--sample", "50000", "--seed", "3")
    assert count == found


def test_csv_holds_one_row_a_file_and_what_json_says(partita, tmp_path):
    folder = ROOT / "tests/data/inputs"
    names = [str(folder / name) for name in ("image.png", "tensor.npy", "tokens.txt")]
    listed = analyzed(partita, *names)
    result = partita("analyze", *names, "--csv", "features.csv")
    assert result.returncode == 0
    assert "wrote features.csv" in result.stdout
    rows = list(csv.DictReader(io.StringIO((tmp_path / "features.csv").read_text())))
    assert [row["file"] for row in rows] == names
    for row, found in zip(rows, listed, strict=True):
        for name, value in found["features"].items():
            assert (float(row[name]) if row[name] else None) == value


def test_a_stream_says_where_it_changed(partita, tmp_path):
    chance = np.random.default_rng(6)
    names = [f"{i:02}.npy" for i in range(30)]
    for i, name in enumerate(names):
        np.save(tmp_path / name, chance.normal(3 if i >= 20 else 0, 1, 5000))
    result = partita("analyze", *names, "--stream", "--json")
    changes = [row for row in json.loads(result.stdout)["changes"] if row["feature"] == "mean"]
    assert [(row["since"], row["upwards"]) for row in changes] == [("20.npy", True)]
    quiet = partita("analyze", *names[:20], "--stream")
    assert "0 changes in 20 inputs" in quiet.stdout


def test_all_bad_files_are_named_at_once(partita, tmp_path):
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "words.txt").write_text("1 two\n")
    result = partita("analyze", "empty.png", ROOT / "tests/data/inputs/image.png", "words.txt", "none.npy")
    assert result.returncode == 2
    assert "empty.png: error: is empty" in result.stderr
    assert "words.txt:1:3: error: 'two' is no token id" in result.stderr
    assert "none.npy: error: no such file" in result.stderr
    assert result.stdout == ""


def test_formulas_are_told(partita):
    result = partita("analyze", "--formulas")
    assert result.returncode == 0
    assert "blockiness (1)" in result.stdout
    assert "Wang, Sheikh, Bovik" in result.stdout
