"""What changes of a machine do to plans: as predicted before they were made, and as measured after."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.exam import network_colour
from figures.reading import ChangedPlan, InputError, Verdict

LEFT, RIGHT, TOP, BOTTOM, ROW = 2.6, 0.7, 0.3, 0.5, 0.34  # inches


def mean_error(plans: list[ChangedPlan]) -> float:
    """In percent of the measured makespan."""
    return 100 * sum(abs(plan.predicted - plan.measured) / plan.measured for plan in plans) / len(plans)


def draw_change(axes: Axes, y: float, plans: list[ChangedPlan], colours: dict[str, str]) -> None:
    """One line a plan: from how many times as long it was predicted to take (ring) to what it takes (dot)."""
    for number, plan in enumerate(plans):
        height = y + (0.5 - (number + 0.5) / len(plans)) * 0.7
        predicted, measured = plan.predicted / plan.as_it_was, plan.measured / plan.as_it_was
        colour = colours[plan.network]
        axes.plot([predicted, measured], [height, height], color=colour, linewidth=0.7, zorder=2)
        axes.plot([predicted], [height], "o", markersize=2.8, color=colour, markerfacecolor="white", zorder=3)
        axes.plot([measured], [height], "o", markersize=2.2, color=colour, zorder=4)


def what_if(verdict: Verdict, width: float = style.DOUBLE_COLUMN) -> Figure:
    changes = {change: plans for change, plans in verdict.what_ifs.items() if plans}
    if not changes:
        raise InputError("nothing to draw: no change was predicted and measured")
    colours = {name: network_colour(number) for number, name in enumerate(verdict.networks)}
    with matplotlib.rc_context(style.RC):
        inner = ROW * len(changes)
        height = inner + TOP + BOTTOM
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((LEFT / width, BOTTOM / height, (width - LEFT - RIGHT) / width, inner / height))
        axes.axvline(1, color=style.QUIET, linewidth=0.7, zorder=1)
        for number, plans in enumerate(changes.values()):
            y = len(changes) - 1 - number
            if number % 2 == 0:
                axes.axhspan(y - 0.5, y + 0.5, color=style.FAINT, linewidth=0, zorder=0)
            draw_change(axes, y, plans, {**{plan.network: style.GREY for plan in plans}, **colours})
            axes.annotate(
                f"{style.number(mean_error(plans))} %", (1, y), xycoords=("axes fraction", "data"),
                xytext=(4, 0), textcoords="offset points", va="center", size=6.5,
            )  # fmt: skip
        axes.annotate(
            "mean error", (1, len(changes) - 0.5), xycoords=("axes fraction", "data"),
            xytext=(4, 3), textcoords="offset points", va="bottom", size=6.5, color=style.QUIET,
        )  # fmt: skip
        axes.set_yticks(range(len(changes)), list(reversed(changes)))
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(-0.5, len(changes) - 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(7))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_xlabel("makespan after the change / before (ring: predicted, dot: measured)", labelpad=1.5)
        handles = [
            axes.plot([], [], "o", markersize=3, color=colour, label=name)[0] for name, colour in colours.items()
        ]
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 0), ncols=len(handles), handletextpad=0.1,
            columnspacing=0.8, borderaxespad=0.1,
        )  # fmt: skip
        style.heading(figure, LEFT / width, verdict.machine)
        return figure
