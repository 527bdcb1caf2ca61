#!/usr/bin/env python3
"""Error of the fluid makespan against packets: by kind of traffic, and over what is shared unevenly."""

import argparse
import csv
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

COLOURS = [style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE]  # of machines, in their order
LEAST = 1e-4  # %, where a logarithmic axis begins
GOAL = 0.5  # %, of the median
WARNED = 1  # % of the makespan misplaced, above which `partita simulate` warns


def read(files: list[Path]) -> list[dict]:
    rows = []
    for file in files:
        with file.open(newline="") as stream:
            rows += csv.DictReader(stream)
    for row in rows:
        row["error"] = max(LEAST, 100 * abs(float(row["fluid_us"]) / float(row["packet_us"]) - 1))
        row["uneven"] = max(LEAST, float(row["uneven"]))
        row["kind"] = row["network"] if row["load"] == "traffic" else "random plans"
    return rows


def by_kind(axes, rows: list[dict], machines: list[str]) -> None:
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    for at, kind in enumerate(kinds):
        for lane, machine in enumerate(machines):
            errors = [row["error"] for row in rows if row["kind"] == kind and row["machine"] == machine]
            if not errors:
                continue
            height = at + 0.17 * (lane - (len(machines) - 1) / 2)
            colour = COLOURS[lane % len(COLOURS)]
            axes.plot(errors, [height] * len(errors), "|", color=colour, markersize=3, markeredgewidth=0.4, alpha=0.5)
            middle = sorted(errors)[len(errors) // 2]
            axes.plot([middle], [height], "o", color=colour, markersize=3, label=machine if at == 0 else None)
    axes.set_xscale("log")
    axes.set_yticks(range(len(kinds)), kinds)
    axes.invert_yaxis()
    axes.axvline(GOAL, color=style.QUIET, linewidth=0.6, zorder=0)
    axes.text(GOAL, -0.45, " goal", color=style.QUIET, size=6, va="center")
    axes.set_xlabel("flows against packets, makespan (%)")


def over_unevenness(axes, rows: list[dict], machines: list[str]) -> None:
    for lane, machine in enumerate(machines):
        own = [row for row in rows if row["machine"] == machine]
        axes.loglog(
            [row["uneven"] for row in own],
            [row["error"] for row in own],
            "o",
            color=COLOURS[lane % len(COLOURS)],
            markersize=2,
            markeredgewidth=0.5,
            fillstyle="none",
        )
    axes.axvline(WARNED, color=style.QUIET, linewidth=0.6, zorder=0)
    axes.text(WARNED, LEAST, " warned", color=style.QUIET, size=6, va="bottom")
    axes.set(xlabel="misplaced on one channel (% of makespan)", ylabel="flows against packets (%)")


def draw(rows: list[dict]) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.9))
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    machines = list(dict.fromkeys(row["machine"] for row in rows))
    by_kind(left, rows, machines)
    over_unevenness(right, rows, machines)
    figure.subplots_adjust(top=0.86, wspace=0.25)
    figure.legend(*left.get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(0.07, 0.97), ncols=len(machines),
                  columnspacing=1.2, handletextpad=0.1)  # fmt: skip
    style.heading(figure, 0.08, "flows that share links", "packets", f"{len(rows)} pairs of runs, simulated")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    with rc_context(style.RC):
        style.save(draw(read(arguments.files)), arguments.out)


if __name__ == "__main__":
    main()
