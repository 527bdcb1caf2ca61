#!/usr/bin/env python3
"""Speaks as `partita sweep` does, and computes columns by formulas: FILE is JSON, what --describe says and besides

"columns": {name: expression}   of the values of the axes by the last word of their names, `rep` (the repetition) and
                                `chance(scale)` (repeatable noise, other for each point and repetition)
"no", "failed": expression      where there is no result

It counts the points that it really computes in FILE.computed.
"""

import csv
import hashlib
import json
import math
import random
import sqlite3
import sys
from pathlib import Path

SCHEMA = """
PRAGMA user_version = 1;
CREATE TABLE IF NOT EXISTS sweeps(id INTEGER PRIMARY KEY, name TEXT, question TEXT, text TEXT, hash TEXT UNIQUE,
  points INTEGER, created TEXT, version TEXT);
CREATE TABLE IF NOT EXISTS places(sweep INTEGER, number INTEGER, repetition INTEGER, point TEXT,
  PRIMARY KEY(sweep, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS points(id TEXT PRIMARY KEY, verb TEXT, command TEXT, configuration TEXT, seed INTEGER,
  status TEXT, reason TEXT, seconds REAL, started TEXT, attempts INTEGER, host INTEGER, version TEXT, build TEXT);
CREATE TABLE IF NOT EXISTS columns(name TEXT PRIMARY KEY, role TEXT, type TEXT, unit TEXT);
CREATE TABLE IF NOT EXISTS hosts(id INTEGER PRIMARY KEY, hash TEXT UNIQUE, name TEXT, description TEXT);
"""


def value_at(axis, position):
    if axis["kind"] == "list":
        count = len(axis["values"])
        return axis["values"][min(int(position * count), count - 1)]
    low, high, step = axis["from"], axis["to"], axis["step"] if axis["integer"] else 1
    low, high = low / step, high / step + axis["integer"]
    value = low * (high / low) ** position if axis["scale"] == "log" else low + (high - low) * position
    return min(math.floor(value + 1e-9) * step, axis["to"]) if axis["integer"] else value


def computed(sweep, names, values, repetition):
    """(status, reason, results) of one point."""
    words = {name.split(".")[-1]: value for name, value in zip(names, values, strict=True)}
    noise = random.Random(repr((values, repetition)))
    scope = {**vars(math), **words, "rep": repetition, "chance": lambda scale: noise.gauss(0, scale)}
    if "failed" in sweep and eval(sweep["failed"], scope):
        return "failed", "took longer than 60 s", {}
    if "no" in sweep and eval(sweep["no"], scope):
        return "no", "it needs 3 GB more", {}
    return "done", None, {name: eval(text, scope) for name, text in sweep["columns"].items()}


def evaluate(file, sweep, positions, out):
    with Path(positions).open(newline="") as opened:
        rows = list(csv.reader(opened))
    names, rows = rows[0], rows[1:]
    axes = {axis["name"]: axis for axis in sweep["axes"]}
    db = sqlite3.connect(out)
    db.executescript(SCHEMA)
    for name in [*axes, *sweep["columns"]]:
        known = {row[1] for row in db.execute("PRAGMA table_info(points)")}
        if name not in known:
            db.execute(f'ALTER TABLE points ADD COLUMN "{name}"')
        db.execute(
            "INSERT OR IGNORE INTO columns VALUES (?, ?, 'REAL', ?)",
            (name, "option" if name in axes else "result", axes.get(name, {}).get("unit")),
        )
    listed = "".join(f', p."{name}"' for name in [*axes, *sweep["columns"]])
    db.execute(
        f'CREATE VIEW IF NOT EXISTS "{sweep["name"]}" AS SELECT s.number, s.repetition, p.status{listed} '
        "FROM places s JOIN points p ON p.id = s.point"
    )
    text = Path(file).read_text() + Path(positions).read_text()
    digest = hashlib.sha256(text.encode()).hexdigest()
    db.execute("INSERT OR IGNORE INTO sweeps(name, text, hash) VALUES (?, ?, ?)", (sweep["name"], text, digest))
    (sweep_id,) = db.execute("SELECT id FROM sweeps WHERE hash = ?", (digest,)).fetchone()
    counts = {"done": 0, "no": 0, "failed": 0, "computed": 0, "found": 0}
    number = 0
    for row in rows:
        values = [value_at(axes[name], float(at)) for name, at in zip(names, row, strict=True)]
        for repetition in range(sweep.get("repeat", 1)):
            point = hashlib.sha256(repr((names, values, repetition)).encode()).hexdigest()[:32]
            found = db.execute("SELECT status FROM points WHERE id = ?", (point,)).fetchone()
            if found is None:
                status, reason, results = computed(sweep, names, values, repetition)
                filled = dict(zip(names, values, strict=True)) | results
                columns = "".join(f', "{name}"' for name in filled)
                command = "partita partition " + " ".join(
                    f"--set {name}={value}" for name, value in zip(names, values, strict=True)
                )
                db.execute(
                    f"INSERT INTO points(id, verb, command, status, reason{columns}) "
                    f"VALUES (?, ?, ?, ?, ?{', ?' * len(filled)})",
                    (point, sweep["body"], command, status, reason, *filled.values()),
                )
                found = (status,)
                counts["computed"] += 1
            else:
                counts["found"] += 1
            counts[found[0]] += 1
            db.execute("INSERT OR IGNORE INTO places VALUES (?, ?, ?, ?)", (sweep_id, number, repetition, point))
            number += 1
    db.commit()
    db.close()
    with Path(f"{file}.computed").open("a") as log:
        log.write(f"{counts['computed']}\n")
    return {"sweep": sweep_id, "points": number, **counts}


def main(words):
    file = words[1]
    if not Path(file).is_file():
        print(f"{file}: error: no such file", file=sys.stderr)
        return 2
    sweep = json.loads(Path(file).read_text())
    print("progress of the sweep", file=sys.stderr)
    if "--describe" in words:
        print(json.dumps({key: value for key, value in sweep.items() if key not in ("columns", "no", "failed")}))
        return 0
    told = evaluate(file, sweep, words[words.index("--positions") + 1], words[words.index("--out") + 1])
    print(json.dumps(told))
    return 1 if told["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
