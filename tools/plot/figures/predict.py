"""How well are layers predicted that were never measured? Three views of the points of tools/bench predict --out."""

import csv
import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures import style
from figures.reading import InputError

COLUMNS = 4  # panels in a row
PANEL = 1.55  # inches, their height
COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY, style.GREY, style.YELLOW)
MARKERS = "osD^vPX*"
MOST_DOTS = 4000  # of a panel; more of them only fill the page


@dataclass(frozen=True)
class Point:
    fold: str
    measured: float  # seconds
    predicted: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """In percent."""
        return 100 * abs(self.predicted / self.measured - 1)


# Points of each exam, by how many of the new device were measured.
Exams = dict[str, dict[int, list[Point]]]


def read_predictions(file: Path) -> Exams:
    exams: Exams = defaultdict(lambda: defaultdict(list))
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                try:
                    point = Point(
                        row["fold"],
                        *(float(row[key]) for key in ("measured_s", "predicted_s", "low_s", "high_s")),
                    )
                    exams[row["exam"]][int(row["points"])].append(point)
                except (KeyError, TypeError, ValueError) as wrong:
                    raise InputError(f"{file}:{number}: no point of tools/bench predict ({wrong})") from wrong
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: {error}") from error
    if not exams:
        raise InputError(f"{file}: no points (tools/bench predict --out writes them)")
    return exams


def look(number: int) -> dict:
    """Of the exam of that number: solid lines until the colours begin again, then broken ones."""
    first_time = number < len(COLOURS)
    colour = COLOURS[number % len(COLOURS)]
    return {
        "color": colour,
        "marker": MARKERS[number % len(MARKERS)],
        "markerfacecolor": colour if first_time else "white",
        "linestyle": "-" if first_time else "--",
        "linewidth": 0.8,
    }


def mean_over_folds(points: list[Point]) -> float:
    folds = defaultdict(list)
    for point in points:
        folds[point.fold].append(point.error)
    return fmean(fmean(errors) for errors in folds.values())


def thinned(points: list[Point]) -> list[Point]:
    return points[:: math.ceil(len(points) / MOST_DOTS)]


def draw_scatter(axes: Axes, exam: str, points: list[Point]) -> None:
    shown = thinned(points)
    folds = sorted({point.fold for point in points})
    for number, fold in enumerate(folds):
        own = [point for point in shown if point.fold == fold]
        axes.plot(
            [1e3 * point.measured for point in own], [1e3 * point.predicted for point in own], ".",
            markersize=1, color=COLOURS[number % len(COLOURS)], alpha=0.5, rasterized=True, zorder=2,
        )  # fmt: skip
    limits = (
        1e3 * min(min(point.measured, point.predicted) for point in points) / 1.2,
        1e3 * max(max(point.measured, point.predicted) for point in points) * 1.2,
    )
    axes.plot(limits, limits, color=style.INK, linewidth=0.6, zorder=3)
    axes.set(xscale="log", yscale="log", xlim=limits, ylim=limits)
    # Name above, split below: panels are narrow.
    axes.set_title(f"{exam.replace(' ', chr(10), 1)}: {mean_over_folds(points):.1f} %", loc="left", size=5.6, pad=2)


def draw_by_size(axes: Axes, exams: Exams) -> None:
    for number, (exam, by_points) in enumerate(exams.items()):
        bins = defaultdict(list)
        for point in by_points[min(by_points)]:
            bins[math.floor(math.log2(point.measured))].append(point.error)
        powers = sorted(power for power, errors in bins.items() if len(errors) >= 20)
        axes.plot(
            [1e3 * 2 ** (power + 0.5) for power in powers], [median(bins[power]) for power in powers],
            markersize=2, label=exam, **look(number),
        )  # fmt: skip
    axes.set(xscale="log", ylim=(0, None), xlabel="measured time (ms)", ylabel="median error (%), 0 points")


def draw_learning(axes: Axes, exams: Exams) -> None:
    for number, (exam, by_points) in enumerate(exams.items()):
        if len(by_points) < 2:
            continue
        counts = sorted(by_points)
        axes.plot(
            counts, [mean_over_folds(by_points[count]) for count in counts],
            markersize=3, label=exam, **look(number),
        )  # fmt: skip
    axes.set(ylim=(0, None), xlabel="points measured of the new device", ylabel="mean error (%)")


def predict(exams: Exams, width: float = style.DOUBLE_COLUMN) -> Figure:
    """Predicted against measured for each exam; error by size; error against points measured of a new device."""
    with matplotlib.rc_context(style.RC):
        rows = math.ceil(len(exams) / COLUMNS)
        figure = Figure(figsize=(width, rows * PANEL + 2.3), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(rows * PANEL, 2.3))
        panels = list(above.subplots(rows, COLUMNS, squeeze=False).flat)
        for axes, (exam, by_points) in zip(panels, exams.items(), strict=False):
            draw_scatter(axes, exam, by_points[min(by_points)])
        for axes in panels[len(exams) :]:
            axes.set_axis_off()
        above.supxlabel("measured (ms)", size=7)
        above.supylabel("predicted, never measured (ms)", size=7)
        left, right = below.subplots(1, 2)
        draw_by_size(left, exams)
        draw_learning(right, exams)
        handles, labels = left.get_legend_handles_labels()
        below.legend(handles, labels, loc="outside right center", fontsize=5.6)
        return figure
