"""Sweeps for tests of answers: axes as `partita sweep --describe` tells them, and evaluations in this process."""

import contextlib
import io
import json
import os
import subprocess
from pathlib import Path
from unittest import mock

import fake_sweep

from answers.answer import main
from answers.knobs import Axis, Knob, description_of
from answers.outcomes import Outcome

ROOT = Path(__file__).resolve().parents[2]
FAKE = Path(__file__).resolve().parent / "fake_sweep.py"


def a_range(name, low, high, group, unit="", scale="linear", integer=False, **more):
    return {
        "name": name, "kind": "range", "unit": unit, "from": low, "to": high, "scale": scale, "integer": integer,
        "group": group, "step": 1, **more,
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
FAILED = Outcome(failed=1, reason="took longer than 60 s by the clock")


def fake_run(command):
    """The fake program in this process, which starting Python would take longer than."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = fake_sweep.main([str(word) for word in command[1:]])
    return subprocess.CompletedProcess(command, code, out.getvalue())


def asked(folder, sweep, *words, fails=False, runs=fake_run):
    """What `answer.py VERB FILE ...` makes of a fake sweep: (what it printed and its exit code, JSON of its last line).

    In this process: what it imports takes longer than what it does.
    """
    (folder / "sweep.json").write_text(json.dumps(sweep))
    verb, *rest = map(str, words)
    out, err, before = io.StringIO(), io.StringIO(), Path.cwd()
    os.chdir(folder)
    try:
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch("answers.program.call", runs),
        ):
            code = main([verb, "sweep.json", "--partita", str(FAKE), *rest, "--json"])
    except SystemExit as exit_of_argparse:
        code = exit_of_argparse.code
    finally:
        os.chdir(before)
    run = subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())
    assert fails or code == 0, run.stderr
    lines = run.stdout.strip().splitlines()
    return run, json.loads(lines[-1]) if lines and lines[-1].startswith("{") else None


def in_words(run):
    """What people read, in one line."""
    return " ".join(run.stdout.split())


def computed(folder):
    """How many points the fake sweep really computed, call by call."""
    return [int(line) for line in (folder / "sweep.json.computed").read_text().split()]
