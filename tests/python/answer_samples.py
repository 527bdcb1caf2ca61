"""Sweeps for tests of answers: axes as `partita sweep --describe` tells them, and evaluations in this process."""

import json
import subprocess
import sys
from pathlib import Path

from answers.knobs import Axis, Knob, description_of
from answers.outcomes import Outcome

ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).resolve().parent / "fake_sweep.py"


def a_range(name, low, high, group, unit="", scale="linear", integer=False, **more):
    return {
        "name": name, "kind": "range", "unit": unit, "from": low, "to": high, "scale": scale, "integer": integer,
        "step": 1, "group": group, **more,
    }  # fmt: skip


def a_list(name, values, group, numbers=None):
    return {
        "name": name, "kind": "list", "unit": "", "values": values, "numbers": numbers or [None] * len(values),
        "group": group,
    }  # fmt: skip


def a_sweep(axes, columns, column="y", **more):
    return {
        "name": "tried", "question": "", "body": "partition", "repeat": 1, "axes": axes, "points": None, "prices": None,
        "goals": [], "answer": {"column": column, "better": "smaller"}, "columns": columns, **more,
    }  # fmt: skip


def described(axes, **more):
    return description_of(a_sweep(axes, {}, **more))


def knob(name, low=0.0, high=1.0, **more):
    return Knob((Axis(name, low=low, high=high, **more),))


def done(**columns):
    """Outcome with one repetition, or several where a column is a list."""
    values = {name: value if isinstance(value, list) else [float(value)] for name, value in columns.items()}
    return Outcome(values=values, done=max(map(len, values.values())))


NO = Outcome(no=1, reason="it needs 3 GB more")
FAILED = Outcome(failed=1, reason="took longer than 60 s")


def asked(folder, sweep, *words, fails=False):
    """Runs `answer.py VERB FILE ...` on a fake sweep: (the finished process, JSON of its last line)."""
    file = folder / "sweep.json"
    file.write_text(json.dumps(sweep))
    verb, *rest = map(str, words)
    command = [sys.executable, "-W", "error", ROOT / "tools/answers/answer.py", verb, file, "--partita", FAKE]
    run = subprocess.run(
        [*command, *rest, "--json"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert fails or run.returncode == 0, run.stderr
    lines = run.stdout.strip().splitlines()
    return run, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None


def computed(folder):
    """How many points the fake sweep really computed, call by call."""
    return [int(line) for line in (folder / "sweep.json.computed").read_text().split()]
