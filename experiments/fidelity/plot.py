#!/usr/bin/env python3
"""Error of the fluid makespan against packets, over the share of copying time that contention adds."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

COLOURS = [style.BLUE, style.VERMILLION, style.GREEN]  # of machines, in their order
MARKERS = {"as predicted": "o", "copies alone": "x"}


def read(files: list[Path]) -> dict[tuple[str, str], list[dict]]:
    groups = defaultdict(list)
    for file in files:
        with file.open(newline="") as stream:
            for row in csv.DictReader(stream):
                groups[row["machine"], row["load"]].append(row)
    return groups


def draw(groups: dict[tuple[str, str], list[dict]]) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.4))
    left, right = figure.subplots(1, 2)
    machines = list(dict.fromkeys(machine for machine, _ in groups))
    for (machine, load), rows in groups.items():
        fluid = [float(row["fluid_us"]) / 1e3 for row in rows]
        packet = [float(row["packet_us"]) / 1e3 for row in rows]
        look = {
            "color": COLOURS[machines.index(machine) % len(COLOURS)],
            "marker": MARKERS.get(load, "."),
            "markersize": 2.5,
            "markeredgewidth": 0.6,
            "fillstyle": "none",
            "linestyle": "none",
            "label": f"{machine}, {load}",
        }
        left.loglog(packet, fluid, **look)
        contended = [100 * float(row["contended"]) for row in rows]
        right.plot(contended, [100 * (f / p - 1) for f, p in zip(fluid, packet, strict=True)], **look)
    ends = left.get_xlim()
    left.plot(ends, ends, color=style.QUIET, linewidth=0.6, zorder=0)
    right.axhline(0, color=style.QUIET, linewidth=0.6, zorder=0)
    left.set(xlabel="makespan with packets (ms)", ylabel="makespan with flows (ms)")
    right.set(xlabel="what contention adds to copying (%)", ylabel="flows against packets (%)")
    left.legend(loc="upper left", handletextpad=0.2)
    pairs = sum(len(rows) for rows in groups.values())
    style.heading(figure, 0.08, "flows that share links", "packets", f"{pairs} pairs of runs, simulated")
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
