#!/usr/bin/env python3
"""Time of all-reduces over their size, each way in as many pieces as are fastest."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

COLOURS = {
    "ring": style.BLUE,
    "tree": style.GREEN,
    "direct": style.VERMILLION,
    "in_switch": style.QUIET,
}


def read(file: Path) -> dict[str, dict[int, float]]:
    """Algorithm: bytes: the least microseconds."""
    fastest = defaultdict(dict)
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream):
            size, time = int(row["bytes"]), int(row["ps"]) / 1e6
            times = fastest[row["algorithm"]]
            times[size] = min(time, times.get(size, time))
    return fastest


def draw(files: list[Path]) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.4))
    axes = figure.subplots(1, len(files), sharey=True, squeeze=False)[0]
    for each, file in zip(axes, files, strict=True):
        for algorithm, times in read(file).items():
            label = algorithm.replace("_", " ")
            line = "--" if algorithm == "direct" else "-"  # as fast as a ring where sizes are large
            each.loglog(times.keys(), times.values(), line, color=COLOURS[algorithm], label=label, linewidth=1)
        each.set(xlabel="operand of each rank (B)", title=file.stem)
        each.legend(loc="upper left")
    axes[0].set_ylabel("all-reduce of 8 ranks (us)")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    with rc_context(style.RC):
        style.save(draw(arguments.files), arguments.out)


if __name__ == "__main__":
    main()
