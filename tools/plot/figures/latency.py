"""How long requests took, and how many were there meanwhile."""

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures import style
from figures.reading import InputError, Workload

PANEL = 1.3  # inches
BETWEEN = 0.42
TOP = 0.2
AXIS = 0.34
MOST_STEPS = 1000
BINS = 150
MARKED = ("p50", "p95", "p99")


def shares(values: list[int]) -> tuple[list[int], list[float]]:
    """Corners of the empirical distribution: the share of values at most x, in percent, as steps."""
    ordered = sorted(values)
    return [ordered[0], *ordered], [0.0, *(100 * (i + 1) / len(ordered) for i in range(len(ordered)))]


def counts(begins: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    """How many intervals are open from each time on. What ends as another begins is not counted with it."""
    changes: dict[int, int] = {0: 0}
    for begin, end in zip(begins, ends, strict=True):
        changes[begin] = changes.get(begin, 0) + 1
        changes[end] = changes.get(end, 0) - 1
    times = sorted(changes)
    open_now, values = 0, []
    for time in times:
        open_now += changes[time]
        values.append(open_now)
    return times, values


def binned(times: list[int], values: list[int], until: int, bins: int) -> tuple[list[float], list[int]]:
    """Mean and largest value in each of `bins` equal parts of the time from 0 to `until`."""
    means, most = [0.0] * bins, [0] * bins
    width = until / bins
    for begin, end, value in zip(times, [*times[1:], until], values, strict=True):
        first = min(int(begin / width), bins - 1)
        for i in range(first, bins):
            inside = min(end, (i + 1) * width) - max(begin, i * width)
            if inside <= 0:
                break
            means[i] += value * inside / width
            most[i] = max(most[i], value)
    return means, most


def draw_shares(axes: Axes, workload: Workload) -> None:
    latency = [end - begin for begin, end in zip(workload.arrival, workload.finish, strict=True)]
    waiting = [start - begin for begin, start in zip(workload.arrival, workload.start, strict=True)]
    unit, name = style.unit_for(max(latency))
    for values, colour, label in ((waiting, style.SKY, "waits before it starts"), (latency, style.BLUE, "latency")):
        if max(values) == 0:
            continue
        xs, ys = shares(values)
        axes.step([x / unit for x in xs], ys, where="post", color=colour, label=label)
    marks = [workload.latency[key] for key in MARKED]
    axes.plot(
        [at / unit for at in marks],
        [int(key[1:]) for key in MARKED],
        marker="o",
        markersize=2.6,
        color=style.BLUE,
        linestyle="none",
        label="  ".join(f"{key} {style.duration(at)}" for key, at in zip(MARKED, marks, strict=True)),
    )
    axes.set_xlim(0, max(latency) / unit * 1.02)
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 50, 100])
    axes.set_xlabel(f"time since arrival ({name})", labelpad=1.5)
    axes.set_ylabel("share of requests (%)")
    axes.legend(loc="lower right", handlelength=1.2, borderaxespad=0.2)


def draw_queue(axes: Axes, workload: Workload) -> None:
    unit, name = style.unit_for(workload.makespan)
    present = counts(workload.arrival, workload.finish)
    admitted = counts(workload.admitted, workload.finish)
    for (times, values), colour, label in (
        (present, style.ORANGE, "arrived, not done"),
        (admitted, style.GREEN, "admitted, not done"),
    ):
        # Steps that are too many to see become the mean (area) and the most (line) of short times.
        crowded = len(present[0]) > MOST_STEPS
        means, most = binned(times, values, workload.makespan, BINS) if crowded else (values, values)
        xs = [i * workload.makespan / BINS / unit for i in range(BINS)] if crowded else [time / unit for time in times]
        axes.fill_between(xs, means, step="post", color=colour, alpha=0.35, linewidth=0)
        axes.step(xs, most, where="post", color=colour, linewidth=0.7, label=label)
    axes.set_xlim(0, workload.makespan / unit)
    axes.set_ylim(0, max(present[1]) * 1.25)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.set_xlabel(f"time ({name})", labelpad=1.5)
    axes.set_ylabel("requests (mean, most)" if crowded else "requests")
    axes.legend(loc="upper left", ncols=2, handlelength=1.2, columnspacing=1.2, borderaxespad=0.1)


def latency(workload: Workload, width: float = style.SINGLE_COLUMN) -> Figure:
    if not workload.arrival:
        raise InputError("there are no requests: nothing to draw")
    with matplotlib.rc_context(style.RC):
        height = TOP + 2 * PANEL + BETWEEN + AXIS
        figure = Figure(figsize=(width, height))
        left, right = 0.42 / width, 1 - 0.06 / width
        for i, draw in enumerate((draw_shares, draw_queue)):
            bottom = (AXIS + (1 - i) * (PANEL + BETWEEN)) / height
            draw(figure.add_axes((left, bottom, right - left, PANEL / height)), workload)
        at_most = f"at most {workload.in_flight} in flight" if workload.in_flight else ""
        style.heading(figure, left, workload.network, workload.machine, workload.arrivals, at_most)
        return figure
