"""Sweeps as a report needs them: a results file of `partita sweep` (SQLite, schema version 1), read only."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from report import naming
from report.errors import InputError

VERSION = 1
MAGIC = b"SQLite format 3\0"
FIXED = ("number", "repetition", "status")  # of a sweep's view, before its axes and results
STATUSES = ("done", "no", "failed")
# What a sweep is judged by where its file says nothing: the first of these that it has.
EXTREMES = 100  # of the best and of the worst points, that a sample keeps
USUAL_ANSWERS = ("measured_ps", "simulated_ps", "predicted_ps", "makespan_ps", "mean_latency_ps", "period_ps")


@dataclass(frozen=True)
class Column:
    """One axis or result of a sweep: a value for each point that is shown, None where there is none."""

    name: str
    title: str
    role: str  # axis, result
    is_number: bool
    unit: str
    label: str  # measured, simulated, ...; "" where that cannot be told, or of an axis
    values: list[Any]

    def present(self) -> list[Any]:
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Answer:
    column: str
    smaller_is_better: bool


@dataclass(frozen=True)
class Host:
    name: str
    hash: str
    description: dict[str, Any]


@dataclass(frozen=True)
class StoredFile:
    """What a point was computed from (input) or left (artifact); its bytes stay in the results file."""

    role: str
    name: str
    sha256: str
    size: int


@dataclass
class Sweep:
    file: Path
    id: int
    name: str
    question: str
    text: str
    hash: str
    created: str
    version: str
    planned: int  # points of the whole sweep
    verb: str
    counts: Counter[str]  # of all points, by status
    columns: list[Column]
    numbers: list[int]  # of the points that are shown
    repetitions: list[int]
    points: list[str]  # their ids
    statuses: list[str]
    reasons: list[str]
    commands: list[str]
    seeds: list[int | None]
    seconds: list[float | None]
    hosts: list[int | None]
    builds: Counter[str] = field(default_factory=Counter)  # "version, build" of all points
    all_hosts: dict[int, Host] = field(default_factory=dict)
    all_reasons: Counter[str] = field(default_factory=Counter)  # of all points that failed or have no answer
    answer: Answer | None = None

    @property
    def computed(self) -> int:
        return sum(self.counts.values())

    @property
    def shown(self) -> int:
        return len(self.numbers)

    def axes(self) -> list[Column]:
        return [column for column in self.columns if column.role == "axis"]

    def results(self) -> list[Column]:
        return [column for column in self.columns if column.role == "result"]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def is_results_file(file: Path) -> bool:
    try:
        with file.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def connect(file: Path) -> sqlite3.Connection:
    """Read only. Raises InputError for what is no results file of this version."""
    # A file name may hold '?' and '#', which mean something in a URI.
    connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError as error:
        connection.close()
        raise InputError(f"{file}: {error}") from error
    if not {"sweeps", "places", "points"} <= tables:
        connection.close()
        raise InputError(f"{file}: a database, but no results of partita sweep (it has no table of sweeps)")
    if version != VERSION:
        connection.close()
        raise InputError(f"{file}: results version {version}; this program reads version {VERSION}")
    return connection


def declared_answer(text: str) -> Answer | None:
    """`answer:` of a sweep file; None where it has none, or cannot be read any more."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return None
    answer = document.get("answer") if isinstance(document, dict) else None
    if not isinstance(answer, dict) or not isinstance(answer.get("column"), str):
        return None
    return Answer(answer["column"], answer.get("better", "smaller") != "larger")


def asked_answer(text: str) -> Answer:
    """COLUMN or COLUMN:larger of the command line."""
    column, _, better = text.rpartition(":") if text.endswith((":larger", ":smaller")) else (text, "", "smaller")
    return Answer(column, better != "larger")


def choose_answer(name: str, text: str, numeric: list[str], asked: str | None) -> Answer | None:
    """What was asked for, what the sweep's file (`text`) says, or what is usual, of results that are numbers."""
    if asked:
        answer = asked_answer(asked)
        if answer.column not in numeric:
            raise InputError(
                f"--answer {asked}: sweep '{name}' has no result of numbers '{answer.column}' "
                f"(one of {', '.join(numeric) or 'none'})"
            )
        return answer
    declared = declared_answer(text)
    if declared and declared.column in numeric:
        return declared
    usual = next((name for name in (*USUAL_ANSWERS, *numeric) if name in numeric), None)
    return Answer(usual, smaller_is_better=True) if usual else None


def columns_of_view(connection: sqlite3.Connection, name: str) -> list[str]:
    return [row["name"] for row in connection.execute(f"PRAGMA table_info({quoted(name)})")]


def described_columns(connection: sqlite3.Connection) -> dict[str, sqlite3.Row]:
    return {row["name"]: row for row in connection.execute("SELECT name, role, type, unit FROM columns")}


def make_column(row: sqlite3.Row | None, name: str, values: list[Any], verb: str, real: bool) -> Column:
    is_axis = row is not None and row["role"] == "option"
    unit = (row["unit"] if row is not None else "") or ("" if is_axis else naming.unit_of(name))
    present = [value for value in values if value is not None]
    return Column(
        name=name,
        title=naming.title_of_axis(name) if is_axis else naming.title_of_result(name),
        role="axis" if is_axis else "result",
        is_number=bool(present) and all(isinstance(value, (int, float)) for value in present),
        unit=unit,
        label="" if is_axis else naming.label_of(name, verb, real),
        values=values,
    )


def distinct_titles(columns: list[Column]) -> list[Column]:
    """Two columns that would read alike keep their names instead."""
    often = Counter(column.title for column in columns)
    return [
        column if often[column.title] == 1 else Column(**{**column.__dict__, "title": column.name})
        for column in columns
    ]


def finite(value: Any) -> Any:
    """SQLite may hold infinity; a blob is no value of a sweep."""
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return None if isinstance(value, bytes) else value


def numeric_results(connection: sqlite3.Connection, row: sqlite3.Row, named: list[str]) -> list[str]:
    """Results of numbers that some point of the sweep has."""
    described = described_columns(connection)
    found = []
    for name in named:
        if name in described and described[name]["role"] == "option":
            continue
        kind = connection.execute(
            f"SELECT typeof(points.{quoted(name)}) FROM places JOIN points ON points.id = places.point "
            f"WHERE places.sweep = ? AND points.{quoted(name)} IS NOT NULL LIMIT 1",
            (row["id"],),
        ).fetchone()
        if kind and kind[0] in ("integer", "real"):
            found.append(name)
    return found


def read_sweep(
    connection: sqlite3.Connection, file: Path, row: sqlite3.Row, asked: str | None = None, most: int = 50_000
) -> Sweep:
    """At most about `most` points; of more, a sample that is the same each time (a hash of their numbers), and the
    best and the worst of all. Raises InputError for an answer (`asked`) that the sweep does not have.
    """
    place = (
        "FROM places JOIN points ON points.id = places.point "
        "WHERE places.sweep = :sweep AND points.status IN ('done', 'no', 'failed')"
    )
    sweep = {"sweep": row["id"]}
    counts = Counter(
        {status: n for status, n in connection.execute(f"SELECT status, count(*) {place} GROUP BY status", sweep)}
    )
    total = sum(counts.values())
    described = described_columns(connection)
    named = [name for name in columns_of_view(connection, row["name"]) if name not in FIXED]
    if not named:
        named = list(described)
    answer = choose_answer(row["name"], row["text"] or "", numeric_results(connection, row, named), asked)
    chosen = ""
    if total > most:
        # Knuth's multiplicative hash: numbers in the order of the axes are spread, so that no axis is preferred.
        chosen = f" AND ((places.number * 2654435761) % 4294967296 < {most * 4294967296 // total}"
        for order in ("ASC", "DESC") if answer else ():
            by = f"points.{quoted(answer.column)}"
            chosen += (
                f" OR places.number IN (SELECT places.number {place} AND {by} IS NOT NULL "
                f"ORDER BY {by} {order} LIMIT {EXTREMES})"
            )
        chosen += ")"
    wanted = ", ".join(f"points.{quoted(name)}" for name in named)
    fixed = (
        "places.number, places.repetition, points.id, points.status, points.reason, points.command, points.seed, "
        "points.seconds, points.host, points.verb"
    )
    rows = connection.execute(
        f"SELECT {fixed}{', ' if wanted else ''}{wanted} {place}{chosen} ORDER BY places.number", sweep
    ).fetchall()
    count = len(fixed.split(", "))
    verbs = Counter(one["verb"] or "" for one in rows)
    verb = verbs.most_common(1)[0][0] if verbs else ""
    real = any("--real" in (one["command"] or "").split() for one in rows[:1])
    columns = [
        make_column(described.get(name), name, [finite(one[count + i]) for one in rows], verb, real)
        for i, name in enumerate(named)
    ]
    builds = Counter(
        {
            ", ".join(filter(None, (version, build))): n
            for version, build, n in connection.execute(
                f"SELECT points.version, points.build, count(*) {place} GROUP BY 1, 2", sweep
            )
        }
    )
    reasons = connection.execute(
        f"SELECT points.reason, count(*) {place} AND points.status != 'done' GROUP BY 1", sweep
    ).fetchall()
    return Sweep(
        file=file,
        id=row["id"],
        name=row["name"],
        question=row["question"] or "",
        text=row["text"] or "",
        hash=row["hash"] or "",
        created=row["created"] or "",
        version=row["version"] or "",
        planned=row["points"] or total,
        verb=verb,
        counts=counts,
        columns=distinct_titles([column for column in columns if column.role == "axis" or column.present()]),
        numbers=[one["number"] for one in rows],
        repetitions=[one["repetition"] or 0 for one in rows],
        points=[one["id"] for one in rows],
        statuses=[one["status"] for one in rows],
        reasons=[one["reason"] or "" for one in rows],
        commands=[one["command"] or "" for one in rows],
        seeds=[one["seed"] for one in rows],
        seconds=[one["seconds"] for one in rows],
        hosts=[one["host"] for one in rows],
        builds=builds,
        all_hosts=read_hosts(connection),
        all_reasons=Counter({reason or "no reason given": n for reason, n in reasons}),
        answer=answer,
    )


def read_hosts(connection: sqlite3.Connection) -> dict[int, Host]:
    hosts = {}
    for row in connection.execute("SELECT id, hash, name, description FROM hosts"):
        try:
            description = json.loads(row["description"] or "{}")
        except ValueError:
            description = {}
        hosts[row["id"]] = Host(row["name"] or "", row["hash"] or "", description if isinstance(description, dict) else {})
    return hosts


def read_sweeps(file: Path, wanted: list[str], asked: str | None, most: int) -> list[Sweep]:
    """The sweeps of a results file, or those named in `wanted`; their answers chosen. Raises InputError."""
    try:
        with closing(connect(file)) as connection:
            rows = connection.execute("SELECT * FROM sweeps ORDER BY id").fetchall()
            if wanted:
                rows = [row for row in rows if row["name"] in wanted]
            return [read_sweep(connection, file, row, asked, most) for row in rows]
    except sqlite3.Error as error:
        raise InputError(f"{file}: {error}") from error


def configuration_of(file: Path, point: str) -> dict[str, Any]:
    """The resolved options of one point."""
    with closing(connect(file)) as connection:
        row = connection.execute("SELECT configuration FROM points WHERE id = ?", (point,)).fetchone()
    try:
        configuration = json.loads(row["configuration"] or "{}") if row else {}
    except ValueError:
        return {}
    return configuration if isinstance(configuration, dict) else {}


def files_of(file: Path, point: str) -> list[StoredFile]:
    with closing(connect(file)) as connection:
        rows = connection.execute(
            "SELECT role, name, point_files.sha256, size FROM point_files LEFT JOIN files USING (sha256) "
            "WHERE point = ? ORDER BY role DESC, name",
            (point,),
        ).fetchall()
    return [StoredFile(row["role"], row["name"], row["sha256"], row["size"] or 0) for row in rows]


def bytes_of(file: Path, sha256: str) -> bytes | None:
    """None where the results file does not hold them (files above 16 MB)."""
    with closing(connect(file)) as connection:
        row = connection.execute("SELECT bytes FROM files WHERE sha256 = ?", (sha256,)).fetchone()
    return row["bytes"] if row else None
