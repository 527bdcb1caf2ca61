"""What a sweep says, in words: its best point, how far results spread, which axes matter at a glance, what failed."""

import math
import statistics
from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

from report import naming
from report.sweeps import Column, Sweep

NEAR = 1.05  # "as good": within 5 % of the best
BINS = 10  # of an axis with more values than it can be walked through
FEW_VALUES = 20
MOST_NAMED = 5  # axes in a sentence


@dataclass(frozen=True)
class Spread:
    """Repetitions of one point: how many, the lowest, the middle, the highest."""

    count: int
    low: float
    median: float
    high: float


@dataclass(frozen=True)
class Effect:
    """How much the median of the answer differs between the values of one axis: the largest over the smallest."""

    axis: Column
    ratio: float
    best: str
    worst: str


@dataclass(frozen=True)
class Verdict:
    best: int  # index of the point that stands for the best: of its repetitions the one in the middle
    best_value: float
    worst_value: float
    median: float
    compared: int  # different points, repetitions counted once
    near: int  # of them, within 5 % of the best
    spread: Spread | None  # of the best point's repetitions
    usual_spread: float | None  # (highest - lowest) / median of repetitions, in the middle of all points
    effects: list[Effect]  # the largest first


def key_of(sweep: Sweep, axes: list[Column], index: int) -> tuple:
    return tuple(axis.values[index] for axis in axes)


def middle(indices: list[int], values: list) -> int:
    """Of an even number the lower one of the two in the middle: a value that really occurred."""
    ordered = sorted(indices, key=lambda i: (values[i], i))
    return ordered[(len(ordered) - 1) // 2]


def shown_value(axis: Column, value) -> str:
    if value is None:
        return "none"
    return naming.quantity(value, axis.unit) if axis.is_number else str(value)


def bins_of(axis: Column, indices: list[int]) -> list[tuple[str, list[int]]]:
    """The points by the value of the axis; by tenths of the points where it has many values."""
    present = [i for i in indices if axis.values[i] is not None]
    distinct = {axis.values[i] for i in present}
    if not axis.is_number or len(distinct) <= FEW_VALUES:
        key = lambda i: (str(type(axis.values[i])), axis.values[i])  # noqa: E731
        grouped = groupby(sorted(present, key=key), key=key)
        return [(shown_value(axis, value[1]), list(members)) for value, members in grouped]
    ordered = sorted(present, key=lambda i: axis.values[i])
    edges = [len(ordered) * step // BINS for step in range(BINS + 1)]
    parts = [ordered[edges[step] : edges[step + 1]] for step in range(BINS)]
    return [
        (f"{shown_value(axis, axis.values[part[0]])} to {shown_value(axis, axis.values[part[-1]])}", part)
        for part in parts
        if part
    ]


def effects_of(sweep: Sweep, answer: Column, indices: list[int], smaller: bool) -> list[Effect]:
    found = []
    for axis in sweep.axes():
        medians = [
            (statistics.median(answer.values[i] for i in members), text) for text, members in bins_of(axis, indices)
        ]
        if len(medians) < 2 or min(medians)[0] <= 0:
            continue
        low, high = min(medians), max(medians)
        best, worst = (low, high) if smaller else (high, low)
        found.append(Effect(axis, high[0] / low[0], best[1], worst[1]))
    return sorted(found, key=lambda effect: -effect.ratio)


def judge(sweep: Sweep) -> Verdict | None:
    """None where no point has an answer."""
    if sweep.answer is None:
        return None
    answer = sweep.column(sweep.answer.column)
    if answer is None:
        return None
    values = answer.values
    indices = [i for i, status in enumerate(sweep.statuses) if status == "done" and values[i] is not None]
    if not indices:
        return None
    smaller = sweep.answer.smaller_is_better
    axes = sweep.axes()
    groups: dict[tuple, list[int]] = defaultdict(list)
    for i in indices:
        groups[key_of(sweep, axes, i)].append(i)
    stands_for = [middle(members, values) for members in groups.values()]
    sign = 1 if smaller else -1
    best = min(stands_for, key=lambda i: (sign * values[i], sweep.numbers[i]))
    worst = max(stands_for, key=lambda i: sign * values[i])
    limit = values[best] * (NEAR if smaller == (values[best] > 0) else 1 / NEAR)
    near = sum(1 for i in stands_for if sign * values[i] <= sign * limit)
    repeated = [[values[i] for i in members] for members in groups.values() if len(members) > 1]
    spreads = [(max(many) - min(many)) / statistics.median(many) for many in repeated if statistics.median(many) > 0]
    of_best = [values[i] for i in groups[key_of(sweep, axes, best)]]
    return Verdict(
        best=best,
        best_value=values[best],
        worst_value=values[worst],
        median=statistics.median(values[i] for i in stands_for),
        compared=len(stands_for),
        near=near,
        spread=Spread(len(of_best), min(of_best), statistics.median(of_best), max(of_best))
        if len(of_best) > 1
        else None,
        usual_spread=statistics.median(spreads) if spreads else None,
        effects=effects_of(sweep, answer, indices, smaller),
    )


def settings_of(sweep: Sweep, index: int) -> list[tuple[str, str, str]]:
    """What the axes are at a point: title, value, name."""
    return [(axis.title, shown_value(axis, axis.values[index]), axis.name) for axis in sweep.axes()]


def told_settings(sweep: Sweep, verdict: Verdict) -> list[str]:
    """What the axes are at the best point; of many, those that change most, and how many others there are."""
    settings = settings_of(sweep, verdict.best)
    texts = {name: f"{title} {value}" for title, value, name in settings}
    if len(texts) <= MOST_NAMED:
        return list(texts.values())
    by_effect = [effect.axis.name for effect in verdict.effects]
    named = list(dict.fromkeys([*by_effect, *texts]))[: MOST_NAMED - 2]
    return [*(texts[name] for name in named), f"{len(texts) - len(named)} others"]


def sentence(sweep: Sweep, verdict: Verdict) -> str:
    """ "The shortest predicted time is 12.3 ms, with method auto and batch of the network 8."."""
    answer = sweep.column(sweep.answer.column)
    is_time = naming.base_of(answer.unit)[0] == "s"
    smaller = sweep.answer.smaller_is_better
    extreme = ("shortest" if is_time else "smallest") if smaller else ("longest" if is_time else "largest")
    settings = told_settings(sweep, verdict)
    listed = ", ".join(settings[:-1]) + (" and " if len(settings) > 1 else "") + settings[-1] if settings else ""
    value = naming.quantity(verdict.best_value, answer.unit)
    return f"The {extreme} {answer.title} is {value}" + (f", with {listed}." if listed else ".")


def factor_text(verdict: Verdict) -> str:
    """How far the worst point is from the best; "" where a ratio says nothing."""
    low, high = sorted((verdict.best_value, verdict.worst_value))
    if low <= 0 or math.isclose(low, high):
        return ""
    return naming.ratio(high / low)
