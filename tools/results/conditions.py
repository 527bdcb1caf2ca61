"""What rows have to be: "model=zoo:bert*", "machine.links.pcie.bandwidth>=10 GB/s", "status!=failed"."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from answers.quantities import parse, unit_of_column

WRITTEN = re.compile(r"\s*([^<>=!]+?)\s*(<=|>=|!=|=|<|>)\s*(.*?)\s*", re.DOTALL)
NEAR = 1e-9  # two numbers are equal that differ by no more than this share: "94.9 GB/s" went through base units


@dataclass(frozen=True)
class Condition:
    """Of a column (results.reading.Column). `value`: a number for columns of numbers, else a text with * and ? for any
    others; None: there is none."""

    column: Any
    sign: str
    value: float | str | None


@dataclass(frozen=True)
class Conditions:
    """All have to hold."""

    all: tuple[Condition, ...] = ()

    @staticmethod
    def read(texts: Iterable[str], column: Callable[[str], Any], error: type[Exception]) -> "Conditions":
        """`column` gives the column of a name, or raises. Raises `error`, too."""
        return Conditions(tuple(read_one(text, column, error) for text in texts))

    def sql(self, placed: Callable[[Any], str]) -> tuple[str, list[Any]]:
        """The text of a WHERE, and its parameters."""
        parts, values = ["TRUE"], []
        for each in self.all:
            text, some = sql_of(each, placed(each.column))
            parts.append(text)
            values += some
        return " AND ".join(parts), values


def read_one(text: str, column: Callable[[str], Any], error: type[Exception]) -> Condition:
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise error(f"'{text}' is no condition (for example method=heft, model.batch>=4, status!=failed)")
    name, sign, value = match.groups()
    found = column(name)
    if value == "":
        if sign not in ("=", "!="):
            raise error(f"'{text}': a number is missing")
        return Condition(found, sign, None)
    if not found.is_number:
        if sign not in ("=", "!="):
            raise error(f"'{text}': the values of '{name}' are texts, which '{sign}' does not compare")
        return Condition(found, sign, value)
    factor, unit = unit_of_column(name, found.unit)
    number = plain_number(value)
    # A plain number is one of the column: "predicted_ps<5000000" says its unit, "latency<5" of a machine does not.
    if number is None or (unit and found.role == "axis"):
        number = parse(value, unit)
        if number is None:
            raise error(f"'{text}': '{value}' is no number{f' in {unit}, with its unit' if unit else ''}")
        number /= factor
    return Condition(found, sign, number)


def plain_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def sql_of(condition: Condition, place: str) -> tuple[str, list[Any]]:
    sign, value = condition.sign, condition.value
    if value is None:
        return f"{place} IS {'NOT ' if sign == '!=' else ''}NULL", []
    if isinstance(value, str):
        # Among texts there may be numbers, which are no text to SQLite.
        same = f"(CAST({place} AS TEXT) = ? OR CAST({place} AS TEXT) GLOB ?)"
        return (same if sign == "=" else f"NOT coalesce({same}, FALSE)"), [value, value]
    if sign in ("=", "!="):
        near = abs(value) * NEAR
        same = f"{place} BETWEEN ? AND ?"
        return (same if sign == "=" else f"NOT coalesce({same}, FALSE)"), [value - near, value + near]
    return f"{place} {sign} ?", [value]
