#!/usr/bin/env python3
"""Draws what tools/bench search found: the last line of FILE is its JSON object."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

SERIES = [
    ("greedy", style.VERMILLION, "s"),
    ("heft", style.GREEN, "^"),
    ("auto", style.BLUE, "o"),
]


def growth(rows: list[dict]) -> Figure:
    shapes = list(dict.fromkeys(row["network"] for row in rows))
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.4))
    axes = figure.subplots(1, len(shapes) + 1, gridspec_kw={"wspace": 0.32})
    for axis, shape in zip(axes, shapes, strict=False):
        for method, colour, marker in SERIES:
            found = [row for row in rows if row["network"] == shape and row["method"] == method]
            axis.semilogx(
                [row["layers"] for row in found], [100 * (row["value"] / row["bound"] - 1) for row in found],
                color=colour, marker=marker, markersize=3, label=method,
            )  # fmt: skip
        axis.set(xlabel=f"layers ({shape})", ylim=(0, None))
    axes[0].set(ylabel="above the lower bound, %")
    axes[0].legend()
    for method, colour, marker in SERIES:
        found = [row for row in rows if row["network"] == shapes[0] and row["method"] == method]
        axes[-1].loglog(
            [row["layers"] for row in found], [row["seconds"] for row in found],
            color=colour, marker=marker, markersize=3,
        )  # fmt: skip
    axes[-1].set(xlabel=f"layers ({shapes[0]})", ylabel="seconds")
    limit = max(row["limit"] for row in rows)
    style.heading(figure, 0.08, "plans for 64 processors", f"auto with a limit of {limit:g} s")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = json.loads(arguments.file.read_text().splitlines()[-1])["scale"]
    with rc_context(style.RC):
        style.save(growth(rows), arguments.out)


if __name__ == "__main__":
    main()
