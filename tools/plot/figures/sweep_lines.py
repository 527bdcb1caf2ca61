"""Medians of a sweep along one of its axes, with bands, a line for each value of another."""

import math
from dataclasses import dataclass

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures import style
from figures.reading import InputError
from figures.scales import scale_of, set_linear, set_logarithmic
from figures.sweep_data import Data, is_logarithmic, label_of, median, shown_name, spread
from results.groups import Group

MOST_SERIES, MOST_STEPS = 8, 12
ROW = 0.13  # inches, of the legend
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE, style.PURPLE, style.SKY, style.INK, style.YELLOW)
MARKERS = "os^DvPX*"
STEPS = "cividis"  # to all kinds of colour vision the same, and in grey (Nuñez, Anderton and Renslow, 2018)


@dataclass(frozen=True)
class Pen:
    colour: object
    marker: str
    label: str | None


def pens_of(data: Data) -> dict:
    """Of each value of --by: numbers get steps of one colour, names colours and markers of their own."""
    at = data.key(data.look.by)
    if at is None:
        return {None: Pen(style.BLUE, "o", None)}
    column, values = data.groups.keys[at], data.groups.order(at)
    in_steps = column.is_number and len(values) > 3
    most = MOST_STEPS if in_steps else MOST_SERIES
    if len(values) > most:
        raise InputError(f"--by {column.name}: {len(values)} lines are too many ({most} at most; --where chooses)")
    labels = [label_of(column, value) for value in values]
    if in_steps:
        shades = matplotlib.colormaps[STEPS](np.linspace(0.05, 0.92, len(values)))
        return {value: Pen(shade, "o", label) for value, shade, label in zip(values, shades, labels, strict=True)}
    kinds = zip(values, COLOURS, MARKERS, labels, strict=False)
    return {value: Pen(colour, marker, label) for value, colour, marker, label in kinds}


class Lines:
    """`ends`: of the y axis, the same in all panels."""

    left, right = 0.5, 0.0  # inches, for what stands beside the panels

    def __init__(self, data: Data):
        self.data = data
        groups = data.groups
        self.at_x, self.at_by = data.key(data.look.x), data.key(data.look.by)
        self.x, self.by = groups.keys[self.at_x], None if self.at_by is None else groups.keys[self.at_by]
        self.pens = pens_of(data)
        self.names = None if self.x.is_number else groups.order(self.at_x)
        at = [each.keys[self.at_x] for each in groups.groups if self.names is None and each.keys[self.at_x] is not None]
        middles = [median(each) for each in groups.groups if len(each.values)]
        ends = [end for each in groups.groups if len(each.values) for end in spread(each)]
        self.log_x = self.names is None and is_logarithmic(data, self.x, at, "x")
        self.log_y = is_logarithmic(data, groups.value, middles, "y") and min(ends) > 0
        self.of_x = scale_of(self.x, at, self.log_x) if self.names is None else None
        self.of_y = scale_of(groups.value, ends, self.log_y)
        self.ends_x = [self.of_x(min(at)), self.of_x(max(at))] if self.of_x else [0, len(self.names) - 1]
        self.ends_y = [self.of_y(min(ends)), self.of_y(max(ends))]
        self.y_label = self.of_y.label

    def draw(self, axes: Axes, groups: list[Group]) -> None:
        self.set_up(axes)
        for number, (value, pen) in enumerate(self.pens.items()):
            own = [each for each in groups if self.at_by is None or each.keys[self.at_by] == value]
            if own:
                self.draw_series(axes, own, pen, number)

    def place(self, one: Group, number: int) -> float:
        key = one.keys[self.at_x]
        if self.of_x:
            return math.nan if key is None else self.of_x(key)
        return self.names.index(key) + 0.6 * ((number + 0.5) / len(self.pens) - 0.5)

    def draw_series(self, axes: Axes, own: list[Group], pen: Pen, number: int) -> None:
        xs = [self.place(each, number) for each in own]
        middles = [self.of_y(median(each)) for each in own]
        lows, highs = zip(*(map(self.of_y, spread(each)) for each in own), strict=True)
        axes.plot(
            xs, middles, linestyle="-" if self.of_x else "none", color=pen.colour, marker=pen.marker, markersize=2.6,
            markeredgewidth=0, zorder=3,
        )  # fmt: skip
        if any(low < high for low, high in zip(lows, highs, strict=True)):
            if self.of_x:
                axes.fill_between(xs, lows, highs, color=pen.colour, alpha=0.2, linewidth=0, zorder=2)
            else:
                axes.vlines(xs, lows, highs, color=pen.colour, linewidth=1.0, zorder=2)
        # Where no point has a result, a cross at the foot: infeasible or failed is not the same as not asked.
        none = [x for x, each in zip(xs, own, strict=True) if not len(each.values)]
        foot = 0.03 + 0.035 * (number if self.of_x else 0)
        axes.plot(
            none, [foot] * len(none), linestyle="none", marker="x", color=pen.colour, markersize=3, markeredgewidth=0.8,
            zorder=4, clip_on=False, transform=axes.get_xaxis_transform(),
        )  # fmt: skip

    def set_up(self, axes: Axes) -> None:
        if self.of_x is None:
            axes.set_xlim(-0.5, len(self.names) - 0.5)
            set_names(axes, [label_of(self.x, name) for name in self.names])
        else:
            set_numbers(axes.xaxis, self.log_x, *self.ends_x)
        set_numbers(axes.yaxis, self.log_y, *self.ends_y)
        low, high = self.ends_y
        if self.log_y:
            margin = (high / low) ** 0.05
            axes.set_ylim(low / margin, high * margin)
        else:
            margin = 0.06 * (high - low) or 0.06 * abs(high) or 1.0
            axes.set_ylim(0 if 0 <= low < 0.4 * high else low - margin, high + margin)
        axes.grid(axis="y", color=style.FAINT, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel(self.of_x.label if self.of_x else shown_name(self.x.name), labelpad=1.5)

    def legend_height(self, width: float) -> float:
        """Inches, where there are so many for the legend."""
        if self.by is None:
            return 0.0
        return ROW * (math.ceil(len(self.pens) / self.per_row(width)) + self.by.is_number)

    def per_row(self, width: float) -> int:
        longest = max(len(pen.label) for pen in self.pens.values())
        return max(1, min(len(self.pens), int(width / (0.35 + 0.055 * longest))))

    def finish(self, figure: Figure, left: float, top: float) -> None:
        """Adds the legend; its place in inches, from above."""
        if self.by is None:
            return
        width, height = figure.get_size_inches()
        handles = [
            Line2D([], [], color=pen.colour, marker=pen.marker, markersize=3, markeredgewidth=0, label=pen.label)
            for pen in self.pens.values()
        ]
        figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(left / width, 1 - top / height), borderaxespad=0,
            borderpad=0, ncols=self.per_row(width - left), handlelength=1.4, columnspacing=1, handletextpad=0.5,
            alignment="left", title=shown_name(self.by.name) if self.by.is_number else None, title_fontsize=6.5,
        )  # fmt: skip


def set_names(axes: Axes, names: list[str]) -> None:
    axes.xaxis.set_ticks(range(len(names)), names)
    axes.xaxis.set_tick_params(length=0)
    inches = axes.get_window_extent().width / axes.figure.dpi
    if sum(map(len, names)) * 0.055 > inches:
        for label in axes.xaxis.get_ticklabels():
            label.set(rotation=30, ha="right", rotation_mode="anchor")


def set_numbers(axis, logarithmic: bool, low: float, high: float) -> None:
    if not logarithmic or low == high:
        set_linear(axis)
        return
    getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
    set_logarithmic(axis, low, high)
