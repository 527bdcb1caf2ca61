#!/usr/bin/env python3
"""How well this computer's own profile predicts layers and networks that are not in it.

Started by `tools/bench predict --own`. Measures networks of the zoo once, each in two sizes (partita profile). Then two
exams. Shapes: one size of a network is left out, its other size stays. Networks: all sizes of a network are left out.
What is left out: its rows in the profile, but for layers that what stays has, too. A model is learned of the rest
(partita train), and `partita predict` says what the layers take. The measured times that were left out judge: layers by
the mean of |predicted / measured - 1|, networks by the sum over their layers. Beside it, the same without the learned
model: the roofline, scaled for each family of operators to what was measured.
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

# By network, its sizes.
NETWORKS = (
    ("zoo:inception_v1", "zoo:inception_v1?size=160"),
    ("zoo:resnet50", "zoo:resnet50?size=160"),
    ("zoo:resnet18?size=160", "zoo:resnet18?size=112"),
    ("zoo:squeezenet", "zoo:squeezenet?size=128"),
    ("zoo:mobilenet_v2", "zoo:mobilenet_v2?size=128"),
    ("zoo:vgg11?size=96", "zoo:vgg11?size=64"),
    ("zoo:unet?size=64", "zoo:unet?size=96"),
    ("zoo:bert?tokens=64", "zoo:bert?tokens=96"),
    ("zoo:gpt?tokens=48", "zoo:gpt?tokens=80"),
)
ALL = tuple(size for sizes in NETWORKS for size in sizes)


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

    def worst_operator(self, least: int = 20) -> str:
        """Of those with so many layers."""
        return max((each for each in self.layers if len(self.layers[each]) >= least), key=self.mean_of)

    def rows(self) -> int:
        return sum(map(len, self.layers.values()))

    def coverage(self) -> float:
        return 100 * statistics.mean(self.inside)


class Exams:
    """What is measured once, and judged by what is left of it."""

    def __init__(self, partita: Path, profile: Path, machine: Path, folder: Path):
        self.partita, self.profile, self.machine, self.folder = partita, profile, machine, folder
        self.measured = {}
        for network in ALL:
            out = folder / "measured.csv"
            self.predict(network, profile, out)
            self.measured[network] = Costs(out)

    def predict(self, network: str, profile: Path, out: Path, *more) -> None:
        run(self.partita, "predict", "--model", network, "--machine", self.machine, "--profile", profile,
            "--out", out, *more)  # fmt: skip

    def names(self, networks: list[str]) -> set[str]:
        return {row["signature"] for network in networks for row in self.measured[network].rows.values()}

    def leave_out(self, networks: list[str], learned: Scores, scaled: Scores) -> None:
        others = [network for network in ALL if network not in networks]
        some, model, out = (self.folder / name for name in ("some.csv", "model.json", "predicted.csv"))
        without(self.profile, self.names(networks) - self.names(others), some)
        models = [word for network in others for word in ("--model", network)]
        run(self.partita, "train", "--profile", some, *models, "--machine", self.machine, "--out", model)
        for network in networks:
            for score, more in ((learned, ("--learned", model)), (scaled, ())):
                self.predict(network, some, out, *more)
                score.add(Costs(out), self.measured[network])


def table(title: str, learned: Scores, scaled: Scores) -> None:
    print(f"{'MAPE %, ' + title:52}{'learned':>10}{'scaled roofline':>17}   (measured here)")
    for operator, errors in sorted(learned.layers.items(), key=lambda each: -len(each[1])):
        what = f"  {operator}, {len(errors)} layers"
        print(f"{what:52}{learned.mean_of(operator):>10.1f}{scaled.mean_of(operator):>17.1f}")
    print(f"{'all layers that were not measured':52}{learned.mean_of_layers():>10.1f}{scaled.mean_of_layers():>17.1f}")
    sums = [100 * statistics.mean(score.networks) for score in (learned, scaled)]
    print(f"{'whole networks':52}{sums[0]:>10.1f}{sums[1]:>17.1f}")
    print(f"{'intervals that hold':52}{learned.coverage():>10.1f}")


def json_of_layers(split: str, learned: Scores, scaled: Scores) -> dict:
    worst = learned.worst_operator()
    return {"name": "cpu_layers", "split": split, "points": None, "rows": learned.rows(),
            "mape_percent": learned.mean_of_layers(), "convolution_percent": learned.mean_of("Conv"),
            "worst_family": worst, "worst_family_percent": learned.mean_of(worst),
            "scaled_roofline_percent": scaled.mean_of_layers(),
            "coverage_percent": learned.coverage()}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("partita", type=Path)
    options.add_argument("--budget", default="240", help="seconds of measuring")
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
            models = [word for network in ALL for word in ("--model", network)]
            run(asked.partita, "profile", *models, "--repetitions", "10", "--budget", asked.budget,
                "--out", profile, "--machine-out", machine)  # fmt: skip
        exams = Exams(asked.partita, profile, machine, folder)
        shapes, networks = (Scores(), Scores()), (Scores(), Scores())
        for sizes in NETWORKS:
            for size in sizes:
                exams.leave_out([size], *shapes)
            exams.leave_out(list(sizes), *networks)

    table("each size of a network left out in turn", *shapes)
    print()
    table("each network left out in turn", *networks)
    sets = [
        json_of_layers("unseen_shapes", *shapes),
        json_of_layers("unseen_networks", *networks),
        {"name": "cpu_networks", "split": "unseen_networks", "points": None, "rows": len(networks[0].networks),
         "mape_percent": 100 * statistics.mean(networks[0].networks),
         "scaled_roofline_percent": 100 * statistics.mean(networks[1].networks)},
    ]  # fmt: skip
    line = json.loads(asked.after.read_text().splitlines()[-1]) if asked.after else {"sets": []}
    line["sets"] += sets
    print(json.dumps(line))


if __name__ == "__main__":
    main()
