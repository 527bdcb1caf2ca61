"""The program that `partita plot` calls: files, messages, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest
from samples import ANALYSIS, COPIES, FRONT, SUMMARY, TIMELINE, VERDICT, WORKLOAD, measured, write

PROGRAM = Path(__file__).resolve().parents[2] / "tools/plot/plot.py"


@pytest.fixture
def plot(tmp_path):
    """Runs plot.py in a folder with sample inputs, whose name has a space; gives the finished process."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    write(folder, "simulated.json", TIMELINE)
    write(folder, "measured.json", measured())
    write(folder, "analysis.json", ANALYSIS)
    write(folder, "requests.json", WORKLOAD)
    write(folder, "summary.json", SUMMARY)
    write(folder, "front.json", FRONT)
    write(folder, "verdict.json", VERDICT)
    write(folder, "copies.json", COPIES)
    (folder / "features.csv").write_text("file,kind,type,shape,mean\na,tensor,int8,1,5\nb,tensor,int8,1,6\n")

    def run(*arguments):
        command = [sys.executable, PROGRAM, *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    run.folder = folder
    return run


INPUTS = {
    "gantt": ["simulated.json", "measured.json"],
    "aligned": ["simulated.json", "measured.json"],
    "copies": ["copies.json"],
    "waiting": ["analysis.json"],
    "latency": ["requests.json"],
    "bars": ["summary.json"],
    "adapt": ["summary.json"],
    "calibration": ["summary.json"],
    "pareto": ["front.json"],
    "exam": ["verdict.json"],
    "what_if": ["verdict.json"],
    "features": ["features.csv"],
}
MAGIC = {".pdf": b"%PDF", ".png": b"\x89PNG", ".svg": b"<?xml"}


@pytest.mark.parametrize("kind", INPUTS)
def test_every_kind_writes_pdf_and_png(plot, kind):
    result = plot(kind, *INPUTS[kind], "--out", "a figure")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["a figure.pdf", "a figure.png"]
    for ending in (".pdf", ".png"):
        assert (plot.folder / f"a figure{ending}").read_bytes().startswith(MAGIC[ending])


def test_an_ending_chooses_the_format_and_the_same_input_gives_the_same_bytes(plot):
    for name in ("1.svg", "2.svg", "1.pdf", "2.pdf"):
        assert plot("gantt", *INPUTS["gantt"], "--out", name).stdout == f"{name}\n"
    for ending in (".svg", ".pdf"):
        first, second = ((plot.folder / f"{i}{ending}").read_bytes() for i in (1, 2))
        assert first.startswith(MAGIC[ending])
        assert first == second


def test_vector_figures_keep_their_text(plot):
    plot("gantt", *INPUTS["gantt"], "--out", "figure.svg")
    text = (plot.folder / "figure.svg").read_text()
    for expected in ("fast", "slow [0]", "dma0", "block_a", "simulated", "measured", "time (ms)"):
        assert f">{expected}</text>" in text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["gantt", "absent.json", "--out", "f"], "plot: absent.json: No such file or directory"),
        (["gantt", "summary.json", "--out", "f"], "plot: summary.json: this is no timeline"),
        (["waiting", "simulated.json", "--out", "f"], "plot: simulated.json: this is no analysis"),
        (["bars", "simulated.json", "--out", "f"], "plot: simulated.json: this is no summary"),
        (["latency", "summary.json", "--out", "f"], "plot: summary.json: this is no workload"),
        (["pareto", "summary.json", "--out", "f"], "plot: summary.json: this is no front"),
        (["features", "summary.json", "--out", "f"], "plot: summary.json: this is no table of partita analyze --csv"),
        (["bars", "summary.json", "--out", "f.jpeg"], "unknown ending '.jpeg' (one of .pdf, .svg, .png, or none)"),
        (["bars", "summary.json", "--out", "f", "--width", "0.1"], "--width 0.1: expected 2 to 40 inches"),
        (["bars", "summary.json", "--out", "f", "--width", "nan"], "--width nan: expected 2 to 40 inches"),
        (["gant", "simulated.json", "--out", "f"], "invalid choice: 'gant'"),
        (["gantt", "simulated.json"], "the following arguments are required: --out"),
    ],
)
def test_wrong_input_is_one_clear_line_and_exit_code_2(plot, arguments, expected):
    before = sorted(plot.folder.iterdir())
    result = plot(*arguments)
    assert result.returncode == 2
    assert expected in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert sorted(plot.folder.iterdir()) == before


def test_a_folder_that_cannot_be_made_is_exit_code_3(plot):
    result = plot("bars", "summary.json", "--out", "summary.json/f")
    assert result.returncode == 3
    assert result.stderr.startswith("plot: summary.json")
