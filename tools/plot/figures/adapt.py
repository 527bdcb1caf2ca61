"""Latency of one inference after the other, while a processor is disturbed: staying with the plan against adapting."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures import style
from figures.reading import InputError, Series, Summary

PANEL = 1.35  # inches
TOP = 0.3
BETWEEN = 0.36
AXIS = 0.34

LOOKS = {
    "static": {"color": style.VERMILLION, "marker": "o", "label": "static plan"},
    "adapted": {"color": style.BLUE, "marker": "s", "label": "adapted plan"},
}
TITLES = {"real": "measured", "simulated": "simulated"}


def draw_disturbance(axes: Axes, series: list[Series]) -> None:
    starts = [one.disturbed_from for one in series if one.disturbed_from is not None]
    if not starts:
        return
    end = max(len(one.latency_ms) for one in series) - 0.5
    axes.axvspan(min(starts) - 0.5, end, color=style.FAINT, linewidth=0, zorder=0)
    what = next((one.disturbance for one in series if one.disturbance), "one processor disturbed")
    axes.annotate(
        what,
        (1, 1),
        xycoords="axes fraction",
        xytext=(0, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        size=6,
        color=style.QUIET,
    )


def draw_series(axes: Axes, one: Series) -> None:
    look = LOOKS[one.policy]
    size = 2.2 if len(one.latency_ms) <= 80 else 0
    axes.plot(range(len(one.latency_ms)), one.latency_ms, markersize=size, markeredgewidth=0, linewidth=0.9, **look)
    if one.switched_at is not None:
        axes.axvline(one.switched_at - 0.5, color=look["color"], linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
        axes.annotate(
            "new plan",
            (one.switched_at - 0.5, 0),
            xycoords=("data", "axes fraction"),
            xytext=(3, 3),
            textcoords="offset points",
            va="bottom",
            size=6,
            color=look["color"],
        )


def label_ends(axes: Axes, series: list[Series]) -> None:
    """Names the lines at their right ends, and keeps the names apart where the lines meet."""
    ends = sorted((one for one in series if one.latency_ms), key=lambda one: one.latency_ms[-1])
    low, high = axes.get_ylim()
    apart = (high - low) * 0.09
    above = -float("inf")
    for one in ends:
        y = max(one.latency_ms[-1], above + apart)
        above = y
        axes.annotate(
            LOOKS[one.policy]["label"],
            (len(one.latency_ms) - 1, y),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=6.5,
            color=LOOKS[one.policy]["color"],
            annotation_clip=False,
        )


def adapt(summary: Summary, width: float = style.SINGLE_COLUMN) -> Figure:
    shown = [one for one in summary.series if one.latency_ms]
    if not shown:
        raise InputError("nothing to draw: the summary holds no series under 'adapt'")
    executions = [name for name in TITLES if any(one.execution == name for one in shown)]
    with matplotlib.rc_context(style.RC):
        height = TOP + len(executions) * PANEL + (len(executions) - 1) * BETWEEN + AXIS
        figure = Figure(figsize=(width, height))
        left, right = 0.42 / width, 0.66 / width
        top = height - TOP
        for execution in executions:
            series = [one for one in shown if one.execution == execution]
            axes = figure.add_axes((left, (top - PANEL) / height, 1 - left - right, PANEL / height))
            draw_disturbance(axes, series)
            for one in series:
                draw_series(axes, one)
            axes.set_ylim(0, 1.15 * max(max(one.latency_ms) for one in series))
            axes.set_xlim(-0.5, max(len(one.latency_ms) for one in shown) - 0.5)
            axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
            axes.yaxis.set_major_locator(MaxNLocator(5))
            axes.set_ylabel("latency (ms)", labelpad=2)
            axes.set_title(TITLES[execution], loc="left", weight="bold", pad=3)
            label_ends(axes, series)
            top -= PANEL + BETWEEN
        style.heading(figure, left, summary.network, summary.machine)
        figure.axes[-1].set_xlabel("inference", labelpad=1.5)
        return figure
