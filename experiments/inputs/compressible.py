#!/usr/bin/env python3
"""Tensors that a link's engine compresses: how much, by the analyzer's features, and what a plan gains by knowing.

How much a tensor compresses is measured with deflate (zlib, level 6) on its real bytes: images, and what the trained
network makes of them. Which layers run beside the camera and which behind the radio link (radio.yaml) is simulated.
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np

from choose import chosen_means, error_percent, print_found
from command import Partita
from experts import line_through
from images import images

HERE = Path(__file__).resolve().parent
LEARN, JUDGE = 51, 52  # seeds
SENT = ("features1", "features2", "features3")  # what the stages of the network make
PEAKS = (1, 2, 3, 4, 6)  # of the camera's processor, GFLOP/s
MOST = 1000.0  # that a machine file may say


def packed_share(tensor: np.ndarray) -> float:
    """Compressed over original size."""
    raw = np.ascontiguousarray(tensor).tobytes()
    return len(zlib.compress(raw, 6)) / len(raw)


def write_network(file: Path):
    """The network to its last exit; returns a session that gives SENT and the answer."""
    import onnx
    import onnxruntime

    source = HERE / "early_exit.onnx"
    onnx.utils.extract_model(str(source), str(file), ["pixels"], ["logits3"])
    model = onnx.load(file)
    for name in SENT:
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return lambda pixels: session.run(SENT, {"pixels": pixels.reshape(1, 1, *pixels.shape).astype(np.float32)})


class Images:
    """Images, what the analyzer says of them and of what is made of them, and how much that compresses."""

    def __init__(self, partita: Partita, name: str, count: int, seed: int, infer):
        pixels, _, self.difficulties = images(count, seed)
        made = [infer(each) for each in pixels]
        self.input_share = np.array([packed_share(each.astype(np.float32)) for each in pixels])
        self.made_shares = np.array([[packed_share(tensor) for tensor in tensors] for tensors in made])
        files = [f"{name}{i}.npy" for i in range(count)]
        for file, each in zip(files, pixels, strict=True):
            np.save(partita.folder / file, each)
        self.features = partita.features(files, "image")
        self.rows = np.array([list(row.values()) for row in self.features])
        for file, tensors in zip(files, made, strict=True):
            np.save(partita.folder / file, tensors[0])
        self.made_features = partita.features(files, "tensor")
        for file in files:
            (partita.folder / file).unlink()

    def ratios(self) -> np.ndarray:
        """Of the input, and of all that the stages make, together: a machine file knows one for each."""
        return np.stack([1 / self.input_share, 1 / self.made_shares.mean(axis=1)], axis=1)


class Radio:
    """Plans and what they take, under any ratios."""

    def __init__(self, partita: Partita, peak: float, limit: float):
        self.partita, self.peak, self.limit = partita, peak, limit

    def machine(self, ratios) -> list:
        asked = ["--model", "network.onnx", "--machine", HERE / "radio.yaml"]
        asked += ["--set", f"processors.camera.peak.f32={self.peak} GFLOP/s"]
        for content, ratio in zip(("input", "activation"), ratios, strict=True):
            asked += ["--set", f"links.radio.compression.ratio.{content}={np.clip(ratio, 1, MOST):.4f}"]
        return asked

    def plan(self, ratios, file: str) -> dict:
        self.partita("partition", *self.machine(ratios), "--time-limit", self.limit, "--out", file)
        return json.loads((self.partita.folder / file).read_text())["orders"]

    def plans(self, candidates: dict[str, np.ndarray]) -> dict[str, str]:
        """File of each; those that put the same layers on the same processors are one."""
        files, known = {}, []
        for name, ratios in candidates.items():
            orders = self.plan(ratios, f"{name}.json")
            same = next((file for file, other in known if other == orders), None)
            if same is None:
                known.append((f"{name}.json", orders))
            files[name] = same or f"{name}.json"
        return files

    def simulated(self, all_ratios: np.ndarray, plans: list[str]) -> np.ndarray:
        return np.array(
            [
                [self.partita.simulated_ms(*self.machine(ratios), "--plan", plan) for plan in plans]
                for ratios in all_ratios
            ]
        )


def run(partita: Partita, learn: int, judge: int, peaks: tuple, limit: float) -> dict:
    infer = write_network(partita.folder / "network.onnx")
    learned, judged = (
        Images(partita, name, count, seed, infer)
        for name, count, seed in (("learn", learn, LEARN), ("judge", judge, JUDGE))
    )
    # Of the logarithm, since packed sizes vary by factors.
    line = line_through(learned.rows, np.log(learned.ratios()))
    expected = np.exp([line(row) for row in judged.rows])
    true, mean = judged.ratios(), 1 / (1 / learned.ratios()).mean(axis=0)

    candidates = {"uncompressed": np.ones(2), "mean": mean}
    spread = np.quantile(learned.ratios(), (0, 0.25, 0.5, 0.75, 1), axis=0)
    candidates |= {f"quantile{i}": ratios for i, ratios in enumerate(spread)}

    def policies(peak: float) -> dict:
        radio = Radio(partita, peak, limit)
        files = radio.plans(candidates)
        plans = sorted(set(files.values()))
        predicted, costs = radio.simulated(expected, plans), radio.simulated(true, plans)
        found = chosen_means(predicted, costs, plans.index(files["mean"]))
        without = float(costs[:, plans.index(files["uncompressed"])].mean())
        return {
            "planned without compression": without,
            "planned for the mean ratio": found.pop("one for all"),
        } | found

    return {
        "ratios": {name: [float(ratio) for ratio in ratios] for name, ratios in candidates.items()},
        "points": [
            {"difficulty": float(d), "predicted_ratio": float(p), "true_ratio": float(t)}
            for d, p, t in zip(judged.difficulties, expected[:, 0], true[:, 0], strict=True)
        ],
        "errors_percent": {
            "of the input's ratio by features": error_percent(expected[:, 0], true[:, 0]),
            "of the input's ratio by the mean": error_percent(mean[0], true[:, 0]),
            "of the activations' ratio by the image's features": error_percent(expected[:, 1], true[:, 1]),
            "of the activations' ratio by the mean": error_percent(mean[1], true[:, 1]),
        },
        "effects": {
            "an image on its packed size": partita.effects("image", judged.features, judged.input_share),
            "an activation on its packed size": partita.effects(
                "activation", judged.made_features, judged.made_shares[:, 0]
            ),
        },
        "policies_ms": {f"simulated, camera of {peak} GFLOP/s": policies(peak) for peak in peaks},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partita", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--learn", type=int, default=200, help="images to learn from")
    parser.add_argument("--judge", type=int, default=60, help="images to judge by")
    parser.add_argument("--limit", type=float, default=0.5, help="seconds for each plan")
    options = parser.parse_args()
    found = run(
        Partita(options.partita, options.out / "compressible"), options.learn, options.judge, PEAKS, options.limit
    )
    (options.out / "compressible.json").write_text(json.dumps(found) + "\n")
    print_found(found)


if __name__ == "__main__":
    main()
