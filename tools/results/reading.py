"""Results files of sweeps, read: one sweep as columns, with filters that SQLite applies.

Only reads, also while a sweep is writing. What is wrong with a file or a question is a ResultsError of one line.
"""

import difflib
import json
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
    """One sweep of a file. `text` is the sweep file, `description` what `partita sweep --describe` says of it, `points`
    the number of its places."""

    id: int
    name: str
    question: str
    text: str
    points: int
    created: str
    version: str
    verb: str
    description: dict[str, Any]

    def is_called(self, name: str) -> bool:
        """By its name, which others may have, too, or by "NAME@N", which is its alone."""
        return name in (self.name, f"{self.name}@{self.id}")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Columns of every sweep, and where they stand. Those that are not USUAL come only where they are asked for by name.
FIXED = {
    Column("number", "fixed", "INTEGER"): "places.number",
    Column("repetition", "fixed", "INTEGER"): "places.repetition",
    Column("status", "fixed", "TEXT"): "points.status",
    Column("reason", "fixed", "TEXT"): "points.reason",
    Column("point", "fixed", "TEXT"): "points.id",
    Column("verb", "fixed", "TEXT"): "points.verb",
    Column("command", "fixed", "TEXT"): "(SELECT command FROM provenance WHERE point = points.number)",
    Column("configuration", "fixed", "TEXT"): "(SELECT configuration FROM provenance WHERE point = points.number)",
    Column("seed", "fixed", "INTEGER"): "points.seed",
    Column("seconds", "fixed", "REAL", "s"): "points.seconds",
    Column("started", "fixed", "TEXT"): "points.started",
    Column("attempts", "fixed", "INTEGER"): "points.attempts",
    Column("host", "fixed", "TEXT"): "(SELECT name FROM hosts WHERE id = points.host)",
    Column("version", "fixed", "TEXT"): "points.version",
    Column("build", "fixed", "TEXT"): "points.build",
}
USUAL = ("number", "repetition", "status")
PLACE_OF = {column.name: place for column, place in FIXED.items()}


def placed(column: Column) -> str:
    """Where a column stands in a query that joins places and points."""
    if column.role == "fixed":
        return PLACE_OF[column.name]
    return f"{'places' if column.role == 'axis' else 'points'}.{quoted(column.name)}"


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


def as_texts(values: Iterable[Any]) -> list[str | None]:
    """Among texts there may be numbers: a result may be one in one point and a text in another."""
    return [value if value is None or isinstance(value, str) else str(value) for value in values]


def as_array(column: Column, values: Sequence[Any]) -> np.ndarray:
    if not column.is_number:
        array = np.empty(len(values), dtype=object)
        array[:] = as_texts(values)
        return array
    if column.type == "INTEGER":
        try:
            return np.fromiter(values, dtype=np.int64, count=len(values))
        except TypeError:  # one is None
            pass
    return np.fromiter((np.nan if value is None else value for value in values), dtype=float, count=len(values))


def axis_type(axis: dict[str, Any], known: str) -> str:
    """What a sweep says of its axis: another one of the file may have given an axis of that name texts, or numbers of
    another unit, and `known` is of both."""
    numbers = axis.get("numbers", [])
    if numbers and numbers[0] is None:
        return "TEXT"
    is_number = bool(numbers) or axis.get("kind") == "range"
    return "REAL" if is_number and known == "TEXT" else known


def connected(address: str) -> tuple[sqlite3.Connection, int]:
    """And the schema. Raises sqlite3.Error."""
    database = sqlite3.connect(address, uri=True, timeout=30)
    try:
        (schema,) = database.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error:
        database.close()
        raise
    return database, schema


class Results:
    """A results file, open for reading."""

    def __init__(self, file: Path | str):
        self.file = Path(file)
        if not self.file.is_file():
            raise ResultsError(f"{self.file}: no such file")
        with self._plainly():
            self.database, schema = self._opened()
            self.database.execute(f"PRAGMA cache_size = -{CACHE >> 10}")
            tables = {name for (name,) in self.database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"sweeps", "places", "points", "columns"} <= tables:
            raise ResultsError(f"{self.file}: no results of a sweep (`partita sweep --out` makes such files)")
        if schema != SCHEMA:
            age = "a newer" if schema > SCHEMA else "an older"
            raise ResultsError(f"{self.file}: written by {age} version (schema {schema}; this one reads {SCHEMA})")

    def _opened(self) -> tuple[sqlite3.Connection, int]:
        """Also the schema: SQLite looks into a file when it is first asked."""
        address = f"{self.file.absolute().as_uri()}?mode=ro"
        try:
            return connected(address)
        except sqlite3.OperationalError:
            # Readers, too, leave notes beside the file, which a read-only file system does not take. Where no -wal lies
            # there, nobody writes, and the file alone is all.
            if Path(f"{self.file}-wal").exists():
                raise
            return connected(f"{address}&immutable=1")

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
        fields = "id, name, question, text, points, created, version, verb, description"
        return [
            SweepInfo(
                *(value if value is not None else "" for value in row), description=json.loads(description or "{}")
            )
            for *row, description in self.rows(f"SELECT {fields} FROM sweeps ORDER BY id")
        ]

    def sweep(self, name: str | None = None) -> SweepInfo:
        """The last sweep of that name; by "NAME@N" that with the number N; without a name the only one there is.

        Raises ResultsError.
        """
        all_of_them = self.sweeps
        if not all_of_them:
            raise ResultsError(f"{self.file}: it holds no sweep")
        names = list(dict.fromkeys(sweep.name for sweep in all_of_them))
        if name is None and len(names) > 1:
            raise ResultsError(f"{self.file}: it holds several sweeps; which one? ({', '.join(names)})")
        chosen = [sweep for sweep in all_of_them if name is None or sweep.is_called(name)]
        if not chosen:
            raise ResultsError(f"{self.file}: no sweep '{name}'{hint(name, names)}")
        return chosen[-1]

    def columns(self, sweep: SweepInfo) -> dict[str, Column]:
        """Of the sweep: fixed ones, axes in the order of its file, results by name.

        An axis named like a fixed column (seed) stands for itself: what was asked for comes before what is recorded.
        """
        known = {
            (role, name): (kind.upper() or "TEXT", unit)
            for role, name, kind, unit in self.rows(
                "SELECT role, name, type, unit FROM columns WHERE verb = ? ORDER BY name", [sweep.verb]
            )
        }
        axes = {axis["name"]: axis for axis in sweep.description.get("axes", [])}
        # As SQLite compares names.
        swept = {name.lower() for name in axes}
        columns = {column.name: column for column in FIXED if column.name not in swept}
        taken = {name.lower() for name in columns}
        for name, axis in axes.items():
            kind, unit = known.get(("option", name), ("TEXT", ""))
            if name.lower() not in taken:
                columns[name] = Column(name, "axis", axis_type(axis, kind), axis.get("unit", unit))
                taken.add(name.lower())
        for (role, name), (kind, unit) in known.items():
            if role == "result" and name.lower() not in taken:
                columns[name] = Column(name, "result", kind, unit)
        return columns

    def column(self, sweep: SweepInfo, name: str) -> Column:
        """Raises ResultsError, with what was probably meant."""
        return self._known(sweep, self.columns(sweep), name)

    def _known(self, sweep: SweepInfo, known: dict[str, Column], name: str) -> Column:
        if name not in known:
            shown = ", ".join(each.name for each in known.values() if each.role != "fixed")
            raise ResultsError(
                f"{self.file}: sweep '{sweep.name}' has no column '{name}'{hint(name, known)} (there are {shown})"
            )
        return known[name]

    def source(self, sweep: SweepInfo, conditions: Conditions) -> tuple[str, list[Any]]:
        """FROM and WHERE of a query, and the values of its parameters."""
        text, values = conditions.sql(placed)
        # CROSS: places in their order, which is that in which most points were computed.
        where = f"FROM places CROSS JOIN points ON points.number = places.point WHERE places.sweep = ? AND {text}"
        return where, [sweep.id, *values]

    def conditions(self, sweep: SweepInfo, where: Iterable[str]) -> Conditions:
        """Of texts like "model=zoo:bert*" and "machine.links.pcie.bandwidth>=10 GB/s". Raises ResultsError."""
        known = self.columns(sweep)
        return Conditions.read(where, lambda name: self._known(sweep, known, name), ResultsError)

    def table(
        self, sweep: SweepInfo, columns: Sequence[str] | None = None, where: Iterable[str] = (), **which: Any
    ) -> Table:
        """All rows that are asked for, as `batches` has it, at once."""
        chosen = self.chosen(sweep, columns)
        rows = [row for batch in self.batches(sweep, columns, where, **which) for row in batch]
        by_column = list(zip(*rows, strict=True)) or [()] * len(chosen)
        return Table(
            columns=chosen,
            values={each.name: as_array(each, part) for each, part in zip(chosen, by_column, strict=True)},
        )

    def chosen(self, sweep: SweepInfo, columns: Sequence[str] | None) -> tuple[Column, ...]:
        """The columns of those names; None: number, repetition, status, the axes, the results. Raises ResultsError."""
        known = self.columns(sweep)
        if columns is None:
            columns = [name for name, each in known.items() if each.role != "fixed" or name in USUAL]
        if not columns:
            raise ResultsError(f"{self.file}: no column is asked for")
        return tuple(self._known(sweep, known, name) for name in columns)

    def batches(
        self,
        sweep: SweepInfo,
        columns: Sequence[str] | None = None,
        where: Iterable[str] = (),
        sort: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        size: int = 100_000,
    ) -> Iterator[list[tuple]]:
        """Rows of the chosen columns that meet all conditions, in the order of places, or of a column (what has nothing
        there comes last). Points without a result yet are left out. Raises ResultsError."""
        order = ["places.number"]
        if sort is not None:
            by = placed(self.column(sweep, sort))
            order = [f"{by} IS NULL", f"{by} DESC" if descending else by, *order]
        source, values = self.source(sweep, self.conditions(sweep, where))
        texts = ", ".join(map(placed, self.chosen(sweep, columns)))
        with self._plainly():
            cursor = self.database.execute(
                f"SELECT {texts} {source} ORDER BY {', '.join(order)} LIMIT ?",
                [*values, -1 if limit is None else limit],
            )
            while rows := cursor.fetchmany(size):
                yield rows

    def count(self, sweep: SweepInfo, where: Iterable[str] = ()) -> dict[str, int]:
        """Points by status; those without a result yet are not among them."""
        source, values = self.source(sweep, self.conditions(sweep, where))
        return dict(self.rows(f"SELECT points.status, count(*) {source} GROUP BY 1 ORDER BY 1", values))

    def hosts(self, sweep: SweepInfo) -> dict[str, int]:
        """How many of the sweep's points were computed where."""
        source, values = self.source(sweep, Conditions())
        return dict(self.rows(f"SELECT {PLACE_OF['host']}, count(*) {source} GROUP BY points.host ORDER BY 1", values))

    def content(self, sha256: str) -> bytes:
        """Of an input or an artifact. Raises ResultsError."""
        found = self.rows("SELECT bytes FROM files WHERE sha256 = ?", [sha256])
        if not found or found[0][0] is None:
            raise ResultsError(f"{self.file}: it holds no content {sha256}")
        return found[0][0]

    def artifacts(self, point: str) -> dict[str, str]:
        """What a point (its id) has left: option whose file it was -> sha256 of the content."""
        return dict(
            self.rows(
                "SELECT name, sha256 FROM point_files JOIN points ON points.number = point_files.point "
                "WHERE points.id = ? AND role = 'artifact' ORDER BY name",
                [point],
            )
        )


def hint(name: str, known: Iterable[str]) -> str:
    guesses = difflib.get_close_matches(name, known, n=1)
    return f": did you mean '{guesses[0]}'?" if guesses else ""
