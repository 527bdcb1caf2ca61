#!/usr/bin/env python3
"""What changing the plan is worth while processors become slow, are lost, or inputs change, and what foresight adds."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from matplotlib.colors import TwoSlopeNorm

import study
from study import style

POLICIES = ("static", "dispatch", "ours", "clairvoyant", "clairvoyant_routed")  # as in the sweeps
PAYS = 1.05  # times: less is not worth the trouble
MOST = 10  # times: where colours end
LOAD, SLOW = "scenario.arrivals", "scenario.load.slow.slowdown"
COLOURS = {"static": style.VERMILLION, "dispatch": style.ORANGE, "ours": style.BLUE, "knowing": style.GREEN}
SAYS = {"static": "static", "dispatch": "dispatch", "ours": "ours", "knowing": "clairvoyant"}


@dataclass(frozen=True)
class Case:
    """One scenario, load and seed under every policy."""

    row: dict[str, Any]

    def of(self, policy: str, what: str) -> float:
        return self.row[f"scenarios.{POLICIES.index(policy)}.{what}"]

    @property
    def scenario(self) -> str:
        return Path(self.row["scenario"]).stem

    def policy(self, name: str) -> str:
        """Itself; "knowing": the better one of those that know the future."""
        knowing = [each for each in POLICIES if each.startswith("clairvoyant")]
        return min(knowing, key=lambda each: self.of(each, "cost_ms")) if name == "knowing" else name

    def cost(self, policy: str) -> float:
        """Mean latency, ms; who was turned away counts as the longest latency of anybody."""
        return self.of(self.policy(policy), "cost_ms")

    def p99(self, policy: str) -> float:
        return self.of(self.policy(policy), "p99_ms")

    def times(self, policy: str, other: str) -> float:
        return self.cost(policy) / self.cost(other)


def cases(results: Path, sweep: str) -> list[Case]:
    return [Case(row) for row in study.read(results, sweep)] if study.has(results, sweep) else []


def grouped(all_cases: list[Case], key: Callable[[Case], Any]) -> dict[Any, list[Case]]:
    groups: dict[Any, list[Case]] = {}
    for case in all_cases:
        groups.setdefault(key(case), []).append(case)
    return groups


def mean(own: list[Case], policy: str, other: str) -> float:
    return geometric_mean(case.times(policy, other) for case in own)


def cells(own: list[Case], policy: str, other: str) -> tuple[list[float], list[float], list[list[float]]]:
    """Loads, slowdowns, and the mean over seeds for each of both."""
    loads, slow = (sorted({case.row[name] for case in own}) for name in (LOAD, SLOW))
    found = [
        [
            mean(those, policy, other)
            if (those := [c for c in own if (c.row[LOAD], c.row[SLOW]) == (x, y)])
            else math.nan
            for x in loads
        ]
        for y in slow
    ]
    return loads, slow, found


def draw_map(axes, own: list[Case], policy: str, other: str):
    loads, slow, found = cells(own, policy, other)
    norm = TwoSlopeNorm(0, -math.log10(2), math.log10(MOST))
    colours = [[math.log10(min(MOST, max(0.5, value))) for value in line] for line in found]
    picture = axes.pcolormesh(colours, norm=norm, cmap="RdBu", edgecolors="white", linewidth=0.6)
    for y, line in enumerate(found):
        for x, value in enumerate(line):
            if not math.isnan(value):
                strong = value > 4 or value < 0.7
                axes.text(x + 0.5, y + 0.5, written(value), size=5.5, ha="center", va="center",
                          color="white" if strong else style.INK)  # fmt: skip
    axes.set_xticks([at + 0.5 for at in range(len(loads))], [f"{load:g}" for load in loads])
    axes.set_yticks([at + 0.5 for at in range(len(slow))], [f"{each:g}" for each in slow])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return picture


def written(value: float) -> str:
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if value >= 9.95 else f"{value:.1f}" if value >= 1.995 else f"{value:.2f}"


def figure_of_maps(all_cases: list[Case]):
    by_scenario = grouped(all_cases, lambda case: case.scenario)
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 3.2))
    panels = figure.subplots(2, len(by_scenario), squeeze=False, sharex=True, sharey=True)
    picture = None
    for column, (scenario, own) in enumerate(by_scenario.items()):
        for line, (policy, other) in enumerate((("static", "ours"), ("ours", "knowing"))):
            picture = draw_map(panels[line, column], own, policy, other)
            if column == 0:
                panels[line, 0].set_ylabel(f"{SAYS[policy]} / {SAYS[other]}\ntimes slower")
        panels[0, column].set_title(scenario, pad=3)
    figure.supxlabel("requests that arrive (% of what the static plan can serve)", fontsize=7, y=0.01)
    figure.subplots_adjust(hspace=0.12, wspace=0.06, bottom=0.12)
    bar = figure.colorbar(picture, ax=panels, pad=0.015, aspect=30, fraction=0.03)
    ticks = (0.5, 1, 2, 5, 10)
    bar.set_ticks([math.log10(tick) for tick in ticks], labels=["½", "1", "2", "5", "≥ 10"])
    bar.set_label("mean latency, first over second\n(blue: the second is better)")
    bar.outline.set_visible(False)
    bar.minorticks_off()
    return figure


def draw_length(axes, own: list[Case]) -> None:
    """Of one scenario: what each policy costs, in parts of the clairvoyant's, over the length of the disturbance."""
    name = "scenario.load.slow.until"
    lengths = sorted({case.row[name] for case in own})
    ages = sorted({case.row["scenario.monitor"] for case in own})
    for policy in ("static", "dispatch", "ours"):
        for age in ages if policy == "ours" else ages[-1:]:
            values = [
                mean([c for c in own if (c.row[name], c.row["scenario.monitor"]) == (length, age)], policy, "knowing")
                for length in lengths
            ]
            fresh = policy == "ours" and age < ages[-1]
            label = SAYS[policy] + (f", readings {1e3 * age:g} ms old" if policy == "ours" else "")
            axes.plot([1e3 * length for length in lengths], values, "o--" if fresh else "o-", markersize=2.5,
                      color=COLOURS[policy], label=label, linewidth=1)  # fmt: skip
    axes.axhline(1, color=style.QUIET, linewidth=0.6, zorder=0)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    axes.set(xlabel="slow for (ms), and well for as long")


def draw_percentiles(axes, groups: dict[str, list[Case]]) -> None:
    """p99 of each policy, the median over seeds and loads."""
    for at, own in enumerate(groups.values()):
        for lane, policy in enumerate(SAYS):
            values = [case.p99(policy) for case in own]
            height = at + 0.18 * (lane - 1.5)
            axes.plot([min(values), max(values)], [height, height], color=COLOURS[policy], linewidth=0.8)
            axes.plot([median(values)], [height], "o", color=COLOURS[policy], markersize=3,
                      label=SAYS[policy] if at == 0 else None)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yticks(range(len(groups)), list(groups))
    axes.invert_yaxis()
    axes.set_xlabel("99th percentile of latency (ms)")


def percentile_groups(results: Path) -> dict[str, list[Case]]:
    """Kinds of disturbance, in words."""
    groups: dict[str, list[Case]] = {}
    for case in cases(results, "losses"):
        lasts = case.row["scenario.load.gone.until"] - 0.1
        groups.setdefault(f"lost for {1e3 * lasts:.0f} ms", []).append(case)
    for case in cases(results, "ramps"):
        apart = 1e3 * (case.row["scenario.load.step2.from"] - 0.02)  # the first step is at 20 ms
        name = f"slow in steps of {apart:.0f} ms" if apart > 1 else "slow at once"
        groups.setdefault(f"{name}, {case.row['scenario.in_flight']} in flight", []).append(case)
    for case in cases(results, "drifts"):
        long = case.row["scenario.mix"].rpartition("long: ")[2].partition("}")[0]
        groups.setdefault(f"{100 * float(long):.0f} % long texts", []).append(case)
    for case in cases(results, "policies") + cases(results, "others"):
        if case.row[SLOW] == 1:
            groups.setdefault(f"nothing, {case.scenario}", []).append(case)
    return groups


def figure_of_lengths(results: Path):
    by_scenario = grouped(cases(results, "length"), lambda case: case.scenario)
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.3))
    panels = figure.subplots(1, len(by_scenario), squeeze=False)[0]
    for axes, (scenario, own) in zip(panels, by_scenario.items(), strict=True):
        draw_length(axes, own)
        axes.set_title(scenario, pad=3)
    panels[0].set_ylabel("mean latency, clairvoyant = 1")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0.97), ncols=4,
        columnspacing=1.2,
    )  # fmt: skip
    figure.subplots_adjust(wspace=0.15)
    return figure


def figure_of_tails(results: Path):
    groups = percentile_groups(results)
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 0.17 * len(groups) + 0.6))
    axes = figure.subplots()
    draw_percentiles(axes, groups)
    figure.legend(
        *axes.get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0.9), ncols=len(SAYS)
    )  # fmt: skip
    return figure


def tell_map(all_cases: list[Case]) -> None:
    print("mean latency of static over ours, ours over clairvoyant, static over clairvoyant; by slowdown and load (%)")
    for scenario, own in grouped(all_cases, lambda case: case.scenario).items():
        loads, slow, _ = cells(own, "static", "ours")
        print(f"{scenario:10}" + "".join(f"{load:>20g}" for load in loads))
        found = [cells(own, *pair)[2] for pair in (("static", "ours"), ("ours", "knowing"), ("static", "knowing"))]
        for y, each in enumerate(slow):
            texts = [", ".join(written(part[y][x]) for part in found) for x in range(len(loads))]
            print(f"{each:>8g} x" + "".join(f"{text:>20}" for text in texts))


def better(points: list[list[Case]], policy: str, other: str) -> int:
    return sum(mean(own, other, policy) > PAYS for own in points)


def tell_worth(all_cases: list[Case]) -> None:
    disturbed = [case for case in all_cases if case.row[SLOW] > 1]
    points = list(grouped(disturbed, lambda case: (case.scenario, case.row[SLOW], case.row[LOAD])).values())
    print(f"{len(points)} points where one is slower (means over seeds); better by {100 * (PAYS - 1):.0f} % or more:")
    for policy, other in (("knowing", "static"), ("ours", "static"), ("static", "ours"), ("dispatch", "ours")):
        print(f"  {SAYS[policy]} than {SAYS[other]} in {better(points, policy, other)}")
    for policy in ("ours", "dispatch"):
        regrets = [mean(own, policy, "knowing") for own in points]
        print(f"{policy} over clairvoyant: median {median(regrets):.3f}, {min(regrets):.2f} to {max(regrets):.3g}; "
              f"over 1.5 in {sum(each > 1.5 for each in regrets)}")  # fmt: skip
    for own in points:
        if mean(own, "ours", "knowing") > MOST:
            case, switches = own[0], median(each.of("ours", "migrations") for each in own)
            print(f"  ours is over {MOST} times behind: {case.scenario}, {case.row[SLOW]:g} times slower, load "
                  f"{case.row[LOAD]:g} %; {switches:g} switches")  # fmt: skip


def tell_group(name: str, own: list[Case]) -> None:
    cost = {policy: median(case.cost(policy) for case in own) for policy in SAYS}
    p99 = {policy: median(case.p99(policy) for case in own) for policy in SAYS}
    print(f"{name:32}" + "".join(f"{cost[policy]:>10.3g} {p99[policy]:>9.3g}" for policy in SAYS))


def tell_times(results: Path) -> None:
    print("mean latency and 99th percentile, ms (medians over loads and seeds)")
    print(f"{'':32}" + "".join(f"{SAYS[policy]:>20}" for policy in SAYS))
    for name, own in percentile_groups(results).items():
        tell_group(name, own)
    key = ("scenario", "scenario.load.slow.until", "scenario.monitor")
    for (scenario, length, age), own in grouped(
        cases(results, "length"), lambda case: tuple(case.row[name] for name in key)
    ).items():
        tell_group(f"{Path(scenario).stem} {1e3 * length:g} ms, read {1e3 * age:g} ms ago", own)


def draw(results: Path) -> dict:
    all_cases = cases(results, "policies") + cases(results, "others")
    print(
        f"simulated: {len(all_cases)} runs in which one processor becomes slower, each under {len(POLICIES)} policies"
    )
    tell_map(all_cases)
    tell_worth(all_cases)
    tell_times(results)
    return {
        "map": figure_of_maps(all_cases),
        "lengths": figure_of_lengths(results),
        "tails": figure_of_tails(results),
    }


if __name__ == "__main__":
    study.main(__doc__, draw)
