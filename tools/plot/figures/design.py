"""What better machines cost: all that were tried, the front, and the cheapest that reaches the goals."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from answers.design import Design
from answers.outcomes import Column
from figures import style
from figures.reading import InputError
from figures.scales import Scale, set_linear, set_logarithmic

LEFT, RIGHT, TOP, BOTTOM, PANEL = 0.55, 0.1, 0.34, 0.36, 2.1  # inches


def draw_panel(axes: Axes, answer: Design, number: int, price: Scale) -> None:
    column = answer.columns[number]
    good = [machine for machine in answer.machines if machine.values is not None]
    y = Scale(column, [machine.values[number] for machine in good])
    axes.plot(
        [price(machine.price) for machine in good], [y(machine.values[number]) for machine in good], "o",
        color=style.GREY, alpha=0.45, markersize=2, markeredgewidth=0, zorder=2, label="tried",
    )  # fmt: skip
    xs = [price(machine.price) for machine in answer.front]
    ys = [y(machine.values[number]) for machine in answer.front]
    if len(answer.columns) == 1:
        # Between two machines, the best that is known is the cheaper one.
        axes.step(xs, ys, where="post", color=style.BLUE, linewidth=0.9, zorder=3)
    size = 3 if len(xs) <= 40 else 1.8
    axes.plot(xs, ys, "o", color=style.BLUE, markersize=size, zorder=4, label="no other beats it")
    low, high = min(y(machine.values[number]) for machine in good), max(y(machine.values[number]) for machine in good)
    if low > 0 and high > 20 * low:
        axes.set_yscale("log")
        set_logarithmic(axes.yaxis, low, high)
    else:
        set_linear(axes.yaxis)
    set_linear(axes.xaxis)
    for goal in answer.task.goals:
        if goal.column != column.name:
            continue
        bound = y(goal.bound)
        bottom, top = axes.get_ylim()
        # A goal far away from all that was tried stays in sight.
        bottom, top = min(bottom, bound), max(top, bound)
        axes.set_ylim(bottom, top)
        axes.axhspan(*((bottom, bound) if goal.at_most else (bound, top)), color=style.GREEN, alpha=0.12, linewidth=0)
        axes.axhline(
            bound, color=style.GREEN, linewidth=0.8, zorder=1, label="goal" if len(answer.task.goals) == 1 else "goals"
        )
    if answer.best is not None:
        goals = "it" if len(answer.task.goals) == 1 else "them"
        axes.plot(
            [price(answer.best.price)], [y(answer.best.values[number])], "*", color=style.VERMILLION, markersize=9,
            markeredgecolor="white", markeredgewidth=0.5, zorder=6, label=f"cheapest that reaches {goals}",
        )  # fmt: skip
    axes.set_xlabel(price.label, labelpad=1.5)
    axes.set_ylabel(y.label, labelpad=2)


def design(answer: Design, subject: str = "", width: float | None = None) -> Figure:
    if not answer.front:
        raise InputError("nothing to draw: no machine has a result")
    count = len(answer.columns)
    width = width or (style.SINGLE_COLUMN if count == 1 else style.DOUBLE_COLUMN)
    with matplotlib.rc_context(style.RC):
        height = TOP + PANEL + BOTTOM
        figure = Figure(figsize=(width, height))
        each = (width - count * LEFT - RIGHT) / count
        price = Scale(Column("price", 1.0, ""), [])
        price.unit = answer.task.currency
        for number in range(count):
            axes = figure.add_axes(
                ((LEFT + number * (each + LEFT)) / width, BOTTOM / height, each / width, PANEL / height),
            )
            draw_panel(axes, answer, number, price)
        handles = {}
        for axes in figure.axes:
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                handles.setdefault(label, handle)
        figure.legend(
            handles.values(), handles.keys(), loc="upper right", bbox_to_anchor=(1 - RIGHT / width, 1 - 0.13 / height),
            ncols=4, borderaxespad=0, handlelength=1.2, columnspacing=0.9, handletextpad=0.3,
        )  # fmt: skip
        style.heading(figure, 0.02, subject)
        return figure
