"""Numbers with units: as people write them, and as results hold them (base units)."""

import math
import re

DECIMAL = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9,
           "T": 1e12, "P": 1e15}  # fmt: skip
BINARY = {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40}
SHOWN = ("P", "T", "G", "M", "k", "", "m", "µ", "n", "p", "f")  # the largest first
ONE_AND_MORE = {"B", "B/s", "FLOP", "FLOP/s"}  # nobody says millibytes
NO_PREFIX = {"", "%", "/s"}

# How names of columns say what their numbers are in; the longer ending first: (ending, size, base unit). The same as
# in models/sweep/design.cpp, which reads goals.
ENDINGS = (
    ("bytes_per_s", 1.0, "B/s"), ("flop_per_s", 1.0, "FLOP/s"), ("per_s", 1.0, "/s"), ("bytes", 1.0, "B"),
    ("ps", 1e-12, "s"), ("ns", 1e-9, "s"), ("us", 1e-6, "s"), ("ms", 1e-3, "s"), ("seconds", 1.0, "s"),
    ("s", 1.0, "s"), ("mw", 1e-3, "W"), ("w", 1.0, "W"), ("nj", 1e-9, "J"), ("uj", 1e-6, "J"), ("mj", 1e-3, "J"),
    ("j", 1.0, "J"), ("percent", 1.0, "%"),
)  # fmt: skip


def digits(value: float, significant: int = 3) -> str:
    """So many significant digits without an exponent where that is short; no trailing zeros after the point."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    text = f"{value:.{significant}g}"
    if "e" in text:
        size = math.floor(math.log10(abs(value)))
        if not -4 <= size <= 6:
            return text
        text = f"{value:.{max(0, significant - 1 - size)}f}"
    return text


def prefix_for(value: float, unit: str) -> str:
    """The prefix with which |value| is a number from 1 to 1000."""
    if unit in NO_PREFIX or value == 0 or not math.isfinite(value):
        return ""
    for prefix in SHOWN:
        if unit in ONE_AND_MORE and DECIMAL[prefix] < 1:
            break
        # What would be shown as 1000 of one is 1 of the next.
        if abs(value) >= DECIMAL[prefix] * 0.9995:
            return prefix
    return "" if unit in ONE_AND_MORE else "f"


def show(value: float, unit: str, significant: int = 3) -> str:
    """2.5e9, "B/s" -> "2.5 GB/s"."""
    prefix = prefix_for(value, unit)
    return f"{digits(value / DECIMAL[prefix], significant)} {prefix}{unit}".rstrip()


def show_both(low: float, high: float, unit: str, significant: int = 3) -> tuple[str, str]:
    """Two values that are close, with as many digits as it takes to tell them apart."""
    for count in range(significant, 16):
        texts = show(low, unit, count), show(high, unit, count)
        if texts[0] != texts[1] or low == high:
            break
    return texts


def parse(text: str, unit: str) -> float | None:
    """ "2.5 GB/s", "B/s" -> 2.5e9; None where it is no number of this unit. Bits count as eighths of bytes."""
    match = re.fullmatch(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*", text)
    if match is None:
        return None
    number, written = float(match[1]), match[2]
    if written == unit:
        return number
    if unit == "":
        return None
    for bits in (False, True):
        base = unit.replace("B", "b", 1) if bits else unit
        if bits and not unit.startswith("B"):
            break
        for prefix, factor in (DECIMAL | BINARY).items():
            if written == prefix + base:
                return number * factor / (8 if bits else 1)
    return None


def ending_of(name: str) -> tuple[str, float, str] | None:
    """That of the last part of a name which has one: "workload.latency_ps.p99" is in picoseconds."""
    while name:
        for ending in ENDINGS:
            if name.endswith(f"_{ending[0]}"):
                return ending
        name = name.rpartition(".")[0]
    return None


def unit_of_column(name: str, told: str | None) -> tuple[float, str]:
    """By what a column's numbers are multiplied to be in a base unit, and this unit. Told: by the results file, where
    the name says nothing."""
    ending = ending_of(name)
    if ending is not None:
        return ending[1:]
    return next(((size, unit) for ending, size, unit in ENDINGS if told == ending), (1.0, told or ""))
