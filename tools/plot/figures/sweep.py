"""A sweep: what came out along one of its axes, or over two of them."""

import math
import textwrap

import matplotlib
from matplotlib.figure import Figure

from figures import style
from figures.sweep_data import Data, Look, label_of, lost, read, shown_name, told
from figures.sweep_lines import Lines
from figures.sweep_map import Map
from results.reading import Results

RIGHT, BOTTOM, PANEL, ABOVE, BETWEEN, BESIDE = 0.08, 0.36, 1.7, 0.06, 0.42, 0.16  # inches
LINE, CHARACTER = 0.12, 0.047  # of the heading
TITLE = 0.12

__all__ = ["Look", "sweep"]


def sweep(results: Results, look: Look, width: float | None = None) -> Figure:
    """Raises InputError."""
    return drawn(read(results, look), width)


def drawn(data: Data, width: float | None = None) -> Figure:
    """Raises InputError."""
    with matplotlib.rc_context(style.RC):
        drawing = Map(data) if data.look.over else Lines(data)
        columns = 1 if len(data.panels) == 1 else 2 if len(data.panels) in (2, 4) else 3
        return lay_out(data, drawing, columns, width or (style.SINGLE_COLUMN if columns == 1 else style.DOUBLE_COLUMN))


def lay_out(data: Data, drawing: Lines | Map, columns: int, width: float) -> Figure:
    """Panels in rows under the heading and the legend; all have the same y axis, which stands at the left only."""
    rows = math.ceil(len(data.panels) / columns)
    title = TITLE if data.look.facet else 0.0
    heading = in_lines([data.sweep.name, told(data), lost(data)], int((width - RIGHT) / CHARACTER))
    legend = LINE * len(heading) + ABOVE
    top = legend + drawing.legend_height(width - drawing.left) + title
    height = top + rows * PANEL + (rows - 1) * (BETWEEN + title) + BOTTOM
    figure = Figure(figsize=(width, height))
    each = (width - drawing.left - RIGHT - drawing.right - (columns - 1) * BESIDE) / columns
    for number, panel in enumerate(data.panels):
        row, column = divmod(number, columns)
        left, bottom = drawing.left + column * (each + BESIDE), BOTTOM + (rows - 1 - row) * (PANEL + BETWEEN + title)
        axes = figure.add_axes((left / width, bottom / height, each / width, PANEL / height))
        drawing.draw(axes, data.of_panel(panel))
        if column == 0:
            axes.set_ylabel(drawing.y_label, labelpad=2)
        else:
            axes.yaxis.set_tick_params(labelleft=False)
        if data.look.facet:
            by = data.groups.keys[data.key(data.look.facet)]
            name = f"{shown_name(by.name)} " if by.is_number else ""
            axes.set_title(f"{name}{label_of(by, panel)}", loc="left", pad=2.5, size=6.5)
    drawing.finish(figure, drawing.left, legend)
    for number, line in enumerate(heading):
        figure.text(0.02, 1 - number * LINE / height, line, ha="left", va="top", size=6.5, color=style.QUIET)
    return figure


def in_lines(parts: list[str], most: int) -> list[str]:
    """As many of the parts in a line as there is room for."""
    lines: list[str] = []
    for part in filter(None, parts):
        longer = f"{lines[-1]}   ·   {part}" if lines else part
        if lines and len(longer) <= most:
            lines[-1] = longer
        else:
            lines += textwrap.wrap(part, most)
    return lines
