"""Two timelines of one plan on one time axis: every row above its like, its layers joined, and where they part."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.gantt import (
    BAR,
    COPY_BAR,
    Panel,
    Row,
    change,
    clipped,
    legend_columns,
    legend_entries,
    text_width,
    title_of,
)
from figures.lanes import Lane, block_depth, lanes_of
from figures.reading import InputError, Timeline

JOINED = 0.1  # inches between a row and its like, for the lines that join layers
ROW_GAP = 0.11
DIFFERENCE = 0.95
TOP, GAP, BOTTOM, RIGHT = 0.48, 0.14, 0.36, 0.1
ORIGIN_ROOM = 0.5
# Of processors; colours are those of layers.
LINES = ((style.INK, "-"), (style.QUIET, "-"), (style.INK, (0, (3, 1))), (style.QUIET, (0, (3, 1))))

Pair = tuple[Lane, Lane]


def pairs_of(upper: Timeline, lower: Timeline) -> list[Pair]:
    """The rows of both, like above like. An InputError where they are not of one plan."""
    where = [sorted((one.name, one.processor, one.stream) for one in each.layers) for each in (upper, lower)]
    if where[0] != where[1]:
        raise InputError(f"{upper.name} and {lower.name} are not of one plan: other layers, or elsewhere")
    lanes = [{lane.label: lane for lane in lanes_of(each)} for each in (upper, lower)]
    labels = list(dict.fromkeys([*lanes[0], *lanes[1]]))
    return [
        tuple(some.get(label) or Lane(label, (lanes[0] | lanes[1])[label].is_processor) for some in lanes)
        for label in labels
    ]


def drift(pair: Pair) -> list[tuple[int, int]]:
    """When each layer ended above, and how much later it did below, in picoseconds; in order of time."""
    below = {layer.name: layer.finish for layer in pair[1].layers}
    return sorted((layer.finish, below[layer.name] - layer.finish) for layer in pair[0].layers)


def draw_joints(axes: Axes, pair: Pair, top: float, unit: int) -> None:
    """From the end of each layer to its end in the row below."""
    below = {layer.name: layer.finish for layer in pair[1].layers}
    lines = [
        [(layer.finish / unit, top), (below[layer.name] / unit, top + JOINED)]
        for layer in pair[0].layers
        if layer.name in below
    ]
    axes.add_collection(LineCollection(lines, colors=style.QUIET, linewidths=0.4, zorder=1))


def draw_rows(axes: Axes, timelines: list[Timeline], pairs: list[Pair], unit: int, points_per_unit: float) -> None:
    depth = block_depth([layer.name for layer in timelines[0].layers])
    panels = [Panel(axes, timeline, unit, points_per_unit, depth) for timeline in timelines]
    top = 0.0
    for pair in pairs:
        height = BAR if pair[0].is_processor else COPY_BAR
        tops = (top, top + height + JOINED)
        for panel, lane, at in zip(panels, pair, tops, strict=True):
            axes.broken_barh([(0, panel.x(panel.timeline.makespan))], (at, height), facecolors=style.FAINT, zorder=0.5)
            panel.draw_layers(lane, at)
            panel.label_layers(Row(lane, []), at)
            panel.draw_copies(lane, at, height)
            axes.annotate(
                panel.timeline.origin, (0, at + height / 2), xycoords=("axes fraction", "data"), xytext=(-4, 0),
                textcoords="offset points", ha="right", va="center", size=5.5, color=style.QUIET,
            )  # fmt: skip
        axes.annotate(
            clipped(pair[0].label), (0, (tops[0] + tops[1] + height) / 2), xycoords=("axes fraction", "data"),
            xytext=(-ORIGIN_ROOM * 72 - 2, 0), textcoords="offset points", ha="right", va="center", size=6.5,
        )  # fmt: skip
        draw_joints(axes, pair, top + height, unit)
        top = tops[1] + height + ROW_GAP
    axes.set_ylim(top - ROW_GAP / 2, -0.03)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def draw_makespans(axes: Axes, upper: Timeline, lower: Timeline, unit: int) -> None:
    for timeline in (upper, lower):
        axes.axvline(
            timeline.makespan / unit, color=style.INK, linewidth=0.8,
            linestyle="-" if timeline is lower else (0, (1, 1.5)), zorder=5,
        )  # fmt: skip
    texts = [f"{one.origin} {style.duration(one.makespan)}" for one in (upper, lower)]
    texts.append(f"{upper.origin} is {change(upper.makespan, lower.makespan)} off" if lower.makespan else "")
    axes.annotate(
        "   ·   ".join(filter(None, texts)), (1, 1), xycoords="axes fraction", xytext=(0, 2),
        textcoords="offset points", ha="right", va="bottom", size=7, weight="bold",
    )  # fmt: skip


def draw_difference(axes: Axes, timelines: list[Timeline], pairs: list[Pair], unit: int) -> None:
    """How much later each layer ended below than above, by when it ended above; one line a processor's stream."""
    drifts = {pair[0].label: drift(pair) for pair in pairs if pair[0].layers}
    largest = max((abs(later) for of_lane in drifts.values() for _, later in of_lane), default=0) or 1
    small, small_name = style.unit_for(largest)
    axes.axhline(0, color=style.QUIET, linewidth=0.6, zorder=1)
    for number, (label, of_lane) in enumerate(drifts.items()):
        colour, dashes = LINES[number % len(LINES)]
        axes.plot(
            [0, *(at / unit for at, _ in of_lane)], [0, *(later / small for _, later in of_lane)],
            color=colour, linestyle=dashes, linewidth=0.9, marker="o", markersize=1.8, label=label, zorder=3,
        )  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "\N{MINUS SIGN}")))
    axes.grid(axis="y", color=style.FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_ylabel(f"{timelines[1].origin} later\nby ({small_name})", labelpad=2)
    axes.legend(loc="best", ncols=len(drifts), borderaxespad=0.2, handlelength=1.4, columnspacing=1)


def aligned(timelines: list[Timeline], width: float = style.DOUBLE_COLUMN) -> Figure:
    """The first of `timelines` above the second, which usually is the measured one."""
    if len(timelines) != 2:
        raise InputError(f"{len(timelines)} timelines; two of one plan are aligned")
    upper, lower = timelines
    pairs = pairs_of(upper, lower)
    longest = max(upper.makespan, lower.makespan)
    if longest == 0:
        raise InputError("nothing to draw: no timeline lasts longer than 0 ps")
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(longest)
        left = 0.14 + ORIGIN_ROOM + max(text_width(clipped(pair[0].label), 6.5) for pair in pairs) / 72
        inner = width - left - RIGHT
        span = longest / unit * 1.005
        rows = sum(2 * (BAR if pair[0].is_processor else COPY_BAR) + JOINED + ROW_GAP for pair in pairs)
        height = TOP + rows + GAP + DIFFERENCE + BOTTOM
        figure = Figure(figsize=(width, height))
        above = figure.add_axes((left / width, (height - TOP - rows) / height, inner / width, rows / height))
        below = figure.add_axes((left / width, BOTTOM / height, inner / width, DIFFERENCE / height), sharex=above)
        above.set_xlim(0, span)
        draw_rows(above, timelines, pairs, unit, inner * 72 / span)
        draw_makespans(above, upper, lower, unit)
        draw_difference(below, timelines, pairs, unit)
        above.tick_params(axis="x", labelbottom=False, length=0)
        above.spines["bottom"].set_visible(False)
        below.xaxis.set_major_locator(MaxNLocator(max(4, int(inner * 1.5)), steps=[1, 2, 5, 10]))
        below.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        below.set_xlabel(f"time ({unit_name})", labelpad=1.5)
        style.heading(figure, 0.05 / width, *title_of(timelines))
        entries = legend_entries(timelines, [lane for pair in pairs for lane in pair])
        figure.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(0.05 / width, 1 - 0.12 / height),
            ncols=legend_columns(entries, (width - 0.1) * 72),
            handlelength=1.1,
            handleheight=0.8,
            handletextpad=0.35,
            columnspacing=0.9,
            borderaxespad=0,
            borderpad=0.15,
        )
        return figure
