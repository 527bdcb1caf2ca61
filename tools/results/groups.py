"""Points of a sweep taken together by some of its columns: SQLite does the sorting, numpy gets the numbers."""

import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from results.reading import Column, Results, ResultsError, SweepInfo, placed


@dataclass(frozen=True)
class Group:
    """Points with the same values of the keys: numbers of those that are done (ascending), and how many are not."""

    keys: tuple
    values: np.ndarray
    no: int
    failed: int


@dataclass(frozen=True)
class Groups:
    """`mixed`: axes that differ within a group; `repetitions`: the most of any point."""

    keys: tuple[Column, ...]
    value: Column
    groups: list[Group]
    mixed: tuple[Column, ...]
    repetitions: int

    def order(self, key: int) -> list:
        """Values of a key: numbers ascending, texts as they come in the sweep file."""
        return list(dict.fromkeys(group.keys[key] for group in self.groups))

    @property
    def no(self) -> int:
        return sum(group.no for group in self.groups)

    @property
    def failed(self) -> int:
        return sum(group.failed for group in self.groups)


@dataclass(frozen=True)
class Bins:
    """A range cut into equal parts, on a logarithmic scale or not; a value stands for the part that it is in."""

    column: Column
    low: float
    high: float
    count: int
    logarithmic: bool

    def middle(self, part: int) -> float:
        share = (min(part, self.count - 1) + 0.5) / self.count
        if self.logarithmic:
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share

    def sql(self) -> str:
        place = placed(self.column)
        if self.logarithmic:
            share = f"(ln({place}) - {math.log(self.low)!r}) / {math.log(self.high / self.low)!r}"
        else:
            share = f"({place} - {self.low!r}) / {self.high - self.low!r}"
        return f"min({self.count - 1}, max(0, CAST({share} * {self.count} AS INTEGER)))"


def have_logarithms(database: sqlite3.Connection) -> None:
    """Not every SQLite was built with them."""
    try:
        database.execute("SELECT ln(2.0)")
    except sqlite3.OperationalError:
        database.create_function("ln", 1, lambda x: None if x is None else math.log(x), deterministic=True)


def group(
    results: Results,
    sweep: SweepInfo,
    value: str,
    keys: Sequence[str],
    where: Sequence[str] = (),
    bins: Bins | None = None,
) -> Groups:
    """Numbers of `value` by `keys`, of which one may be cut into `bins`. Raises ResultsError."""
    columns = [results.column(sweep, name) for name in (value, *keys)]
    if not columns[0].is_number:
        raise ResultsError(f"{results.file}: column '{value}' has texts, and a figure needs numbers")
    have_logarithms(results.database)
    places = [bins.sql() if bins and column == bins.column else placed(column) for column in columns[1:]]
    done = f"CASE WHEN points.status = 'done' THEN {placed(columns[0])} END"
    source, parameters = results.source(sweep, results.conditions(sweep, where))
    rows = results.rows(
        f"SELECT {', '.join(places)}, group_concat({done}), sum(points.status = 'no'), sum(points.status = 'failed') "
        f"{source} GROUP BY {', '.join(map(str, range(1, len(places) + 1)))}",
        parameters,
    )
    count = len(places)
    # numpy reads whole numbers ten times as fast as others.
    kind = np.int64 if columns[0].type == "INTEGER" else float
    groups = [
        Group(
            keys=tuple(
                bins.middle(key) if bins and column == bins.column else key
                for column, key in zip(columns[1:], row, strict=False)
            ),
            values=np.sort(np.fromstring(row[count] or "", dtype=kind, sep=",").astype(float)),
            no=row[count + 1],
            failed=row[count + 2],
        )
        for row in rows
    ]
    mixed, repetitions = what_is_mixed(results, sweep, keys, where)
    return Groups(
        keys=tuple(columns[1:]),
        value=columns[0],
        groups=in_order(groups, [axis_of(sweep, name).get("values", []) for name in keys]),
        mixed=mixed,
        repetitions=repetitions,
    )


def what_is_mixed(
    results: Results, sweep: SweepInfo, keys: Sequence[str], where: Sequence[str]
) -> tuple[tuple[Column, ...], int]:
    """Axes that differ where the keys are the same, and how many repetitions there are.

    Axes that step together (zip) tell of each other.
    """
    told = {axis_of(sweep, key).get("group", key) for key in keys}
    axes = [
        each
        for each in results.columns(sweep).values()
        if each.role == "axis"
        and each.name not in keys
        and axis_of(sweep, each.name).get("group", each.name) not in told
    ]
    if not where:
        described = {axis.name: axis_of(sweep, axis.name) for axis in axes}
        mixed = tuple(
            axis for axis in axes if described[axis.name].get("kind") == "range" or has_several(described[axis.name])
        )
        return mixed, sweep.description.get("repeat", 1)
    ends = ", ".join(f"min({placed(axis)}), max({placed(axis)})" for axis in axes)
    source, parameters = results.source(sweep, results.conditions(sweep, where))
    ((last, *found),) = results.rows(f"SELECT max(places.repetition){', ' if ends else ''}{ends} {source}", parameters)
    mixed = tuple(axis for i, axis in enumerate(axes) if found[2 * i] != found[2 * i + 1])
    return mixed, 1 + (last or 0)


def axis_of(sweep: SweepInfo, name: str) -> dict:
    """What the description says of an axis; empty for other columns."""
    return next((axis for axis in sweep.description.get("axes", []) if axis["name"] == name), {})


def has_several(axis: dict) -> bool:
    return len(set(axis.get("values", []))) > 1


def in_order(groups: list[Group], told: list[list]) -> list[Group]:
    def rank(key, values: list) -> tuple:
        if isinstance(key, str):
            return (1, values.index(key) if key in values else len(values), key)
        return (2, 0, 0) if key is None else (0, key, "")

    return sorted(groups, key=lambda group: [rank(key, values) for key, values in zip(group.keys, told, strict=True)])
