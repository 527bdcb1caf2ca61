#!/usr/bin/env python3
"""Draws what tools/bench sim measured of growth: the last line of FILE is its JSON object."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

SERIES = [("plain_seconds", "plain evaluator", style.BLUE, "o"), ("seconds", "SystemC", style.VERMILLION, "s")]


def growth(rows: list[dict]) -> Figure:
    by_layers = [
        row for row in rows if row["processors"] == rows[0]["processors"] and row["layers"] != rows[-1]["layers"]
    ]
    by_processors = [row for row in rows if row["layers"] == rows[-1]["layers"]]
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.2))
    left, right = figure.subplots(1, 2)
    for key, name, colour, marker in SERIES:
        left.loglog(
            [row["layers"] for row in by_layers], [1e3 * row[key] for row in by_layers],
            color=colour, marker=marker, markersize=3, label=name,
        )  # fmt: skip
        right.semilogx(
            [row["processors"] for row in by_processors],
            [1e9 * row[key] / (row["layers"] + 3 * row["transfers"]) for row in by_processors],
            color=colour, marker=marker, markersize=3, label=name, base=2,
        )  # fmt: skip
    left.set(xlabel=f"layers, on {rows[0]['processors']} processors", ylabel="ms an evaluation")
    right.set(xlabel=f"processors, {rows[-1]['layers']:,} layers", ylabel="ns an event", ylim=(0, None))
    left.legend()
    style.heading(figure, 0.08, "time of an evaluation", "all traffic between neighbours on a mesh")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    rows = json.loads(arguments.file.read_text().splitlines()[-1])["growth"]
    with rc_context(style.RC):
        style.save(growth(rows), arguments.out)


if __name__ == "__main__":
    main()
