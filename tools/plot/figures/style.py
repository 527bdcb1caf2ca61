"""How all figures look: sizes of a two-column paper, colours that colour-blind readers can tell apart."""

import io
import os
from pathlib import Path

import matplotlib
from PIL import Image

# Files only: no window, whatever the user's own configuration says.
matplotlib.use("Agg")

from matplotlib.figure import Figure

SINGLE_COLUMN = 3.5  # inches
DOUBLE_COLUMN = 7.16

INK = "#222222"
QUIET = "#767676"
FAINT = "#ECECEC"

# Okabe and Ito, "Color Universal Design" (2008): eight hues that stay apart under all common colour-vision
# deficiencies. Their black is left for text and transfers; moving data about is grey.
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE, YELLOW, GREY = "#56B4E9", "#CC79A7", "#F0E442", "#8C8C8C"

FAMILY_COLOURS = {
    "conv": BLUE,
    "matmul": VERMILLION,
    "norm": YELLOW,
    "elementwise": GREEN,
    "pool": SKY,
    "softmax": PURPLE,
    "movement": GREY,
    "recurrent": ORANGE,
}

FONT = "DejaVu Sans"  # ships with matplotlib: the same figure everywhere

RC = {
    "font.family": FONT,
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "pdf.fonttype": 42,  # text stays text
    "svg.fonttype": "none",
    "svg.hashsalt": "partita",  # the same input gives the same bytes
    "savefig.dpi": 300,
}

UNITS = [(10**12, "s"), (10**9, "ms"), (10**6, "µs"), (10**3, "ns"), (1, "ps")]


def unit_for(longest: int) -> tuple[int, str]:
    """The unit in which `longest` picoseconds are a number of 1 or more: (picoseconds, name)."""
    return next(((size, name) for size, name in UNITS if longest >= size), UNITS[-1])


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == 0:
        return "0"
    digits = max(0, 2 - int(f"{abs(value):e}".split("e")[1]))
    return f"{value:.{digits}f}"


def duration(picoseconds: int) -> str:
    size, name = unit_for(picoseconds)
    return f"{number(picoseconds / size)} {name}"


def heading(figure: Figure, left: float, *parts: str) -> None:
    """What the figure is about, for those who meet it without its caption."""
    figure.text(left, 1, "   ·   ".join(filter(None, parts)), ha="left", va="top", size=6.5, color=QUIET)


# What would otherwise carry the date or the version into the file.
NO_DATE = {
    ".pdf": {"CreationDate": None, "ModDate": None, "Producer": None, "Creator": None},
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
}


def with_palette(png: io.BytesIO) -> io.BytesIO:
    """The same picture in the 256 colours that are nearest to all of its own: a third of the size."""
    small = io.BytesIO()
    with Image.open(png) as picture:
        few = picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(small, "PNG", optimize=True, dpi=picture.info["dpi"])
    return small


def save(figure: Figure, file: Path, *, few_colours: bool = False) -> None:
    """Written beside `file` and renamed: nobody ever sees half a figure. `few_colours`: a PNG is kept small, without
    transparency. Raises OSError."""
    drawn = io.BytesIO()
    with matplotlib.rc_context(RC):
        ending = {"format": file.suffix[1:], "metadata": NO_DATE[file.suffix]}
        figure.savefig(drawn, **ending, bbox_inches="tight", pad_inches=0.02)
    if few_colours and file.suffix == ".png":
        drawn = with_palette(drawn)
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(drawn.getvalue())
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from error
