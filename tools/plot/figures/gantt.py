"""Who computed and copied when: one panel for each timeline, all on the same time axis."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import matplotlib
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.textpath import text_to_path
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.lanes import Block, Lane, block_depth, blocks_of, lanes_of, last_part, name_in_block
from figures.operators import FAMILIES
from figures.reading import InputError, Layer, Timeline

# Heights in inches. Where blocks of a row are named, the names stand in a strip above its bars.
BAR = 0.19
STRIP = 0.11
COPY_BAR = 0.09
ROW_GAP = 0.05
PANEL_GAP = 0.24
TOP = 0.42
AXIS = 0.32
RIGHT = 0.36
BUSY_END = 25  # points right of the axes
LEGEND_LINE = 0.13

IN_BAR = 5.0  # points
IN_STRIP = 5.5
HATCH = "////////"
LOST = "xxxxxxxx"
AWAY = "#9A9A9A"
SLOWED = "#F6D9A8"
MARGIN = 0.025  # of the shade around bars, in inches
LONGEST_LABEL = 20  # characters
NARROW = 1.2  # points; a white edge would swallow bars that are narrower


@lru_cache(maxsize=4096)
def text_width(text: str, size: float) -> float:
    """In points."""
    font = FontProperties(family=style.FONT, size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def fitting(texts: list[str], size: float, room: float) -> str | None:
    """The first of `texts` that fits into `room` points with a little air on both sides."""
    return next((text for text in texts if text and text_width(text, size) + 2.5 <= room), None)


def ink_on(colour: str) -> str:
    red, green, blue = to_rgb(colour)
    return style.INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


@dataclass(frozen=True)
class BlockName:
    text: str
    start: int
    finish: int


def stem_of(name: str) -> str:
    """What siblings have in common: "inception" of "inception3a", "encoder.layer." of "encoder.layer.0"."""
    return re.match(r"\D*?(?=\d)|[^_]*_|", name)[0]


def crowded_stem(blocks: list[Block], points_per_ps: float) -> str | None:
    """The stem of most blocks, if some of them find no room for their names in full: then all go without it.

    No other stem is ever left out: "1" may be the end of "conv1" or of "layer1", but not in one figure.
    """
    siblings = Counter(stem_of(name) for name in {block.name for block in blocks})
    if not siblings:
        return None
    stem, count = max(siblings.items(), key=lambda item: (item[1], item[0]))
    rooms = [(block.name, (block.finish - block.start) * points_per_ps) for block in blocks]
    is_crowded = any(stem_of(name) == stem and fitting([name], IN_STRIP, room) is None for name, room in rooms)
    return stem if stem and count > 1 and is_crowded else None


def names_of_blocks(blocks: list[Block], crowded: str | None, points_per_ps: float) -> list[BlockName]:
    """The blocks of a row that are wide enough for a name."""
    names = []
    for block in blocks:
        name = block.name[len(crowded) :] if crowded and stem_of(block.name) == crowded else block.name
        text = fitting([name], IN_STRIP, (block.finish - block.start) * points_per_ps)
        if text is not None:
            names.append(BlockName(text, block.start, block.finish))
    return names


@dataclass
class Row:
    lane: Lane
    names: list[BlockName]

    @property
    def strip(self) -> float:
        return STRIP if self.names else 0.0

    @property
    def bar(self) -> float:
        return BAR if self.lane.is_processor else COPY_BAR

    @property
    def height(self) -> float:
        return self.strip + self.bar + ROW_GAP


class Panel:
    """Draws one timeline into axes whose y counts inches downwards and whose x counts time in `unit`."""

    def __init__(self, axes: Axes, timeline: Timeline, unit: int, points_per_unit: float, depth: int):
        self.axes = axes
        self.timeline = timeline
        self.unit = unit
        self.points_per_unit = points_per_unit
        self.depth = depth

    def draw(self, rows: list[Row], others: list[Timeline]) -> None:
        top = 0.0
        ticks = []
        for row in rows:
            lane = row.lane
            bar_top = top + row.strip
            height = row.bar
            self.axes.broken_barh(
                [(0, self.x(self.timeline.makespan))], (bar_top, height), facecolors=style.FAINT, zorder=1
            )
            self.draw_load(lane, bar_top, height)
            self.draw_layers(lane, bar_top)
            self.draw_lost(lane, bar_top)
            self.label_layers(row, bar_top)
            self.draw_names(row.names, bar_top)
            self.draw_copies(lane, bar_top, height)
            self.draw_busy(lane, bar_top + height / 2)
            ticks.append((bar_top + height / 2, lane.label))
            top += row.height
        self.axes.set_yticks([y for y, _ in ticks], [clipped(label) for _, label in ticks])
        self.axes.tick_params(axis="y", length=0)
        self.axes.spines["left"].set_visible(False)
        self.axes.set_ylim(top, 0)
        self.draw_makespans(others)

    def x(self, time: int) -> float:
        return time / self.unit

    def points(self, start: int, finish: int) -> float:
        return self.x(finish - start) * self.points_per_unit

    def draw_load(self, lane: Lane, top: float, height: float) -> None:
        """A processor that others slow down is shaded around its bars; one that is away, also across them."""
        for load in lane.load:
            away = load.what == "lost"
            self.axes.broken_barh(
                [(self.x(load.start), self.x(load.finish - load.start))],
                (top - MARGIN, height + 2 * MARGIN),
                facecolors=AWAY if away else SLOWED,
                zorder=1.5 if away else 0.5,
            )

    def draw_lost(self, lane: Lane, top: float) -> None:
        self.axes.broken_barh(
            [(self.x(work.start), self.x(work.lost - work.start)) for work in lane.lost],
            (top, BAR),
            facecolors="white",
            edgecolors=style.VERMILLION,
            hatch=LOST,
            linewidth=0.4,
            zorder=2,
        )

    def draw_layers(self, lane: Lane, top: float) -> None:
        for wide in (True, False):
            layers = [one for one in lane.layers if (self.points(one.start, one.finish) >= NARROW) == wide]
            self.axes.broken_barh(
                [(self.x(one.start), self.x(one.finish - one.start)) for one in layers],
                (top, BAR),
                facecolors=[style.FAMILY_COLOURS[one.family] for one in layers],
                edgecolors="white",
                linewidth=0.3 if wide else 0,
                zorder=2,
            )

    def label_layers(self, row: Row, top: float) -> None:
        for layer in row.lane.layers:
            # Below the name of its block a layer need not repeat it.
            is_below = any(name.start <= layer.start and layer.finish <= name.finish for name in row.names)
            inner = name_in_block(layer.name, self.depth)
            self.label_layer(layer, top, ([] if is_below else [layer.name]) + [inner, last_part(layer.name)])

    def label_layer(self, layer: Layer, top: float, texts: list[str]) -> None:
        text = fitting(texts, IN_BAR, self.points(layer.start, layer.finish))
        if text is None:
            return
        self.axes.text(
            self.x((layer.start + layer.finish) // 2),
            top + BAR / 2,
            text,
            size=IN_BAR,
            color=ink_on(style.FAMILY_COLOURS[layer.family]),
            ha="center",
            va="center_baseline",
            zorder=4,
        )

    def draw_names(self, names: list[BlockName], top: float) -> None:
        for name in names:
            start, finish = self.x(name.start), self.x(name.finish)
            y = top - 0.018
            gap = 0.7 / self.points_per_unit  # neighbours' lines do not touch
            self.axes.plot(
                [start + gap, finish - gap], [y, y], color=style.QUIET, linewidth=0.6, solid_capstyle="butt", zorder=2
            )
            self.axes.text(
                (start + finish) / 2,
                y - 0.012,
                name.text,
                size=IN_STRIP,
                ha="center",
                va="bottom",
                color=style.INK,
                bbox={"facecolor": "white", "linewidth": 0, "pad": 0.3},
                zorder=6,
            )

    def draw_copies(self, lane: Lane, top: float, height: float) -> None:
        self.axes.broken_barh(
            [(self.x(leg.start), self.x(leg.finish - leg.start)) for leg in lane.copies],
            (top, height),
            facecolors="white",
            edgecolors=style.INK,
            hatch=HATCH,
            linewidth=0.4,
            zorder=3,
        )
        # In an engine's row the line below the bars shows how long something stood in the queue.
        if not lane.is_processor:
            self.axes.hlines(
                [top + height + 0.02] * len(lane.copies),
                [self.x(leg.queued) for leg in lane.copies],
                [self.x(leg.start) for leg in lane.copies],
                color=style.VERMILLION,
                linewidth=0.9,
                zorder=3,
            )

    def draw_busy(self, lane: Lane, y: float) -> None:
        busy = lane.busy()
        if busy is None or self.timeline.makespan == 0:
            return
        share = 100 * busy / self.timeline.makespan
        text = f"{share:.0f} %" if share >= 1 or share == 0 else "< 1 %"
        self.axes.annotate(
            text, (1, y), xycoords=("axes fraction", "data"), xytext=(BUSY_END, 0), textcoords="offset points",
            size=6, ha="right", va="center",
        )  # fmt: skip

    def label(self, others: list[Timeline]) -> str:
        """Where the timeline comes from, and its file where that alone would not tell it from the others."""
        origin = self.timeline.origin
        alike = any(other.origin == origin for other in others)
        return f"{origin} ({self.timeline.name})" if alike else origin

    def draw_makespans(self, others: list[Timeline]) -> None:
        for other in others:
            self.axes.axvline(self.x(other.makespan), color=style.QUIET, linewidth=0.6, linestyle=(0, (1, 2)), zorder=5)
        end = self.x(self.timeline.makespan)
        self.axes.axvline(end, color=style.INK, linewidth=0.9, zorder=5)
        above = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom", "size": 7}
        self.axes.annotate(self.label(others), (0, 1), xytext=(0, 1.5), ha="left", weight="bold", **above)
        above["xycoords"] = ("data", "axes fraction")
        makespan = style.duration(self.timeline.makespan)
        self.axes.annotate(makespan, (end, 1), xytext=(0, 1.5), ha="right", weight="bold", **above)
        if len(others) == 1 and self.timeline.origin == "measured" and others[0].origin != "measured":
            text = f"{others[0].origin} {change(others[0].makespan, self.timeline.makespan)}"
            aside = -text_width(makespan, 7) * 1.15 - 6
            self.axes.annotate(text, (end, 1), xytext=(aside, 1.5), ha="right", color=style.QUIET, **above)


def change(predicted: int, measured: int) -> str:
    """How far a prediction is off, as a share of the measured value: "-16.3 %"."""
    return f"{100 * (predicted - measured) / measured:+.1f} %".replace("-", "\N{MINUS SIGN}") if measured else ""


def legend_entries(timelines: list[Timeline], lanes: list[Lane]) -> list[Patch]:
    present = {layer.family for timeline in timelines for layer in timeline.layers}
    entries = [Patch(facecolor=style.FAMILY_COLOURS[family], label=family) for family in FAMILIES if family in present]
    copies = [leg for lane in lanes for leg in lane.copies]
    if copies:
        entries.append(Patch(facecolor="white", edgecolor=style.INK, hatch=HATCH, linewidth=0.4, label="copy"))
    if any(leg.start > leg.queued for lane in lanes if not lane.is_processor for leg in lane.copies):
        entries.append(Line2D([], [], color=style.VERMILLION, linewidth=0.9, label="copy waits"))
    if any(lane.lost for lane in lanes):
        entries.append(
            Patch(facecolor="white", edgecolor=style.VERMILLION, hatch=LOST, linewidth=0.4, label="lost, done again")
        )
    loads = {load.what == "lost" for lane in lanes for load in lane.load}
    if True in loads:
        entries.append(Patch(facecolor=AWAY, label="away"))
    if False in loads:
        entries.append(Patch(facecolor=SLOWED, label="slowed by others"))
    entries.append(Patch(facecolor=style.FAINT, label="idle"))
    return entries


def title_of(timelines: list[Timeline]) -> list[str]:
    """What all panels have in common, and, where they differ, what each of them shows."""

    def values(what: str) -> str:
        return " / ".join(dict.fromkeys(getattr(timeline, what) for timeline in timelines))

    return [values("network"), f"plan {values('plan')}" if values("plan") else "", values("machine")]


def legend_columns(entries: list, room: float) -> int:
    """All entries in one line where `room` points are enough, else in as many columns as fit."""
    widths = [text_width(entry.get_label(), 6.5) + 18 for entry in entries]
    return len(entries) if sum(widths) <= room else max(1, int(room / max(widths)))


def clipped(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + "…"


def gantt(timelines: list[Timeline], width: float = style.DOUBLE_COLUMN) -> Figure:
    """Panels from top to bottom in the order of `timelines`."""
    longest = max(
        (max([t.makespan, *(one.finish for one in t.layers), *(leg.finish for leg in t.legs)]) for t in timelines),
        default=0,
    )
    if longest == 0:
        raise InputError("nothing to draw: no timeline lasts longer than 0 ps")
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(longest)
        lanes = [lanes_of(timeline) for timeline in timelines]
        left = 0.08 + max(text_width(clipped(lane.label), 6.5) for some in lanes for lane in some) / 72
        inner = width - left - RIGHT
        span = longest / unit * 1.005
        points_per_unit = inner * 72 / span
        points_per_ps = points_per_unit / unit
        depth = block_depth([layer.name for layer in timelines[0].layers])
        blocks = [[blocks_of(lane.layers, depth) for lane in some] for some in lanes]
        crowded = crowded_stem([block for some in blocks for of_lane in some for block in of_lane], points_per_ps)
        rows = [
            [Row(lane, names_of_blocks(of_lane, crowded, points_per_ps)) for lane, of_lane in zip(*pair, strict=True)]
            for pair in zip(lanes, blocks, strict=True)
        ]
        heights = [sum(row.height for row in some) for some in rows]
        entries = legend_entries(timelines, [lane for some in lanes for lane in some])
        columns = legend_columns(entries, (width - left) * 72)
        top = TOP + LEGEND_LINE * (math.ceil(len(entries) / columns) - 1)
        height = top + sum(heights) + PANEL_GAP * (len(rows) - 1) + AXIS
        figure = Figure(figsize=(width, height))
        bottom = height - top
        for number, timeline in enumerate(timelines):
            bottom -= heights[number]
            axes = figure.add_axes((left / width, bottom / height, inner / width, heights[number] / height))
            axes.set_xlim(0, span)
            others = timelines[:number] + timelines[number + 1 :]
            Panel(axes, timeline, unit, points_per_unit, depth).draw(rows[number], others)
            axes.xaxis.set_major_locator(MaxNLocator(max(4, int(inner * 1.5)), steps=[1, 2, 5, 10]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            is_last = number == len(rows) - 1
            axes.tick_params(axis="x", labelbottom=is_last, length=2.5 if is_last else 0)
            if is_last:
                axes.set_xlabel(f"time ({unit_name})", labelpad=1.5)
            else:
                axes.spines["bottom"].set_visible(False)
            bottom -= PANEL_GAP
        figure.axes[0].annotate(
            "busy", (1, 1), xycoords="axes fraction", xytext=(BUSY_END, 1.5), textcoords="offset points",
            ha="right", va="bottom", size=6, color=style.QUIET,
        )  # fmt: skip
        style.heading(figure, left / width, *title_of(timelines))
        figure.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(left / width, 1 - 0.1 / height),
            ncols=columns,
            handlelength=1.1,
            handleheight=0.8,
            handletextpad=0.35,
            columnspacing=0.9,
            borderaxespad=0,
            borderpad=0.15,
        )
        return figure
