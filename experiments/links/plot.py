#!/usr/bin/env python3
"""What links were measured to do, as points, and what their models say, as lines."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
from matplotlib import rc_context
from matplotlib.figure import Figure

from figures import style

WIRE = 8 * 8 * 128 / 130 / 8  # GB/s: eight lanes of PCIe Gen3
COLOURS = [style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY, style.GREY, style.INK]


def read(file: Path) -> dict[str, dict[str, list[tuple[float, float, float]]]]:
    """By what and name: (bytes, measured ns, model's ns) in the order of sizes."""
    series = defaultdict(lambda: defaultdict(list))
    with file.open(newline="") as stream:
        for row in csv.DictReader(stream):
            point = (float(row["bytes"]), float(row["measured_ns"]), float(row["model_ns"]))
            series[row["what"]][row["name"]].append(point)
    return {what: {name: sorted(points) for name, points in named.items()} for what, named in series.items()}


def short(name: str) -> str:
    for long, brief in (
        ("_gbps", ""),
        ("send_recv ", ""),
        ("pairwise_nvlink", "pair"),
        ("_copylat", ""),
        ("gdr_copy_", ""),
        ("_", " "),
    ):
        name = name.replace(long, brief)
    return name if len(name) < 30 else name.split(" EESSI")[0]


def thinned(points: list[tuple[float, float, float]]) -> list[tuple[float, float, float]]:
    """A sweep in equal steps has most of its sizes where a logarithmic axis has no room for them."""
    kept = []
    for point in points:
        if not kept or point[0] >= 1.12 * kept[-1][0]:
            kept.append(point)
    return kept


def pcie(axes, hosts: dict[str, list[tuple[float, float, float]]]) -> None:
    """Efficiency over sizes: all hosts together as points, the model of each as a line."""
    for lane, points in enumerate(hosts.values()):
        sizes = [size for size, _, _ in points]
        colour = COLOURS[lane % len(COLOURS)]
        axes.plot(sizes, [100 * size / time / WIRE for size, time, _ in points], "o", color=colour, markersize=2.2,
                  markeredgewidth=0.5, fillstyle="none")  # fmt: skip
        axes.plot(sizes, [100 * size / time / WIRE for size, _, time in points], color=colour, linewidth=0.7)
    axes.set_xscale("log", base=2)
    axes.set(xlabel="bytes a transfer", ylim=(0, 100))


def copies(axes, series: dict[str, list[tuple[float, float, float]]]) -> None:
    for lane, (name, all_points) in enumerate(series.items()):
        points = thinned(all_points)
        colour = COLOURS[lane % len(COLOURS)]
        sizes = [size for size, _, _ in points]
        axes.loglog(sizes, [time / 1e3 for _, time, _ in points], "o", color=colour, markersize=1.8,
                    markeredgewidth=0.4, fillstyle="none")  # fmt: skip
        axes.loglog(sizes, [time / 1e3 for _, _, time in points], color=colour, linewidth=0.7, label=short(name))
    axes.set(xlabel="bytes a copy", ylabel="time (µs)")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2, handlelength=1, columnspacing=1)


def draw(series: dict) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 4.6))
    (writes, reads), (between, within) = figure.subplots(2, 2)
    figure.subplots_adjust(hspace=0.36, wspace=0.2, top=0.93)
    pcie(writes, series.get("pcie write", {}))
    pcie(reads, series.get("pcie read", {}))
    writes.set(title="PCIe Gen3 x8, device writes", ylabel="of the wire (%)")
    reads.set(title="PCIe Gen3 x8, device reads")
    all_copies = series.get("copy", {})
    sent = {name: points for name, points in all_copies.items() if "send_recv" in name}
    copies(between, sent)
    copies(within, {name: points for name, points in all_copies.items() if name not in sent})
    between.set(title="send_recv between GPUs")
    within.set(title="copies")
    style.heading(figure, 0.08, "measured by others: points", "modelled: lines")
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("points", type=Path)
    parser.add_argument("--out", required=True, type=Path)
    arguments = parser.parse_args()
    with rc_context(style.RC):
        style.save(draw(read(arguments.points)), arguments.out)


if __name__ == "__main__":
    main()
