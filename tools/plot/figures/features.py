"""What is in inputs: each feature that tells them apart, in the order of the inputs."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures import style
from figures.reading import InputError

COLUMNS = 4  # panels in a row
PANEL = 1.05  # inches, their height
FIRST = ("file", "kind", "type", "shape")
KIND_COLOURS = {"image": style.BLUE, "tensor": style.VERMILLION, "tokens": style.GREEN, "audio": style.PURPLE}


@dataclass(frozen=True)
class Feature:
    """Of each input, None where it does not apply; the error is half the width of a 95 % interval, of a sample."""

    name: str
    values: list[float | None]
    errors: list[float | None]

    @property
    def varies(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Features:
    kinds: list[str]
    features: list[Feature]


def read_number(file: Path, line: int, name: str, text: str) -> float | None:
    if text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{file}:{line}: {name} is '{text}'; expected a number, or nothing")
    return value


def read_features(file: Path) -> Features:
    """The table of partita analyze --csv."""
    try:
        with file.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.reader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    if not rows or tuple(rows[0][: len(FIRST)]) != FIRST:
        raise InputError(f"{file}: this is no table of partita analyze --csv (its columns begin {', '.join(FIRST)})")
    names, rows = rows[0], rows[1:]
    for line, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise InputError(f"{file}:{line}: {len(row)} fields; expected {len(names)}")
        if row[1] not in KIND_COLOURS:
            raise InputError(f"{file}:{line}: kind is '{row[1]}' (one of {', '.join(KIND_COLOURS)})")
    columns = {
        name: [read_number(file, line, name, row[at]) for line, row in enumerate(rows, start=2)]
        for at, name in enumerate(names)
        if name not in FIRST
    }
    nothing = [None] * len(rows)
    own = [name for name in columns if name != "read_share" and not name.endswith("_error")]
    features = [Feature(name, columns[name], columns.get(f"{name}_error", nothing)) for name in own]
    if not any(feature.varies for feature in features):
        raise InputError(f"{file}: no feature tells its inputs apart ({len(rows)} of them)")
    return Features([row[1] for row in rows], features)


def draw_feature(axes: Axes, feature: Feature, kinds: list[str]) -> None:
    for kind, colour in KIND_COLOURS.items():
        at = [i for i, other in enumerate(kinds) if other == kind and feature.values[i] is not None]
        if not at:
            continue
        axes.errorbar(
            [i + 1 for i in at],
            [feature.values[i] for i in at],
            yerr=[feature.errors[i] or 0 for i in at] if any(feature.errors[i] for i in at) else None,
            fmt="o", color=colour, markersize=2, elinewidth=0.6, label=kind,
        )  # fmt: skip
    axes.set_title(feature.name, loc="left", pad=2)
    axes.set_xlim(0.5, len(kinds) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(3))


def features(found: Features, width: float = style.DOUBLE_COLUMN) -> Figure:
    """A panel for each feature that differs, an input beside the other; vertical lines: 95 % intervals of samples."""
    shown = [feature for feature in found.features if feature.varies]
    with matplotlib.rc_context(style.RC):
        rows = math.ceil(len(shown) / COLUMNS)
        figure = Figure(figsize=(width, rows * PANEL + 0.3), layout="constrained")
        panels = list(figure.subplots(rows, COLUMNS, squeeze=False).flat)
        for axes, feature in zip(panels, shown, strict=False):
            draw_feature(axes, feature, found.kinds)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        figure.supxlabel("input, in the order of the table", size=7)
        if len(set(found.kinds)) > 1:
            kinds = [kind for kind in KIND_COLOURS if kind in found.kinds]
            handles = [panels[0].plot([], [], "o", color=KIND_COLOURS[kind], markersize=3)[0] for kind in kinds]
            figure.legend(handles, kinds, loc="outside upper right", ncols=len(kinds))
        return figure
