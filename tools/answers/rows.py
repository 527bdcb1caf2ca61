"""Results of one sweep as outcomes, read from the results file."""

import sqlite3
from pathlib import Path
from typing import Any

from answers.errors import InputError
from answers.outcomes import DONE, NO, Outcome


def open_results(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True)


def units_of(results: sqlite3.Connection) -> dict[str, str]:
    return {name: unit for name, unit in results.execute("SELECT name, unit FROM columns") if unit}


def outcomes_of(results: sqlite3.Connection, sweep: int, count: int, repeat: int) -> list[Outcome]:
    """Of places 0 to count * repeat - 1: all repetitions of the first point, then those of the next."""
    columns = [name for (name,) in results.execute("SELECT name FROM columns WHERE role = 'result' ORDER BY name")]
    quoted = "".join(', p."{}"'.format(name.replace('"', '""')) for name in columns)
    found = results.execute(
        f"SELECT s.number, p.status, p.reason, p.command{quoted} "
        "FROM places s JOIN points p ON p.id = s.point WHERE s.sweep = ? ORDER BY s.number",
        (sweep,),
    )
    collected: list[dict[str, Any]] = [
        {"values": {}, "done": 0, "no": 0, "failed": 0, "reason": "", "command": ""} for _ in range(count)
    ]
    for number, status, reason, command, *numbers in found:
        if number // repeat >= count:
            raise InputError(f"sweep {sweep} of the results file has more points than were asked for")
        one = collected[number // repeat]
        one["command"] = one["command"] or command or ""
        one[{DONE: "done", NO: "no"}.get(status, "failed")] += 1
        if status != DONE:
            one["reason"] = one["reason"] or reason or ""
            continue
        for name, value in zip(columns, numbers, strict=True):
            if isinstance(value, (int, float)):
                one["values"].setdefault(name, []).append(float(value))
    for one in collected:
        one["failed"] += max(0, repeat - one["done"] - one["no"] - one["failed"])
    return [Outcome(**one) for one in collected]
