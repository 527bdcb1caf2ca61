"""What processors did with their time, and how busy links, memories and power were meanwhile."""

import itertools
import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.gantt import clipped, text_width
from figures.reading import Analysis, Curve, InputError, ProcessorTime

# Heights in inches.
BAR = 0.16
BAR_STEP = 0.2
PANEL = 0.34
PANEL_GAP = 0.07
SECTION_GAP = 0.38
TOP = 0.17
LEGEND_LINE = 0.13
AXIS = 0.34
RIGHT = 0.52
MOST_PANELS = 8
VISIBLE = 0.1  # percent

# What a processor did: key of the file, name in the legend, colour, hatch.
WORK = [
    ("busy", "runs layers", style.BLUE, ""),
    ("slowed", "slowed by others", style.SKY, ""),
    ("lost", "lost, and done again", "white", "xxxxxxxx"),
    ("copying", "copies by itself", "white", "////////"),
]
WAITS = [
    ("input", "its input is made", style.ORANGE, ""),
    ("processor", "other processor busy", style.PURPLE, ""),
    ("engine", "queue of an engine", style.VERMILLION, ""),
    ("transfer", "transfer", style.YELLOW, ""),
    ("link", "link shared", style.GREEN, ""),
    ("memory", "memory shared", "#00523B", ""),
    ("neighbours", "neighbours", style.GREY, ""),
    ("others", "load of others", style.INK, ""),
    ("requests", "no request", style.FAINT, "....."),
    ("unknown", "unknown", "#BDBDBD", "....."),
    ("done", "nothing left", style.FAINT, ""),
]


def shares(processor: ProcessorTime, makespan: int) -> dict[str, float]:
    """In percent of makespan x streams; together 100."""
    room = makespan * processor.streams
    times = {
        "busy": processor.busy - processor.slowed - processor.lost,
        "slowed": processor.slowed,
        "lost": processor.lost,
        "copying": processor.copying,
    }
    return {key: 100 * time / room for key, time in (times | processor.waiting).items()}


def at_work(analysis: Analysis) -> list[ProcessorTime]:
    return [processor for processor in analysis.processors if processor.busy + processor.copying > 0]


def draw_processors(axes: Axes, analysis: Analysis) -> list[Patch]:
    """One bar a processor; the entries of the legend."""
    processors = at_work(analysis)
    rows = [shares(processor, analysis.makespan) for processor in processors]
    entries = []
    ends = [0.0] * len(rows)
    for key, label, colour, hatch in WORK + WAITS:
        widths = [row[key] for row in rows]
        if max(widths) < VISIBLE:
            continue
        look = {"facecolor": colour, "edgecolor": style.INK if hatch else "white", "linewidth": 0.3, "hatch": hatch}
        axes.barh([i * BAR_STEP for i in range(len(rows))], widths, BAR, left=ends, **look)
        ends = [end + width for end, width in zip(ends, widths, strict=True)]
        is_wait = key in processors[0].waiting and key != "done"
        entries.append(Patch(label=f"waits: {label}" if is_wait else label, **look))
    names = [clipped(processor.name) for processor in processors]
    axes.set_yticks([i * BAR_STEP for i in range(len(rows))], names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim((len(rows) - 1) * BAR_STEP + BAR_STEP / 2, -BAR_STEP / 2)
    axes.set_xlim(0, 100)
    others = len(analysis.processors) - len(processors)
    note = f"; {others} more without work" if others else ""
    axes.set_xlabel(f"share of the makespan (%){note}", labelpad=1.5)
    return entries


def steps(curve: Curve, until: int) -> tuple[list[int], list[int]]:
    """Corners of the curve from 0 to `until`."""
    points = [(at, value) for at, value in curve.points if at <= until]
    if not points or points[0][0] > 0:
        points.insert(0, (0, 0))
    points.append((until, points[-1][1]))
    return [at for at, _ in points], [value for _, value in points]


def amount(value: float, unit: str) -> str:
    """ "16.0 GB/s", "420 W"."""
    if unit == "mW":
        value, unit = value / 1000, "W"
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{style.number(value / size)} {prefix}{unit}"
    return f"{style.number(value)} {unit}"


def draw_curve(axes: Axes, curve: Curve, top: float, colour: str, makespan: int, unit: int) -> None:
    times, values = steps(curve, makespan)
    xs = [time / unit for time in times]
    # What nothing limits is scaled to its own peak.
    axes.fill_between(xs, values, step="post", color=colour, alpha=0.35, linewidth=0)
    axes.step(xs, values, where="post", color=colour, linewidth=0.7)
    axes.set_ylim(0, top * 1.05 or 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, makespan / unit)


def used(curve: Curve, makespan: int) -> float:
    """Mean value."""
    times, values = steps(curve, makespan)
    spans = itertools.pairwise(times)
    return sum((until - at) * value for (at, until), value in zip(spans, values, strict=False)) / makespan


def percent(share: float) -> str:
    return f"{share:.0f} %" if share >= 1 else "< 1 %"


def panels_of(analysis: Analysis) -> list[tuple[str, Curve, float, str, str]]:
    """What is worth a panel: name, curve, limit, colour, note. Of many links and memories those that are used most."""
    found = []
    for channel in analysis.channels:
        curve = analysis.curve(channel.name, "B/s")
        if curve is None or curve.group not in ("links", "memories"):
            continue
        share = 100 * used(curve, analysis.makespan) / channel.capacity
        colour = style.VERMILLION if curve.group == "links" else style.GREEN
        found.append((share, (channel.name, curve, channel.capacity, colour, percent(share))))
    has_power = analysis.peak_power > 0
    room = MOST_PANELS - (1 if has_power else 0)
    least = sorted((share for share, _ in found), reverse=True)[:room][-1:]
    panels = [panel for share, panel in found if [share] >= least][:room]
    power = analysis.curve("power of the machine", "mW")
    if has_power and power is not None:
        mean = used(power, analysis.makespan)
        panels.append(("power", power, analysis.peak_power, style.BLUE, f"mean {amount(mean, 'mW')}"))
    return panels


def waiting(analysis: Analysis, width: float = style.DOUBLE_COLUMN) -> Figure:
    """Above: shares of the makespan; below: use over time of what was used most."""
    if analysis.makespan == 0 or not at_work(analysis):
        raise InputError("nothing to draw: nobody works")
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(analysis.makespan)
        panels = panels_of(analysis)
        names = [processor.name for processor in at_work(analysis)] + [name for name, *_ in panels]
        left = 0.08 + max(text_width(clipped(name), 6.5) for name in names) / 72
        inner = width - left - RIGHT
        probe = Figure().add_subplot()
        entries = draw_processors(probe, analysis)
        columns = max(1, int((width - left) * 72 / (max(text_width(e.get_label(), 6.5) for e in entries) + 24)))
        lines = math.ceil(len(entries) / columns)
        bars = BAR_STEP * len(at_work(analysis))
        curves = len(panels) * (PANEL + PANEL_GAP) + (SECTION_GAP if panels else 0)
        height = TOP + LEGEND_LINE * lines + bars + curves + AXIS
        figure = Figure(figsize=(width, height))
        top = height - TOP - LEGEND_LINE * lines

        def add_axes(height_of: float) -> Axes:
            return figure.add_axes((left / width, (top - height_of) / height, inner / width, height_of / height))

        draw_processors(add_axes(bars), analysis)
        top -= bars + SECTION_GAP
        for number, (name, curve, limit, colour, note) in enumerate(panels):
            axes = add_axes(PANEL)
            draw_curve(axes, curve, limit, colour, analysis.makespan, unit)
            axes.set_ylabel(clipped(name), rotation=0, ha="right", va="center", size=6.5, labelpad=3)
            limited = "of" if curve.unit == "B/s" else "peak"
            label = f"{note}\n{limited} {amount(limit, curve.unit)}"
            axes.annotate(
                label, (1, 0.5), xycoords="axes fraction", xytext=(3, 0), textcoords="offset points",
                size=5.5, va="center", color=style.INK,
            )  # fmt: skip
            axes.xaxis.set_major_locator(MaxNLocator(max(4, int(inner * 1.5)), steps=[1, 2, 5, 10]))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            is_last = number == len(panels) - 1
            axes.tick_params(axis="x", labelbottom=is_last, length=2.5 if is_last else 0)
            if is_last:
                axes.set_xlabel(f"time ({unit_name})", labelpad=1.5)
            top -= PANEL + PANEL_GAP
        makespan = f"{analysis.origin}, {style.duration(analysis.makespan)}"
        plan = f"plan {analysis.plan}" if analysis.plan else ""
        style.heading(figure, left / width, analysis.network, plan, analysis.machine, makespan)
        figure.legend(
            handles=entries,
            loc="upper left",
            bbox_to_anchor=(left / width, 1 - 0.13 / height),
            ncols=columns,
            handlelength=1.1,
            handleheight=0.8,
            handletextpad=0.35,
            columnspacing=0.9,
            labelspacing=0.2,
            borderaxespad=0,
            borderpad=0.1,
        )
        return figure
