"""Results files of sweeps as `partita sweep` makes them, in miniature."""

import hashlib
import json
import re
import sqlite3
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = re.search(r'R"\((.*?)\)"', (ROOT / "tools/partita/results/schema.h").read_text(), re.DOTALL)[1]

# name, type, unit
AXES = [("machine.links.pcie.bandwidth", "real", "B/s"), ("model", "text", "")]
RESULTS = [("busiest", "text", ""), ("energy_j", "real", ""), ("predicted_ps", "integer", "")]
BANDWIDTHS = (1e9, 1e10, 1e11)
MODELS = ("zoo:bert?layers=4", "zoo:resnet50")
REPETITIONS = 3
MS = 10**9


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def described(axis: tuple[str, str, str], values: list) -> dict:
    """An axis as --describe describes it: numbers as a range, in which logarithmic steps are the only ones."""
    name, kind, unit = axis
    if kind == "text":
        return {"name": name, "kind": "list", "unit": unit, "values": values}
    ends = {"from": min(values), "to": max(values)}
    return {
        "name": name,
        "kind": "range",
        "unit": unit,
        **ends,
        "scale": "log",
        "values": [str(each) for each in values],
    }


class SweepFile:
    """Sweeps are added one after the other; a point that two of them have is stored once."""

    def __init__(self, file: Path):
        self.file = file
        self.database = sqlite3.connect(file)
        self.database.executescript(f"PRAGMA user_version = 1; {SCHEMA}")
        self.run("INSERT INTO hosts VALUES (1, 'aa', 'here', '{}'), (2, 'bb', 'there', '{}')")

    def run(self, text, *values):
        return self.database.execute(text, values).fetchall()

    def require(self, table, role, columns):
        there = {name for _, name, *_ in self.run(f"PRAGMA table_info({table})")}
        for name, kind, unit in columns:
            if name not in there:
                self.run(f"ALTER TABLE {table} ADD COLUMN {quoted(name)}")
            self.run("INSERT OR IGNORE INTO columns VALUES (?, 'partition', ?, ?, ?)", role, name, kind, unit)

    def add(self, name, rows, axes=AXES, results=RESULTS, question="Does it pay?", answer="predicted_ps",
            sampling="product") -> None:  # fmt: skip
        """`rows`: repetition, status, reason, and a value for each axis and result."""
        rows = list(rows)
        self.require("places", "option", axes)
        self.require("points", "result", results)
        ((number,),) = self.run("SELECT count(*) + 1 FROM sweeps")
        columns = [sorted({row[3 + i] for row in rows}) for i in range(len(axes))]
        description = {
            "name": name,
            "repeat": 1 + max(row[0] for row in rows),
            "sampling": sampling,
            "axes": [described(axis, values) for axis, values in zip(axes, columns, strict=True)],
            "answer": {"column": answer, "better": "smaller"},
        }
        self.run(
            "INSERT INTO sweeps(id, name, question, verb, text, description, hash, points, created, version) "
            "VALUES (?, ?, ?, 'partition', ?, ?, ?, ?, '2025-11-27T00:00:00Z', '1.0')",
            number, name, question, f"sweep: {name}\n", json.dumps(description), f"{name}-{number}", len(rows),
        )  # fmt: skip
        for place, row in enumerate(rows):
            self.add_point(number, place, row, [each[0] for each in axes], [each[0] for each in results])
        self.database.commit()

    def add_point(self, sweep, place, row, axes, results) -> None:
        repetition, status, reason, *values = row
        of_axes, of_results = values[: len(axes)], values[len(axes) :]
        point = hashlib.sha256(json.dumps([repetition, axes, of_axes]).encode()).hexdigest()[:32]
        self.run("INSERT OR IGNORE INTO ids(id) VALUES (?)", point)
        ((key,),) = self.run("SELECT number FROM ids WHERE id = ?", point)
        self.insert("places", ["sweep", "number", "repetition", "point", *axes],
                    [sweep, place, repetition, key, *of_axes])  # fmt: skip
        self.insert(
            "points",
            ["number", "id", "verb", "status", "reason", "seed", "seconds", "started", "attempts", "host", "version",
             "build", *results],
            [key, point, "partition", status, reason, place, 0.5, "2025-11-27T00:00:00Z", 1, 1 + place % 2, "1.0",
             "abc", *of_results],
        )  # fmt: skip
        self.insert("provenance", ["point", "command", "configuration"],
                    [key, f"partita partition --model {of_axes[-1]}", "{}"])  # fmt: skip

    def insert(self, table, names, values) -> None:
        marks = ", ".join("?" * len(values))
        self.run(f"INSERT OR IGNORE INTO {table}({', '.join(map(quoted, names))}) VALUES ({marks})", *values)


def usual_rows():
    """3 bandwidths x 2 models x 3 repetitions. Time: 100 ms at 1 GB/s, 10 at 10, 1 at 100, twice that for resnet, and
    1, 2, 4 times that by repetition. The last resnet is infeasible, and the first of it failed."""
    for b, bandwidth in enumerate(BANDWIDTHS):
        for m, model in enumerate(MODELS):
            for repetition in range(REPETITIONS):
                axes = (bandwidth, model)
                if (b, m) == (2, 1):
                    why = ("no", "no memory") if repetition else ("failed", "took longer than 60 s by the clock")
                    yield (repetition, *why, *axes, None, None, None)
                else:
                    time = 100 * MS // 10**b * (m + 1) * 2**repetition
                    yield (repetition, "done", None, *axes, "npu" if m else "cpu", time / MS / 4, time)


def usual(folder: Path) -> Path:
    made = SweepFile(folder / "results.db")
    made.add("pays", usual_rows())
    made.database.close()
    return made.file


def with_seeds(file: SweepFile) -> None:
    """A sweep whose axis is named like a fixed column: two networks under the seeds 7 and 8, where points record 0, 1,
    2 and 3."""
    rows = [(0, "done", None, seed, model, "cpu", 1.0, seed * MS) for seed in (7, 8) for model in MODELS]
    file.add("seeds", rows, [("seed", "integer", ""), ("model", "text", "")])
