"""Sweeps as a report needs them: all that a results file says of one, points by columns."""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from report import naming
from report.errors import InputError
from results.reading import PLACE_OF, Results, ResultsError, SweepInfo, hint, placed

MAGIC = b"SQLite format 3\0"
STATUSES = ("done", "no", "failed")
# What a sweep is judged by where its file says nothing: the first of these that it has.
USUAL_ANSWERS = ("measured_ps", "simulated_ps", "predicted_ps", "makespan_ps", "mean_latency_ps", "period_ps")
EXTREMES = 10  # of the best and of the worst points, that a sample keeps
HASH = re.compile(r"[0-9a-f]{64}")


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
    is_logarithmic: bool | None = None  # None: the sweep's file does not say

    def present(self) -> list[Any]:
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Answer:
    """What the points of a sweep are compared by."""

    column: str
    smaller_is_better: bool


@dataclass(frozen=True)
class Host:
    name: str
    hash: str
    description: dict[str, Any]

    def facts(self) -> list[str]:
        """What is known of it, as short texts."""
        facts = []
        for key, value in self.description.items():
            if key == "name":
                continue
            is_size = key == "memory" and isinstance(value, (int, float))
            facts.append(f"{key} {naming.quantity(value, 'B') if is_size else value}")
        return facts


@dataclass(frozen=True)
class InputFile:
    """A file that a point was computed from: in which folder of stored files, by which name, and where it was found.

    Only `input_file` makes one: whoever holds it may write to FOLDER/NAME, which leads nowhere else.
    """

    folder: str
    name: str
    sha256: str
    path: str
    size: int | None  # None: too large to be stored


@dataclass(frozen=True)
class StoredPoint:
    """All that a results file holds to compute one of its points again."""

    file: Path
    options: dict[str, list[str]]  # of the verb; files as "@FOLDER/name"
    inputs: list[InputFile]
    artifacts: dict[str, str]  # option that names a file -> hash of what was in it

    def content(self, sha256: str) -> bytes | None:
        """None where it is not stored."""
        try:
            with Results(self.file) as results:
                return results.content(sha256)
        except ResultsError:
            return None


@dataclass
class Sweep:
    file: Path
    id: int
    name: str
    question: str
    text: str
    created: str
    version: str
    planned: int  # points of the whole sweep
    verb: str
    counts: Counter[str]  # of all points, by status
    columns: list[Column]
    numbers: list[int]  # of the points that are shown, as the lists that follow
    repetitions: list[int]
    points: list[str]  # their ids
    statuses: list[str]
    reasons: list[str]
    commands: list[str]
    seeds: list[int | None]
    seconds: list[float | None]
    builds: Counter[str] = field(default_factory=Counter)  # "version, build" of all points
    hosts: list[Host] = field(default_factory=list)
    reasons_without: Counter[tuple[str, str]] = field(
        default_factory=Counter
    )  # status, reason: of all without a result
    answer: Answer | None = None
    where: list[str] = field(default_factory=list)  # conditions that chose its points
    warnings: list[str] = field(default_factory=list)

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


def declared_answer(description: dict[str, Any]) -> Answer | None:
    """`answer:` of the sweep's file; None where it has none."""
    answer = description.get("answer")
    if not isinstance(answer, dict) or not isinstance(answer.get("column"), str):
        return None
    return Answer(answer["column"], answer.get("better", "smaller") != "larger")


def asked_answer(text: str) -> Answer:
    """COLUMN, COLUMN:smaller or COLUMN:larger of the command line."""
    column, _, better = text.rpartition(":") if text.endswith((":larger", ":smaller")) else (text, "", "smaller")
    return Answer(column, better != "larger")


def choose_answer(info: SweepInfo, numeric: list[str], asked: str | None) -> Answer | None:
    """What was asked for, what the sweep's file says, or what is usual, of results that are numbers (`numeric`)."""
    if asked:
        answer = asked_answer(asked)
        if answer.column not in numeric:
            raise InputError(
                f"--answer {asked}: sweep '{info.name}' has no result of numbers '{answer.column}' "
                f"(one of {', '.join(numeric) or 'none'})"
            )
        return answer
    declared = declared_answer(info.description)
    if declared and declared.column in numeric:
        return declared
    usual = next((each for each in (*USUAL_ANSWERS, *numeric) if each in numeric), None)
    return Answer(usual, smaller_is_better=True) if usual else None


def unheeded_answer(info: SweepInfo, numeric: list[str], answer: Answer | None, asked: str | None) -> list[str]:
    """A warning where the sweep's file asks about a column that its results do not have."""
    declared = declared_answer(info.description)
    if asked or answer is None or declared is None or declared.column == answer.column:
        return []
    return [
        f"sweep '{info.name}': answer: names '{declared.column}', which is no result of numbers"
        f"{hint(declared.column, numeric) or ';'} Points are compared by '{answer.column}' instead"
    ]


def finite(value: Any) -> Any:
    """SQLite may hold infinity; a blob is no value of a sweep."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return None if isinstance(value, bytes) else value


def distinct_titles(columns: list[Column]) -> list[Column]:
    """Two columns that would read alike keep their names instead."""
    often = Counter(column.title for column in columns)
    return [
        column if often[column.title] == 1 else Column(**{**column.__dict__, "title": column.name})
        for column in columns
    ]


class Reader:
    """One sweep of a results file, as its points come."""

    FIXED = ("number", "repetition", "point", "status", "reason", "command", "seed", "seconds")

    def __init__(self, results: Results, info: SweepInfo, where: list[str]):
        self.results = results
        self.info = info
        self.where = where
        self.dynamic = [column for column in results.columns(info).values() if column.role != "fixed"]
        source, self.values = results.source(info, results.conditions(info, where))
        self.source = f"{source} AND points.status IN ('done', 'no', 'failed')"

    def rows(self, after: str = "") -> list[tuple]:
        """FIXED and dynamic columns of each point that is over; `after` stands behind the conditions."""
        places = [*(PLACE_OF[name] for name in self.FIXED), *map(placed, self.dynamic)]
        # Whoever names the source once more in `after` needs its parameters once more.
        times = 1 + after.count(self.source)
        return self.results.rows(f"SELECT {', '.join(places)} {self.source} {after}", self.values * times)

    def counted(self, names: list[str], after: str = "") -> Counter:
        """How many points have each value of a fixed column; of several columns, by tuples."""
        places = ", ".join(PLACE_OF[name] for name in names)
        by = ", ".join(str(i + 1) for i in range(len(names)))
        query = f"SELECT {places}, count(*) {self.source} {after} GROUP BY {by}"
        found: Counter = Counter()
        for *key, count in self.results.rows(query, self.values):
            found[key[0] if len(key) == 1 else tuple(key)] += count
        return found

    def sample(self, total: int, most: int, answer: Answer | None) -> str:
        """A condition that about `most` points meet, the best and the worst of all among them."""
        if total <= most:
            return ""
        # Knuth's multiplicative hash: numbers in the order of the axes are spread, so that no axis is preferred.
        number = PLACE_OF["number"]
        chosen = f"({number} * 2654435761) % 4294967296 < {most * 4294967296 // total}"
        for order in ("ASC", "DESC") if answer else ():
            by = next(placed(column) for column in self.dynamic if column.name == answer.column)
            extremes = f"SELECT {number} {self.source} AND {by} IS NOT NULL ORDER BY {by} {order} LIMIT {EXTREMES}"
            chosen += f" OR {number} IN ({extremes})"
        return f" AND ({chosen})"

    def hosts(self) -> list[Host]:
        """Where points of the sweep were computed."""
        counts = self.results.hosts(self.info)
        hosts = []
        for digest, name, text in self.results.rows("SELECT hash, name, description FROM hosts ORDER BY id"):
            if name not in counts:
                continue
            try:
                description = json.loads(text or "{}")
            except ValueError:
                description = {}
            hosts.append(Host(name or "", digest or "", description if isinstance(description, dict) else {}))
        return hosts

    def scales(self) -> dict[str, bool]:
        """Ranges of the sweep's file: whether their scale is logarithmic."""
        return {
            axis["name"]: axis.get("scale") == "log"
            for axis in self.info.description.get("axes", [])
            if axis.get("kind") == "range"
        }

    def columns(self, parts: list[tuple], verb: str, real: bool, answer: Answer | None) -> list[Column]:
        columns = []
        scales = self.scales()
        for described, part in zip(self.dynamic, parts, strict=True):
            is_axis = described.role == "axis"
            values = [finite(value) for value in part]
            title = naming.title_of_axis if is_axis else naming.title_of_result
            columns.append(
                Column(
                    name=described.name,
                    title=title(described.name),
                    role=described.role,
                    is_number=described.is_number
                    and all(isinstance(value, (int, float)) for value in values if value is not None),
                    unit=described.unit or ("" if is_axis else naming.unit_of(described.name)),
                    label="" if is_axis else naming.label_of(described.name, verb, real),
                    values=values,
                    is_logarithmic=scales.get(described.name),
                )
            )
        columns = [column for column in columns if column.role == "axis" or column.present()]
        # The answer before other results.
        columns.sort(key=lambda column: (column.role != "axis", answer is None or column.name != answer.column))
        return distinct_titles(columns)

    def read(self, asked: str | None, most: int) -> Sweep:
        counts = self.counted(["status"])
        numeric = [column.name for column in self.dynamic if column.role == "result" and column.is_number]
        answer = choose_answer(self.info, numeric, asked)
        chosen = self.sample(sum(counts.values()), most, answer)
        rows = self.rows(f"{chosen} ORDER BY {PLACE_OF['number']}")
        parts = list(zip(*rows, strict=True)) or [()] * (len(self.FIXED) + len(self.dynamic))
        values = dict(zip(self.FIXED, parts, strict=False))
        verb = self.info.verb
        real = any("--real" in (command or "").split() for command in values["command"][:1])
        reasons = self.counted(["status", "reason"], "AND points.status != 'done'")
        return Sweep(
            file=self.results.file,
            id=self.info.id,
            name=self.info.name,
            question=self.info.question,
            text=self.info.text,
            created=self.info.created,
            version=self.info.version,
            planned=sum(counts.values()) if self.where else self.info.points or sum(counts.values()),
            verb=verb,
            counts=counts,
            columns=self.columns(parts[len(self.FIXED) :], verb, real, answer),
            numbers=list(values["number"]),
            repetitions=[value or 0 for value in values["repetition"]],
            points=list(values["point"]),
            statuses=list(values["status"]),
            reasons=[value or "" for value in values["reason"]],
            commands=[value or "" for value in values["command"]],
            seeds=list(values["seed"]),
            seconds=list(values["seconds"]),
            builds=Counter(
                {
                    ", ".join(filter(None, one)) or "unknown": count
                    for one, count in self.counted(["version", "build"]).items()
                }
            ),
            hosts=self.hosts(),
            reasons_without=Counter(
                {(status, reason or "no reason given"): count for (status, reason), count in reasons.items()}
            ),
            answer=answer,
            where=self.where,
            warnings=unheeded_answer(self.info, numeric, answer, asked),
        )


def read_sweeps(file: Path, wanted: list[str], where: list[str], asked: str | None, most: int) -> list[Sweep]:
    """The sweeps of a results file, or those named in `wanted`, of their points those that meet all of `where`; about
    `most` points of each, and its answer. Raises InputError.
    """
    try:
        with Results(file) as results:
            chosen = [info for info in results.sweeps if not wanted or any(map(info.is_called, wanted))]
            return [Reader(results, info, where).read(asked, most) for info in chosen]
    except ResultsError as error:
        raise InputError(str(error)) from error


def names_of_sweeps(file: Path) -> list[str]:
    try:
        with Results(file) as results:
            return [info.name for info in results.sweeps]
    except ResultsError as error:
        raise InputError(str(error)) from error


def is_plain_path(name: str) -> bool:
    """Whether it leads down only, and has one way to be written."""
    return "\0" not in name and all(part not in ("", ".", "..") for part in name.split("/"))


def input_file(file: Path, folder: str, name: str, sha256: str, path: str, size: int | None) -> InputFile:
    """Of a row of a results file, which anybody may have made. Raises InputError."""
    if not HASH.fullmatch(folder):
        raise InputError(f"{file}: the folder of the stored input '{name}' is no hash: '{folder}'")
    if not is_plain_path(name):
        raise InputError(f"{file}: the name of a stored input leads out of its folder: '{name}'")
    return InputFile(folder, name, sha256, path, size)


def are_options(found: Any) -> bool:
    return isinstance(found, dict) and all(
        isinstance(values, list) and all(isinstance(value, str) for value in values) for values in found.values()
    )


def stored_point(file: Path, point: str) -> StoredPoint:
    """What is stored of the point with that id. Raises InputError where its inputs are none."""
    with Results(file) as results:
        found = results.rows(
            "SELECT configuration FROM provenance JOIN points ON points.number = provenance.point WHERE points.id = ?",
            [point],
        )
        try:
            options = json.loads(found[0][0])["options"] if found else {}
        except (ValueError, KeyError, TypeError):
            options = {}
        if not are_options(options):
            raise InputError(f"{file}: the configuration of point {point} is none that partita writes")
        folders = {text[1:65] for values in options.values() for text in values if text.startswith("@")}
        inputs = [
            input_file(file, *row)
            for folder in sorted(folders)
            for row in results.rows(
                "SELECT folder, name, inputs.sha256, coalesce(path, ''), size FROM inputs "
                "LEFT JOIN files ON files.sha256 = inputs.sha256 WHERE folder = ? ORDER BY name",
                [folder],
            )
        ]
        return StoredPoint(file, options, inputs, results.artifacts(point))
