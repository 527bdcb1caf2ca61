"""Reports for tests: made as the command makes them, opened in one browser."""

import os
import subprocess
import sys

import pytest
from samples import ANALYSIS, MS, TIMELINE, measured, write

import browser
import sweep_results
from conftest import ROOT

SCRIPT = ROOT / "tools/report/report.py"
needs_browser = pytest.mark.skipif(not browser.installed(), reason="Chromium and its driver are not installed")


def report(folder, *arguments, environment=None):
    """Runs tools/report as the command does."""
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **(environment or {})},
    )


def made(folder, *arguments):
    result = report(folder, *arguments, "--out", "report.html")
    assert result.returncode == 0, result.stderr
    return folder / "report.html"


def analysis():
    """Of samples.TIMELINE: the copy to fast over pcie0, and what a faster link would save."""
    channels = [{**one, "used_percent": used, "sent_bytes": 64} for one, used in
                zip(ANALYSIS["channels"], (37.5, 4.2), strict=True)]  # fmt: skip
    what_if = [
        {"change": "2 x bandwidth of link pcie0", "makespan_ps": 81 * MS, "saves_percent": 10.0},
        {"change": "2 x peak of slow", "makespan_ps": 90 * MS, "saves_percent": 0.0},
    ]
    parts = [{"part": "layers on fast", "time_ps": 60 * MS}, {"part": "copies over pcie0", "time_ps": 30 * MS}]
    return {**ANALYSIS, "channels": channels, "what_if": what_if, "path_parts": parts, "energy_nj": 2_500_000}


def all_parts(folder):
    """A report of everything: a sweep (sweep_results.usual_rows), and a run that was simulated and measured."""
    sweep_results.usual(folder)
    write(folder, "simulated.json", TIMELINE)
    write(folder, "measured.json", measured())
    write(folder, "analysis.json", analysis())
    return made(folder, "results.db", "simulated.json", "measured.json", "analysis.json")
