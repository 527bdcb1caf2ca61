"""Measurements of others become a model, and the model says what layers will take, and why."""

import json

from conftest import ROOT

NEUSIGHT = ROOT / "experiments/predict/maps/neusight.yaml"
LAPTOP = ROOT / "hw_configs/laptop.yaml"


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def measurements() -> str:
    """Products on a device that reaches half of 10 TFLOP/s, with 30 us of overhead."""
    lines = ["Device,OPName,Latency,B,M,N,K"]
    for rows in (16, 64, 256, 1024, 4096):
        for columns in (64, 256, 1000, 1024):
            for depth in (64, 512, 2048):
                milliseconds = 0.03 + 2 * rows * columns * depth / 5e12 * 1e3
                lines.append(f"gpu,linear,{milliseconds:.9f},1,{rows},{depth},{columns}")
    return "\n".join(lines) + "\n"


def learned(partita, tmp_path):
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices/gpu.yaml").write_text(
        "device: gpu\npeak: {f32: 10 TFLOP/s}\nbandwidth: 1 TB/s\nmemory: 16 GB\nl2: 4 MB\nunits: 40\nclock_mhz: 1500\n"
    )
    (tmp_path / "linear.csv").write_text(measurements())
    train = ["train", "--profile", "linear.csv", "--map", NEUSIGHT, "--devices", "devices", "--out", "model.json"]
    return json.loads(ok(partita(*train, "--json")).stdout.splitlines()[-1])


def test_measurements_of_others_are_learned_and_explained(partita, tmp_path):
    result = learned(partita, tmp_path)
    assert result["branches"] == [{"name": "product f32", "rows": 60, "devices": 1}]
    assert json.loads((tmp_path / "model.json").read_text())["data_hash"] == result["data_hash"]
    predict = ["predict", "--model", "zoo:resnet18", "--machine", LAPTOP, "--learned", "model.json"]
    assert " .. " in ok(partita(*predict)).stdout  # an interval
    why = ok(partita(*predict, "--explain", "conv1")).stdout
    assert "fitted numbers, from gpu of 60 rows" in why
    assert "measured rows nearby" in why


def test_the_same_rows_give_the_same_file(partita, tmp_path):
    learned(partita, tmp_path)
    first = (tmp_path / "model.json").read_bytes()
    train = ["train", "--profile", "linear.csv", "--map", NEUSIGHT, "--devices", "devices", "--out", "again.json"]
    ok(partita(*train))
    assert (tmp_path / "again.json").read_bytes() == first


def test_a_layer_that_is_not_there_is_named(partita, tmp_path):
    learned(partita, tmp_path)
    predict = ["predict", "--model", "zoo:resnet18", "--machine", LAPTOP, "--learned", "model.json"]
    result = partita(*predict, "--explain", "conv_one")
    assert result.returncode == 2
    assert "has no layer 'conv_one'" in result.stderr


def test_profiles_of_ours_need_their_networks(partita, tmp_path):
    (tmp_path / "p.csv").write_text("kind\n")
    result = partita("train", "--profile", "p.csv", "--out", "model.json")
    assert result.returncode == 2
    assert "--model names the networks that were measured" in result.stderr
