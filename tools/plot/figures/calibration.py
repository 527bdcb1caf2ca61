"""Does the prediction come true? Predicted against measured makespan, before and after calibration."""

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from figures import style
from figures.reading import InputError, PlanResult, Summary

LEFT, RIGHT, TOP, BOTTOM = 0.5, 0.08, 0.16, 0.36  # inches

LOOKS = {
    "predicted": {"label": "before calibration", "color": style.VERMILLION, "marker": "o"},
    "calibrated": {"label": "after calibration", "color": style.BLUE, "marker": "s"},
}


def mean_error(plans: list[PlanResult], field: str) -> float | None:
    """Mean absolute error in percent of the measured value; None where nothing was both predicted and measured."""
    errors = [
        abs(getattr(plan, field) - plan.measured) / plan.measured
        for plan in plans
        if getattr(plan, field) is not None and plan.measured
    ]
    return 100 * sum(errors) / len(errors) if errors else None


def legend_text(plans: list[PlanResult], field: str) -> str:
    """The error is that of plans that the fit has not seen; where there are none, the legend says so."""
    unseen = mean_error([plan for plan in plans if not plan.used_in_fit], field)
    if unseen is not None:
        return f"{LOOKS[field]['label']}: mean error {style.number(unseen)} %"
    seen = mean_error(plans, field)
    return f"{LOOKS[field]['label']}: mean error {style.number(seen)} % (plans of the fit)"


def draw_points(axes: Axes, plans: list[PlanResult], field: str, unit: int) -> None:
    for used_in_fit in (False, True):
        shown = [plan for plan in plans if getattr(plan, field) is not None and plan.used_in_fit == used_in_fit]
        colour = LOOKS[field]["color"]
        axes.scatter(
            [plan.measured / unit for plan in shown],
            [getattr(plan, field) / unit for plan in shown],
            s=16,
            marker=LOOKS[field]["marker"],
            facecolors="none" if used_in_fit else colour,
            edgecolors=colour,
            linewidths=0.8,
            zorder=3,
        )


def legend_entries(plans: list[PlanResult], fields: list[str]) -> list:
    entries = [
        Line2D(
            [], [], linestyle="none", markersize=4, marker=LOOKS[field]["marker"], color=LOOKS[field]["color"],
            label=legend_text(plans, field),
        )
        for field in fields
    ]  # fmt: skip
    entries.append(Line2D([], [], color=style.QUIET, linewidth=0.7, label="predicted = measured"))
    if any(plan.used_in_fit for plan in plans) and not all(plan.used_in_fit for plan in plans):
        entries.append(
            Line2D(
                [], [], linestyle="none", markersize=4, marker="o", markerfacecolor="none", color=style.QUIET,
                label="hollow: used in the fit",
            )
        )  # fmt: skip
    return entries


def calibration(summary: Summary, width: float = style.SINGLE_COLUMN) -> Figure:
    plans = [plan for plan in summary.plans if plan.measured]
    if not plans:
        raise InputError("nothing to draw: no plan of the summary was measured")
    fields = [field for field in LOOKS if any(getattr(plan, field) is not None for plan in plans)]
    values = [plan.measured for plan in plans]
    values += [value for plan in plans for field in fields if (value := getattr(plan, field))]
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(max(values))
        low, high = min(values) / unit, max(values) / unit
        # Makespans of very unequal plans would crowd in one corner of linear axes.
        is_log = high / low > 8
        margin = math.sqrt(high / low) ** 0.12 * 1.06 if is_log else (high - low) * 0.12 or high * 0.1
        limits = (low / margin, high * margin) if is_log else (max(0.0, low - margin), high + margin)
        side = width - LEFT - RIGHT
        height = side + TOP + BOTTOM
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((LEFT / width, BOTTOM / height, side / width, side / height))
        if is_log:
            axes.set_xscale("log")
            axes.set_yscale("log")
        axes.plot(limits, limits, color=style.QUIET, linewidth=0.7, zorder=1)
        style.heading(figure, LEFT / width, summary.network, summary.machine)
        for field in fields:
            draw_points(axes, plans, field, unit)
        axes.set_xlim(limits)
        axes.set_ylim(limits)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)) if is_log else MaxNLocator(6))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(f"measured makespan ({unit_name})", labelpad=1.5)
        axes.set_ylabel(f"predicted makespan ({unit_name})", labelpad=2)
        # The legend stands on the side of the diagonal where fewer points are.
        above = sum(getattr(plan, field) > plan.measured for plan in plans for field in fields if getattr(plan, field))
        below = sum(getattr(plan, field) < plan.measured for plan in plans for field in fields if getattr(plan, field))
        axes.legend(
            handles=legend_entries(plans, fields),
            loc="lower right" if above > below else "upper left",
            borderaxespad=0.1,
            handletextpad=0.2,
            labelspacing=0.35,
        )
        return figure
