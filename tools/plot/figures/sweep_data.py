"""What is drawn of a sweep: its points in groups, and what to tell about them. Without what draws it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from answers.quantities import show, unit_of_column
from figures.reading import InputError
from results.groups import Bins, Group, Groups, axis_of, group
from results.reading import Column, Results, ResultsError, SweepInfo

MOST_PANELS = 12
BINS = 30  # of an axis whose values were drawn at random
FEW = 20  # values of which a band shows all
WIDE = 20  # from which ratio on numbers are shown on a logarithmic scale


@dataclass(frozen=True)
class Look:
    """What of a sweep is drawn, and how. Without `y`: the column that the sweep says is its answer."""

    x: str
    y: str | None = None
    by: str | None = None  # a line for each of its values
    over: str | None = None  # instead: upwards, and `y` as colours
    facet: str | None = None  # a panel for each of its values
    sweep: str | None = None
    where: Sequence[str] = ()
    log: str = ""  # "x", "y" or both, whatever the numbers are
    linear: str = ""


@dataclass(frozen=True)
class Data:
    sweep: SweepInfo
    look: Look
    groups: Groups
    is_binned: bool

    def key(self, name: str | None) -> int | None:
        names = [column.name for column in self.groups.keys]
        return names.index(name) if name in names else None

    @property
    def panels(self) -> list:
        """Values of --facet."""
        return self.groups.order(self.key(self.look.facet)) if self.look.facet else [None]

    def of_panel(self, panel) -> list[Group]:
        at = self.key(self.look.facet)
        return self.groups.groups if at is None else [each for each in self.groups.groups if each.keys[at] == panel]


def read(results: Results, look: Look) -> Data:
    """Raises InputError."""
    try:
        sweep = results.sweep(look.sweep)
        y = look.y or (sweep.description.get("answer") or {}).get("column")
        if y is None:
            raise InputError(f"--y: the sweep file has no 'answer'; which column? ({numbers_of(results, sweep)})")
        keys = [name for name in (look.facet, look.by or look.over, look.x) if name]
        if len(set(keys)) < len(keys) or y in keys:
            raise InputError(f"--x, --by, --over, --facet and --y: '{repeated([*keys, y])}' is named twice")
        bins = bins_of(results, sweep, look.x)
        groups = group(results, sweep, y, keys, look.where, bins)
    except ResultsError as error:
        raise InputError(str(error)) from error
    if not any(len(each.values) for each in groups.groups):
        met = " that meet the conditions" if look.where else ""
        counted = f"{groups.no} are infeasible, {groups.failed} failed" if groups.groups else "there are none"
        raise InputError(f"{results.file}: nothing to draw: of the points{met}, {counted}")
    data = Data(sweep, look, groups, bins is not None)
    if len(data.panels) > MOST_PANELS:
        raise InputError(
            f"--facet {look.facet}: {len(data.panels)} panels are too many ({MOST_PANELS} at most; --where chooses)"
        )
    return data


def numbers_of(results: Results, sweep: SweepInfo) -> str:
    return ", ".join(each.name for each in results.columns(sweep).values() if each.role == "result" and each.is_number)


def repeated(names: list[str]) -> str:
    return next(name for name in names if names.count(name) > 1)


def bins_of(results: Results, sweep: SweepInfo, name: str) -> Bins | None:
    """Where the values of an axis were drawn from a range, hardly two points have the same."""
    axis = axis_of(sweep, name)
    if sweep.description.get("sampling", "product") == "product" or axis.get("kind") != "range" or axis.get("values"):
        return None
    return Bins(results.column(sweep, name), axis["from"], axis["to"], BINS, axis.get("scale") == "log")


def shown_name(name: str) -> str:
    return name.removeprefix("machine.").replace(".", " ")


def label_of(column: Column, value) -> str:
    if value is None:
        return "none"
    if not column.is_number:
        return str(value)
    factor, unit = unit_of_column(column.name, column.unit)
    return show(value * factor, unit)


def is_wide(values: Sequence[float]) -> bool:
    known = [value for value in values if not math.isnan(value)]
    return len(known) > 1 and min(known) > 0 and max(known) / min(known) >= WIDE


def is_logarithmic(data: Data, column: Column, values: Sequence[float], which: str) -> bool:
    """An axis as its range says; others where their numbers are far apart."""
    known = [value for value in values if not math.isnan(value)]
    possible = bool(known) and min(known) > 0
    if which in data.look.log or which in data.look.linear:
        if which in data.look.log and not possible:
            raise InputError(f"--log {which}: '{column.name}' has values that are not above 0")
        return which in data.look.log
    told = axis_of(data.sweep, column.name).get("scale")
    return possible and (told == "log" if told else is_wide(known))


def median(one: Group) -> float:
    return float(np.median(one.values)) if len(one.values) else math.nan


def spread(one: Group) -> tuple[float, float]:
    """Of few values the smallest and the largest, of many the 10th and the 90th percentile."""
    if not len(one.values):
        return math.nan, math.nan
    if len(one.values) <= FEW:
        return float(one.values[0]), float(one.values[-1])
    low, high = np.percentile(one.values, (10, 90))
    return float(low), float(high)


def told(data: Data) -> str:
    """What stands for several points, in words."""
    over = [shown_name(axis.name) for axis in data.groups.mixed]
    if data.groups.repetitions > 1:
        over.append(f"{data.groups.repetitions} repetitions")
    steps = f" in {BINS} steps" if data.is_binned else ""
    if not over and not steps:
        return ""
    most = max(len(each.values) for each in data.groups.groups)
    band = "" if data.look.over else f", band: {'smallest to largest' if most <= FEW else '10th to 90th percentile'}"
    return f"median{' over ' if over else ''}{', '.join(over)}{steps}{band}"


def lost(data: Data) -> str:
    parts = [f"{data.groups.no} infeasible"] if data.groups.no else []
    return ", ".join([*parts, f"{data.groups.failed} failed"] if data.groups.failed else parts)
