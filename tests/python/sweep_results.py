"""Results files of sweeps as `partita sweep` makes them, in miniature."""

import hashlib
import json
import sqlite3
from pathlib import Path

SCHEMA = """
PRAGMA user_version = 1;
CREATE TABLE sweeps(id INTEGER PRIMARY KEY, name TEXT, question TEXT, text TEXT, hash TEXT UNIQUE, points INTEGER,
  created TEXT, version TEXT);
CREATE TABLE places(sweep INTEGER, number INTEGER, repetition INTEGER, point TEXT, PRIMARY KEY(sweep, number))
  WITHOUT ROWID;
CREATE TABLE points(id TEXT PRIMARY KEY, verb TEXT, command TEXT, configuration TEXT, seed INTEGER, status TEXT,
  reason TEXT, seconds REAL, started TEXT, attempts INTEGER, host INTEGER, version TEXT, build TEXT);
CREATE TABLE columns(name TEXT PRIMARY KEY, role TEXT, type TEXT, unit TEXT);
CREATE TABLE hosts(id INTEGER PRIMARY KEY, hash TEXT UNIQUE, name TEXT, description TEXT);
CREATE TABLE files(sha256 TEXT PRIMARY KEY, size INTEGER, bytes BLOB);
CREATE TABLE point_files(point TEXT, role TEXT, name TEXT, sha256 TEXT);
CREATE TABLE claims(point TEXT PRIMARY KEY, owner TEXT, until REAL);
INSERT INTO hosts VALUES (1, 'aa', 'here', '{}'), (2, 'bb', 'there', '{}');
"""

# name, role, type, unit
COLUMNS = [
    ("machine.links.pcie.bandwidth", "option", "REAL", "B/s"),
    ("model", "option", "TEXT", ""),
    ("predicted_ps", "result", "INTEGER", "ps"),
    ("energy_j", "result", "REAL", "J"),
    ("busiest", "result", "TEXT", ""),
]
AXES = ("machine.links.pcie.bandwidth", "model")
BANDWIDTHS = (1e9, 1e10, 1e11)
MODELS = ("zoo:bert?layers=4", "zoo:resnet50")
REPETITIONS = 3
MS = 10**9


def point_id(*what) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class SweepFile:
    """Sweeps are added one after the other; a point that two of them have is stored once."""

    def __init__(self, file: Path, columns=COLUMNS):
        self.file, self.columns = file, list(columns)
        self.database = sqlite3.connect(file)
        self.database.executescript(SCHEMA)
        for name, role, kind, unit in columns:
            self.database.execute(f"ALTER TABLE points ADD COLUMN {quoted(name)} {kind}")
            self.database.execute("INSERT INTO columns VALUES (?, ?, ?, ?)", (name, role, kind, unit))

    def add(self, name: str, rows, axes=AXES, question="Does it pay?") -> None:
        """`rows`: repetition, status, reason, and a value for each column."""
        (number,) = self.database.execute("SELECT count(*) + 1 FROM sweeps").fetchone()
        rows = list(rows)
        self.database.execute(
            "INSERT INTO sweeps VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (number, name, question, f"sweep: {name}\n", f"{name}-{number}", len(rows), "2025-11-27T00:00:00Z", "1.0"),
        )
        names = [each[0] for each in self.columns]
        dynamic = ", ".join(map(quoted, names))
        marks = ", ".join("?" * (13 + len(names)))
        for place, (repetition, status, reason, *values) in enumerate(rows):
            point = point_id(repetition, values[: len(axes)])
            self.database.execute("INSERT INTO places VALUES (?, ?, ?, ?)", (number, place, repetition, point))
            self.database.execute(
                "INSERT OR IGNORE INTO points(id, verb, command, configuration, seed, status, reason, seconds, "
                f"started, attempts, host, version, build, {dynamic}) VALUES ({marks})",
                (point, "partition", f"partita partition --model {values[1]}", "{}", place, status, reason, 0.5,
                 "2025-11-27T00:00:00Z", 1, 1 + place % 2, "1.0", "abc", *values),
            )  # fmt: skip
        shown = [*axes, *sorted(each for each, role, *_ in self.columns if role == "result")]
        self.database.execute(
            f"CREATE VIEW {quoted(name)} AS SELECT places.number, places.repetition, points.status, "
            f"{', '.join(f'points.{quoted(each)}' for each in shown)} "
            f"FROM places JOIN points ON points.id = places.point WHERE places.sweep = {number}"
        )
        self.database.commit()


def usual_rows():
    """3 bandwidths x 2 models x 3 repetitions. Time: 100 ms at 1 GB/s, 10 at 10, 1 at 100, twice that for resnet, and
    1, 2, 4 times that by repetition. The last resnet is infeasible, and the first of it failed."""
    for b, bandwidth in enumerate(BANDWIDTHS):
        for m, model in enumerate(MODELS):
            for repetition in range(REPETITIONS):
                last = (b, m) == (2, 1)
                failed = last and repetition == 0
                status, reason = (
                    ("failed", "took longer than 60 s") if failed else ("no", "no memory") if last else ("done", None)
                )
                time = 100 * MS // 10**b * (m + 1) * 2**repetition
                yield (repetition, status, reason, bandwidth, model, *((None, None, None) if last else
                       (time, time / MS / 4, "npu" if m else "cpu")))  # fmt: skip


def usual(folder: Path) -> Path:
    made = SweepFile(folder / "results.db")
    made.add("pays", usual_rows())
    made.database.close()
    return made.file
