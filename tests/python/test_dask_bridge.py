"""Points of a sweep on a dask cluster: each gets one answer, whatever becomes of workers, schedulers and drivers."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clusters import PATIENCE, are_gone, descendants, started_by_the_user

HERE = Path(__file__).resolve().parent
BRIDGE = HERE.parents[1] / "tools/cluster/dask_bridge.py"
FAKE = str(HERE / "fake_evaluate.py")


def point(number, *words, **more) -> str:
    return json.dumps({"point": f"p{number}", "arguments": words, **more})


class Bridge:
    """The bridge as the driver has it: a child in a group of its own, with pipes."""

    def __init__(self, folder: Path, *arguments, **environment):
        self.errors = folder / "errors"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, BRIDGE, "--program", FAKE, "--files", folder, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | environment,
                start_new_session=True,
            )

    def ask(self, *points: str) -> None:
        self.process.stdin.write("".join(f"{each}\n" for each in points))
        self.process.stdin.flush()

    def answer(self) -> dict:
        return json.loads(self.process.stdout.readline())

    def answers(self) -> dict[str, dict]:
        """All that are still to come, by point; no more points come."""
        self.process.stdin.close()
        got = [json.loads(line) for line in self.process.stdout]
        by_point = {each["point"]: each for each in got}
        assert len(by_point) == len(got)
        return by_point

    def code(self) -> int:
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        return self.errors.read_text()

    def family(self) -> list[int]:
        """Processes that descend from it."""
        return descendants(self.process.pid)


@pytest.fixture
def bridge(tmp_path):
    started = []

    def start(*arguments, **environment):
        started.append(Bridge(tmp_path, *arguments, **environment))
        return started[-1]

    yield start
    for each in started:
        family = each.family()
        each.process.kill()
        each.process.wait()
        assert are_gone(family)
        each.process.stdout.close()
        if not each.process.stdin.closed:
            each.process.stdin.close()


def test_every_point_gets_its_answer_and_some_of_them_are_failures(bridge, tmp_path):
    folder = "f" * 64
    (tmp_path / folder / "deep").mkdir(parents=True)
    (tmp_path / folder / "deep/net.yaml").write_text("layers: 4\n")
    files = [{"folder": folder, "name": "deep/net.yaml", "sha256": "0" * 64}]
    run = bridge("--workers", "2")
    run.ask(*(point(i, "sleep", "0.01") for i in range(60)))
    run.ask(
        *(point(i, "read", f"@{folder}/deep/net.yaml", files=files) for i in range(60, 70)),
        point(70, "crash"),
        point(71, "sleep", "60", limits={"time": 0.2}),
        point(72, "keep", "a plan"),
        "",
        point(73, "pad", "3000000"),
    )
    got = run.answers()
    assert (run.code(), run.said()) == (0, "")
    assert got.keys() == {f"p{i}" for i in range(74)}
    assert {i for i in range(74) if got[f"p{i}"]["status"] != "done"} == {70, 71}
    assert got["p70"]["reason"] == "ended by signal 11 (SIGSEGV)"
    assert got["p71"]["reason"] == "took longer than 200 ms by the clock"
    assert all(got[f"p{i}"]["result"]["text"] == "layers: 4\n" for i in range(60, 70))
    assert got["p72"]["artifacts"] == [{"name": "out", "base64": "YSBwbGFu"}]
    assert len(got["p73"]["result"]["text"]) == 3_000_000
    assert len({got[f"p{i}"]["result"]["process"] for i in range(60)}) >= 2  # both workers had some
    assert {got["p0"]["host"]["name"]} == {os.uname().nodename}


def test_what_a_worker_had_when_it_died_is_computed_again(bridge, tmp_path):
    run = bridge("--workers", "2", DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="1")
    run.ask(*(point(i, "sleep", "0.02") for i in range(40)))
    run.ask(point(40, "kill the worker", str(tmp_path / "once")), point(41, "kill the worker"))
    run.ask(*(point(i, "sleep", "0.02") for i in range(42, 80)))
    got = run.answers()
    assert run.code() == 0
    assert got.keys() == {f"p{i}" for i in range(80)}
    assert {i for i in range(80) if got[f"p{i}"]["status"] != "done"} == {41}
    assert got["p41"]["reason"] == "2 workers died computing it"
    assert "is gone; what it had not answered is computed again" in run.said()


def test_a_worker_with_another_version_is_refused(bridge):
    run = bridge("--workers", "1", "--version", "2.0")
    run.ask(point(0, "sleep", "0"))
    assert run.answers() == {}
    assert run.code() == 3
    assert f"'{FAKE}' is of version 1.0 there, and 2.0 here" in run.said()


def test_points_come_and_answers_go_one_by_one_and_ctrl_c_ends_it_all(bridge):
    run = bridge("--workers", "2")
    for i in range(3):
        run.ask(point(i, "sleep", "0"))
        assert run.answer()["point"] == f"p{i}"
    run.ask(point(3, "sleep", "60"))
    family = run.family()
    assert len(family) >= 4  # two workers, and two processes that compute
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.code() == 130
    assert are_gone(family)
    assert run.said() == ""


def test_it_ends_when_nobody_wants_the_answers(bridge):
    run = bridge("--workers", "1")
    run.ask(point(0, "sleep", "0"))
    run.answer()
    run.ask(point(1, "sleep", "60"))
    family = run.family()
    run.process.stdout.close()
    assert run.code() == 130
    assert are_gone(family)


@pytest.fixture
def cluster(tmp_path):
    with started_by_the_user(tmp_path) as running:
        yield running


def test_a_scheduler_of_the_user_is_used_and_when_it_is_lost_nothing_else_is(bridge, cluster, tmp_path):
    run = bridge("--scheduler", cluster.address)
    run.ask(*(point(i, "sleep", "0.01") for i in range(30)))
    got = run.answers()
    assert (run.code(), got.keys()) == (0, {f"p{i}" for i in range(30)})
    assert len({each["result"]["process"] for each in got.values()}) >= 2  # one for each thread
    # Nothing of us is left at the worker.
    assert not list(tmp_path.rglob("partita-*"))

    run = bridge("--scheduler", cluster.address)
    run.ask(point(0, "sleep", "0"))
    assert run.answer()["status"] == "done"
    run.ask(point(1, "sleep", "60"))
    cluster.scheduler.kill()
    assert run.answers() == {}
    assert run.code() == 3
    assert "the scheduler is gone" in run.said()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], 3, "no scheduler answers at tcp://127.0.0.1:1"),
        (["--scheduler", "nonsense"], 2, "--scheduler nonsense: "),
        (["--workers", "0"], 2, "--workers 0: expected 1 or more"),
        ([], 2, "one of the arguments --scheduler --workers is required"),
        (["--workers", "1", "--program", "/absent"], 3, "/absent"),
    ],
)
def test_wrong_arguments_and_absent_schedulers_are_named(bridge, arguments, code, message):
    run = bridge(*arguments)
    assert run.code() == code
    assert message in run.said()
