#!/usr/bin/env python3
"""How well this computer's own profile predicts layers and networks that are not in it.

Started by `tools/bench predict --own`. Measures networks of the zoo once (partita profile). Then each of them is left
out in turn: its rows are taken out of the profile, but for layers that another network has, too; a model is learned of
the others (partita train), and `partita predict` says what its layers take. The measured times that were left out
judge: layers by the mean of |predicted / measured - 1|, networks by the sum over their layers. Beside it, the same
without the learned model: the roofline, scaled for each family of operators to what was measured.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

NETWORKS = (
    "zoo:inception_v1",
    "zoo:resnet50",
    "zoo:resnet18?size=160",
    "zoo:squeezenet",
    "zoo:mobilenet_v2",
    "zoo:mobilenet_v2?size=128",
    "zoo:vgg11?size=96",
    "zoo:unet?size=64",
    "zoo:bert?tokens=64",
    "zoo:gpt?tokens=48",
)


def run(partita: Path, *arguments: str) -> str:
    done = subprocess.run([partita, *map(str, arguments)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"partita {arguments[0]}: {done.stderr.strip()}")
    return done.stdout


class Costs:
    """What `partita predict --out` wrote: by layer and processor."""

    def __init__(self, file: Path):
        with file.open(newline="") as text:
            self.rows = {(row["layer"], row["processor"]): row for row in csv.DictReader(text)}

    def time(self, key) -> int:
        return int(self.rows[key]["time_ps"])

    def holds(self, key, time: int) -> bool | None:
        row = self.rows[key]
        return int(row["low_ps"]) <= time <= int(row["high_ps"]) if row["source"] == "learned" else None


def without(profile: Path, names: set[str], out: Path) -> None:
    """The profile without the rows of layers with these signatures, alone or beside others."""
    with profile.open(newline="") as text, out.open("w", newline="") as kept:
        rows = csv.DictReader(text)
        writer = csv.DictWriter(kept, rows.fieldnames, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            if row["kind"] not in ("layer", "interference") or row["signature"] not in names:
                writer.writerow(row)


class Scores:
    def __init__(self):
        self.layers = defaultdict(list)  # by operator: errors of layers that no row measured
        self.networks = []
        self.inside = []  # of intervals

    def add(self, predicted: Costs, measured: Costs) -> None:
        sums = defaultdict(lambda: [0, 0])
        for key, row in measured.rows.items():
            if row["source"] != "measured":
                continue
            time = measured.time(key)
            sums[key[1]][0] += predicted.time(key)
            sums[key[1]][1] += time
            # What only renames its operand takes nanoseconds, which no clock tells from none.
            if predicted.rows[key]["source"] != "measured" and row["operator"] not in ("Reshape", "Identity"):
                self.layers[row["operator"]].append(abs(predicted.time(key) / time - 1))
            if (holds := predicted.holds(key, time)) is not None:
                self.inside.append(holds)
        self.networks += [abs(all_predicted / all_measured - 1) for all_predicted, all_measured in sums.values()]

    def mean_of_layers(self) -> float:
        return 100 * statistics.mean(error for errors in self.layers.values() for error in errors)

    def mean_of(self, operator: str) -> float | None:
        return 100 * statistics.mean(self.layers[operator]) if self.layers[operator] else None


def judge(partita: Path, networks: list[str], profile: Path, machine: Path, folder: Path) -> tuple[Scores, Scores]:
    """With the learned model, and without."""
    measured = {}
    for network in networks:
        out = folder / "measured.csv"
        run(partita, "predict", "--model", network, "--machine", machine, "--profile", profile, "--out", out)
        measured[network] = Costs(out)
    names = {network: {row["signature"] for row in costs.rows.values()} for network, costs in measured.items()}
    scores = Scores(), Scores()
    for left_out in networks:
        others = [network for network in networks if network != left_out]
        some = folder / "some.csv"
        without(profile, names[left_out] - set().union(*(names[network] for network in others)), some)
        model = folder / "model.json"
        models = [word for network in others for word in ("--model", network)]
        run(partita, "train", "--profile", some, *models, "--machine", machine, "--out", model)
        for score, more in zip(scores, (["--learned", model], []), strict=True):
            out = folder / "predicted.csv"
            run(partita, "predict", "--model", left_out, "--machine", machine, "--profile", some, "--out", out, *more)
            score.add(Costs(out), measured[left_out])
    return scores


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("partita", type=Path)
    options.add_argument("--budget", default="120", help="seconds of measuring")
    options.add_argument("--profile", type=Path, help="of an earlier run, with its --machine: measures nothing")
    options.add_argument("--machine", type=Path)
    options.add_argument("--keep", type=Path, help="where the profile and the machine file go")
    options.add_argument("--after", type=Path, help="a file whose last line is JSON with other exams, to be joined")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        profile, machine = asked.profile, asked.machine
        if profile is None:
            kept = asked.keep or folder
            kept.mkdir(parents=True, exist_ok=True)
            profile, machine = kept / "profile.csv", kept / "machine.yaml"
            models = [word for network in NETWORKS for word in ("--model", network)]
            run(asked.partita, "profile", *models, "--repetitions", "10", "--budget", asked.budget,
                "--out", profile, "--machine-out", machine)  # fmt: skip
        learned, scaled = judge(asked.partita, list(NETWORKS), profile, machine, folder)

    print(f"{'MAPE %, each network left out in turn':44}{'learned':>10}{'scaled roofline':>17}   (measured here)")
    for operator, errors in sorted(learned.layers.items(), key=lambda each: -len(each[1])):
        what = f"  {operator}, {len(errors)} layers"
        print(f"{what:44}{learned.mean_of(operator):>10.1f}{scaled.mean_of(operator):>17.1f}")
    print(f"{'all layers that were not measured':44}{learned.mean_of_layers():>10.1f}{scaled.mean_of_layers():>17.1f}")
    sums = [100 * statistics.mean(score.networks) for score in (learned, scaled)]
    print(f"{'whole networks':44}{sums[0]:>10.1f}{sums[1]:>17.1f}")
    covered = 100 * statistics.mean(learned.inside)
    print(f"{'intervals that hold':44}{covered:>10.1f}")
    rows = sum(len(errors) for errors in learned.layers.values())
    sets = [
        {"name": "cpu_layers", "split": "unseen_shapes", "points": None, "rows": rows,
         "mape_percent": learned.mean_of_layers(), "convolution_percent": learned.mean_of("Conv"),
         "scaled_roofline_percent": scaled.mean_of_layers(), "coverage_percent": covered},
        {"name": "cpu_networks", "split": "unseen_networks", "points": None, "rows": len(learned.networks),
         "mape_percent": sums[0], "scaled_roofline_percent": sums[1]},
    ]  # fmt: skip
    line = json.loads(asked.after.read_text().splitlines()[-1]) if asked.after else {"sets": []}
    line["sets"] += sets
    print(json.dumps(line))


if __name__ == "__main__":
    main()
