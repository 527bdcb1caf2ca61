"""How long each plan was said to take, and how long it took."""

from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.reading import InputError, PlanResult, Summary

BAR = 0.095  # inches
GROUP_GAP = 0.13
TOP = 0.48
AXIS = 0.34
NOTE = 0.1


@dataclass(frozen=True)
class Kind:
    """One kind of bar: the field of PlanResult, its name in the legend, its look."""

    field: str
    label: str
    colour: str
    hatch: str = ""


KINDS = [
    Kind("predicted", "predicted", style.SKY),
    Kind("simulated", "simulated", style.BLUE),
    Kind("calibrated", "predicted after calibration", style.ORANGE),
    Kind("measured", "measured (whisker: spread)", "#4D4D4D"),
]


def present_kinds(plans: list[PlanResult]) -> list[Kind]:
    kinds = [kind for kind in KINDS if any(getattr(plan, kind.field) is not None for plan in plans)]
    # The simulator promises to equal the prediction; where it does, one bar says so.
    if all(plan.simulated == plan.predicted for plan in plans):
        kinds = [Kind("simulated", "predicted = simulated", style.BLUE), *kinds[2:]]
    return kinds


def spread(plan: PlanResult) -> tuple[int, int]:
    """How far the lowest and the highest repetition lie from the measured value."""
    low = plan.measured if plan.measured_low is None else plan.measured_low
    high = plan.measured if plan.measured_high is None else plan.measured_high
    return max(0, plan.measured - low), max(0, high - plan.measured)


def draw_plan(axes: Axes, plan: PlanResult, kinds: list[Kind], top: float, unit: int) -> None:
    for row, kind in enumerate(kinds):
        value = getattr(plan, kind.field)
        y = top + (row + 0.5) * BAR
        if value is None:
            axes.annotate(
                f"not {kind.label.split()[0]}", (0, y), xytext=(2, 0), textcoords="offset points",
                size=5.5, va="center", color=style.QUIET,
            )  # fmt: skip
            continue
        axes.barh(y, value / unit, BAR * 0.92, color=kind.colour, linewidth=0)
        end = value
        if kind.field == "measured":
            below, above = spread(plan)
            end += above
            if below or above:
                axes.errorbar(
                    value / unit,
                    y,
                    xerr=[[below / unit], [above / unit]],
                    ecolor=style.VERMILLION,
                    elinewidth=0.9,
                    capsize=1.6,
                    capthick=0.9,
                )
        axes.annotate(
            style.number(value / unit),
            (end / unit, y),
            xytext=(2, 0),
            textcoords="offset points",
            size=5.5,
            va="center_baseline",
        )


def bars(summary: Summary, width: float = style.SINGLE_COLUMN) -> Figure:
    """One group of bars for each plan that a method proposed; plans drawn at random are left out."""
    plans = [plan for plan in summary.plans if not plan.random]
    if not plans:
        raise InputError("nothing to draw: the summary holds no plan that a method proposed")
    kinds = present_kinds(plans)
    longest = max(
        [value for plan in plans for kind in kinds if (value := getattr(plan, kind.field)) is not None]
        + [plan.measured_high or 0 for plan in plans]
        + [summary.lower_bound or 0]
    )
    if longest == 0:
        raise InputError("nothing to draw: every makespan is 0")
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(longest)
        group = BAR * len(kinds) + GROUP_GAP
        inner_height = group * len(plans)
        has_note = any(plan.used_in_fit for plan in plans)
        bottom = AXIS + (NOTE if has_note else 0)
        height = TOP + inner_height + bottom
        figure = Figure(figsize=(width, height))
        # The names of plans are long: the left margin is as wide as they need.
        left = min(0.4, 0.03 + max(len(label(plan)) for plan in plans) * 0.055 / width)
        axes = figure.add_axes((left, bottom / height, 0.98 - left, inner_height / height))
        centres = []
        for number, plan in enumerate(plans):
            top = number * group + GROUP_GAP / 2
            draw_plan(axes, plan, kinds, top, unit)
            centres.append(top + BAR * len(kinds) / 2)
        axes.set_yticks(centres, [label(plan) for plan in plans])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(inner_height, 0)
        axes.set_xlim(0, longest / unit * 1.12)
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel(f"makespan ({unit_name})", labelpad=1.5)
        if summary.lower_bound is not None:
            draw_lower_bound(axes, summary.lower_bound / unit, unit_name)
        style.heading(figure, 0, summary.network, summary.machine)
        legend = [matplotlib.patches.Patch(color=kind.colour, label=kind.label) for kind in kinds]
        figure.legend(
            handles=legend,
            loc="upper left",
            bbox_to_anchor=(0, 1 - 0.12 / height),
            ncols=2 if width < 5 else 4,
            handlelength=1.1,
            handletextpad=0.35,
            columnspacing=0.9,
            labelspacing=0.25,
            borderaxespad=0,
        )
        if has_note:
            figure.text(
                0.98,
                0,
                "* its replay was used in the calibration",
                ha="right",
                va="bottom",
                size=5.5,
                color=style.QUIET,
            )
        return figure


def label(plan: PlanResult) -> str:
    return plan.name + (" *" if plan.used_in_fit else "")


def draw_lower_bound(axes: Axes, bound: float, unit_name: str) -> None:
    axes.axvline(bound, color=style.INK, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.annotate(
        f"lower bound {style.number(bound)} {unit_name}",
        (bound, 1),
        xycoords=("data", "axes fraction"),
        xytext=(2, 1),
        textcoords="offset points",
        ha="left",
        va="bottom",
        size=5.5,
    )
