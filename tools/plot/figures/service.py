"""A service over time: how long requests took under each policy, what each switched to, and what happened."""

import itertools
import statistics

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import style
from figures.reading import InputError, Served, Service

LATENCY = 1.7  # inches
ROW = 0.15  # of a policy that switched, or of something that happened
BETWEEN = 0.12
HEADING = 0.16
LEGEND_ROW = 0.125  # two policies
AXIS = 0.32
BINS = 90
MOST_NAMED = 6  # configurations that get a colour of their own

COLOURS = {
    "static": style.VERMILLION,
    "ours": style.BLUE,
    "clairvoyant": style.YELLOW,
    "clairvoyant_routed": style.GREEN,
    "robust": style.ORANGE,
    "dispatch": style.PURPLE,
    "always": style.SKY,
}
CONFIGURATIONS = (style.GREY, style.BLUE, style.ORANGE, style.GREEN, style.PURPLE, style.SKY, style.VERMILLION)


def medians(served: Served, until: int) -> tuple[list[float], list[float]]:
    """Median latency of the requests that arrived in each of BINS equal parts of the time; empty parts are left out."""
    parts: list[list[int]] = [[] for _ in range(BINS)]
    for arrival, answered in zip(served.arrival, served.answered, strict=True):
        if answered >= 0:
            parts[min(arrival * BINS // until, BINS - 1)].append(answered - arrival)
    middles = [(i + 0.5) * until / BINS for i, part in enumerate(parts) if part]
    return middles, [statistics.median(part) for part in parts if part]


def colour_of(policy: str, others: list[str]) -> str:
    if policy in COLOURS:
        return COLOURS[policy]
    spare = (style.YELLOW, style.GREY, style.INK)
    return spare[others.index(policy) % len(spare)]


def draw_latency(axes: Axes, service: Service, until: int, unit: int) -> None:
    unknown = [one.policy for one in service.policies if one.policy not in COLOURS]
    longest = max(
        (
            end - begin
            for one in service.policies
            for begin, end in zip(one.arrival, one.answered, strict=True)
            if end >= 0
        ),
        default=0,
    )
    if longest == 0:
        raise InputError("no request was answered: there is nothing to draw")
    scale, name = style.unit_for(longest)
    for one in service.policies:
        colour = colour_of(one.policy, unknown)
        times = [begin for begin, end in zip(one.arrival, one.answered, strict=True) if end >= 0]
        latency = [end - begin for begin, end in zip(one.arrival, one.answered, strict=True) if end >= 0]
        axes.plot(
            [time / unit for time in times],
            [value / scale for value in latency],
            linestyle="none", marker=".", markersize=1.1, markeredgewidth=0, color=colour, alpha=0.25, rasterized=True,
        )  # fmt: skip
        middles, values = medians(one, until)
        shed = f", {one.shed} turned away" if one.shed else ""
        axes.plot(
            [time / unit for time in middles],
            [value / scale for value in values],
            color=colour,
            linewidth=1.1,
            label=f"{one.policy}: mean {style.number(one.mean_ms)} ms, p99 {style.number(one.p99_ms)} ms{shed}",
        )
    axes.set_yscale("log")
    axes.set_ylabel(f"latency ({name}), {service.policies[0].execution}")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.1, handlelength=1.2)


def draw_configurations(axes: Axes, service: Service, until: int, unit: int) -> list[str]:
    """A row for each policy that switched: what is in force, by colour. Gives the names of the rows."""
    rows = [one for one in service.policies if one.switches]
    known: list[str] = []
    for row, one in enumerate(rows):
        spans = [(0, one.first), *one.switches, (until, "")]
        for (begin, name), (end, _) in itertools.pairwise(spans):
            if name not in known:
                known.append(name)
            place = known.index(name)
            colour = CONFIGURATIONS[place] if place <= MOST_NAMED else style.FAINT
            axes.barh(row, (end - begin) / unit, left=begin / unit, height=0.72, color=colour, linewidth=0)
            if end - begin > until * 0.012 * len(name):
                text = "black" if colour == style.FAINT else "white"
                left = (begin + (end - begin) * 0.02) / unit
                axes.text(left, row, name, va="center", size=5, color=text, clip_on=True)
    return [one.policy for one in rows]


def draw_load(axes: Axes, service: Service, unit: int, first: int) -> list[str]:
    names = []
    for row, (on, what, spans) in enumerate(service.load, start=first):
        for begin, end in spans:
            axes.barh(row, (end - begin) / unit, left=begin / unit, height=0.6, color=style.QUIET, linewidth=0)
        names.append(f"{on}: {what}")
    return names


def service(record: Service, width: float = style.DOUBLE_COLUMN) -> Figure:
    """Draws what `partita runtime --out` wrote."""
    if not record.policies:
        raise InputError("the record has no policies")
    until = max((end for one in record.policies for end in (*one.answered, *one.arrival)), default=0)
    if until <= 0:
        raise InputError("no request was answered: there is nothing to draw")
    unit, name = style.unit_for(until)
    rows = sum(1 for one in record.policies if one.switches) + len(record.load)
    top = HEADING + LEGEND_ROW * ((len(record.policies) + 1) // 2)
    height = top + LATENCY + (BETWEEN + rows * ROW if rows else 0) + AXIS
    with matplotlib.rc_context(style.RC):
        figure = Figure(figsize=(width, height))
        left, right = (0.21 if rows else 0.08), 0.99
        bottom = AXIS / height
        upper = figure.add_axes((left, (height - top - LATENCY) / height, right - left, LATENCY / height))
        draw_latency(upper, record, until, unit)
        axes = [upper]
        if rows:
            lower = figure.add_axes((left, bottom, right - left, rows * ROW / height))
            names = draw_configurations(lower, record, until, unit)
            names += draw_load(lower, record, unit, len(names))
            lower.set_yticks(range(len(names)), names)
            lower.set_ylim(len(names) - 0.5, -0.5)
            lower.tick_params(axis="y", length=0)
            upper.tick_params(labelbottom=False)
            axes.append(lower)
        for one in axes:
            one.set_xlim(0, until / unit)
        axes[-1].set_xlabel(f"time ({name})", labelpad=1.5)
        style.heading(figure, left, record.scenario, record.network, record.machine)
    return figure
