#!/usr/bin/env python3
"""How wrong the datasheet is about single layers, what one number mends, and whether it names the wrong GPU."""

import itertools
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))
import measured
import numpy as np

import study
from study import style

COLOURS = {
    "P4": style.ORANGE, "P100": style.GREEN, "T4": style.SKY, "V100": style.BLUE, "A100": style.VERMILLION,
    "A100-80": style.VERMILLION, "A100-SXM": style.PURPLE, "A40": style.GREY,
}  # fmt: skip
APART = 1.05  # measured times that differ by less are equal


@dataclass
class Case:
    """A layer on a GPU."""

    kind: str
    gpu: str
    shape: int  # number of the layer
    size: int  # number of the layer among those of its kind, by size
    datasheet: float  # s
    measured: float  # s

    @property
    def learned_from(self) -> bool:
        """Every second size; the others judge."""
        return self.size % 2 == 0


def cases_of(predicted: Path) -> list[Case]:
    layers = measured.read(predicted.with_name("measured.csv"))
    place: dict[str, int] = {}
    sizes = []
    for layer in layers:
        sizes.append(place.setdefault(layer.kind, 0))
        place[layer.kind] += 1
    found = []
    for row in measured.rows_of(predicted):
        number = int(row["layer"].removeprefix("L"))
        layer = layers[number]
        if (seconds := layer.seconds.get(row["processor"])) is not None:
            case = Case(layer.kind, row["processor"], number, sizes[number], 1e-12 * int(row["time_ps"]), seconds)
            found.append(case)
    return found


# Ways to predict: each learns from cases, and gives a function of a case.

Predict = Callable[[Case], float]


def scale_of(cases: Iterable[Case], overhead: float = 0.0) -> float:
    """Such that half of the cases take longer."""
    return float(np.median([max(case.measured - overhead, 1e-9) / case.datasheet for case in cases]))


def from_datasheet(_: Sequence[Case]) -> Predict:
    return lambda case: case.datasheet


def one_per_kind(cases: Sequence[Case]) -> Predict:
    scales = {kind: scale_of(own) for kind, own in study.grouped(cases, lambda case: case.kind).items()}
    return lambda case: scales[case.kind] * case.datasheet


def one_per_kind_and_gpu(cases: Sequence[Case]) -> Predict:
    scales = {key: scale_of(own) for key, own in study.grouped(cases, lambda case: (case.kind, case.gpu)).items()}
    return lambda case: scales[case.kind, case.gpu] * case.datasheet


def with_overhead(cases: Sequence[Case]) -> Predict:
    """As one_per_kind_and_gpu, and a launch overhead: of those up to the shortest time, the one that fits best."""
    fits: dict[tuple[str, str], tuple[float, float]] = {}
    for key, own in study.grouped(cases, lambda case: (case.kind, case.gpu)).items():
        shortest = min(case.measured for case in own)
        tried = [(overhead, scale_of(own, overhead)) for overhead in np.linspace(0, shortest, 41)]
        fits[key] = min(tried, key=lambda fit: sum(miss(fit[0] + fit[1] * case.datasheet, case) for case in own))
    return lambda case: fits[case.kind, case.gpu][0] + fits[case.kind, case.gpu][1] * case.datasheet


def miss(predicted: float, case: Case) -> float:
    return abs(math.log(predicted / case.measured))


WAYS: dict[str, Callable[[Sequence[Case]], Predict]] = {
    "datasheet": from_datasheet,
    "one efficiency per kind": one_per_kind,
    "one per kind and GPU": one_per_kind_and_gpu,
    "and a launch overhead": with_overhead,
}


def factors(cases: Sequence[Case], predict: Predict) -> tuple[float, float]:
    """By which predictions are off, longer or shorter: half of them by less than the first, nine of ten by less than
    the second."""
    misses = [miss(predict(case), case) for case in cases]
    return math.exp(np.median(misses)), math.exp(np.quantile(misses, 0.9))


# Which GPU is faster?


@dataclass
class Choice:
    """Between two GPUs, for each shape that was measured on both."""

    pair: tuple[str, str]
    shapes: int = 0  # on which the two differ
    wrong: int = 0
    lost: float = 0.0  # of the time of the faster one, mean over shapes

    @property
    def share(self) -> float:
        return self.wrong / self.shapes if self.shapes else math.nan


def choices(cases: Sequence[Case], predict: Predict) -> list[Choice]:
    by_shape = study.grouped(cases, lambda case: case.shape)
    found: dict[tuple[str, str], Choice] = {}
    for own in by_shape.values():
        for a, b in itertools.combinations(sorted(own, key=lambda case: list(COLOURS).index(case.gpu)), 2):
            fast, slow = sorted((a, b), key=lambda case: case.measured)
            if slow.measured < APART * fast.measured:
                continue
            choice = found.setdefault((a.gpu, b.gpu), Choice((a.gpu, b.gpu)))
            choice.shapes += 1
            if predict(slow) < predict(fast):
                choice.wrong += 1
                choice.lost += slow.measured / fast.measured - 1
    for choice in found.values():
        choice.lost /= choice.shapes
    return list(found.values())


@dataclass
class Named:
    """The fastest of all GPUs, as predicted."""

    shapes: int
    wrong: int
    lost: float


def named(cases: Sequence[Case], predict: Predict, without: Sequence[str] = ()) -> Named:
    answer = Named(0, 0, 0.0)
    for own in study.grouped([case for case in cases if case.gpu not in without], lambda case: case.shape).values():
        if len(own) < 2:
            continue
        chosen, best = min(own, key=predict), min(own, key=lambda case: case.measured)
        ratio = chosen.measured / best.measured
        answer.shapes += 1
        answer.wrong += ratio > APART
        answer.lost += ratio - 1
    answer.lost /= max(1, answer.shapes)
    return answer


# What is said


def tell_ratios(cases: Sequence[Case]) -> None:
    print("measured time over the datasheet's: median (a tenth below - a tenth above)")
    for (kind, gpu), own in study.grouped(cases, lambda case: (case.kind, case.gpu)).items():
        ratios = [case.measured / case.datasheet for case in own]
        low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
        faster = np.mean([ratio < 1 for ratio in ratios])
        print(f"  {kind:12}{gpu:10}{middle:8.2f} ({low:.2f} - {high:.2f}), {len(own)} layers, "
              f"{100 * faster:.0f} % faster than the datasheet allows")  # fmt: skip


def tell_sizes(cases: Sequence[Case]) -> None:
    longest = max(case.measured / case.datasheet for case in cases)
    short = np.mean([case.datasheet < SHORT for case in cases])
    print(
        f"{100 * short:.0f} % should take less than {1e3 * SHORT:g} ms; at most {longest:.0f} times that was measured"
    )


def tell_long(cases: Sequence[Case]) -> None:
    print(f"the same of layers that should take {1e3 * LONG:g} ms or more: where starting a layer does not matter")
    for kind, own in study.grouped([case for case in cases if case.datasheet >= LONG], lambda case: case.kind).items():
        ratios = [case.measured / case.datasheet for case in own]
        low, middle, high = np.quantile(ratios, [0.1, 0.5, 0.9])
        print(f"  {kind:12}{middle:8.2f} ({low:.2f} - {high:.2f}), {len(own)} layers")


SHORT, LONG = 1e-4, 1e-3  # s


def tell_errors(judged: Sequence[Case], ways: dict[str, Predict]) -> None:
    print("off by a factor of, half of the layers (nine of ten); learned from every second size, judged by the others")
    print("  " + " " * 12 + "".join(f"{way:>26}" for way in ways))
    for kind, own in [*study.grouped(judged, lambda case: case.kind).items(), ("all", judged)]:
        cells = [factors(own, predict) for predict in ways.values()]
        print(f"  {kind:12}" + "".join(f"{f'{half:.2f} ({most:.2f})':>26}" for half, most in cells))


def tell_choices(judged: Sequence[Case], ways: dict[str, Predict]) -> None:
    print(
        f"named the slower of two GPUs (of shapes whose times differ by {100 * APART - 100:.0f} % or more), "
        "and what that costs on average"
    )
    by_way = {way: {choice.pair: choice for choice in choices(judged, predict)} for way, predict in ways.items()}
    for pair in by_way["datasheet"]:
        cells = [f"{100 * own[pair].share:.1f} % (+{100 * own[pair].lost:.1f} %)" for own in by_way.values()]
        shapes = by_way["datasheet"][pair].shapes
        print(f"  {' or '.join(pair):20}{shapes:6} shapes" + "".join(f"{cell:>26}" for cell in cells))
    whole = {way: list(own.values()) for way, own in by_way.items()}
    cells = [
        f"{100 * sum(c.wrong for c in own) / sum(c.shapes for c in own):.1f} % "
        f"(+{100 * sum(c.lost * c.shapes for c in own) / sum(c.shapes for c in own):.1f} %)"
        for own in whole.values()
    ]
    print(f"  {'all pairs':33}" + "".join(f"{cell:>26}" for cell in cells))
    print("named a GPU that is not the fastest, and what that costs on average")
    for label, without in (("of all", ()), ("without the A100s", ("A100", "A100-80", "A100-SXM"))):
        answers = [named(judged, predict, without) for predict in ways.values()]
        cells = [
            f"{100 * each.wrong / each.shapes:.1f} % (+{100 * each.lost:.1f} %)" for each in answers if each.shapes
        ]
        print(f"  {label:20}{answers[0].shapes:6} shapes" + "".join(f"{cell:>26}" for cell in cells))


# Figures


def running(cases: Sequence[Case]) -> tuple[list[float], list[float]]:
    """Medians of the ratio over a third of a decade of the datasheet's time."""
    bins = study.grouped(cases, lambda case: round(3 * math.log10(case.datasheet)))
    known = sorted((at, own) for at, own in bins.items() if len(own) >= 5)
    return [10 ** (at / 3) for at, _ in known], [
        float(np.median([c.measured / c.datasheet for c in own])) for _, own in known
    ]


def draw_ratios(cases: Sequence[Case]):
    kinds = list(dict.fromkeys(case.kind for case in cases))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 3.0))
    grid = figure.subplots(2, 4, sharex=True, sharey=True)
    for axes, kind in zip(grid.flat, kinds, strict=False):
        for gpu, own in study.grouped([case for case in cases if case.kind == kind], lambda case: case.gpu).items():
            axes.plot([1e3 * c.datasheet for c in own], [c.measured / c.datasheet for c in own], ".", markersize=1.6,
                      alpha=0.25, markeredgewidth=0, color=COLOURS[gpu], rasterized=True)  # fmt: skip
            at, middle = running(own)
            axes.plot([1e3 * x for x in at], middle, color=COLOURS[gpu], linewidth=1)
        axes.axhline(1, color=style.INK, linewidth=0.6, zorder=0)
        axes.set_title(f"{kind}, f32" if "f16" not in kind else "linear, f16", pad=3)
        axes.tick_params(labelbottom=True)
    corner = grid[0, 0]
    corner.set(xscale="log", yscale="log", xlim=(3e-5, 1e3), ylim=(0.3, 2e3))
    corner.set_xticks([1e-4, 1e-2, 1, 100], ["0.0001", "0.01", "1", "100"])
    corner.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
    corner.minorticks_off()
    legend = grid.flat[len(kinds)]
    legend.axis("off")
    shown = dict.fromkeys(case.gpu for case in cases)
    for gpu in (gpu for gpu in COLOURS if gpu in shown and gpu != "A100-80"):
        legend.plot([], [], color=COLOURS[gpu], label="A100 (PCIe)" if gpu == "A100" else gpu)
    legend.legend(loc="center", title="dots: layers; lines: medians", title_fontsize=6.5)
    figure.supxlabel("time by the datasheet (ms)", fontsize=7, y=0.0)
    figure.supylabel("measured / datasheet", fontsize=7, x=0.065)
    figure.subplots_adjust(hspace=0.4, wspace=0.08, bottom=0.13)
    return figure


WAY_COLOURS = (style.GREY, style.SKY, style.BLUE, style.VERMILLION)


SHOWN = 0.01  # of the shapes: pairs about which no way is wrong more often are left out


def draw_mended(judged: Sequence[Case], ways: dict[str, Predict]):
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.2))
    left, right = figure.subplots(1, 2)
    kinds = list(dict.fromkeys(case.kind for case in judged))
    shares = [{choice.pair: choice.share for choice in choices(judged, predict)} for predict in ways.values()]
    pairs = [pair for pair in shares[0] if max(own[pair] for own in shares) > SHOWN]
    wide = 0.8 / len(ways)
    for number, (way, predict) in enumerate(ways.items()):
        shift, colour = (number - (len(ways) - 1) / 2) * wide, WAY_COLOURS[number]
        for at, kind in enumerate(kinds):
            half, most = factors([case for case in judged if case.kind == kind], predict)
            left.plot([at + shift] * 2, [half, most], color=colour, linewidth=1)
            left.plot(at + shift, half, "o", color=colour, markersize=3.6)
            left.plot(at + shift, most, "_", color=colour, markersize=4)
        heights = [100 * shares[number][pair] for pair in pairs]
        right.bar([at + shift for at in range(len(pairs))], heights, wide, color=colour, label=way)
    left.set(yscale="log", ylabel="off by a factor of\n(half, nine of ten layers)", ylim=(0.97, 14))
    left.set_xticks(range(len(kinds)), kinds, rotation=30, ha="right", rotation_mode="anchor")
    left.set_yticks([1, 1.5, 2, 3, 5, 10], ["1", "1.5", "2", "3", "5", "10"])
    left.minorticks_off()
    right.set_ylabel("the slower of two is named\n(% of shapes)")
    names = [" / ".join(pair) for pair in pairs]
    right.set_xticks(range(len(pairs)), names, rotation=30, ha="right", rotation_mode="anchor")
    figure.legend(
        *right.get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 1.05), ncols=len(ways),
        handlelength=1,
    )  # fmt: skip
    figure.subplots_adjust(wspace=0.25, bottom=0.27)
    return figure


def draw(predicted: Path) -> dict:
    cases = cases_of(predicted)
    judged = [case for case in cases if not case.learned_from]
    ways = {way: learn([case for case in cases if case.learned_from]) for way, learn in WAYS.items()}
    print(
        f"{len(cases)} times of layers on GPUs: measured by others (NeuSight, Vidur), and predicted by "
        "`partita predict` from datasheets"
    )
    tell_ratios(cases)
    tell_sizes(cases)
    tell_long(cases)
    tell_errors(judged, ways)
    tell_choices(judged, ways)
    return {"ratios": draw_ratios(cases), "mended": draw_mended(judged, ways)}


if __name__ == "__main__":
    study.main(__doc__, draw)
