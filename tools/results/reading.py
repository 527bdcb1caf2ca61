"""Results files of sweeps, read: one sweep as columns, with filters that SQLite applies.

Only reads, also while a sweep is writing. What is wrong with a file or a question is a ResultsError of one line.
"""

import difflib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from results.conditions import Conditions

SCHEMA = 1  # PRAGMA user_version
CACHE = 256 << 20  # bytes of pages that SQLite may keep


class ResultsError(Exception):
    """The file, or what was asked of it, is wrong."""


@dataclass(frozen=True)
class Column:
    """What stands in a column: role is "fixed" (of every sweep), "axis" or "result"; type INTEGER, REAL or TEXT."""

    name: str
    role: str
    type: str
    unit: str = ""

    @property
    def is_number(self) -> bool:
        return self.type in ("INTEGER", "REAL")


@dataclass(frozen=True)
class SweepInfo:
    """One sweep of a file. `text` is the sweep file, `points` the number of its places."""

    id: int
    name: str
    question: str
    text: str
    points: int
    created: str
    version: str


# Of every sweep, in this order; those after `status` only where they are asked for by name.
FIXED = (
    Column("number", "fixed", "INTEGER"),
    Column("repetition", "fixed", "INTEGER"),
    Column("status", "fixed", "TEXT"),
    Column("reason", "fixed", "TEXT"),
    Column("point", "fixed", "TEXT"),
    Column("verb", "fixed", "TEXT"),
    Column("command", "fixed", "TEXT"),
    Column("configuration", "fixed", "TEXT"),
    Column("seed", "fixed", "INTEGER"),
    Column("seconds", "fixed", "REAL", "s"),
    Column("started", "fixed", "TEXT"),
    Column("attempts", "fixed", "INTEGER"),
    Column("host", "fixed", "TEXT"),
    Column("version", "fixed", "TEXT"),
    Column("build", "fixed", "TEXT"),
)
USUAL = ("number", "repetition", "status")
# Where the fixed columns stand that have another name there, or stand in another table.
PLACES = {
    "number": "places.number",
    "repetition": "places.repetition",
    "point": "points.id",
    "host": "(SELECT name FROM hosts WHERE hosts.id = points.host)",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def placed(name: str) -> str:
    return PLACES.get(name, f"points.{quoted(name)}")


@dataclass(frozen=True)
class Table:
    """Rows of one sweep, as arrays: integers as int64, numbers as float64 (NaN where there is none; so are integers of
    which one is missing), texts as objects (None where there is none)."""

    columns: tuple[Column, ...]
    values: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def __len__(self) -> int:
        return len(next(iter(self.values.values()), ()))


def as_array(column: Column, values: Sequence[Any]) -> np.ndarray:
    if not column.is_number:
        array = np.empty(len(values), dtype=object)
        array[:] = values
        return array
    if column.type == "INTEGER":
        try:
            return np.fromiter(values, dtype=np.int64, count=len(values))
        except TypeError:  # one is None
            pass
    # A result may be a number in one point and a text in another.
    return np.fromiter(
        (value if isinstance(value, (int, float)) else np.nan for value in values), dtype=float, count=len(values)
    )


class Results:
    """A results file, open for reading."""

    def __init__(self, file: Path | str):
        self.file = Path(file)
        if not self.file.is_file():
            raise ResultsError(f"{self.file}: no such file")
        with self._plainly():
            self.database = sqlite3.connect(f"{self.file.absolute().as_uri()}?mode=ro", uri=True, timeout=30)
            self.database.execute(f"PRAGMA cache_size = -{CACHE >> 10}")
            (schema,) = self.database.execute("PRAGMA user_version").fetchone()
            tables = {name for (name,) in self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"sweeps", "places", "points", "columns"} <= tables:
            raise ResultsError(f"{self.file}: no results of a sweep (`partita sweep --out` makes such files)")
        if schema != SCHEMA:
            age = "a newer" if schema > SCHEMA else "an older"
            raise ResultsError(f"{self.file}: written by {age} version (schema {schema}; this one reads {SCHEMA})")

    def __enter__(self) -> "Results":
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise ResultsError(f"{self.file}: {error}") from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple]:
        """What SQLite answers. Raises ResultsError."""
        with self._plainly():
            return self.database.execute(query, values).fetchall()

    @property
    def sweeps(self) -> list[SweepInfo]:
        """In the order in which they were begun."""
        fields = "id, name, question, text, points, created, version"
        return [
            SweepInfo(*(value if value is not None else "" for value in row))
            for row in self.rows(f"SELECT {fields} FROM sweeps ORDER BY id")
        ]

    def sweep(self, name: str | None = None) -> SweepInfo:
        """The last sweep of that name; without one, the only sweep there is. Raises ResultsError."""
        all_of_them = self.sweeps
        if not all_of_them:
            raise ResultsError(f"{self.file}: it holds no sweep")
        names = list(dict.fromkeys(sweep.name for sweep in all_of_them))
        if name is None and len(names) > 1:
            raise ResultsError(f"{self.file}: it holds several sweeps; which one? ({', '.join(names)})")
        chosen = [sweep for sweep in all_of_them if name in (None, sweep.name)]
        if not chosen:
            raise ResultsError(f"{self.file}: no sweep '{name}'{hint(name, names)}")
        return chosen[-1]

    def columns(self, sweep: SweepInfo) -> dict[str, Column]:
        """Of the sweep: fixed ones, axes in the order of its file, results by name."""
        known = {
            name: (role, kind, unit or "")
            for name, role, kind, unit in self.rows("SELECT name, role, type, unit FROM columns")
        }
        columns = {column.name: column for column in FIXED}
        for _, name, *_ in self.rows(f"PRAGMA table_info({quoted(sweep.name)})"):
            if name not in columns and name in known:
                role, kind, unit = known[name]
                columns[name] = Column(name, "axis" if role == "option" else "result", kind, unit)
        return columns

    def column(self, sweep: SweepInfo, name: str) -> Column:
        """Raises ResultsError, with what was probably meant."""
        columns = self.columns(sweep)
        if name not in columns:
            shown = ", ".join(each.name for each in columns.values() if each.role != "fixed")
            raise ResultsError(
                f"{self.file}: sweep '{sweep.name}' has no column '{name}'{hint(name, columns)} (there are {shown})"
            )
        return columns[name]

    def source(self, sweep: SweepInfo, columns: Iterable[str], conditions: Conditions) -> tuple[str, list[Any]]:
        """FROM and WHERE of a query for these columns, and the values of its parameters.

        Who needs nothing of the places, in a file of one sweep whose points each have one, is spared the looking up of
        every point by its id: more than half of the time where there are a million.
        """
        text, values = conditions.sql(placed)
        names = {*columns, *conditions.names}
        if not names & {"number", "repetition"} and self._has_one_place_each(sweep):
            return f"FROM points WHERE {text}", values
        return (
            f"FROM places CROSS JOIN points ON points.id = places.point WHERE places.sweep = ? AND {text}",
            [sweep.id, *values],
        )

    def _has_one_place_each(self, sweep: SweepInfo) -> bool:
        if len(self.sweeps) > 1:
            return False
        # All points are this sweep's: as many places as points, and each point has one.
        ((places, points),) = self.rows("SELECT (SELECT count(*) FROM places), (SELECT count(*) FROM points)")
        return places == points

    def conditions(self, sweep: SweepInfo, where: Iterable[str]) -> Conditions:
        """Of texts like "model=zoo:bert*" and "machine.links.pcie.bandwidth>=10 GB/s". Raises ResultsError."""
        return Conditions.read(where, lambda name: self.column(sweep, name), ResultsError)

    def table(
        self,
        sweep: SweepInfo,
        columns: Sequence[str] | None = None,
        where: Iterable[str] = (),
        sort: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Table:
        """Rows that meet all conditions, in the order of places, or of a column (what has none comes last).

        Without `columns`: number, repetition, status, the axes, the results. Points without a result yet are left out.
        Raises ResultsError.
        """
        known = self.columns(sweep)
        if columns is None:
            columns = [name for name, each in known.items() if each.role != "fixed" or name in USUAL]
        chosen = tuple(self.column(sweep, name) for name in columns)
        conditions = self.conditions(sweep, where)
        order = ["places.number"]
        if sort is not None:
            name = placed(self.column(sweep, sort).name)
            order = [f"{name} IS NULL", f"{name} DESC" if descending else name, *order]
        source, values = self.source(sweep, ["number"], conditions)
        rows = self.rows(
            f"SELECT {', '.join(placed(each.name) for each in chosen) or 'NULL'} {source} "
            f"ORDER BY {', '.join(order)} LIMIT ?",
            [*values, -1 if limit is None else limit],
        )
        by_column = list(zip(*rows, strict=True)) or [()] * len(chosen)
        return Table(
            columns=chosen,
            values={each.name: as_array(each, part) for each, part in zip(chosen, by_column, strict=False)},
        )

    def count(self, sweep: SweepInfo, where: Iterable[str] = ()) -> dict[str, int]:
        """Points by status."""
        source, values = self.source(sweep, [], self.conditions(sweep, where))
        return dict(self.rows(f"SELECT points.status, count(*) {source} GROUP BY 1 ORDER BY 1", values))

    def content(self, sha256: str) -> bytes:
        """Of an input or an artifact. Raises ResultsError."""
        found = self.rows("SELECT bytes FROM files WHERE sha256 = ?", [sha256])
        if not found or found[0][0] is None:
            raise ResultsError(f"{self.file}: it holds no content {sha256}")
        return found[0][0]

    def files_of(self, point: str) -> list[tuple[str, str, str]]:
        """(role, name, sha256) of what a point was computed from, and of what it left."""
        return self.rows("SELECT role, name, sha256 FROM point_files WHERE point = ? ORDER BY role, name", [point])

    def hosts(self, sweep: SweepInfo) -> dict[str, int]:
        """How many of the sweep's points were computed where."""
        source, values = self.source(sweep, ["host"], Conditions())
        return dict(self.rows(f"SELECT {placed('host')}, count(*) {source} GROUP BY points.host ORDER BY 1", values))


def hint(name: str, known: Iterable[str]) -> str:
    guesses = difflib.get_close_matches(name, known, n=1)
    return f": did you mean '{guesses[0]}'?" if guesses else ""
