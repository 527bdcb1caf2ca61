"""Axes of figures for quantities of answers: one unit for all, ticks that people would write."""

import math
from collections.abc import Iterable, Sequence

from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from answers.outcomes import Column
from answers.quantities import DECIMAL, prefix_for, unit_of_column
from figures.sweep_data import shown_name
from results.reading import Column as Stored

NARROW = 1.5  # decades: from less than these, a logarithmic axis has ticks at other digits, too


class Scale:
    """Numbers of a column (or an axis) in the unit in which the largest is a number of 1 or more.

    On a logarithmic axis the smallest is, where they are no more than four decades apart.
    """

    def __init__(self, column: Column, values: Iterable[float], logarithmic: bool = False):
        sizes = [abs(value) * column.factor for value in values if value != 0] or [0.0]
        typical = max(sizes)
        if logarithmic:
            typical = min(sizes) if max(sizes) <= 1.01e4 * min(sizes) else math.sqrt(max(sizes) * min(sizes))
        prefix = prefix_for(typical, column.unit)
        self.unit = prefix + column.unit
        self.factor = column.factor / DECIMAL[prefix]
        self.name = column.label

    def __call__(self, value: float) -> float:
        return value * self.factor

    @property
    def label(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name


def scale_of(column: Stored, values: Sequence[float], logarithmic: bool) -> Scale:
    factor, unit = unit_of_column(column.name, column.unit)
    return Scale(Column(shown_name(column.name), factor, unit), values, logarithmic)


def plain(value: float, _=None) -> str:
    return f"{value:,.0f}".replace(",", "\u2009") if abs(value) >= 1e4 else f"{value:g}"


def set_linear(axis: Axis, bins: int = 5) -> None:
    axis.set_major_locator(MaxNLocator(bins, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(plain))


def set_logarithmic(axis: Axis, low: float, high: float) -> None:
    """The scale must have been set to log."""
    narrow = math.log10(high / low) < NARROW
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
    axis.set_major_formatter(FuncFormatter(plain))
    axis.set_minor_formatter(NullFormatter())
