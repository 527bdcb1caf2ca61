"""Medians of a sweep over two of its axes, as colours."""

import math

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure

from answers.quantities import digits
from figures import style
from figures.scales import scale_of, set_linear, set_logarithmic
from figures.sweep_data import Data, is_logarithmic, label_of, median, shown_name
from results.groups import Group

COLOURS = "cividis"  # to all kinds of colour vision the same, and in grey (Nuñez, Anderton and Renslow, 2018)
CELL = 0.28, 0.14  # inches; in a larger cell its number is written
TICKS = 9  # at most


class Side:
    """An axis of a map: its values in equal steps. What is walked through is so on its own scale, too."""

    def __init__(self, data: Data, key: int):
        self.key, self.column = key, data.groups.keys[key]
        self.values = data.groups.order(key)
        self.name = shown_name(self.column.name)
        self.labels = [label_of(self.column, value) for value in self.values]
        numbers = [value for value in self.values if value is not None]
        if self.column.is_number and numbers:
            scale = scale_of(self.column, numbers, is_logarithmic(data, self.column, numbers, "-"))
            self.name = scale.label
            self.labels = ["none" if value is None else digits(scale(value)) for value in self.values]

    def place(self, one: Group) -> int:
        return self.values.index(one.keys[self.key])

    def set_up(self, axis) -> None:
        step = math.ceil(len(self.values) / TICKS)
        if not self.column.is_number:
            step = 1
        axis.set_ticks(range(0, len(self.values), step), self.labels[::step])
        axis.set_tick_params(length=0)
        if axis.axis_name == "x" and sum(map(len, self.labels[::step])) * 0.055 > inches(axis.axes)[0]:
            for label in axis.get_ticklabels():
                label.set(rotation=30, ha="right", rotation_mode="anchor")


class Map:
    """Cells of two axes."""

    right = 0.52  # inches, for the bar that explains the colours

    def __init__(self, data: Data):
        self.groups = data.groups
        self.across, self.up = Side(data, data.key(data.look.x)), Side(data, data.key(data.look.over))
        middles = [median(each) for each in self.groups.groups if len(each.values)]
        self.log = is_logarithmic(data, self.groups.value, middles, "c")
        self.value = scale_of(self.groups.value, middles, self.log)
        self.ends = self.value(min(middles)), self.value(max(middles))
        self.log = self.log and self.ends[0] < self.ends[1]
        self.norm = (LogNorm if self.log else Normalize)(*self.ends)
        self.y_label = self.up.name
        self.left = max(0.5, 0.26 + 0.055 * max(map(len, self.up.labels)))

    def draw(self, axes: Axes, groups: list[Group]) -> None:
        cells = np.full((len(self.up.values), len(self.across.values)), np.nan)
        asked = np.zeros(cells.shape, dtype=bool)
        for each in groups:
            cells[self.up.place(each), self.across.place(each)] = self.value(median(each))
            asked[self.up.place(each), self.across.place(each)] = True
        edges = (np.arange(count + 1) - 0.5 for count in reversed(cells.shape))
        # Edges of their own colour, or readers of PDF show the seams.
        axes.pcolormesh(*edges, cells, cmap=COLOURS, norm=self.norm, edgecolors="face", linewidth=0.15)
        axes.set_xlabel(self.across.name, labelpad=1.5)
        self.across.set_up(axes.xaxis)
        self.up.set_up(axes.yaxis)
        if not self.up.column.is_number:
            axes.invert_yaxis()  # names are read from above
        up, across = np.nonzero(asked & np.isnan(cells))
        # No result: infeasible or failed, which is not the same as not asked.
        axes.plot(
            across,
            up,
            linestyle="none",
            marker="x",
            color=style.QUIET,
            markersize=3.5,
            markeredgewidth=0.8,
            clip_on=False,
        )
        self.write_numbers(axes, cells)

    def write_numbers(self, axes: Axes, cells: np.ndarray) -> None:
        room = inches(axes) / np.array([cells.shape[1], cells.shape[0]])
        if (room < CELL).any():
            return
        for up, across in zip(*np.nonzero(~np.isnan(cells)), strict=True):
            red, green, blue, _ = matplotlib.colormaps[COLOURS](self.norm(cells[up, across]))
            ink = "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 else style.INK
            text = digits(cells[up, across])
            axes.text(across, up, text, ha="center", va="center_baseline", size=5.5, color=ink)

    def legend_height(self, _: float) -> float:
        return 0.0

    def finish(self, figure: Figure, left: float, top: float) -> None:
        """Adds the bar of colours, beside all panels."""
        boxes = [axes.get_position() for axes in figure.axes]
        low, high = min(box.y0 for box in boxes), max(box.y1 for box in boxes)
        width = figure.get_size_inches()[0]
        place = (max(box.x1 for box in boxes) + 0.08 / width, low, 0.09 / width, high - low)
        bar = figure.colorbar(figure.axes[0].collections[0], cax=figure.add_axes(place))
        bar.solids.set(rasterized=False, edgecolor="face", linewidth=0.15)
        bar.outline.set_linewidth(0.4)
        if self.log:
            set_logarithmic(bar.ax.yaxis, *self.ends)
        else:
            set_linear(bar.ax.yaxis)
        bar.ax.minorticks_off()
        bar.ax.tick_params(length=2, width=0.5, pad=1.5)
        bar.set_label(self.value.label, labelpad=2)


def inches(axes: Axes) -> np.ndarray:
    return axes.get_window_extent().size / axes.figure.dpi
