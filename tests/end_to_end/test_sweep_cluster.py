"""Sweeps on more than one computer give the results that one computer gives, whoever dies meanwhile."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from clusters import PATIENCE, are_gone, descendants, started_by_the_user
from conftest import ROOT, binary

# 4 x 2 x 15 points of some ten milliseconds; the machine and the network travel to the workers.
SWEEP = """
sweep: shared
question: What does the link cost?
body: partition
with:
  model: net.json
  machine: box.yaml
  steps: 20000
axes:
  machine.links.wire.bandwidth: {from: 1 GB/s, to: 100 GB/s, points: 4, scale: log}
  method: [annealing, genetic]
repeat: 15
answer: {column: predicted_ps, better: smaller}
"""
POINTS = 120

# A ladder: two layers a step, each of which needs both of the step before.
NETWORK = {
    "costed_graph": 1,
    "name": "ladder",
    "processors": ["fast", "slow"],
    "layers": [
        {"name": f"{side}{step}", "times": {"fast": f"{10 + 7 * step % 11} us", "slow": f"{12 + 5 * step % 13} us"}}
        for step in range(20)
        for side in "ab"
    ],
    "edges": [
        {"from": f"{src}{step}", "to": f"{dst}{step + 1}", "size": f"{1 + step % 3} MB"}
        for step in range(19)
        for src in "ab"
        for dst in "ab"
    ],
}


@pytest.fixture
def sweep_file(tmp_path):
    (tmp_path / "net.json").write_text(json.dumps(NETWORK))
    (tmp_path / "box.yaml").write_bytes((ROOT / "hw_configs/two_processors.yaml").read_bytes())
    file = tmp_path / "shared.yaml"
    file.write_text(SWEEP)
    return file


@pytest.fixture
def exported(partita):
    """The results as CSV."""

    def export(results: Path) -> bytes:
        out = results.with_suffix(".csv")
        made = partita("results", results, "--export", out)
        assert (made.returncode, made.stderr) == (0, "")
        return out.read_bytes()

    return export


@pytest.fixture
def alone(partita, sweep_file, exported):
    """What an undisturbed run on this computer finds."""
    made = partita("sweep", sweep_file, "--out", "alone.db", "--jobs", "2")
    assert made.returncode == 0, made.stderr
    return exported(sweep_file.with_name("alone.db"))


def start(folder: Path, *arguments) -> subprocess.Popen:
    return subprocess.Popen(
        [binary(), "sweep", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def computed(results: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{results}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute("SELECT count(*) FROM points").fetchone()[0]
    except sqlite3.Error:  # not there yet
        return 0


def wait_until_computed(results: Path, count: int) -> None:
    until = time.monotonic() + PATIENCE
    while computed(results) < count and time.monotonic() < until:
        time.sleep(0.005)


def dask_workers(driver: int) -> list[int]:
    found = []
    for process in descendants(driver):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        if any(b"multiprocessing.spawn" in word for word in words):
            found.append(process)
    return found


def test_a_local_cluster_loses_a_worker_and_nothing_else(sweep_file, alone, exported):
    folder = sweep_file.parent
    run = start(folder, sweep_file, "--out", "dask.db", "--engine", "dask", "--workers", "2", "--json")
    wait_until_computed(folder / "dask.db", 10)
    workers = dask_workers(run.pid)
    os.kill(workers[0], signal.SIGKILL)
    assert computed(folder / "dask.db") < POINTS
    out, err = run.communicate(timeout=PATIENCE)
    assert run.returncode == 0, err
    assert f'"points":{POINTS},"done":{POINTS},"no":0,"failed":0,"computed":{POINTS},"found":0' in out
    assert "is gone; what it had not answered is computed again" in err
    assert exported(folder / "dask.db") == alone


def test_a_cluster_of_the_user_is_used_and_its_loss_costs_only_what_was_not_there(sweep_file, alone, exported, partita):
    folder = sweep_file.parent
    with started_by_the_user(folder) as cluster:
        where = ("--out", "dask.db", "--engine", "dask", "--scheduler", cluster.address)
        run = start(folder, sweep_file, *where)
        wait_until_computed(folder / "dask.db", 10)
        cluster.scheduler.kill()
        _, err = run.communicate(timeout=PATIENCE)
        assert run.returncode == 3
        assert "the scheduler is gone" in err and "--resume goes on" in err
    left = computed(folder / "dask.db")
    assert 10 <= left < POINTS
    refused = partita("sweep", sweep_file, "--out", "dask.db")
    assert refused.returncode == 2
    with started_by_the_user(folder / "again" if (folder / "again").mkdir() is None else folder) as cluster:
        more = partita("sweep", sweep_file, "--out", "dask.db", "--resume", "--engine", "dask", "--scheduler",
                       cluster.address, "--json")  # fmt: skip
    assert more.returncode == 0, more.stderr
    assert f'"done":{POINTS},"no":0,"failed":0,"computed":{POINTS - left},"found":{left}' in more.stdout
    assert exported(folder / "dask.db") == alone


def test_ctrl_c_ends_the_cluster_and_keeps_what_is_there(sweep_file, alone, exported, partita):
    folder = sweep_file.parent
    run = start(folder, sweep_file, "--out", "dask.db", "--engine", "dask", "--workers", "2")
    wait_until_computed(folder / "dask.db", 10)
    family = descendants(run.pid)
    begin = time.monotonic()
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=PATIENCE)
    assert run.returncode == 130
    assert "--resume goes on" in out
    assert are_gone(family)
    print(f"ended {time.monotonic() - begin:.1f} s after Ctrl-C")
    assert partita("sweep", sweep_file, "--out", "dask.db", "--resume").returncode == 0
    assert exported(folder / "dask.db") == alone


def test_a_driver_that_is_killed_leaves_nobody_behind(sweep_file, alone, exported, partita):
    folder = sweep_file.parent
    run = start(folder, sweep_file, "--out", "dask.db", "--engine", "dask", "--workers", "2")
    wait_until_computed(folder / "dask.db", 10)
    family = descendants(run.pid)
    run.kill()
    run.communicate(timeout=PATIENCE)
    assert are_gone(family)
    again = partita("sweep", sweep_file, "--out", "dask.db", "--resume", "--engine", "dask", "--workers", "2")
    assert again.returncode == 0, again.stderr
    assert exported(folder / "dask.db") == alone


# A large one comes to a new process, and one to a process that has computed others.
MEMORY = """
sweep: memory
body: simulate
with: {model: net.json, machine: box.yaml, method: heft, in-flight: 4}
axes: {requests: [30000, 10, 20, 30, 30001, 40]}
limits: {memory: 60 MB, time: 60 s}
"""


def test_memory_has_the_limits_that_it_has_on_one_computer(sweep_file, exported, partita):
    folder = sweep_file.parent
    (folder / "m.yaml").write_text(MEMORY)
    for name, engine in (("alone.db", ("--jobs", "2")), ("dask.db", ("--engine", "dask", "--workers", "2"))):
        made = partita("sweep", "m.yaml", "--out", name, "--json", *engine)
        assert made.returncode == 1, made.stderr
        assert '"points":6,"done":4,"no":0,"failed":2' in made.stdout
        assert "memory: a point failed: needed more than 60 MB" in made.stderr
    assert exported(folder / "dask.db") == exported(folder / "alone.db")


def test_shards_merge_to_what_one_run_finds(sweep_file, alone, exported, partita):
    folder = sweep_file.parent
    for shard in (2, 0, 1):
        made = partita("sweep", sweep_file, "--out", f"part_{shard}.db", "--shard", f"{shard}/3")
        assert made.returncode == 0, made.stderr
        assert computed(folder / f"part_{shard}.db") == POINTS // 3
    merged = partita("results", "merge", "part_0.db", "part_1.db", "part_2.db", "--out", "merged.db")
    assert merged.returncode == 0, merged.stderr
    assert exported(folder / "merged.db") == alone
