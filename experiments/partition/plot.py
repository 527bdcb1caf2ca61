#!/usr/bin/env python3
"""Gaps of plans to their lower bounds, by network and machine, and a table of them on standard output."""

import argparse
import json
import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

COLOURS = [style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.PURPLE]  # of machines, in their order
LEAST = 0.01  # %, where a logarithmic axis begins
GOAL = 5  # %, on average


def read(file: Path) -> list[dict]:
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    for row in rows:
        options = row["options"].split()
        row["blind"] = "--ignore-contention" in options
        row["timed"] = "--time-limit" in options and "--method" not in options  # auto
        alone = "--objective" in options and "--method" in options
        row["alone"] = options[options.index("--method") + 1] if alone else None
    return rows


def draw(rows: list[dict]) -> Figure:
    machines = list(dict.fromkeys(row["machine"] for row in rows))
    networks = list(dict.fromkeys(row["network"] for row in rows))
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.9))
    for axes, objective in zip(figure.subplots(1, 2, sharey=True), ("latency", "throughput"), strict=True):
        for at, network in enumerate(networks):
            for lane, machine in enumerate(machines):
                for row in rows:
                    here = row["network"] == network and row["machine"] == machine and row["timed"]
                    if not here or "gap" not in row["said"] or row["said"]["objective"] != objective:
                        continue
                    height = at + 0.15 * (lane - (len(machines) - 1) / 2)
                    gap = max(LEAST, 100 * row["said"]["gap"])
                    axes.plot([gap], [height], "o", color=COLOURS[lane], markersize=3,
                              label=machine if at == 0 else None)  # fmt: skip
        axes.set_xscale("log")
        axes.axvline(GOAL, color=style.QUIET, linewidth=0.6, zorder=0)
        axes.set(xlabel=f"{objective}: above the lower bound (%)")
        axes.set_yticks(range(len(networks)), networks)
    figure.axes[0].invert_yaxis()
    dots, machines = figure.axes[0].get_legend_handles_labels()
    figure.legend(dots, machines, fontsize=6, loc="lower center", bbox_to_anchor=(0.5, 0.98), ncols=len(machines))
    return figure


def tell(rows: list[dict]) -> None:
    print(f"{'network':14}{'machine':20}{'latency':>12}{'gap':>8}{'throughput':>12}{'gap':>8}{'blind':>9}")
    cells = {}
    for row in rows:
        said = row["said"]
        if "gap" not in said or row["alone"]:
            continue
        kind = said["objective"] if row["timed"] else ("blind" if row["blind"] else "aware")
        cells.setdefault((row["network"], row["machine"]), {})[kind] = said
    for (network, machine), said in cells.items():
        line = f"{network:14}{machine:20}"
        for objective in ("latency", "throughput"):
            one = said.get(objective)
            line += f"{1e3 * one['value']:>9.3f} ms{100 * one['gap']:>6.1f} %" if one else f"{'-':>20}"
        if "blind" in said and "aware" in said:
            line += f"{100 * (said['blind']['value'] / said['aware']['value'] - 1):>+7.1f} %"
        print(line)
    for objective in ("latency", "throughput"):
        gaps = [said[objective]["gap"] for said in cells.values() if objective in said]
        if gaps:
            within = sum(gap <= GOAL / 100 for gap in gaps)
            print(f"{objective}: mean gap {100 * mean(gaps):.1f} %, {within} of {len(gaps)} within {GOAL} %")


def compare(rows: list[dict]) -> None:
    """The best methods by themselves, where they were tried, against all in turn."""
    alone = {}
    for row in rows:
        if row["alone"] and "gap" in row["said"]:
            case = (row["network"], row["machine"], row["said"]["objective"])
            alone.setdefault(case, []).append((row["said"]["value"], row["alone"]))
    for row in rows:
        case = (row["network"], row["machine"], row["said"].get("objective"))
        if not row["timed"] or case not in alone:
            continue
        others = ", ".join(
            f"{name} {100 * (value / row['said']['value'] - 1):+.2f} %" for value, name in sorted(alone[case])[:3]
        )
        print(f"{' '.join(case)}: auto {1e3 * row['said']['value']:.3f} ms; by themselves {others}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rows = read(options.rows)
    tell(rows)
    compare(rows)
    with rc_context(style.RC):
        style.save(draw(rows), options.out)


if __name__ == "__main__":
    main()
