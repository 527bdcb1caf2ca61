"""How long copies take by their size: measured, and as the machine file has it; one panel for each direction."""

import math
from statistics import median

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from figures import style
from figures.reading import Copies, CopyDirection, InputError, Piece

COLUMNS = 2
LEFT, RIGHT, TOP, BOTTOM, GAP_X, GAP_Y, PANEL = 0.46, 0.08, 0.34, 0.36, 0.16, 0.3, 1.75  # inches
MEASURED = "#4D4D4D"
FEWEST, MOST = 1.6, 4.2  # points: markers of few samples and of many


def size_name(size: float) -> str:
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:g} {name}"
    return f"{size:g} B"


def line_of(piece: Piece) -> str:
    """The line of a piece: "0.43 µs + n / 6.25 GB/s"."""
    start = piece.time - piece.start * 1e12 / piece.rate
    sign = "" if start >= 0 else "\N{MINUS SIGN}"
    return f"{sign}{style.duration(abs(round(start)))} + n / {style.number(piece.rate / 1e9)} GB/s"


def error_of(direction: CopyDirection) -> float:
    """Median of |simulated / measured - 1| over sizes, in percent."""
    simulated = dict(direction.simulated)
    pairs = [(simulated[one.size], one.median) for one in direction.measured if one.size in simulated]
    if not pairs:
        raise InputError(f"no copy from {direction.src} to {direction.dst} is both measured and simulated")
    return 100 * median(abs(said / took - 1) for said, took in pairs)


def draw_direction(axes: Axes, direction: CopyDirection) -> None:
    most = max(one.samples for one in direction.measured)
    axes.vlines(
        [one.size for one in direction.measured],
        [one.low / 1e6 for one in direction.measured],
        [one.high / 1e6 for one in direction.measured],
        color=MEASURED, linewidth=0.6, zorder=2,
    )  # fmt: skip
    axes.scatter(
        [one.size for one in direction.measured],
        [one.median / 1e6 for one in direction.measured],
        s=[(FEWEST + (MOST - FEWEST) * math.sqrt(one.samples / most)) ** 2 for one in direction.measured],
        color=MEASURED, linewidth=0, zorder=3,
    )  # fmt: skip
    sizes = [size for size, _ in direction.simulated]
    axes.plot(sizes, [time / 1e6 for _, time in direction.simulated], color=style.VERMILLION, linewidth=1.1, zorder=4)
    for piece in direction.pieces[1:]:
        axes.axvline(piece.start, color=style.VERMILLION, linewidth=0.5, linestyle=(0, (2, 2)), zorder=1)
    axes.set_title(f"{direction.src} → {direction.dst}", loc="left", size=7, pad=3, weight="bold")
    axes.set_title(f"median error {style.number(error_of(direction))} %", loc="right", size=6.5, pad=3)
    lines = [line_of(piece) for piece in direction.pieces]
    if lines:
        axes.text(
            0.03, 0.97, "\n".join(lines), transform=axes.transAxes, size=6, ha="left", va="top",
            color=style.VERMILLION, linespacing=1.35, zorder=5,
            bbox={"facecolor": "white", "linewidth": 0, "pad": 1},
        )  # fmt: skip


def copies(measured: Copies, width: float = style.DOUBLE_COLUMN) -> Figure:
    directions = measured.directions
    columns = min(COLUMNS, len(directions))
    rows = math.ceil(len(directions) / columns)
    with matplotlib.rc_context(style.RC):
        height = TOP + rows * PANEL + (rows - 1) * GAP_Y + BOTTOM
        figure = Figure(figsize=(width, height))
        inner = (width - LEFT - RIGHT - (columns - 1) * GAP_X) / columns
        every = [one for direction in directions for one in direction.measured]
        x_limits = min(one.size for one in every) / 1.4, max(one.size for one in every) * 1.4
        y_limits = min(one.low for one in every) / 1.4e6, max(one.high for one in every) * 1.4 / 1e6
        powers = [4**n for n in range(16) if x_limits[0] <= 4**n <= x_limits[1]]
        for number, direction in enumerate(directions):
            row, column = divmod(number, columns)
            bottom = height - TOP - (row + 1) * PANEL - row * GAP_Y
            axes = figure.add_axes(
                ((LEFT + column * (inner + GAP_X)) / width, bottom / height, inner / width, PANEL / height)
            )
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_xlim(x_limits)
            axes.set_ylim(y_limits)
            axes.grid(color=style.FAINT, linewidth=0.5)
            axes.set_axisbelow(True)
            axes.xaxis.set_major_locator(FixedLocator(powers))
            axes.xaxis.set_minor_locator(FixedLocator([]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: size_name(value)))
            axes.yaxis.set_major_locator(LogLocator(10))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
            draw_direction(axes, direction)
            is_last = number + columns >= len(directions)
            axes.tick_params(axis="x", labelbottom=is_last)
            axes.tick_params(axis="y", labelleft=column == 0)
            if is_last:
                axes.set_xlabel("size of the copy", labelpad=1.5)
            if column == 0:
                axes.set_ylabel("time (µs)", labelpad=2)
        style.heading(
            figure, LEFT / width, measured.machine,
            "measured: median, eight of ten between the ends, larger with more samples", "line: simulated",
        )  # fmt: skip
        return figure
