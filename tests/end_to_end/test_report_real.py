"""Reports of what the command really made: a sweep whose best point is run again, machines of the repository."""

import itertools
import json
import re
import shutil
import sqlite3
import subprocess

import pytest

from conftest import ROOT
from report import machine_graph
from reports import needs_browser

MACHINES = sorted(file for file in (ROOT / "hw_configs").glob("*.yaml"))
SWEEP = """\
sweep: wire
question: From which bandwidth does splitting pay?
body: partition
with: {model: 'zoo:squeezenet?size=64', machine: machine.yaml, steps: 100}
axes:
  machine.links.wire.bandwidth: {from: 1 GB/s, to: 100 GB/s, points: 3, scale: log}
  method: [single, heft]
answer: {column: predicted_ps, better: smaller}
"""


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def described(partita, file):
    return json.loads(ok(partita("check", file, "--json")).stdout.splitlines()[-1])


@pytest.fixture
def swept(partita, tmp_path):
    """A sweep on a machine whose file is gone afterwards: the results file has it."""
    shutil.copy(ROOT / "hw_configs/two_processors.yaml", tmp_path / "machine.yaml")
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    ok(partita("sweep", "sweep.yaml", "--out", "results.db", "--jobs", 1))
    (tmp_path / "machine.yaml").unlink()
    return tmp_path


@needs_browser
def test_the_best_point_is_run_again_from_what_the_results_hold(partita, chromium, swept):
    ok(partita("report", "results.db", "--replay-best", "-o", "report.html", "--title", "Wire"))
    page = chromium.open(swept / "report.html")
    assert page.errors() == []
    assert page.requests() == []
    assert page.faults() == []
    # What was predicted is what the simulation of the same plan says.
    answer = re.sub(r"\s+", " ", page.text("#sweep0 .headline"))
    best = re.search(r"predicted time is (\S+ \S+),", answer)[1]
    assert page.text("#run0 .timeline figcaption b") == best
    assert "Simulated" in page.value(
        "[...document.querySelectorAll('#run0 .panel-title')].map((one) => one.textContent)"
    )
    assert "What a better machine would save" in page.text("#run0")
    assert "half the" in page.text("#run0") or "2 x" in page.text("#run0")
    # The machine is the one of the point, with the bandwidth that the sweep gave it.
    assert re.search(r"wire 100 GB/s · (<|\d)", page.text("#run0 .machine .link-names"))
    assert len(page.all("#run0 .machine .processor")) == 2
    commands = page.text("#run0")
    assert "partita simulate" in commands
    assert "--machine machine.yaml" in re.sub(r"\S*/machine.yaml", "machine.yaml", commands)
    # All that somebody needs to make it again is there.
    origin = page.text("#origin")
    assert "sweep: wire" in origin
    assert "partita report results.db --out report.html --title Wire --replay-best" in origin


def test_without_running_it_the_machine_is_drawn_all_the_same(partita, swept):
    result = ok(partita("report", "results.db", "-o", "report.html"))
    assert result.stderr == ""
    text = (swept / "report.html").read_text()
    assert "Best point of wire" in text
    assert 'class="processor"' in text
    assert 'data-run="run0"' not in text


def test_what_cannot_be_run_again_is_said_on_the_page_too(partita, swept):
    """The verb has lost an option since."""
    database = sqlite3.connect(swept / "results.db")
    database.execute("UPDATE provenance SET configuration = replace(configuration, '\"steps\"', '\"stride\"')")
    database.commit()
    database.close()
    result = ok(partita("report", "results.db", "--replay-best", "-o", "report.html"))
    why = "'--stride': no option that 'partita partition' can be given by a results file"
    assert f"report: warning: Best point of wire: it could not be run again: {why}\n" in result.stderr
    assert "it could not be run again" in (swept / "report.html").read_text()


@pytest.mark.parametrize(
    ("verb", "crafted", "said"),
    [
        ("partition", {"out": ["EVIL"]}, "'--out': no option"),
        ("partition", {"pareto": ["latency,energy"], "figure": ["EVIL"], "plans": ["EVIL"]}, "'--figure', '--plans'"),
        ("partition", {"out=EVIL": []}, "'--out=EVIL': no option"),
        ("partition", {"steps": ["1", "--out=EVIL"]}, "--steps"),
        ("partition", {"explain": ["--out=EVIL"]}, "--explain"),
        ("partition", {"machine": ["--write-yaml=EVIL"]}, "it could not be run again: Choose the plan: "),
        ("partition", {"set": ["--write-yaml=EVIL"]}, "it could not be run again: Choose the plan: "),
        ("simulate", {"trace": ["EVIL"], "vcd": ["EVIL"]}, "'--trace', '--vcd'"),
        ("replay", {"worker": ["ssh:elsewhere:EVIL"]}, "'--worker': no option"),
        ("demo", {"out": ["EVIL"]}, "points of 'partita demo' have no timeline"),
        ("--write-yaml=EVIL", {}, "have no timeline"),
    ],
)
def test_a_results_file_of_anybody_writes_nothing_and_runs_nothing_else(partita, swept, verb, crafted, said):
    evil = str(swept / "evil")
    with sqlite3.connect(swept / "results.db") as database:
        for point, text in database.execute("SELECT point, configuration FROM provenance").fetchall():
            told = json.loads(text)
            told["options"] |= json.loads(json.dumps(crafted).replace("EVIL", evil))
            database.execute("UPDATE provenance SET configuration = ? WHERE point = ?", [json.dumps(told), point])
        database.execute("UPDATE sweeps SET verb = ?", [verb.replace("EVIL", evil)])
        database.execute("UPDATE columns SET verb = ?", [verb.replace("EVIL", evil)])
    database.close()
    result = ok(partita("report", "results.db", "--replay-best", "-o", "report.html"))
    assert said in result.stderr.replace(evil, "EVIL")
    files = {file.name for file in swept.iterdir() if not file.name.startswith("results.db")}
    assert files == {"sweep.yaml", "report.html"}


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.stem)
def test_every_machine_is_drawn_without_parts_on_each_other(partita, file):
    machine = described(partita, file)
    graph = machine_graph.layout(machine)
    names = {one["name"] for kind in ("memories", "switches") for one in machine[kind]}
    assert {node.name for node in graph.nodes} == names
    for a, b in itertools.combinations((node.box() for node in graph.nodes), 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert graph.width < 1600


@needs_browser
def test_a_machine_alone_is_a_page(partita, chromium, tmp_path):
    ok(partita("report", ROOT / "hw_configs/dgx_h100.yaml", "-o", "machine.html"))
    page = chromium.open(tmp_path / "machine.html")
    assert page.errors() == []
    assert page.faults() == []
    assert page.text("figcaption").startswith("dgx_h100: 10 processors, 10 memories, 23 links, 7 switches.")
    assert len(page.all(".machine .links path")) == 23
    page.run("document.querySelector('details').open = true")
    assert "nvlink0" in page.text("details")


@needs_browser
def test_a_machine_that_finds_its_size_is_nothing_to_complain_of(partita, tmp_path):
    """What an observer of sizes changes at once, browsers call an error, while a page opens and in their log only."""
    ok(partita("report", ROOT / "hw_configs/dgx_h100.yaml", "-o", "machine.html"))
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=8000"]
    opened = subprocess.run(
        ["chromium", *words, "--dump-dom", (tmp_path / "machine.html").as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert 'data-ready="yes"' in opened.stdout
    assert "ResizeObserver" not in opened.stderr


def test_a_machine_with_mistakes_is_answered_with_their_places(partita, tmp_path):
    (tmp_path / "machine.yaml").write_text("machine:\n  nam: box\n")
    result = partita("report", "machine.yaml", "-o", "page.html")
    assert result.returncode == 2
    assert "machine.yaml:2:3:" in result.stderr
    assert not (tmp_path / "page.html").exists()


def test_the_verb_explains_itself(partita):
    text = ok(partita("report", "--help")).stdout
    for word in ("--replay-best", "--pdf", "Example:", "partita report results.db -o report.html"):
        assert word in text
    assert "beside the first of the results" in " ".join(text.split())


def test_a_page_lies_beside_what_it_reports(partita, tmp_path):
    (tmp_path / "machines").mkdir()
    shutil.copy(ROOT / "hw_configs/two_processors.yaml", tmp_path / "machines/two.yaml")
    said = ok(partita("report", "machines/two.yaml")).stdout
    assert said == "machines/two.html\n"
    assert (tmp_path / "machines/two.html").read_text().startswith("<!doctype html>")
