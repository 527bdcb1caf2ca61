"""partita sweep and partita results, as people use them: what a sweep computes, says, survives."""

import csv
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import time

import pyarrow.parquet as pq
import pytest
from sweep_kills import MACHINE, NETWORK, children, run_killed
from test_pipeline import ok
from test_replay import MACHINE as WORKERS
from test_replay import measured

from conftest import ROOT, binary

# Layer a: 10 us on p0. Layer b: 30 us there, 10 us on p1, to which 1 MB is copied first: 1 us and 1 MB / bandwidth.
# So a plan takes min(40 us, 21 us + 1 MB / bandwidth): splitting pays from 1 MB / 19 us = 52.6 GB/s on.
SWEEP = """
sweep: bandwidth
question: From which bandwidth does splitting pay?
body: partition
with: {model: net.json, machine: m.yaml}
axes:
  machine.links.wire.bandwidth: {from: 10 GB/s, to: 100 GB/s, points: 10}
  method: [heft, exact]
answer: {column: predicted_ps, better: smaller}
"""


def least(bandwidth: float) -> int:
    """The optimum in ps; copies are rounded up to whole ones."""
    return min(40_000_000, 21_000_000 + -(-(10**18) // int(bandwidth)))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.json").write_text(NETWORK)
    (tmp_path / "m.yaml").write_text(MACHINE)
    (tmp_path / "s.yaml").write_text(SWEEP)
    return tmp_path


def last(result) -> dict:
    return json.loads(result.stdout.splitlines()[-1])


def exported(partita, folder, database="r.db", name="r.csv", **given) -> bytes:
    words = [word for key, value in given.items() for word in (f"--{key}", value)]
    ok(partita("results", database, *words, "--export", name))
    return (folder / name).read_bytes()


def rows_of(text: bytes) -> list[dict]:
    return list(csv.DictReader(text.decode().splitlines()))


def test_every_point_is_computed_and_found_again(partita, folder):
    result = ok(partita("sweep", "s.yaml", "--out", "r.db", "--json"))
    assert last(result) == {
        "sweep": 1, "points": 20, "done": 20, "no": 0, "failed": 0, "computed": 20, "found": 0,
    }  # fmt: skip
    rows = rows_of(exported(partita, folder))
    assert len(rows) == 20
    for row in rows:
        if row["method"] == "exact":
            assert int(row["predicted_ps"]) == least(float(row["machine.links.wire.bandwidth"]))
    assert [int(row["number"]) for row in rows] == list(range(20))

    again = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--json")))
    assert (again["computed"], again["found"]) == (0, 20)
    # A larger sweep that has them, in another order and under another name.
    larger = SWEEP.replace("bandwidth\n", "larger\n").replace("points: 10", "points: 19")
    head, axes = larger.split("axes:\n")
    first, second, answer = axes.splitlines(keepends=True)
    (folder / "larger.yaml").write_text(f"{head}axes:\n{second}{first}{answer}")
    more = last(ok(partita("sweep", "larger.yaml", "--out", "r.db", "--json")))
    assert (more["points"], more["found"], more["computed"]) == (38, 20, 18)


def test_a_row_says_how_to_get_it_again(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    shown = last(ok(partita("results", "r.db", "--where", "method=exact", "--where",
                            "machine.links.wire.bandwidth=100 GB/s", "--columns", "command,predicted_ps",
                            "--json")))  # fmt: skip
    (row,) = shown["rows"]
    words = shlex.split(row["command"])
    assert words[0] == "partita"
    assert last(ok(partita(*words[1:])))["predicted_ps"] == row["predicted_ps"] == least(100e9)
    # The files that it read are kept with it.
    with sqlite3.connect(folder / "r.db") as database:
        kept = dict(database.execute("SELECT name, CAST(bytes AS TEXT) FROM inputs JOIN files USING (sha256)"))
    assert kept == {"net.json": NETWORK, "m.yaml": MACHINE}


def test_a_file_that_changes_is_another_point(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    (folder / "m.yaml").write_text(MACHINE.replace("latency: 1 us", "latency: 2 us"))
    changed = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--json")))
    assert (changed["computed"], changed["found"]) == (20, 0)
    # Where it lies does not matter.
    (folder / "elsewhere").mkdir()
    for name in ("net.json", "m.yaml"):
        (folder / name).rename(folder / "elsewhere" / f"other_{name}")
    (folder / "s.yaml").write_text(
        SWEEP.replace("net.json", "elsewhere/other_net.json").replace("m.yaml", "elsewhere/other_m.yaml")
    )
    moved = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--json")))
    assert (moved["computed"], moved["found"]) == (0, 20)


@pytest.mark.parametrize(
    "change",
    [
        ("model: net.json", "modle: net.json"),
        ("axes:", "axes:\n  real: [true]"),
        ("body: partition", "body: check"),
        ("body: partition", "body: partitoin"),
    ],
    ids=["option", "axis", "verb", "no verb"],
)
def test_mistakes_are_named_before_anything_runs(partita, folder, change):
    (folder / "s.yaml").write_text(SWEEP.replace(*change))
    result = partita("sweep", "s.yaml", "--out", "r.db")
    assert result.returncode == 2
    assert re.search(r"^s.yaml:\d+:\d+: error: ", result.stderr)
    assert not (folder / "r.db").exists()


def test_each_mistake_is_named_at_the_value_that_brings_it_in(partita, folder):
    (folder / "s.yaml").write_text("""sweep: wrong
body: partition
with:
  machine: m.yaml
axes:
  model: [net.json, zoo:inceptoin_v1, no.json]
  method: [heft, exactly]
  machine.links.wier.latency: [1 us, 2 us]
  seed: [1, -3]
""")
    result = partita("sweep", "s.yaml", "--out", "r.db")
    assert result.returncode == 2
    for said in (
        "s.yaml:6:21: error: model: zoo:inceptoin_v1: ",
        "s.yaml:6:39: error: model: no.json: ",
        "s.yaml:7:18: error: method: exactly: ",
        "s.yaml:8:32: error: machine.links.wier.latency: 1 us: there is no 'wier' in 'links' (known: wire)",
        "s.yaml:9:13: error: seed: -3: ",
    ):
        assert said in result.stderr, result.stderr
    assert len(result.stderr.splitlines()) == 5
    assert not (folder / "r.db").exists()


def test_a_part_of_a_sweep_is_gone_on_with_only_when_asked(partita, folder):
    first = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--shard", "1/4", "--json")))
    assert (first["points"], first["computed"]) == (5, 5)
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    assert "r.db: error: it already holds 5 of 20 points of 'bandwidth': --resume goes on" in refused.stderr
    dry = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--dry-run", "--json")))
    assert (dry["points"], dry["there"], dry["left"]) == (20, 5, 15)
    assert dry["seconds"] > 0
    rest = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--resume", "--json")))
    assert (rest["computed"], rest["found"]) == (15, 5)


def test_shards_merged_are_one_run(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "whole.db"))
    for part in range(3):
        ok(partita("sweep", "s.yaml", "--out", f"part{part}.db", "--shard", f"{part}/3"))
    ok(partita("results", "merge", "part2.db", "part0.db", "part1.db", "--out", "r.db"))
    assert exported(partita, folder) == exported(partita, folder, "whole.db", "whole.csv")
    # Another program has another answer to the same question.
    with sqlite3.connect(folder / "part1.db") as database:
        database.execute("UPDATE points SET predicted_ps = 7 WHERE number = 2")
    result = partita("results", "merge", "whole.db", "part1.db", "--out", "both.db")
    assert result.returncode == 2
    assert "has other results than in the files before: partita partition" in result.stderr
    assert not (folder / "both.db").exists()


def test_positions_are_points_of_the_axes(partita, folder):
    (folder / "p.csv").write_text("machine.links.wire.bandwidth\n0\n0.5\n1\n0.5\n")
    found = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--positions", "p.csv", "--json")))
    assert (found["points"], found["computed"]) == (4, 4)  # by places, of which two have the same point
    with sqlite3.connect(folder / "r.db") as database:
        rows = database.execute(
            'SELECT "machine.links.wire.bandwidth", method FROM bandwidth ORDER BY number'
        ).fetchall()
        assert rows == [(10 * 10**9, "heft"), (55 * 10**9, "heft"), (100 * 10**9, "heft"), (55 * 10**9, "heft")]
        assert database.execute("SELECT count(*) FROM points").fetchone() == (3,)
    # What the sweep leaves out is not computed, and said.
    (folder / "s.yaml").write_text(SWEEP + "exclude: [{machine.links.wire.bandwidth: '> 50 GB/s'}]\n")
    said = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--positions", "p.csv", "--json")))
    assert (said["points"], said["left_out"]) == (1, [1, 2, 3])
    (folder / "none.csv").write_text("machine.links.wire.bandwidth\n1\n")
    said = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--positions", "none.csv", "--json")))
    assert (said["points"], said["left_out"]) == (0, [0])
    (folder / "s.yaml").write_text(SWEEP)
    (folder / "p.csv").write_text("machine.links.wire.bandwidth,method,mode\n0,1.5,0\n")
    refused = partita("sweep", "s.yaml", "--out", "r.db", "--positions", "p.csv")
    assert refused.returncode == 2
    assert "p.csv:1:37: error: the sweep has no axis 'mode'" in refused.stderr
    assert "p.csv:2:3: error: '1.5' is no position from 0 to 1" in refused.stderr


def test_what_a_sweep_is_can_be_asked(partita, folder):
    said = last(ok(partita("sweep", "s.yaml", "--describe")))
    assert (said["name"], said["body"], said["points"]) == ("bandwidth", "partition", 20)
    assert [axis["name"] for axis in said["axes"]] == ["machine.links.wire.bandwidth", "method"]


def test_no_answer_is_an_answer_and_limits_are_reasons(partita, folder):
    (folder / "s.yaml").write_text("""
sweep: limits
body: partition
with: {model: net.json, steps: 1000000000}
axes:
  machine: [m.yaml, small.yaml]
  method: [heft, annealing]
limits: {time: 3 s}
""")
    (folder / "small.yaml").write_text(MACHINE.replace("1 GiB", "0.5 MB"))
    begin = time.monotonic()
    result = partita("sweep", "s.yaml", "--out", "r.db", "--json")
    assert time.monotonic() - begin < 60
    assert result.returncode == 1
    said = last(result)
    assert (said["done"], said["no"], said["failed"]) == (1, 2, 1), said
    rows = rows_of(exported(partita, folder, columns="machine,method,status,reason"))
    by_case = {(row["machine"], row["method"]): (row["status"], row["reason"]) for row in rows}
    assert by_case["m.yaml", "heft"] == ("done", "")
    assert by_case["m.yaml", "annealing"] == ("failed", "took longer than 3 s by the clock")
    # Why is said at once, and in the end.
    assert "limits: a point failed: took longer than 3 s by the clock" in result.stderr
    assert "  the first of them: took longer than 3 s by the clock\n" in result.stdout
    assert by_case["small.yaml", "heft"][0] == "no"
    assert "m0" in by_case["small.yaml", "heft"][1]
    # It is not tried again unless that is asked for.
    again = partita("sweep", "s.yaml", "--out", "r.db", "--json")
    assert again.returncode == 1
    assert last(again)["computed"] == 0
    assert last(partita("sweep", "s.yaml", "--out", "r.db", "--retry", "--json"))["computed"] == 1
    shown = ok(partita("results", "r.db", "--failed")).stdout
    assert "took longer than 3 s by the clock" in shown
    assert "--method annealing" in shown


def test_memory_has_a_limit(partita, folder):
    sweep = """
sweep: memory
body: simulate
with: {model: net.json, machine: m.yaml, method: heft, in-flight: 4}
axes: {requests: [10, 60000, 20]}
"""
    (folder / "s.yaml").write_text(sweep + "limits: {memory: 60 MB, time: 60 s}\n")
    result = partita("sweep", "s.yaml", "--out", "r.db", "--json")
    assert result.returncode == 1, result.stderr
    assert (last(result)["done"], last(result)["failed"], last(result)["computed"]) == (2, 1, 3)
    columns = "requests,status,reason"
    assert [tuple(row.values()) for row in rows_of(exported(partita, folder, columns=columns))] == [
        ("10", "done", ""), ("60000", "failed", "needed more than 60 MB"), ("20", "done", ""),
    ]  # fmt: skip
    # It needs as much the next time; with more, there is a result.
    again = partita("sweep", "s.yaml", "--out", "r.db", "--retry", "--json")
    assert again.returncode == 1
    assert (last(again)["failed"], last(again)["computed"], last(again)["found"]) == (1, 1, 2)
    (folder / "s.yaml").write_text(sweep + "limits: {memory: 4 GB, time: 60 s}\n")
    enough = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--retry", "--json")))
    assert (enough["done"], enough["failed"], enough["computed"], enough["found"]) == (3, 0, 1, 2)
    for row in rows_of(exported(partita, folder, columns="status,reason,simulated_ps")):
        assert (row["status"], row["reason"]) == ("done", "")
        assert int(row["simulated_ps"]) > 0


def test_ctrl_c_keeps_what_is_there(partita, folder):
    (folder / "s.yaml").write_text(SWEEP.replace("points: 10", "points: 100000"))
    process = subprocess.Popen(
        [binary(), "sweep", "s.yaml", "--out", "r.db"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not children(process.pid) or not written(folder / "r.db"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted: what is done is in r.db; --resume goes on" in out
    with sqlite3.connect(folder / "r.db") as database:
        assert database.execute("SELECT count(*) FROM points WHERE status != 'done'").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM claims").fetchone() == (0,)


def written(file) -> int:
    """Points in a results file that somebody is writing."""
    try:
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
            return database.execute("SELECT count(*) FROM points").fetchone()[0]
    except sqlite3.Error:
        return 0


@pytest.fixture
def many(folder):
    (folder / "s.yaml").write_text(SWEEP.replace("points: 10", "points: 400"))
    return folder


def test_a_sweep_survives_whoever_kills_it(partita, many):
    ok(partita("sweep", "s.yaml", "--out", "calm.db"))
    command = [binary(), "sweep", "s.yaml", "--out", "r.db", "--jobs", "2"]
    survived = run_killed(command, kills=8, cwd=many, seed=int(os.environ.get("PARTITA_SEED", "1")), longest=0.12)
    assert survived.drivers + survived.workers > 0
    assert exported(partita, many) == exported(partita, many, "calm.db", "calm.csv")
    with sqlite3.connect(many / "r.db") as database:
        assert database.execute("SELECT count(*), count(DISTINCT id) FROM points").fetchone() == (800, 800)
        assert database.execute("SELECT count(*) FROM points WHERE status != 'done'").fetchone() == (0,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_several_work_on_one_file(partita, many):
    ok(partita("sweep", "s.yaml", "--out", "calm.db"))
    command = [str(binary()), "sweep", "s.yaml", "--out", "r.db", "--jobs", "1", "--resume", "--json"]
    both = [subprocess.Popen(command, cwd=many, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [json.loads(process.communicate(timeout=120)[0].splitlines()[-1]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(one["computed"] for one in said) == 800
    for one in said:
        assert one["done"] == 800
    assert exported(partita, many) == exported(partita, many, "calm.db", "calm.csv")


def test_other_files_are_no_results(partita, folder):
    (folder / "text.db").write_text("hello " * 100)
    with sqlite3.connect(folder / "other.db") as database:
        database.execute("CREATE TABLE t(a)")
    for file, why in (("text.db", "this is no file of results"), ("other.db", "this database is none of partita's")):
        for words in (["sweep", "s.yaml", "--out", file], ["results", file]):
            result = partita(*words)
            assert result.returncode == 2
            assert f"{file}: error: {why}" in result.stderr
    result = partita("results", "none.db")
    assert result.returncode == 2
    assert "none.db: error: there is no such file" in result.stderr


def test_results_are_listed_filtered_compared(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    listed = ok(partita("results", "r.db")).stdout
    assert "bandwidth" in listed
    assert "From which bandwidth does splitting pay?" in listed
    best = last(ok(partita("results", "r.db", "--where", "method=exact", "--where", "predicted_ps<40 us",
                           "--sort", "predicted_ps", "--limit", 2, "--json")))["rows"]  # fmt: skip
    assert [row["machine.links.wire.bandwidth"] for row in best] == [100 * 10**9, 90 * 10**9]
    (folder / "m.yaml").write_text(MACHINE.replace("1 us", "3 us"))
    ok(partita("sweep", "s.yaml", "--out", "slower.db"))
    said = last(ok(partita("results", "compare", "r.db", "slower.db", "--json")))
    assert said["points"] == 20
    # At 100 GB/s: 21 + 10 us, then 2 us more.
    assert said["most"] == pytest.approx(33 / 31)
    assert said["least"] == 1
    # An axis that only one of them has.
    (folder / "s.yaml").write_text(SWEEP.replace("  method: [heft, exact]\n", ""))
    ok(partita("sweep", "s.yaml", "--out", "heft.db"))
    refused = partita("results", "compare", "r.db", "heft.db")
    assert refused.returncode == 2
    assert "only sweep 'bandwidth' has the axis 'method', with 2 values" in refused.stderr


def test_one_sweep_is_shown_as_people_read_it(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    lines = ok(partita("results", "r.db")).stdout.splitlines()
    assert lines[0].split()[:3] == ["sweep", "verb", "points"]
    # What is asked: the axes and the answer, each number with its unit. 21 us and 1 MB / 60 GB/s are 37.666667 us.
    assert lines[2].split() == ["number", "machine.links.wire.bandwidth", "method", "predicted_ps"]
    assert lines[3 + 11].split() == ["11", "60", "GB/s", "exact", "37.67", "us"]
    assert lines[-1] == "  other columns: --columns all, or their names; all digits: --export"
    every = ok(partita("results", "r.db", "--columns", "all", "--limit", 1)).stdout.splitlines()[0].split()
    assert {"status", "predicted_ps", "lower_bound", "gap"} <= set(every)
    # Files, and whoever reads JSON, get what was computed.
    assert rows_of(exported(partita, folder))[11]["predicted_ps"] == str(least(60e9)) == "37666667"
    assert last(ok(partita("results", "r.db", "--sweep", "bandwidth", "--json")))["rows"][11]["predicted_ps"] == (
        37_666_667
    )
    unknown = partita("results", "r.db", "--columns", "foo")
    assert unknown.returncode == 2
    assert "sweep 'bandwidth' has no column 'foo' (it has number, repetition, " in unknown.stderr
    assert "predicted_ps" in unknown.stderr


def test_older_sweeps_of_a_name_can_be_named(partita, folder):
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    (folder / "s.yaml").write_text(SWEEP.replace("points: 10", "points: 2"))
    again = ok(partita("sweep", "s.yaml", "--out", "r.db"))
    assert "note: r.db holds other points of a sweep 'bandwidth', too" in again.stderr
    assert again.stderr.rstrip().endswith("--sweep bandwidth@1")
    listed = ok(partita("results", "r.db")).stdout
    assert [line.split()[:3] for line in listed.splitlines()[1:]] == [
        ["bandwidth@1", "partition", "20"],
        ["bandwidth@2", "partition", "4"],
    ]
    newest = ok(partita("results", "r.db", "--sweep", "bandwidth", "--json"))
    assert len(last(newest)["rows"]) == 4
    assert "note: r.db holds several sweeps 'bandwidth', and this is the newest, bandwidth@2" in newest.stderr
    older = ok(partita("results", "r.db", "--sweep", "bandwidth@1", "--json"))
    assert len(last(older)["rows"]) == 20
    assert older.stderr == ""
    for name in ("r.csv", "r.parquet"):
        ok(partita("results", "r.db", "--sweep", "bandwidth@1", "--export", name))
    assert len(rows_of((folder / "r.csv").read_bytes())) == 20
    assert pq.read_table(folder / "r.parquet").num_rows == 20
    missing = partita("results", "r.db", "--sweep", "bandwidth@3")
    assert missing.returncode == 2
    assert "it holds no sweep 'bandwidth@3' (one of bandwidth@1, bandwidth@2)" in missing.stderr


def test_arrivals_that_are_only_rates_are_refused_at_once(partita, folder):
    head = "sweep: load\nbody: simulate\nwith: {model: net.json, machine: m.yaml, method: heft}\naxes:\n"
    for axis, said in (
        ("  arrivals: {from: 100/s, to: 900/s, points: 3}\n",
         "s.yaml:5:13: error: arrivals: these values do not say how requests arrive: a rate needs {from: ..., to: ..., "
         "as: 'poisson {}'}\n"),
        ("  arrivals: [1 ms, 2 ms]\n",
         "s.yaml:5:13: error: arrivals: these values do not say how requests arrive: a period needs {values: [...], "
         "as: 'every {}'}\n"),
    ):  # fmt: skip
        (folder / "s.yaml").write_text(head + axis)
        refused = partita("sweep", "s.yaml", "--out", "r.db")
        assert (refused.returncode, refused.stderr) == (2, said)
        assert not (folder / "r.db").exists()
    # Nor are others computed that nobody can read.
    (folder / "s.yaml").write_text(head + "  arrivals: [poisson 500/s, 'posson 500/s']\n")
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    assert refused.stderr.startswith("s.yaml:5:29: error: arrivals: posson 500/s: unknown arrivals in 'posson 500/s'")
    assert len(refused.stderr.splitlines()) == 1


def test_a_bad_method_hides_no_other_mistake(partita, folder):
    (folder / "s.yaml").write_text("""sweep: wrong
body: partition
with:
  machine: m.yaml
  method: hefty
  machine.links.wier.latency: 1 us
axes:
  model: [zoo:inceptoin_v1]
""")
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    places = [line.split(" error: ")[0] for line in refused.stderr.splitlines()]
    assert places == ["s.yaml:5:11:", "s.yaml:6:31:", "s.yaml:8:11:"], refused.stderr


def test_a_wrong_unit_is_one_mistake(partita, folder):
    (folder / "s.yaml").write_text(
        SWEEP.replace("to: 100 GB/s", "to: 100 GBs")
        + "exclude: [{machine.links.wire.bandwidth: '> 50 GB/s'}]\n"
        + "prices: {machine.links.wire.bandwidth: {per: 10 GB/s, price: 1}}\n"
    )
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "'100 GBs' is no number and no quantity" in refused.stderr
    # Of a range whose unit the machine does not know there, both ends are wrong for the same reason.
    (folder / "s.yaml").write_text(SWEEP.replace("10 GB/s", "10 GB").replace("100 GB/s", "100 GB"))
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert "machine.links.wire.bandwidth: 10 GB: bandwidth: unknown unit 'GB' in '10 GB'" in refused.stderr


def test_what_is_around_a_sweep_is_named_where_it_is_wrong(partita, folder):
    refused = partita("sweep", "s.yaml", "--jobs", "-1")
    assert refused.returncode == 2
    assert "--jobs: '-1' is no whole number from 1 to " in refused.stderr
    nowhere = partita("sweep", "s.yaml", "--out", "r.db", env=os.environ | {"TMPDIR": "/no/folder"})
    assert nowhere.returncode == 3
    assert nowhere.stderr == "error: there is no folder for temporary files: TMPDIR is '/no/folder'\n"
    for encoding in ("utf-16", "utf-16-be"):  # with a mark of its order, and without
        (folder / "s.yaml").write_bytes(SWEEP.encode(encoding))
        other = partita("sweep", "s.yaml", "--out", "r.db")
        assert other.returncode == 2
        assert other.stderr == "s.yaml: error: this text is UTF-16: save it as UTF-8\n"


def test_an_axis_may_be_called_like_a_column(partita, folder):
    (folder / "s.yaml").write_text(SWEEP.replace("method: [heft, exact]", "seed: [1, 2]\n  method: [annealing]"))
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    assert [row["seed"] for row in rows_of(exported(partita, folder))[:4]] == ["1", "2", "1", "2"]
    only = last(ok(partita("results", "r.db", "--where", "seed=2", "--json")))["rows"]
    assert [row["seed"] for row in only] == [2] * 10
    assert last(ok(partita("results", "compare", "r.db", "r.db", "--json")))["points"] == 20


def test_what_would_show_as_nothing_later_is_said(partita, folder):
    (folder / "s.yaml").write_text(SWEEP.replace("column: predicted_ps", "column: predicted_pS"))
    run = ok(partita("sweep", "s.yaml", "--out", "r.db"))
    assert "warning: answer: no point has a column 'predicted_pS'" in run.stderr
    (folder / "s.yaml").write_text(SWEEP)
    assert "warning" not in ok(partita("sweep", "s.yaml", "--out", "r.db")).stderr
    with sqlite3.connect(folder / "r.db") as database:
        database.execute("UPDATE points SET build = 'another' WHERE number < 4")
        (text,) = database.execute("SELECT description FROM sweeps").fetchone()
    assert json.loads(text)["answer"]["column"] == "predicted_ps"
    assert "3 points were computed by another build" in ok(partita("sweep", "s.yaml", "--out", "r.db")).stderr
    (folder / "s.yaml").write_text(SWEEP.replace("  method:", "  machine.links.WIRE.bandwidth: [1 GB/s]\n  method:"))
    refused = partita("sweep", "s.yaml", "--out", "r.db")
    assert refused.returncode == 2
    assert "differs from 'machine.links.wire.bandwidth' (at line 7) in large and small letters only" in refused.stderr


def test_a_part_is_dry_run_alone(partita, folder):
    said = last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--dry-run", "--shard", "1/4", "--json")))
    assert said["points"] == 5
    assert "--method exact" in said["commands"][0]


def test_a_worker_answers_line_by_line(partita, folder):
    """What others may build on: the protocol of partita evaluate."""
    points = [
        {"point": "a", "arguments": ["partition", "--model", "net.json", "--machine", "m.yaml", "--json"]},
        {"point": "b", "arguments": ["partition", "--model", "none.json", "--machine", "m.yaml", "--json"]},
        {"point": "c", "arguments": ["simulate", "--model", "net.json", "--machine", "m.yaml", "--method", "heft",
                                     "--set", "links.wire.bandwidth=100 GB/s", "--json"],
         "keep": {"columns": ["analysis.processors.0.busy_ps"], "files": ["out"]}},
        {"point": "d", "arguments": ["partition", "--model", "net.json"]},
        {"point": "e", "arguments": ["nothing"]},
    ]  # fmt: skip
    result = ok(partita("evaluate", input="".join(json.dumps(point) + "\n" for point in points)))
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["point"], each["status"]) for each in answers] == [
        ("a", "done"), ("b", "failed"), ("c", "done"), ("d", "failed"), ("e", "failed"),
    ]  # fmt: skip
    assert answers[0]["result"]["predicted_ps"] == 40_000_000
    assert "none.json: error: " in answers[1]["reason"]
    assert answers[2]["result"]["simulated_ps"] == 31_000_000
    assert answers[2]["result"]["analysis.processors.0.busy_ps"] == 10_000_000
    (kept,) = answers[2]["artifacts"]
    assert kept["name"] == "out"
    with open(kept["path"]) as file:  # noqa: PTH123
        assert json.load(file)["origin"] == "simulated"
    assert "it printed no line of JSON" in answers[3]["reason"]
    assert "there is no such verb" in answers[4]["reason"]
    who = last(ok(partita("evaluate", "--who")))
    assert who["version"] in ok(partita("--version")).stdout
    assert {"cpu", "cores", "memory", "name", "os"} <= set(who["host"])


def test_packets_and_flows_in_one_sweep(partita, folder):
    (folder / "s.yaml").write_text("""
sweep: fidelity
body: simulate
with: {model: net.json, machine: m.yaml, method: heft}
axes:
  machine.links.wire.bandwidth: [60 GB/s, 100 GB/s]
  fidelity: [fluid, packet]
""")
    ok(partita("sweep", "s.yaml", "--out", "r.db", "--jobs", 1))
    rows = rows_of(exported(partita, folder))
    assert len(rows) == 4
    for fluid, packet in (rows[:2], rows[2:]):
        assert float(packet["simulated_ps"]) == pytest.approx(float(fluid["simulated_ps"]), rel=0.02)


def test_each_policy_has_columns_and_no_clock_has_any(partita, folder):
    scenario = ROOT / "experiments/runtime/scenarios/nothing_changes.yaml"
    (folder / "s.yaml").write_text(
        f"sweep: x\nbody: runtime\nwith: {{scenario: {scenario}, steps: 50, requests: 10}}\n"
        "axes: {policy: [static, 'static,robust']}\n"
    )
    ok(partita("sweep", "s.yaml", "--out", "a.db"))
    one, two = rows_of(exported(partita, folder, "a.db"))
    assert one["mean_ms"] == two["static.mean_ms"]
    assert float(two["robust.mean_ms"]) > 0
    assert not [name for name in two if "decision" in name]
    ok(partita("sweep", "s.yaml", "--out", "b.db"))
    ok(partita("results", "merge", "a.db", "b.db", "--out", "both.db"))


@pytest.mark.parametrize("body", ["predict", "runtime"])
def test_other_verbs_can_be_swept(partita, folder, body):
    sweeps = {
        "predict": "with: {model: net.json, machine: m.yaml}\naxes: {machine.links.wire.latency: [1 us, 2 us]}\n",
        "runtime": f"with: {{scenario: {ROOT}/experiments/runtime/scenarios/nothing_changes.yaml, steps: 50}}\n"
        "axes: {policy: [static], requests: [10, 20], scenario.in_flight: [1]}\n",
    }
    column = {"predict": "fastest_of_each_layer_ps", "runtime": "p99_ms"}[body]
    (folder / "s.yaml").write_text(f"sweep: x\nbody: {body}\n{sweeps[body]}")
    ok(partita("sweep", "s.yaml", "--out", "r.db"))
    rows = rows_of(exported(partita, folder))
    assert len(rows) == 2
    for row in rows:
        assert float(row[column]) > 0
        if body == "predict":
            assert row[column] == "20000000"  # 10 us each
            assert row["fastest_processor"] == "p0"
            assert row["fastest_processor_ps"] == "40000000"


def test_what_is_measured_can_be_swept(partita, folder):
    """Two worker processes, which may be disturbed: noisy takes what there is."""
    (folder / "workers.yaml").write_text(WORKERS.format(kind="cpu", execution="backend: cpu-reference"))
    (folder / "s.yaml").write_text("""
sweep: measured
body: replay
with: {machine: workers.yaml, repetitions: 5, precision: 0, noisy: true}
axes:
  model: ['zoo:gpt?hidden=16&heads=2&tokens=4&vocabulary=16']
  model.layers: [1, 2]
  method: [single, round_robin]
keep: {files: [out]}
answer: {column: median_ps}
""")
    run = ok(partita("sweep", "s.yaml", "--out", "r.db", "--jobs", 2, "--json"))
    assert "times are measured: one point at a time" in run.stdout
    assert (last(run)["points"], last(run)["done"], last(run)["computed"]) == (4, 4, 4)
    rows = last(ok(partita("results", "r.db", "--columns", "all", "--json")))["rows"]
    assert [(row["model.layers"], row["method"]) for row in rows] == [
        (1, "single"), (1, "round_robin"), (2, "single"), (2, "round_robin"),
    ]  # fmt: skip
    with sqlite3.connect(folder / "r.db") as database:
        kept = database.execute(
            "SELECT number, CAST(bytes AS TEXT) FROM measured JOIN point_files USING (point) JOIN files USING (sha256)"
        )
        timelines = {number: json.loads(text) for number, text in kept}
    for row in rows:
        told = {name: value for name, value in row.items() if value is not None}
        assert measured(told) == told["median_ps"] > 0
        assert told["runs.clean"] == 5 or "disturbed_ps" in told
        assert told["output_difference"] < 1e-4
        assert told["environment.kernel"].startswith("Linux")
        assert timelines[row["number"]]["makespan_ps"] == told["median_ps"]
    # Each layer's result is copied to the other process: many times as long as the layers themselves.
    for single, both in (rows[:2], rows[2:]):
        assert both["median_ps"] > single["median_ps"]
    assert last(ok(partita("sweep", "s.yaml", "--out", "r.db", "--json")))["found"] == 4
    refused = partita("sweep", "s.yaml", "--out", "r.db", "--engine", "dask", "--workers", 2)
    assert refused.returncode == 2
    assert "--engine: error: partita replay measures this computer: only --engine local does" in refused.stderr
