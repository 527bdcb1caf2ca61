"""Two alternatives along an axis, and where they change places."""

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from answers.break_even import Answer, BreakEven
from answers.crossings import Kind, Sample
from answers.outcomes import Column
from figures import style
from figures.reading import InputError
from figures.scales import Scale, set_linear, set_logarithmic

LEFT, RIGHT, TOP, BOTTOM, PANEL, BETWEEN = 0.5, 0.12, 0.34, 0.36, 1.6, 0.46  # inches
MOST_PANELS = 12
FIRST, SECOND = style.ORANGE, style.BLUE
NARROW = 0.004  # of the width: a thinner interval is a line


def draw_curve(axes: Axes, xs: list[float], samples: list[Sample], which: str, colour: str, y: Scale, label: str):
    """Medians, with a band over all repetitions; below, dotted, what no plan can beat."""
    values = [math.nan if getattr(s, which) is None else y(getattr(s, which)) for s in samples]
    axes.plot(xs, values, "o-", color=colour, markersize=2.2, linewidth=1.1, label=label, zorder=3)
    spreads = [getattr(s, f"{which}_spread") for s in samples]
    if any(spread and spread[0] < spread[1] for spread in spreads):
        low, high = ([math.nan if spread is None else y(spread[i]) for spread in spreads] for i in (0, 1))
        axes.fill_between(xs, low, high, color=colour, alpha=0.2, linewidth=0, zorder=2)
    bounds = [math.nan if getattr(s, f"{which}_bound") is None else y(getattr(s, f"{which}_bound")) for s in samples]
    if not all(math.isnan(bound) or value - bound <= 1e-9 * value for bound, value in zip(bounds, values, strict=True)):
        axes.plot(xs, bounds, ":", color=colour, linewidth=0.9, zorder=2, label=f"{label}: no plan is below")


def draw_interval(axes: Axes, low: float, high: float, colour: str, alpha: float) -> None:
    """A band where it is wide enough to be seen."""
    (left, right) = axes.get_xlim()
    logarithmic = axes.get_xscale() == "log"
    share = math.log(high / low) / math.log(right / left) if logarithmic else (high - low) / (right - left)
    if share > NARROW:
        axes.axvspan(low, high, color=colour, alpha=alpha, linewidth=0, zorder=1)


def draw_crossings(axes: Axes, one: Answer, answer: BreakEven, x: Scale) -> None:
    axis = answer.question.along.lead
    for crossing in one.crossings:
        at = x(axis.value(crossing.estimate))
        ends = [crossing.certain_low, crossing.certain_high]
        low = axis.value(0.0 if ends[0] is None else min(ends[0], crossing.low))
        high = axis.value(1.0 if ends[1] is None else max(ends[1], crossing.high))
        draw_interval(axes, x(low), x(high), style.GREY, 0.25)
        axes.axvline(at, color=style.INK, linewidth=0.7, linestyle=(0, (4, 2)), zorder=2)
        right = crossing.estimate < 0.6
        axes.annotate(
            axis.shown(axis.value(crossing.estimate)), (at, 1), xycoords=("data", "axes fraction"),
            xytext=(2.5 if right else -2.5, -2), textcoords="offset points", ha="left" if right else "right", va="top",
            size=6.5, color=style.INK,
        )  # fmt: skip


def draw_absence(axes: Axes, xs: list[float], samples: list[Sample], names: tuple[str, str]) -> None:
    """Where one of the two has no solution, a row of crosses at the foot."""
    for kind, colour, name in ((Kind.ONLY_SECOND, FIRST, names[0]), (Kind.ONLY_FIRST, SECOND, names[1])):
        at = [x for x, sample in zip(xs, samples, strict=True) if sample.kind is kind]
        if at:
            axes.plot(
                at, [0.03] * len(at), "x", color=colour, markersize=3, transform=axes.get_xaxis_transform(), zorder=4,
                clip_on=False, label=f"{name}: no solution",
            )  # fmt: skip


def draw_panel(axes: Axes, one: Answer, answer: BreakEven, y: Scale, is_log: bool, title: str) -> None:
    axis = answer.question.along.lead
    samples = one.case.ordered()
    x = Scale(Column(axis.name.removeprefix("machine."), 1.0, axis.unit), [axis.low, axis.high], axis.logarithmic)
    xs = [x(axis.value(sample.position)) for sample in samples]
    if axis.logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(x(axis.low), x(axis.high))
    for which, colour, label in (("first", FIRST, 0), ("second", SECOND, 1)):
        draw_curve(axes, xs, samples, which, colour, y, answer.question.names[label])
    if axis.logarithmic:
        set_logarithmic(axes.xaxis, x(axis.low), x(axis.high))
    else:
        set_linear(axes.xaxis)
    known = [y(v) for s in samples for v in (s.first, s.second) if v is not None]
    if known and is_log:
        axes.set_yscale("log")
        set_logarithmic(axes.yaxis, min(known), max(known))
    else:
        set_linear(axes.yaxis)
        if known and min(known) > 0 and min(known) < 0.4 * max(known):
            axes.set_ylim(bottom=0)
    draw_crossings(axes, one, answer, x)
    draw_absence(axes, xs, samples, answer.question.names)
    axes.set_xlabel(f"{axis.name.removeprefix('machine.')} ({x.unit})" if x.unit else axis.name, labelpad=1.5)
    if title:
        axes.set_title(title, loc="left", pad=2.5, size=6.5, color=style.INK)


def break_even(answer: BreakEven, subject: str = "", width: float | None = None) -> Figure:
    shown = [one for one in answer.answers if one.case.known()][:MOST_PANELS]
    if not shown:
        raise InputError("nothing to draw: no point has a result")
    columns = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = math.ceil(len(shown) / columns)
    width = width or (style.SINGLE_COLUMN if columns == 1 else style.DOUBLE_COLUMN)
    with matplotlib.rc_context(style.RC):
        height = TOP + rows * PANEL + (rows - 1) * BETWEEN + BOTTOM
        figure = Figure(figsize=(width, height))
        each = (width - columns * LEFT - RIGHT) / columns
        results = [v for one in shown for s in one.case.samples.values() for v in (s.first, s.second) if v is not None]
        y = Scale(answer.column, results)
        is_log = bool(results) and min(results) > 0 and max(results) > 20 * min(results)
        for number, one in enumerate(shown):
            row, column = divmod(number, columns)
            axes = figure.add_axes((
                (LEFT + column * (each + LEFT)) / width,
                (BOTTOM + (rows - 1 - row) * (PANEL + BETWEEN)) / height,
                each / width,
                PANEL / height,
            ))  # fmt: skip
            draw_panel(axes, one, answer, y, is_log, ", ".join(f"{name} {value}" for name, value in one.at.items()))
            if column == 0:
                axes.set_ylabel(y.label, labelpad=2)
        handles = {}
        for axes in figure.axes:
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        figure.legend(
            handles.values(), handles.keys(), loc="upper right", bbox_to_anchor=(1 - RIGHT / width, 1), ncols=5,
            borderaxespad=0, handlelength=1.4, columnspacing=1, handletextpad=0.5,
        )  # fmt: skip
        style.heading(figure, 0.02, subject)
        return figure
