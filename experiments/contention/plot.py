#!/usr/bin/env python3
"""What plans gain over one processor whose search knew of contention, and those whose search believed in none."""

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from matplotlib.lines import Line2D

import study
from study import style

LINK = "machine.links.link[0..15].bandwidth"
TRUNK = "machine.links.trunk[0..3].bandwidth"
COLOURS = [style.SKY, style.GREEN, style.BLUE, style.VERMILLION]  # of 2, 4, 8, 16 processors
WIDTHS = [2.6, 1.9, 1.2, 0.6]  # each is seen where all are equal
TRUNKS = {1: "as fast as four links", 4: "as fast as one link"}


@dataclass
class Case:
    """One network, machine and number of processors; times by seed."""

    network: str
    processors: int
    link: float  # B/s
    shared: int  # links on a trunk of the same bandwidth
    alone: float  # s, on one processor
    aware: list[float]
    blind: list[float]

    @property
    def cost(self) -> float:
        """Of not knowing, %."""
        return 100 * (mean(b / a for a, b in zip(self.aware, self.blind, strict=True)) - 1)

    @property
    def noise(self) -> float:
        """By how much seeds differ, %."""
        return 100 * (max(self.aware) / min(self.aware) - 1)


def cases(rows: list[dict]) -> list[Case]:
    """Those of which all points are there."""
    found = []
    for (model, link, trunk), machine in study.grouped(rows, lambda row: (row["model"], row[LINK], row[TRUNK])).items():
        by_count = study.grouped(machine, lambda row: row["pin"].count(",") + 1)
        alone = min((row["value"] for row in by_count.pop(1, [])), default=None)
        for count, group in by_count.items():
            times = {(row["ignore-contention"] == "true", row["seed"]): row["value"] for row in group}
            seeds = sorted({seed for _, seed in times})
            if alone is None or len(times) < 2 * len(seeds):
                continue
            aware, blind = ([times[ignorant, seed] for seed in seeds] for ignorant in (False, True))
            found.append(Case(study.network(model), count, link, round(4 * link / trunk), alone, aware, blind))
    return found


def ratios(axes, least: float, most: float) -> None:
    """An axis of ratios."""
    axes.set_yscale("log")
    ticks = [tick for tick in (0.25, 0.5, 1, 2, 4, 8) if least <= tick <= most]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(least, most)
    axes.axhline(1, color=style.QUIET, linewidth=0.6, zorder=0)


def draw_gains(found: list[Case]):
    """Of machines whose trunks are shared."""
    found = [case for case in found if case.shared > 1]
    networks = list(dict.fromkeys(case.network for case in found))
    counts = sorted({case.processors for case in found})
    looks = list(zip(counts, COLOURS, WIDTHS, strict=False))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.7))
    grid = figure.subplots(2, len(networks), sharex=True, sharey="row", squeeze=False, height_ratios=[1.3, 1])
    for (above, below), network in zip(grid.T, networks, strict=True):
        for count, colour, width in looks:
            own = sorted((c for c in found if (c.network, c.processors) == (network, count)), key=lambda c: c.link)
            links = [case.link / 1e9 for case in own]
            look = {"color": colour, "linewidth": width}
            above.plot(links, [case.alone / mean(case.aware) for case in own], "-", **look)
            above.plot(links, [case.alone / mean(case.blind) for case in own], ":", **look)
            below.plot(links, [1 + case.cost / 100 for case in own], "-", marker="o", markersize=1 + width, **look)
        ratios(above, 0.25, 8)
        ratios(below, 0.9, 4)
        above.set_title(network)
        below.set_xlabel("bandwidth of a link (GB/s)")
    links = sorted({case.link / 1e9 for case in found})
    grid[0, 0].set_xscale("log")
    grid[0, 0].set_xticks(links, [f"{link:g}" for link in links])
    grid[0, 0].minorticks_off()
    grid[0, 0].set_ylabel("times faster\nthan one processor")
    grid[1, 0].set_ylabel("not knowing:\ntimes slower")
    handles = [
        Line2D([], [], color=colour, linewidth=width, label=f"{count} processors") for count, colour, width in looks
    ]
    handles += [Line2D([], [], color=style.INK, linestyle=line, label=text)
                for line, text in (("-", "knew of contention"), (":", "believed in none"))]  # fmt: skip
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.94), ncols=len(handles),
                  columnspacing=1.2, handlelength=1.8)  # fmt: skip
    figure.subplots_adjust(wspace=0.08, hspace=0.12)
    return figure


def tell(found: list[Case]) -> None:
    print("what ignoring contention costs, % over the same search that knew, means of seeds")
    links = sorted({case.link for case in found})
    print(
        f"{'network':14}{'processors':>10}  {'trunks':22}" + "".join(f"{study.bandwidth(link):>10}" for link in links)
    )
    for (network, shared, count), own in study.grouped(
        [{"case": case} for case in found],
        lambda row: (row["case"].network, row["case"].shared, row["case"].processors),
    ).items():
        by_link = {row["case"].link: f"{row['case'].cost:+.1f}" for row in own}
        cells = "".join(f"{by_link.get(link, '-'):>10}" for link in links)
        print(f"{network:14}{count:>10}  {TRUNKS[shared]:22}{cells}")
    worst = max(found, key=lambda case: case.cost)
    print(f"worst: {worst.cost:.0f} %: {worst.network}, {worst.processors} processors, {study.bandwidth(worst.link)}")
    for network in dict.fromkeys(case.network for case in found):
        own = [case for case in found if case.network == network]
        dear = [case for case in own if case.cost > 5]
        worse = [case for case in own if mean(case.blind) > 1.01 * case.alone]
        print(f"{network}: mean {mean(case.cost for case in own):.1f} %, above 5 % in {len(dear)} of {len(own)} cases; "
              f"worse than one processor alone in {len(worse)}")  # fmt: skip
    for network in dict.fromkeys(case.network for case in found):
        own = study.grouped([{"case": c} for c in found if c.network == network], lambda row: row["case"].shared)
        means = {shared: mean(row["case"].cost for row in rows) for shared, rows in own.items()}
        print(f"{network}, trunks " + ", ".join(f"{TRUNKS[shared]}: {cost:.1f} %" for shared, cost in means.items()))
    print(f"seeds of the search that knew differ by {mean(case.noise for case in found):.1f} % on average, "
          f"{max(case.noise for case in found):.1f} % at most")  # fmt: skip


def draw(results: Path) -> dict:
    rows = study.read(results, "contention", ["seed"])
    print(study.origin(rows))
    found = cases(rows)
    tell(found)
    return {"contention": draw_gains(found)}


if __name__ == "__main__":
    study.main(__doc__, draw)
