"""How well does a calibrated machine predict plans that it was not fitted to, and where does the error come from?"""

import math

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from figures import style
from figures.reading import ERROR_CAUSES, InputError, JudgedPlan, Verdict

LEFT, GAP, RIGHT, TOP, BOTTOM, HEIGHT = 0.5, 0.62, 0.08, 0.3, 0.36, 2.2  # inches
SHARE = 0.5  # of the width, for the scatter

NETWORK_COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
CAUSE_COLOURS = dict(zip(ERROR_CAUSES, (style.BLUE, style.ORANGE, style.PURPLE, style.GREY), strict=True))


def network_colour(number: int) -> str:
    return NETWORK_COLOURS[number % len(NETWORK_COLOURS)]


def held_out(plans: list[JudgedPlan]) -> list[JudgedPlan]:
    return [plan for plan in plans if plan.held_out]


def error_by_cause(plans: list[JudgedPlan]) -> dict[str, float]:
    """Mean size over the plans in percent of the measured makespan; causes can cancel each other in a plan."""
    return {cause: 100 * sum(abs(plan.error[cause]) for plan in plans) / len(plans) for cause in ERROR_CAUSES}


def draw_scatter(axes: Axes, verdict: Verdict, unit: int, unit_name: str) -> None:
    shown = [plan for plans in verdict.networks.values() for plan in held_out(plans)]
    values = [value / unit for plan in shown for value in (plan.low, plan.high, plan.after)]
    low, high = min(values), max(values)
    is_log = high / low > 8
    margin = 1.15 if is_log else 1.0
    room = 0.0 if is_log else (high - low) * 0.08 or high * 0.1
    limits = (low / margin - room, high * margin + room)
    if is_log:
        axes.set_xscale("log")
        axes.set_yscale("log")
    axes.plot(limits, limits, color=style.QUIET, linewidth=0.7, zorder=1)
    for number, (name, plans) in enumerate(verdict.networks.items()):
        judged = held_out(plans)
        if not judged:
            continue
        colour = network_colour(number)
        measured = [plan.measured / unit for plan in judged]
        # What the fit had to mend, and what it made of it.
        axes.plot(
            measured, [plan.before / unit for plan in judged], "o", markersize=2.6, color=colour,
            markerfacecolor="none", markeredgewidth=0.5, alpha=0.6, zorder=2,
        )  # fmt: skip
        axes.errorbar(
            measured,
            [plan.after / unit for plan in judged],
            xerr=[
                [(plan.measured - plan.low) / unit for plan in judged],
                [(plan.high - plan.measured) / unit for plan in judged],
            ],
            fmt="o", markersize=2.6, color=colour, elinewidth=0.6, capsize=0, zorder=3, label=name,
        )  # fmt: skip
    axes.set_xlim(limits)
    axes.set_ylim(limits)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)) if is_log else MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(f"measured makespan ({unit_name}), 95 % of its median", labelpad=1.5)
    axes.set_ylabel(f"predicted makespan ({unit_name})", labelpad=2)
    axes.legend(loc="upper left", borderaxespad=0.1, handletextpad=0.2, labelspacing=0.35)
    axes.set_title(
        f"held-out plans: {style.number(verdict.error_before)} % before (hollow), "
        f"{style.number(verdict.error_after)} % after; τ = {verdict.tau:.2f}",
        loc="left", size=6.5, pad=3,
    )  # fmt: skip


def draw_causes(axes: Axes, verdict: Verdict) -> None:
    judged = {name: held_out(plans) for name, plans in verdict.networks.items() if held_out(plans)}
    width = 0.8 / len(ERROR_CAUSES)
    highest = 0.0
    for number, cause in enumerate(ERROR_CAUSES):
        heights = [error_by_cause(plans)[cause] for plans in judged.values()]
        highest = max(highest, *heights)
        axes.bar(
            [i + (number - (len(ERROR_CAUSES) - 1) / 2) * width for i in range(len(judged))],
            heights, width * 0.92, color=CAUSE_COLOURS[cause], label=cause,
        )  # fmt: skip
    axes.set_xticks(range(len(judged)), list(judged))
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, highest * 1.3 or 1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_ylabel("error along the critical path (%)", labelpad=2)
    axes.legend(loc="upper right", ncols=2, borderaxespad=0.1, handlelength=0.9, handletextpad=0.4, columnspacing=0.9)
    axes.set_title("where it comes from", loc="left", size=6.5, pad=3)


def exam(verdict: Verdict, width: float = style.DOUBLE_COLUMN) -> Figure:
    measured = [plan.measured for plans in verdict.networks.values() for plan in held_out(plans)]
    if not measured:
        raise InputError("nothing to draw: no held-out plan was measured without disturbance")
    with matplotlib.rc_context(style.RC):
        unit, unit_name = style.unit_for(math.ceil(max(measured)))
        height = HEIGHT + TOP + BOTTOM
        figure = Figure(figsize=(width, height))
        free = width - LEFT - GAP - RIGHT
        scatter = figure.add_axes((LEFT / width, BOTTOM / height, SHARE * free / width, HEIGHT / height))
        causes = figure.add_axes(
            ((LEFT + SHARE * free + GAP) / width, BOTTOM / height, (1 - SHARE) * free / width, HEIGHT / height)
        )
        draw_scatter(scatter, verdict, unit, unit_name)
        draw_causes(causes, verdict)
        style.heading(figure, LEFT / width, verdict.machine)
        return figure
