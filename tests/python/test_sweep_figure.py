"""Figures of sweeps: what a reader sees stands in their objects, and what is asked wrongly is named."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from figures.reading import InputError
from figures.sweep import Look, sweep
from results.groups import Bins, group
from results.reading import Column, Results
from sweep_results import MS, SweepFile, usual, usual_rows

PLOT = Path(__file__).resolve().parents[2] / "tools/plot/plot.py"
BANDWIDTH = "machine.links.pcie.bandwidth"
LABEL = "links pcie bandwidth (GB/s)"


@pytest.fixture
def results(tmp_path):
    with Results(usual(tmp_path)) as opened:
        yield opened


@pytest.fixture
def made(tmp_path):
    """Results of a sweep with other axes; `change` mends its description."""
    opened = []

    def make(rows, axes, results, change=lambda description: None, **more):
        file = SweepFile(tmp_path / "made.db")
        file.add("made", rows, axes=axes, results=results, **more)
        ((text,),) = file.run("SELECT description FROM sweeps")
        description = json.loads(text)
        change(description)
        file.run("UPDATE sweeps SET description = ?", json.dumps(description))
        file.database.commit()
        file.database.close()
        opened.append(Results(file.file))
        return opened[-1]

    yield make
    for each in opened:
        each.database.close()


def test_points_are_grouped_by_values_and_keep_their_numbers(results):
    groups = group(results, results.sweep(), "predicted_ps", [BANDWIDTH, "model"])
    assert [each.keys for each in groups.groups] == [
        (bandwidth, model) for bandwidth in (1e9, 1e10, 1e11) for model in ("zoo:bert?layers=4", "zoo:resnet50")
    ]
    assert list(groups.groups[2].values) == [10 * MS, 20 * MS, 40 * MS]
    last = groups.groups[-1]
    assert (len(last.values), last.no, last.failed) == (0, 2, 1)
    assert (groups.no, groups.failed, groups.repetitions, groups.mixed) == (2, 1, 3, ())


def test_numbers_of_points_that_have_no_answer_do_not_count(made):
    # A plan that does not fit says by how much, and what it would have taken.
    rows = [(0, "done", None, 1, 5), (1, "no", "no memory", 1, 900), (2, "failed", "crashed", 1, 900)]
    results = made(rows, [("batch", "integer", "")], [("bytes", "integer", "")])
    (one,) = group(results, results.sweep(), "bytes", ["batch"]).groups
    assert (list(one.values), one.no, one.failed) == ([5], 1, 1)


def test_axes_that_are_not_asked_for_are_mixed_unless_conditions_hold_them(results):
    groups = group(results, results.sweep(), "predicted_ps", [BANDWIDTH])
    assert [axis.name for axis in groups.mixed] == ["model"]
    assert len(groups.groups[0].values) == 6
    held = group(results, results.sweep(), "predicted_ps", [BANDWIDTH], ["model=*50", "repetition<2"])
    assert (held.mixed, held.repetitions) == ((), 2)


@pytest.mark.parametrize(("logarithmic", "expected"), [(False, [0, 0, 1, 1]), (True, [0, 0, 0, 1])])
def test_ranges_are_cut_into_equal_parts(results, logarithmic, expected):
    # 1, 10 and 100 GB/s of 1 to 10000: halves meet at 5000.5, or at 100.
    bins = Bins(Column(BANDWIDTH, "axis", "REAL", "B/s"), 1e9, 1e13 if logarithmic else 2e11, 2, logarithmic)
    parts = results.rows(f"SELECT DISTINCT {bins.sql()} FROM places")
    assert parts == ([(0,), (1,)] if logarithmic else [(0,)])
    assert bins.middle(0) == pytest.approx(1e10 if logarithmic else 5.075e10)


def test_lines_go_through_medians_in_readable_units(results):
    figure = sweep(results, Look(x=BANDWIDTH, by="model"))
    axes = figure.axes[0]
    lines = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [list(line.get_xdata()) for line in lines] == [pytest.approx([1, 10, 100])] * 2
    assert list(lines[0].get_ydata()) == pytest.approx([200, 20, 2])  # ms, the second of three repetitions
    assert list(lines[1].get_ydata()) == pytest.approx([400, 40, math.nan], nan_ok=True)
    assert (axes.get_xlabel(), axes.get_ylabel()) == (LABEL, "predicted time (ms)")
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["zoo:bert?layers=4", "zoo:resnet50"]
    heading = " ".join(text.get_text() for text in figure.texts)
    assert "median over 3 repetitions, band: smallest to largest" in heading
    assert "2 infeasible, 1 failed" in heading


def test_bands_reach_over_all_repetitions_and_crosses_say_where_nothing_came_of_it(results):
    axes = sweep(results, Look(x=BANDWIDTH, by="model")).axes[0]
    band = axes.collections[0].get_paths()[0].vertices
    assert (band[:, 1].min(), band[:, 1].max()) == (pytest.approx(1), pytest.approx(400))
    crosses = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "x"]
    assert crosses == [[], [pytest.approx(100)]]


def test_many_values_have_a_band_of_percentiles(made):
    rows = [(i, "done", None, x, x * 100 + i) for x in (1, 2) for i in range(101)]
    figure = sweep(made(rows, [("batch", "integer", "")], [("bytes", "integer", "")], answer="bytes"), Look(x="batch"))
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    # 100 to 200 and 200 to 300: from the 11th smallest of the first, to the 11th largest of the second.
    assert (band[:, 1].min(), band[:, 1].max()) == (pytest.approx(110), pytest.approx(290))
    assert "band: 10th to 90th percentile" in figure.texts[0].get_text()
    assert figure.axes[0].get_yscale() == "linear"


def test_names_stand_side_by_side_and_no_line_joins_them(results):
    axes = sweep(results, Look(x="model", where=[f"{BANDWIDTH}<50 GB/s"])).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["zoo:bert?layers=4", "zoo:resnet50"]
    assert all(line.get_linestyle() == "None" for line in axes.lines)
    # Of 1 and 10 GB/s: 10, 20, 40, 100, 200 and 400 ms, twice as much for the other.
    assert [list(line.get_ydata()) for line in axes.lines if line.get_marker() == "o"] == [pytest.approx([70, 140])]


def test_a_map_has_a_cell_for_each_pair(results):
    figure = sweep(results, Look(x=BANDWIDTH, over="model"))
    axes, bar = figure.axes
    cells = np.ma.filled(axes.collections[0].get_array(), np.nan)
    assert cells == pytest.approx(np.array([[200, 20, 2], [400, 40, math.nan]]), nan_ok=True)
    assert axes.get_ylim()[0] > axes.get_ylim()[1]  # names are read from above
    assert [text.get_text() for text in axes.texts] == ["200", "20", "2", "400", "40"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["1", "10", "100"]
    assert [list(line.get_xdata()) for line in axes.lines] == [[2]]
    assert bar.get_ylabel() == "predicted time (ms)"
    assert bar.get_yscale() == "log"


def test_panels_share_their_axis(results):
    figure = sweep(results, Look(x=BANDWIDTH, facet="model"))
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["zoo:bert?layers=4", "zoo:resnet50"]
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert list(figure.axes[1].lines[0].get_ydata()) == pytest.approx([400, 40, math.nan], nan_ok=True)


def test_values_that_were_drawn_are_taken_together_with_their_neighbours(made):
    # 600 bandwidths from 1 to 1000 GB/s, evenly on a logarithmic scale: 20 in each of 30 parts.
    rows = [(0, "done", None, 10 ** (9 + 3 * (i + 0.5) / 600), i) for i in range(600)]

    def drawn(description):
        description["axes"][0].pop("values")
        description["axes"][0] |= {"from": 1e9, "to": 1e12}

    axes = [(BANDWIDTH, "real", "B/s")]
    file = made(rows, axes, [("bytes", "integer", "")], drawn, answer="bytes", sampling="latin_hypercube")
    figure = sweep(file, Look(x=BANDWIDTH))
    (line, _) = figure.axes[0].lines
    assert list(line.get_ydata()) == pytest.approx([20 * part + 9.5 for part in range(30)])
    assert line.get_xdata()[0] == pytest.approx(10 ** (3 * 0.5 / 30))
    assert "median in 30 steps" in figure.texts[0].get_text()


def test_numbers_of_by_are_steps_of_one_colour_under_their_name(made):
    rows = [(0, "done", None, x, batch, x * batch) for x in (1, 2) for batch in (1, 2, 4, 8)]
    axes = [("streams", "integer", ""), ("model.batch", "integer", "")]
    figure = sweep(made(rows, axes, [("bytes", "integer", "")], answer="bytes"), Look(x="streams", by="model.batch"))
    legend = figure.legends[0]
    assert legend.get_title().get_text() == "model batch"
    assert [text.get_text() for text in legend.get_texts()] == ["1", "2", "4", "8"]
    grey = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b, _ in (line.get_color() for line in legend.get_lines())]
    assert grey == sorted(grey)


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (Look(x="modle"), "no column 'modle': did you mean 'model'"),
        (Look(x="model", y="busiest"), "column 'busiest' has texts, and a figure needs numbers"),
        (Look(x="model", by="model"), "'model' is named twice"),
        (
            Look(x="model", where=["predicted_ps<1 us"]),
            "to draw: of the points that meet the conditions, there are",
        ),
        (Look(x="model", where=["status!=done"]), "2 are infeasible, 1 failed"),
        (Look(x="model", y="seed", log="y", where=["seed<1"]), "--log y: 'seed' has values that are not above 0"),
        (Look(x="model", by="seed"), r"--by seed: 18 lines are too many \(12 at most"),
        (Look(x="model", facet="seed"), r"--facet seed: 18 panels are too many \(12 at most"),
    ],
)
def test_what_cannot_be_drawn_is_named(results, look, message):
    with pytest.raises(InputError, match=message):
        sweep(results, look)


def test_without_an_answer_the_columns_are_named(made):
    results = [("bytes", "integer", ""), ("why", "text", "")]
    rows = [(0, "done", None, 1, 2, "x")]
    file = made(rows, [("batch", "integer", "")], results, lambda description: description.pop("answer"))
    with pytest.raises(InputError, match=r"--y: the sweep file has no 'answer'; which column\? \(bytes\)"):
        sweep(file, Look(x="batch"))


def plot(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, PLOT, "sweep", *arguments], capture_output=True, text=True, check=False)


def test_the_command_writes_the_same_vectors_each_time(tmp_path):
    file = usual(tmp_path)
    for name in ("one.pdf", "two.pdf"):
        made = plot(file, "--x", BANDWIDTH, "--over", "model", "--where", "repetition<2", "--out", tmp_path / name)
        assert (made.returncode, made.stdout, made.stderr) == (0, f"{tmp_path / name}\n", "")
    content = (tmp_path / "one.pdf").read_bytes()
    assert content == (tmp_path / "two.pdf").read_bytes()
    assert b"/Subtype /Image" not in content


def test_the_command_names_mistakes(tmp_path):
    file = usual(tmp_path)
    wrong = plot(file, "--x", "modle", "--out", tmp_path / "x.pdf")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no column 'modle'" in wrong.stderr
    absent = plot(tmp_path / "absent.db", "--x", "model", "--out", tmp_path / "x.pdf")
    assert (absent.returncode, "no such file" in absent.stderr) == (2, True)
    assert list(tmp_path.glob("x.pdf*")) == []


def test_a_sweep_chosen_by_name_is_drawn(tmp_path):
    file = SweepFile(tmp_path / "two.db")
    file.add("pays", usual_rows())
    file.add("half", list(usual_rows())[:6])
    with Results(file.file) as results:
        figure = sweep(results, Look(x=BANDWIDTH, by="model", sweep="half"))
    lines = [line for line in figure.axes[0].lines if line.get_linestyle() == "-"]
    assert [len(line.get_xdata()) for line in lines] == [1, 1]
    file.database.close()
