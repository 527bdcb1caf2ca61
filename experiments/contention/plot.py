#!/usr/bin/env python3
"""What plans cost whose search believed that nothing disturbs anything, over those of the same search that knew."""

import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

LINK = "machine.links.link[0..15].bandwidth"
TRUNK = "machine.links.trunk[0..3].bandwidth"
COLOURS = [style.SKY, style.GREEN, style.BLUE, style.VERMILLION]  # of 2, 4, 8, 16 processors
LANES = {1: "trunks for all", 4: "trunks shared by four"}


def processors(pin: str) -> int:
    """'*=p0,p4' -> 2"""
    return pin.count(",") + 1


def costs(rows: list[dict]) -> list[dict]:
    """One for each network, number of processors, link and trunk: what ignorance costs, by seed."""
    found = []
    for key, group in study.grouped(rows, lambda row: (row["model"], row["pin"], row[LINK], row[TRUNK])).items():
        pairs = {}
        for row in group:
            pairs.setdefault(row["seed"], {})["blind" if is_set(row["ignore-contention"]) else "aware"] = row["value"]
        pairs = [pair for pair in pairs.values() if len(pair) == 2]
        if not pairs:
            continue
        model, pin, link, trunk = key
        aware = [pair["aware"] for pair in pairs]
        found.append({
            "network": study.network(model),
            "processors": processors(pin),
            "link": link,
            "shared": round(4 * link / trunk),
            "costs": [100 * (pair["blind"] / pair["aware"] - 1) for pair in pairs],
            "noise": 100 * (max(aware) / min(aware) - 1),
            "gap": 100 * min(row["gap"] for row in group),
        })  # fmt: skip
    return found


def is_set(flag) -> bool:
    return str(flag).lower() in ("1", "1.0", "true")


def draw_costs(found: list[dict]):
    networks, lanes = study.distinct(found, "network"), sorted({row["shared"] for row in found})
    counts = sorted({row["processors"] for row in found})
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 1.35 * len(lanes) + 0.6))
    grid = figure.subplots(len(lanes), len(networks), sharex=True, sharey="col", squeeze=False)
    for line, shared in zip(grid, lanes, strict=True):
        for axes, network in zip(line, networks, strict=True):
            for count, colour in zip(counts, COLOURS, strict=False):
                own = sorted(
                    (row["link"] / 1e9, row["costs"])
                    for row in found
                    if (row["network"], row["shared"], row["processors"]) == (network, shared, count)
                )
                links, parts = [link for link, _ in own], [part for _, part in own]
                axes.plot(links, [mean(part) for part in parts], "o-", color=colour, markersize=2.5,
                          label=f"{count} processors")  # fmt: skip
                axes.vlines(
                    links, [min(part) for part in parts], [max(part) for part in parts], color=colour, linewidth=0.7
                )
            axes.axhline(0, color=style.QUIET, linewidth=0.6, zorder=0)
            axes.set_xscale("log", base=4)
            axes.set_xticks(links, [f"{link:.0f}" for link in links])
            axes.minorticks_off()
            if line is grid[0]:
                axes.set_title(network)
    for line, shared in zip(grid, lanes, strict=True):
        line[0].set_ylabel(f"{LANES.get(shared, f'1/{shared}')}\n\nignorance costs (%)")
    for axes in grid[-1]:
        axes.set_xlabel("bandwidth of a link (GB/s)")
    figure.legend(
        *grid[0][0].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0.97), ncols=len(counts)
    )
    figure.subplots_adjust(wspace=0.18, hspace=0.15, top=0.9)
    return figure


def tell(found: list[dict]) -> None:
    print("simulated; cost of a plan whose search ignored contention, % over the same search that knew, means of seeds")
    for network, own in study.grouped(found, lambda row: row["network"]).items():
        for shared, part in study.grouped(own, lambda row: row["shared"]).items():
            for count, row in study.grouped(part, lambda each: each["processors"]).items():
                line = "".join(f"{study.bandwidth(each['link']):>10} {mean(each['costs']):+6.1f}" for each in row)
                print(f"{network:13}{LANES.get(shared, shared):>22}{count:>4} processors{line}")
    worst = max(found, key=lambda row: mean(row["costs"]))
    print(f"worst: {mean(worst['costs']):.1f} %: {worst['network']}, {worst['processors']} processors, "
          f"{study.bandwidth(worst['link'])}, {LANES.get(worst['shared'])}")  # fmt: skip
    for shared, part in study.grouped(found, lambda row: row["shared"]).items():
        values = [mean(row["costs"]) for row in part]
        print(f"{LANES.get(shared, shared)}: mean {mean(values):.1f} %, above 5 % in {sum(v > 5 for v in values)} of "
              f"{len(values)} cases")  # fmt: skip
    print(f"two seeds of the search that knew differ by {mean(row['noise'] for row in found):.1f} % on average, "
          f"{max(row['noise'] for row in found):.1f} % at most")  # fmt: skip


def draw(results: Path) -> dict:
    found = costs(study.read(results, "contention"))
    tell(found)
    return {"contention": draw_costs(found)}


if __name__ == "__main__":
    study.main(__doc__, draw)
