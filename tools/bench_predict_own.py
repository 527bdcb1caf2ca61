#!/usr/bin/env python3
"""How well this computer's own profile predicts layers and networks that are not in it.

Started by `tools/bench predict --own`. Measures networks of the zoo twice, each in two sizes (partita profile). Then
two exams, of the first of the two. Shapes: one size of a network is left out, its other size stays. Networks: all
sizes of a network are left out. What is left out: its rows in the profile, but for layers that what stays has, too. A
model is learned of the rest (partita train), and `partita predict` says what the layers take. The measured times that
were left out judge: layers by the mean of |predicted / measured - 1|, networks by the sum over their layers. Beside
it, the same without the learned model: the roofline, scaled for each family of operators to what was measured; and
what the same measurement says when it is made again, which no prediction can be better than by much.
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

    def add(self, predicted: Costs, measured: Costs, unseen: set) -> None:
        """`unseen`: layers and processors without a row."""
        sums = defaultdict(lambda: [0, 0])
        for key, row in measured.rows.items():
            if row["source"] != "measured":
                continue
            time = measured.time(key)
            sums[key[1]][0] += predicted.time(key)
            sums[key[1]][1] += time
            # What only renames its operand takes nanoseconds, which no clock tells from none.
            if key in unseen and row["operator"] not in ("Reshape", "Identity"):
                self.layers[row["operator"]].append(abs(predicted.time(key) / time - 1))
            if (holds := predicted.holds(key, time)) is not None:
                self.inside.append(holds)
        self.networks += [abs(all_predicted / all_measured - 1) for all_predicted, all_measured in sums.values()]

    def mean_of_layers(self) -> float:
        return 100 * statistics.mean(error for errors in self.layers.values() for error in errors)

    def mean_of_networks(self) -> float:
        return 100 * statistics.mean(self.networks)

    def mean_of(self, operator: str) -> float | None:
        return 100 * statistics.mean(self.layers[operator]) if self.layers[operator] else None

    def worst_operator(self, least: int = 20) -> str:
        """Of those with so many layers."""
        return max((each for each in self.layers if len(self.layers[each]) >= least), key=self.mean_of)

    def rows(self) -> int:
        return sum(map(len, self.layers.values()))

    def coverage(self) -> float:
        return 100 * statistics.mean(self.inside)


def measure(partita: Path, budget: str, profile: Path, machine: Path) -> None:
    models = [word for network in ALL for word in ("--model", network)]
    run(partita, "profile", *models, "--repetitions", "10", "--budget", budget,
        "--out", profile, "--machine-out", machine)  # fmt: skip


class Exams:
    """What is measured once, and judged by what is left of it."""

    def __init__(self, partita: Path, profile: Path, again: Path, machine: Path, folder: Path):
        self.partita, self.profile, self.machine, self.folder = partita, profile, machine, folder
        self.measured = {network: self.predict(network, profile) for network in ALL}
        self.again = {network: self.predict(network, again) for network in ALL}

    def predict(self, network: str, profile: Path, *more) -> Costs:
        out = self.folder / "predicted.csv"
        run(self.partita, "predict", "--model", network, "--machine", self.machine, "--profile", profile,
            "--out", out, *more)  # fmt: skip
        return Costs(out)

    def names(self, networks: list[str]) -> set[str]:
        return {row["signature"] for network in networks for row in self.measured[network].rows.values()}

    def leave_out(self, networks: list[str], learned: Scores, scaled: Scores, again: Scores) -> None:
        others = [network for network in ALL if network not in networks]
        some, model = self.folder / "some.csv", self.folder / "model.json"
        without(self.profile, self.names(networks) - self.names(others), some)
        models = [word for network in others for word in ("--model", network)]
        run(self.partita, "train", "--profile", some, *models, "--machine", self.machine, "--out", model)
        for network in networks:
            measured = self.measured[network]
            of_scaled = self.predict(network, some)
            unseen = {key for key, row in of_scaled.rows.items() if row["source"] != "measured"}
            learned.add(self.predict(network, some, "--learned", model), measured, unseen)
            scaled.add(of_scaled, measured, unseen)
            again.add(self.again[network], measured, unseen)


def table(title: str, learned: Scores, *others: Scores) -> None:
    """`others`: scaled, again."""

    def line(what: str, numbers: list[float]) -> None:
        print(f"{what:52}{numbers[0]:>10.1f}{numbers[1]:>17.1f}{numbers[2]:>16.1f}")

    scores = [learned, *others]
    print(f"{'MAPE %, ' + title:52}{'learned':>10}{'scaled roofline':>17}{'measured again':>16}   (measured here)")
    for operator, errors in sorted(learned.layers.items(), key=lambda each: -len(each[1])):
        line(f"  {operator}, {len(errors)} layers", [score.mean_of(operator) for score in scores])
    line("all layers that were not measured", [score.mean_of_layers() for score in scores])
    line("whole networks", [score.mean_of_networks() for score in scores])
    print(f"{'intervals that hold':52}{learned.coverage():>10.1f}")


def json_of_layers(split: str, learned: Scores, scaled: Scores, again: Scores) -> dict:
    worst = learned.worst_operator()
    return {"name": "cpu_layers", "split": split, "points": None, "rows": learned.rows(),
            "mape_percent": learned.mean_of_layers(), "convolution_percent": learned.mean_of("Conv"),
            "worst_family": worst, "worst_family_percent": learned.mean_of(worst),
            "scaled_roofline_percent": scaled.mean_of_layers(), "measured_again_percent": again.mean_of_layers(),
            "coverage_percent": learned.coverage()}  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("partita", type=Path)
    options.add_argument("--budget", default="240", help="seconds of measuring")
    options.add_argument("--kept", type=Path, help="folder that --keep of an earlier run wrote: measures nothing")
    options.add_argument("--keep", type=Path, help="where the profiles and the machine file go")
    options.add_argument("--after", type=Path, help="a file whose last line is JSON with other exams, to be joined")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = asked.kept or asked.keep or folder
        profile, again, machine = (kept / name for name in ("profile.csv", "again.csv", "machine.yaml"))
        if not asked.kept:
            kept.mkdir(parents=True, exist_ok=True)
            measure(asked.partita, asked.budget, profile, machine)
            measure(asked.partita, asked.budget, again, folder / "again.yaml")
        exams = Exams(asked.partita, profile, again, machine, folder)
        shapes, networks = ([Scores() for _ in range(3)] for _ in range(2))
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
         "mape_percent": networks[0].mean_of_networks(), "scaled_roofline_percent": networks[1].mean_of_networks(),
         "measured_again_percent": networks[2].mean_of_networks()},
    ]  # fmt: skip
    line = json.loads(asked.after.read_text().splitlines()[-1]) if asked.after else {"sets": []}
    line["sets"] += sets
    print(json.dumps(line))


if __name__ == "__main__":
    main()
