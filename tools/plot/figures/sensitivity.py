"""Which number matters most: bars of a tornado, the plane of Morris, indices of Sobol."""

import textwrap
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from answers.knobs import Knob
from answers.outcomes import Column
from answers.screening import Screening
from answers.tornado import Bar, Tornado
from figures import style
from figures.reading import InputError
from figures.scales import Scale, set_linear

ROW, TOP, BOTTOM, RIGHT = 0.24, 0.34, 0.36, 0.1  # inches
CHARACTER = 0.052  # inches, of a label
LONGEST = 44  # characters of a line of a label
MOST = 16  # axes that are drawn; the others matter less
NAMED = 8  # points of the plane of Morris that are named
BETWEEN = " … "  # the values at two ends
LOW, HIGH, LISTED = style.SKY, style.BLUE, style.GREY


def label_of(knob: Knob) -> str:
    """Where everything is of the machine, that goes without saying."""
    name = knob.label.removeprefix("machine.")
    return "\n".join(textwrap.wrap(name.replace(".", ". "), LONGEST)).replace(". ", ".")


def row_axes(labels: Sequence[str], width: float, right: float) -> tuple[Figure, Axes, float]:
    """A figure with one row for each label, the first on top; also where its axes begin, in inches."""
    left = min(0.1 + CHARACTER * max(len(line) for label in labels for line in label.split("\n")), 0.62 * width)
    height = ROW * len(labels) + TOP + BOTTOM
    figure = Figure(figsize=(width, height))
    axes = figure.add_axes(
        (left / width, BOTTOM / height, (width - left - right) / width, ROW * len(labels) / height),
    )
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    for number in range(0, len(labels), 2):
        axes.axhspan(number - 0.5, number + 0.5, color=style.FAINT, linewidth=0, zorder=0)
    return figure, axes, left


def draw_bar(axes: Axes, y: float, bar: Bar, middle: float, scale: Scale) -> None:
    """From the middle to the result at each end; a thin line to what lies farther out in between."""
    axes.plot(
        [scale(bar.least), scale(bar.most)], [y, y], color=style.QUIET, linewidth=0.9, solid_capstyle="butt", zorder=2
    )
    known = [value for value in bar.ends if value is not None]
    same_side = len(known) == 2 and (known[0] - middle) * (known[1] - middle) > 0
    colours = (LISTED, LISTED) if bar.knob.is_list else (LOW, HIGH)
    for end, colour, side in zip(bar.ends, colours, (-1, 1), strict=True):
        if end is None:
            continue
        # Ends on one side of the middle lie above each other.
        height, at = (0.3, y + side * 0.15) if same_side else (0.6, y)
        axes.barh(at, scale(end) - scale(middle), height, scale(middle), color=colour, linewidth=0, zorder=3)


def ends_text(bar: Bar) -> str:
    """The values at both ends; of a list, those with the least and the largest result."""
    return BETWEEN.join(
        text if end is not None else f"{text} (no result)" for text, end in zip(bar.texts, bar.ends, strict=True)
    )


def legend_above(axes: Axes) -> None:
    axes.legend(
        loc="lower right", ncols=3, bbox_to_anchor=(1, 1), borderaxespad=0, handlelength=1, handletextpad=0.4,
        columnspacing=1,
    )  # fmt: skip


def tornado(answer: Tornado, column: Column, subject: str = "", width: float = style.DOUBLE_COLUMN) -> Figure:
    if not answer.bars:
        raise InputError("nothing to draw: no axis was turned")
    bars = answer.bars[:MOST]
    with matplotlib.rc_context(style.RC):
        beside = min(0.1 + 0.9 * CHARACTER * max(len(ends_text(bar)) for bar in bars), 0.35 * width)
        figure, axes, left = row_axes([label_of(bar.knob) for bar in bars], width, beside)
        scale = Scale(column, [value for bar in bars for value in (bar.least, bar.most)] + [answer.middle])
        for y, bar in enumerate(bars):
            draw_bar(axes, y, bar, answer.middle, scale)
            axes.annotate(
                ends_text(bar), (1, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
                textcoords="offset points", va="center", size=6, color=style.QUIET,
            )  # fmt: skip
        axes.axvline(scale(answer.middle), color=style.INK, linewidth=0.7, zorder=4)
        set_linear(axes.xaxis, 6)
        axes.set_xlabel(scale.label, labelpad=1.5)
        entries = [(LOW, "at its low end"), (HIGH, "at its high end")]
        if any(bar.knob.is_list for bar in bars):
            entries.append((LISTED, "values of a list"))
        for colour, label in entries:
            axes.barh([0], [0], color=colour, label=label)
        legend_above(axes)
        style.heading(figure, 0.02, subject)
        return figure


def offsets(points: Sequence[tuple[float, float]], apart: float) -> list[int]:
    """How many lines up the number of each point has to go, so that numbers of points close together do not overlap."""
    taken: list[tuple[float, float]] = []
    found = []
    for x, y in points:
        up = 0
        while any(abs(x - a) < apart and abs(y + up * apart - b) < apart for a, b in taken):
            up += 1
        taken.append((x, y + up * apart))
        found.append(up)
    return found


def screening_of_morris(answer: Screening, column: Column, subject: str, width: float) -> Figure:
    left, bottom, inner = 0.5, 0.36, 2.2
    named = answer.indices[:NAMED]
    key = 0.12 * len(named) + 0.1
    with matplotlib.rc_context(style.RC):
        height = inner + bottom + key + 0.16
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes(
            (left / width, (bottom + key) / height, (width - left - RIGHT) / width, inner / height),
        )
        scale = Scale(column, [max(index.value + index.confidence, index.other) for index in answer.indices])
        most_x = scale(max(index.value + index.confidence for index in answer.indices)) * 1.08
        most_y = max(scale(max(index.other for index in answer.indices)) * 1.15, most_x * 0.25)
        axes.set_xlim(0, most_x)
        axes.set_ylim(-0.04 * most_y, most_y)
        # Above the upper line, what a number does depends on the others more than on itself.
        for slope, text in ((1.0, r"$\sigma$ = µ*"), (0.1, r"$\sigma$ = 0.1 µ*")):
            end = min(most_x, most_y / slope)
            axes.plot([0, end], [0, slope * end], color=style.QUIET, linewidth=0.6, linestyle=(0, (4, 2)), zorder=1)
            steep = slope * end == most_y
            axes.annotate(
                text, (end, slope * end), xytext=(3, -2) if steep else (-2, 2), textcoords="offset points",
                ha="left" if steep else "right", va="top" if steep else "bottom", size=6, color=style.QUIET,
            )  # fmt: skip
        for number, index in enumerate(answer.indices):
            axes.errorbar(
                scale(index.value), scale(index.other), xerr=scale(index.confidence), fmt="o", markersize=3.2,
                color=style.BLUE if number < NAMED else style.GREY, elinewidth=0.8, capsize=1.5, zorder=3,
            )  # fmt: skip
        places = [(scale(index.value) / most_x, scale(index.other) / most_y) for index in named]
        for number, (index, up) in enumerate(zip(named, offsets(places, 0.05), strict=True)):
            axes.annotate(
                str(number + 1), (scale(index.value), scale(index.other)), xytext=(3, 2.5 + 7.5 * up),
                textcoords="offset points", size=6, color=style.INK,
            )  # fmt: skip
            figure.text(
                left / width, (key - 0.1 - 0.12 * number) / height,
                f"{number + 1}   {label_of(index.knob)}".replace("\n", ""), size=6, va="top", color=style.INK,
            )  # fmt: skip
        set_linear(axes.xaxis)
        set_linear(axes.yaxis)
        unit = f" ({scale.unit})" if scale.unit else ""
        axes.set_xlabel(f"µ*: mean size of effects on {scale.name}{unit}", labelpad=1.5)
        axes.set_ylabel(rf"$\sigma$: how much they differ{unit}", labelpad=2)
        style.heading(figure, left / width, subject)
        return figure


def screening_of_sobol(answer: Screening, column: Column, subject: str, width: float) -> Figure:
    indices = answer.indices[:MOST]
    with matplotlib.rc_context(style.RC):
        figure, axes, left = row_axes([label_of(index.knob) for index in indices], width, 0.1)
        error = {"elinewidth": 0.7, "capsize": 1.5, "ecolor": style.INK}
        for y, index in enumerate(indices):
            axes.barh(
                y - 0.17, index.value, 0.32, color=style.BLUE, xerr=index.confidence, error_kw=error, zorder=3,
                label=None if y else "total, with interactions",
            )  # fmt: skip
            axes.barh(
                y + 0.17, index.other, 0.32, color=style.SKY, xerr=index.other_confidence, error_kw=error, zorder=3,
                label=None if y else "first order, by itself",
            )  # fmt: skip
        axes.axvline(0, color=style.QUIET, linewidth=0.6, zorder=4)
        most = max(index.value + index.confidence for index in indices)
        least = min(index.other - index.other_confidence for index in indices)
        axes.set_xlim(min(0.0, least * 1.05), max(0.1, most * 1.05))
        set_linear(axes.xaxis)
        axes.set_xlabel(f"share of the variance of {column.label}", labelpad=1.5)
        legend_above(axes)
        style.heading(figure, 0.02, subject)
        return figure


def screening(answer: Screening, column: Column, subject: str = "", width: float | None = None) -> Figure:
    if answer.constant:
        raise InputError("nothing to draw: the result is the same everywhere")
    if answer.method == "morris":
        return screening_of_morris(answer, column, subject, width or style.SINGLE_COLUMN)
    return screening_of_sobol(answer, column, subject, width or 1.4 * style.SINGLE_COLUMN)
