#!/usr/bin/env python3
"""Error of the fluid makespan against packets, over the share of copying time that contention adds."""

import argparse
import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.2))
    groups = {}
    for file in arguments.files:
        with Path(file).open(newline="") as stream:
            for row in csv.DictReader(stream):
                groups.setdefault((row["machine"], row["load"]), []).append(row)
    for (machine, load), rows in groups.items():
        fluid = [float(row["fluid_us"]) for row in rows]
        packet = [float(row["packet_us"]) for row in rows]
        contended = [100 * float(row["contended"]) for row in rows]
        name = f"{machine}, {load}"
        axes[0].plot([p / 1e3 for p in packet], [f / 1e3 for f in fluid], ".", markersize=4, label=name)
        errors = [100 * (f / p - 1) for f, p in zip(fluid, packet, strict=True)]
        axes[1].plot(contended, errors, ".", markersize=4, label=name)
    makespans = [float(row["packet_us"]) / 1e3 for rows in groups.values() for row in rows]
    low, high = min(makespans), max(makespans)
    axes[0].plot([low, high], [low, high], color="grey", linewidth=0.7, zorder=0)
    axes[0].set(xscale="log", yscale="log", xlabel="packet makespan (ms)", ylabel="fluid makespan (ms)")
    axes[1].axhline(0, color="grey", linewidth=0.7, zorder=0)
    axes[1].set(xlabel="share of copying time that contention adds (%)", ylabel="fluid / packet - 1 (%)")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(arguments.out, dpi=130)


if __name__ == "__main__":
    main()
