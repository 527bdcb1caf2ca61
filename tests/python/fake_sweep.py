#!/usr/bin/env python3
"""Speaks as `partita sweep` does, and computes columns by formulas: FILE is JSON, what --describe says and besides

"columns": {name: expression}   of the values of the axes by the last word of their names, `rep` (the repetition) and
                                `chance(scale)` (repeatable noise, other for each point and repetition)
"no", "failed": expression      where there is no result
"left_out": expression          where no point is allowed

It counts the points that it really computes in FILE.computed.
"""

import csv
import hashlib
import json
import math
import random
import re
import sqlite3
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = re.search(r'R"\((.*?)\)"', (ROOT / "tools/partita/results/schema.h").read_text(), re.DOTALL)[1]


NOT_DESCRIBED = ("columns", "no", "failed", "left_out")


def value_at(axis, position):
    if axis["kind"] == "list":
        count = len(axis["values"])
        return axis["values"][min(int(position * count), count - 1)]
    low, high, step = axis["from"], axis["to"], axis["step"] if axis["integer"] else 1
    low, high = low / step, high / step + axis["integer"]
    value = low * (high / low) ** position if axis["scale"] == "log" else low + (high - low) * position
    return min(math.floor(value + 1e-9) * step, axis["to"]) if axis["integer"] else value


def by_last_words(names, values):
    return {name.split(".")[-1]: value for name, value in zip(names, values, strict=True)}


def computed(sweep, names, values, repetition):
    """(status, reason, results) of one point."""
    words = by_last_words(names, values)
    noise = random.Random(repr((values, repetition)))
    scope = {**vars(math), **words, "rep": repetition, "chance": lambda scale: noise.gauss(0, scale)}
    if "failed" in sweep and eval(sweep["failed"], scope):
        return "failed", "took longer than 60 s by the clock", {}
    if "no" in sweep and eval(sweep["no"], scope):
        return "no", "it needs 3 GB more", {}
    return "done", None, {name: eval(text, scope) for name, text in sweep["columns"].items()}


def open_store(out, sweep):
    """A results file with a column for each axis and result."""
    is_new = not Path(out).exists()
    db = sqlite3.connect(out)
    if is_new:
        db.executescript(f"PRAGMA user_version = 1; {SCHEMA}")
    units = {axis["name"]: axis["unit"] for axis in sweep["axes"]}
    for table, role, names in (("places", "option", units), ("points", "result", sweep["columns"])):
        known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for name in names:
            if name not in known:
                db.execute(f'ALTER TABLE {table} ADD COLUMN "{name}"')
            db.execute(
                "INSERT OR IGNORE INTO columns VALUES (?, ?, ?, 'real', ?)",
                (role, sweep["body"], name, units.get(name, "")),
            )
    return db


def insert(db, table, values):
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join("?" for _ in values)
    return db.execute(f"INSERT INTO {table}({names}) VALUES ({marks})", list(values.values())).lastrowid


def described(sweep):
    return json.dumps({key: value for key, value in sweep.items() if key not in NOT_DESCRIBED})


def evaluate(file, sweep, positions, out, replaced=None):
    with Path(positions).open(newline="") as opened:
        rows = list(csv.reader(opened))
    names, rows = rows[0], rows[1:]
    axes = {axis["name"]: axis for axis in sweep["axes"]}
    db = open_store(out, sweep)
    digest = hashlib.sha256((Path(file).read_text() + Path(positions).read_text()).encode()).hexdigest()
    known = db.execute("SELECT id FROM sweeps WHERE hash = ?", (digest,)).fetchone()
    sweep_id = known[0] if known else insert(db, "sweeps", {
        "name": sweep["name"], "verb": sweep["body"], "description": described(sweep), "hash": digest,
        "points": len(rows) * sweep["repeat"],
    })  # fmt: skip
    counts = {"done": 0, "no": 0, "failed": 0, "computed": 0, "found": 0}
    number = 0
    left_out = []
    for asked, row in enumerate(rows):
        values = [value_at(axes[name], float(at)) for name, at in zip(names, row, strict=True)]
        if "left_out" in sweep and eval(sweep["left_out"], by_last_words(names, values)):
            left_out.append(asked)
            continue
        for repetition in range(sweep["repeat"]):
            name = repr((values, repetition))
            found = db.execute("SELECT number, status FROM points WHERE id = ?", (name,)).fetchone()
            if found is None:
                status, reason, results = computed(sweep, names, values, repetition)
                point = insert(
                    db, "points", {"id": name, "verb": sweep["body"], "status": status, "reason": reason, **results}
                )
                given = " ".join(f"--set {axis}={value}" for axis, value in zip(names, values, strict=True))
                insert(db, "provenance", {"point": point, "command": f"partita {sweep['body']} {given}"})
                counts["computed"] += 1
            else:
                point, status = found
                counts["found"] += 1
            counts[status] += 1
            if not known:
                place = {"sweep": sweep_id, "number": number, "repetition": repetition, "point": point}
                insert(db, "places", place | dict(zip(names, values, strict=True)))
            number += 1
    if replaced is not None and int(replaced) != sweep_id:
        db.execute("DELETE FROM sweeps WHERE id = ?", (replaced,))
        db.execute("DELETE FROM places WHERE sweep = ?", (replaced,))
    db.commit()
    db.close()
    with Path(f"{file}.computed").open("a") as log:
        log.write(f"{counts['computed']}\n")
    return {"sweep": sweep_id, "points": number, **counts} | ({"left_out": left_out} if left_out else {})


def main(words):
    file = words[1]
    if not Path(file).is_file():
        print(f"{file}: error: no such file", file=sys.stderr)
        return 2
    sweep = json.loads(Path(file).read_text())
    print("progress of the sweep", file=sys.stderr)
    if "--describe" in words:
        print(described(sweep))
        return 0
    given = [words[words.index(word) + 1] if word in words else None for word in ("--positions", "--out", "--replaces")]
    told = evaluate(file, sweep, *given)
    print(json.dumps(told))
    return 1 if told["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
