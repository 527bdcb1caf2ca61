"""What more of one thing costs of another: plans of which none is better in both."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from figures import style
from figures.reading import Front, InputError

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 0.5, 0.08, 0.16, 0.36, 2.3  # inches
MARGIN = 0.06  # of the range, around the points

UNITS = {"s": ((1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")), "J": ((1, "J"), (1e-3, "mJ"), (1e-6, "µJ"))}
UNIT_OF = {"energy": "J", "energy_delay": "J s", "transfers": "GB"}  # of all others: s
NAMES = {"throughput": "period", "energy_delay": "energy x delay"}


def scale(term: str, largest: float) -> tuple[float, str]:
    """The unit in which `largest` is a number of 1 or more: (how much of the term's own unit, name)."""
    unit = UNIT_OF.get(term, "s")
    choices = UNITS.get(unit, ((1, unit),))
    return next(((size, name) for size, name in choices if largest >= size), choices[-1])


def limits(values: list[float], bound: float) -> tuple[float, float]:
    """Around the values; down to the bound where that is not far away."""
    low, high = min(values), max(values)
    room = (high - low) * MARGIN or high * MARGIN or 1.0
    if 0 < low - bound < high - low or bound == low:
        low = bound
    return max(0.0, low - room), high + room


def draw_bounds(axes: Axes, bounds: tuple[float, float]) -> None:
    """No plan lies to the left of one line, or below the other."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    if left < bounds[0] < right:
        axes.axvspan(left, bounds[0], color=style.FAINT, linewidth=0, zorder=0)
        axes.axvline(bounds[0], color=style.QUIET, linewidth=0.7, linestyle=(0, (4, 2)), label="lower bound")
    if bottom < bounds[1] < top:
        label = None if axes.get_legend_handles_labels()[1] else "lower bound"
        axes.axhspan(bottom, bounds[1], color=style.FAINT, linewidth=0, zorder=0)
        axes.axhline(bounds[1], color=style.QUIET, linewidth=0.7, linestyle=(0, (4, 2)), label=label)


def pareto(front: Front, width: float = style.SINGLE_COLUMN) -> Figure:
    if not front.points:
        raise InputError("nothing to draw: the front has no plan")
    with matplotlib.rc_context(style.RC):
        height = HEIGHT + TOP + BOTTOM
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes(
            (LEFT / width, BOTTOM / height, (width - LEFT - RIGHT) / width, HEIGHT / height),
        )
        units = [scale(term, max(p[i] for p in front.points)) for i, term in enumerate(front.terms)]
        xs, ys = ([point[i] / units[i][0] for point in front.points] for i in (0, 1))
        bounds = (front.bounds[0] / units[0][0], front.bounds[1] / units[1][0])
        axes.set_xlim(limits(xs, bounds[0]))
        axes.set_ylim(limits(ys, bounds[1]))
        draw_bounds(axes, bounds)
        # Between two plans, the best that is known is the one to the left.
        axes.step(xs, ys, where="post", color=style.BLUE, linewidth=0.8, zorder=2)
        axes.plot(xs, ys, "o", color=style.BLUE, markersize=3.5, zorder=3, label="plan")
        for number, (x, y) in enumerate(zip(xs, ys, strict=True), start=1):
            axes.annotate(str(number), (x, y), xytext=(2.5, 2.5), textcoords="offset points", size=5.5, color=style.INK)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        names = [NAMES.get(term, term) for term in front.terms]
        axes.set_xlabel(f"{names[0]} ({units[0][1]})", labelpad=1.5)
        axes.set_ylabel(f"{names[1]} ({units[1][1]})", labelpad=2)
        axes.legend(loc="upper right", borderaxespad=0.1, handletextpad=0.4)
        style.heading(figure, LEFT / width, front.network, front.machine)
        return figure
