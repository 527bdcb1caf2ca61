#!/usr/bin/env python3
"""What splitting over two unequal processors gains, where it begins to, and whether one number says so beforehand."""

import itertools
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from matplotlib.colors import PowerNorm

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
        """NaN where that point failed."""
        return self.alone / self.points[wire]["value"] if wire in self.points else math.nan

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
            wires = sorted(set().union(*(curve.points for curve in own.values())))
            gains = [[own[ratio].speedup(wire) for wire in wires] for ratio in ratios]
            step = math.sqrt(wires[1] / wires[0])
            edges = [wires[0] / step, *(wire * step for wire in wires)]
            picture = axes.pcolormesh([edge / 1e9 for edge in edges], range(len(ratios) + 1), gains, cmap="viridis",
                                      norm=PowerNorm(0.6, 1, 2), edgecolors="face", linewidth=0.2)  # fmt: skip
            for at, ratio in enumerate(ratios):
                even = own[ratio].break_even(PAYS)
                if even is not None and even > wires[0]:
                    axes.plot([even / 1e9] * 2, [at, at + 1], color="white", linewidth=1.4)
            axes.set_xscale("log")
            tens = [10.0**power for power in range(-2, 3) if 1e9 * 10.0**power < wires[-1]]
            tens = [ten for ten in tens if wires[0] <= 1.001e9 * ten]
            axes.set_xticks(tens, [f"{ten:g}" for ten in tens])
            axes.set_yticks([at + 0.5 for at in range(len(ratios))], [f"{ratio:.3g}" for ratio in ratios])
            axes.tick_params(which="both", length=0)
            axes.minorticks_off()
            for spine in axes.spines.values():
                spine.set_visible(False)
            if line[0] is grid[0, 0]:
                axes.set_title(network, pad=3)
    for axes, objective in zip(grid[:, 0], objectives, strict=True):
        axes.set_ylabel(f"{SAYS[objective]}:\ntimes slower")
    figure.supxlabel(
        f"bandwidth of the wire (GB/s); white: {100 * PAYS:.0f} % are saved from here on", fontsize=7, y=-0.01
    )
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
    print("gain: the least time alone over the least time on both, by the fastest wire")
    print(f"{'network':14}{'':14}{'alone':>10}   gain with a processor that is so many times slower")
    for (network, objective), own in grouped(all_curves, lambda c: (c.network, c.objective)).items():
        gains = "".join(f"  {c.ratio:.3g}: {c.speedup(c.fastest):.2f}" for c in own)
        print(f"{network:14}{SAYS[objective]:14}{1e3 * own[0].alone:>7.2f} ms{gains}")
    for objective, own in grouped(all_curves, lambda c: c.objective).items():
        paying = [c for c in own if c.pays and c.moved > 0]
        cases = f"{len(paying)} of {len(own)} cases"
        print(f"{SAYS[objective]}: {100 * PAYS:.0f} % or more are saved by the fastest wire in {cases}")
        if paying:
            check(paying)
    compare(all_curves)


def grouped(all_curves: list[Curve], key) -> dict[tuple | str, list[Curve]]:
    groups: dict = {}
    for curve in all_curves:
        groups.setdefault(key(curve), []).append(curve)
    return groups


def check(paying: list[Curve]) -> None:
    """What the load of the wire says beforehand."""
    points = [(curve.load(wire), curve.kept(wire)) for curve in paying for wire in curve.points]
    for name, own in (
        ("below 1", [kept for load, kept in points if load <= 1]),
        ("1 to 10", [kept for load, kept in points if 1 < load < 10]),
        ("10 and more", [kept for load, kept in points if load >= 10]),
    ):
        if own:
            print(f"  load of the wire {name}: {100 * median(own):.0f} % of the gain are kept, {100 * min(own):.0f} to "
                  f"{100 * max(own):.0f} % ({len(own)} points)")  # fmt: skip
    loads = [curve.load(even) for curve in paying if (even := curve.break_even(PAYS)) and even > min(curve.points)]
    if loads:
        print(f"  load at which {100 * PAYS:.0f} % are saved: median {median(loads):.1f}, from {min(loads):.1f} to "
              f"{max(loads):.1f}")  # fmt: skip


def compare(all_curves: list[Curve]) -> None:
    """Bandwidths from which it pays, and that keep all: of one inference and of a stream."""
    print(f"GB/s from which {100 * PAYS:.0f} % are saved, and at which the load is 1, by how many times slower")
    for network, own in grouped(all_curves, lambda c: c.network).items():
        for objective, part in grouped(own, lambda c: c.objective).items():
            cells = [
                f"  {curve.ratio:.3g}: {even / 1e9:.2f}, {curve.load(1e9):.2f}"
                if curve.pays and curve.moved > 0 and (even := curve.break_even(PAYS))
                else f"  {curve.ratio:.3g}: never"
                for curve in part
            ]
            print(f"{network:14}{SAYS[objective]:14}{''.join(cells)}")


def draw(results: Path) -> dict:
    rows = study.read(results, "splitting")
    print(study.origin(rows))
    all_curves = curves(rows)
    tell(all_curves)
    return {"map": draw_map(all_curves), "rule": draw_rule(all_curves)}


if __name__ == "__main__":
    study.main(__doc__, draw)
