#!/usr/bin/env python3
"""What splitting over two unequal processors gains, where it begins to, and whether one number says so beforehand."""

import itertools
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

WIRE = "machine.links.wire.bandwidth"
SLOW = "machine.processors.slow.peak.f32"
FAST = 10e12  # FLOP/s, as in pair.yaml
PAYS = 0.05  # of the time: less is not worth the trouble
KEPT = 0.9  # of the gain by the fastest wire: nearly all of it
COLOURS = [style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY]


SAYS = {"latency": "one inference", "throughput": "a stream"}


@dataclass
class Curve:
    """One network, objective and pair of processors, over the bandwidth of the wire."""

    network: str
    objective: str
    ratio: float  # how many times slower the slow one is
    alone: float = 0.0  # s, on the fast one
    points: dict[float, dict] = field(default_factory=dict)  # bandwidth -> the best plan

    def speedup(self, wire: float) -> float:
        return self.alone / self.points[wire]["value"]

    @property
    def fastest(self) -> float:
        return max(self.points)

    @property
    def saved(self) -> float:
        """s, by the fastest wire."""
        return self.alone - self.points[self.fastest]["value"]

    @property
    def moved(self) -> float:
        """Bytes of the leanest plan that keeps nearly all of the gain: where wires are fast, others send more for
        nothing."""
        return min(row["copied_bytes"] for wire, row in self.points.items() if self.kept(wire) >= KEPT)

    @property
    def pays(self) -> bool:
        return self.saved > PAYS * self.alone

    def kept(self, wire: float) -> float:
        """Of what the fastest wire saves."""
        return (self.alone - self.points[wire]["value"]) / self.saved

    def load(self, wire: float) -> float:
        """Time that the wire would need for the bytes of that plan, over the time that it can have: what is saved
        (latency), or one period (a stream, in which copies and layers of different inputs overlap)."""
        has = self.saved if self.objective == "latency" else self.alone - self.saved
        return self.moved / wire / has

    def break_even(self, share: float) -> float | None:
        """B/s from which the time is `share` shorter than alone, log-linear between points."""
        wires = sorted(self.points)
        for low, high in itertools.pairwise(wires):
            a, b = (1 - self.points[at]["value"] / self.alone - share for at in (low, high))
            if a < 0 <= b:
                return low * (high / low) ** (-a / (b - a))
        return wires[0] if 1 - self.points[wires[0]]["value"] / self.alone >= share else None


def curves(rows: list[dict]) -> list[Curve]:
    found: dict[tuple, Curve] = {}
    for row in rows:
        key = (study.network(row["model"]), row["objective"], FAST / row[SLOW])
        curve = found.setdefault(key, Curve(*key))
        if row["pin"] == "*=fast":
            curve.alone = row["value"]
        else:
            curve.points[row[WIRE]] = row
    return list(found.values())


def draw_map(all_curves: list[Curve]):
    networks = list(dict.fromkeys(curve.network for curve in all_curves))
    objectives = list(dict.fromkeys(curve.objective for curve in all_curves))
    ratios = sorted({curve.ratio for curve in all_curves})
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.9))
    grid = figure.subplots(len(objectives), len(networks), sharex="row", sharey=True, squeeze=False)
    picture = None
    for line, objective in zip(grid, objectives, strict=True):
        for axes, network in zip(line, networks, strict=True):
            own = {c.ratio: c for c in all_curves if (c.network, c.objective) == (network, objective)}
            wires = sorted(own[ratios[0]].points)
            gains = [[own[ratio].speedup(wire) for wire in wires] for ratio in ratios]
            step = math.sqrt(wires[1] / wires[0])
            edges = [wires[0] / step, *(wire * step for wire in wires)]
            picture = axes.pcolormesh([edge / 1e9 for edge in edges], range(len(ratios) + 1), gains, vmin=1, vmax=2,
                                      cmap="viridis", edgecolors="face", linewidth=0.2)  # fmt: skip
            for at, ratio in enumerate(ratios):
                even = own[ratio].break_even(PAYS)
                if even is not None and even > wires[0]:
                    axes.plot([even / 1e9] * 2, [at, at + 1], color="white", linewidth=1.4)
            axes.set_xscale("log")
            tens = [10.0**power for power in range(-2, 4) if edges[0] <= 1e9 * 10.0**power <= edges[-1]]
            axes.set_xticks(tens, [f"{ten:g}" for ten in tens])
            axes.set_yticks([at + 0.5 for at in range(len(ratios))], [f"{ratio:.3g}" for ratio in ratios])
            axes.tick_params(which="both", length=0)
            axes.minorticks_off()
            for spine in axes.spines.values():
                spine.set_visible(False)
            if line is grid[0]:
                axes.set_title(network, pad=3)
    for axes, objective in zip(grid[:, 0], objectives, strict=True):
        axes.set_ylabel(f"{SAYS[objective]}:\ntimes slower")
    figure.supxlabel("bandwidth of the wire (GB/s)", fontsize=7, y=-0.01)
    figure.subplots_adjust(hspace=0.32, wspace=0.1)
    bar = figure.colorbar(picture, ax=grid, pad=0.012, aspect=30, fraction=0.03)
    bar.set_label("times faster than the fast one alone")
    bar.outline.set_visible(False)
    return figure


def draw_rule(all_curves: list[Curve]):
    """Every curve once more, over what the wire is asked for."""
    networks = list(dict.fromkeys(curve.network for curve in all_curves))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.3))
    titles = {"latency": "time to send / time saved", "throughput": "time to send / period"}
    objectives = list(dict.fromkeys(curve.objective for curve in all_curves))
    all_axes = figure.subplots(1, len(objectives), sharey=True, squeeze=False)[0]
    for axes, objective in zip(all_axes, objectives, strict=True):
        for curve in (c for c in all_curves if c.objective == objective and c.pays and c.moved > 0):
            colour = COLOURS[networks.index(curve.network) % len(COLOURS)]
            wires = sorted(curve.points)
            axes.plot([curve.load(wire) for wire in wires], [curve.kept(wire) for wire in wires], "o-", color=colour,
                      markersize=2.2, linewidth=0.6, alpha=0.8)  # fmt: skip
        axes.axvline(1, color=style.QUIET, linewidth=0.6, zorder=0)
        axes.set_xscale("log")
        axes.set(xlabel=titles.get(objective, objective), title=SAYS[objective], ylim=(-0.05, 1.08))
    all_axes[0].set_ylabel("kept of the gain")
    for network, colour in zip(networks, COLOURS, strict=False):
        all_axes[0].plot([], [], "o-", color=colour, markersize=3, label=network)
    figure.legend(loc="upper center", bbox_to_anchor=(0.5, 0.04), ncols=len(networks), columnspacing=1.4)
    figure.subplots_adjust(wspace=0.08, bottom=0.2)
    return figure


def tell(all_curves: list[Curve]) -> None:
    print("simulated; gain: the least time alone over the least time split, by the fastest wire")
    print(f"{'network':14}{'objective':12}{'alone':>10}  gain with a processor that is so many times slower")
    for (network, objective), group in study.grouped(
        [{"at": (c.network, c.objective), "curve": c} for c in all_curves], lambda row: row["at"]
    ).items():
        own = [row["curve"] for row in group]
        gains = "".join(f"  {c.ratio:.3g}: {c.speedup(c.fastest):.2f}" for c in own)
        print(f"{network:14}{objective:12}{1e3 * own[0].alone:>7.2f} ms{gains}")
    for objective in dict.fromkeys(c.objective for c in all_curves):
        own = [c for c in all_curves if c.objective == objective]
        paying = [c for c in own if c.pays and c.moved > 0]
        print(
            f"{objective}: splitting pays ({100 * PAYS:.0f} %) by the fastest wire in {len(paying)} of {len(own)} cases"
        )
        check(objective, paying)


def check(objective: str, paying: list[Curve]) -> None:
    """The rule: it pays where the wire is loaded less than 1."""
    if not paying:
        return
    right = missed = false = 0
    for curve in paying:
        for wire in curve.points:
            pays = 1 - curve.points[wire]["value"] / curve.alone >= PAYS
            said = curve.load(wire) <= 1
            right += pays == said
            missed += pays and not said
            false += said and not pays
    total = right + missed + false
    print(f"  rule 'pays where the wire's load is below 1': right at {right} of {total} points, "
          f"{missed} pay beyond it, {false} do not in spite of it")  # fmt: skip
    loads = [curve.load(even) for curve in paying if (even := curve.break_even(PAYS)) and even > min(curve.points)]
    if loads:
        print(
            f"  load of the wire at the break-even: median {median(loads):.2f}, from {min(loads):.2f} to {max(loads):.2f}"
        )
    halves = [
        curve.load(half)
        for curve in paying
        if (half := curve.break_even(curve.saved / curve.alone / 2)) and half > min(curve.points)
    ]
    if halves:
        print(
            f"  where half of the gain is kept: median {median(halves):.2f}, from {min(halves):.2f} to {max(halves):.2f}"
        )


def draw(results: Path) -> dict:
    all_curves = curves(study.read(results, "splitting"))
    tell(all_curves)
    return {"map": draw_map(all_curves), "rule": draw_rule(all_curves)}


if __name__ == "__main__":
    study.main(__doc__, draw)
