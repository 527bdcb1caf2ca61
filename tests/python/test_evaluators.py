"""What a dask worker does for a sweep, without dask: processes that compute points, and what becomes of them."""

import base64
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from bridge import evaluators
from bridge.evaluator import BYTE_UNITS, TIME_UNITS, Evaluator, GoneError, LimitError, ending, exact_text
from bridge.evaluators import Evaluators

HERE = Path(__file__).resolve().parent
FAKE = str(HERE / "fake_evaluate.py")
VERSION = "1.0"


def line(*words, point="p") -> bytes:
    return json.dumps({"point": point, "arguments": list(words)}).encode()


def is_running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(holds, seconds=10.0) -> bool:
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


@pytest.fixture
def evaluator():
    started = Evaluator([FAKE, "evaluate", "--files", "."])
    yield started
    started.end()


@pytest.fixture
def workplace(tmp_path):
    """The plugin at a worker; closed at the end."""
    opened = []

    def open_(version=VERSION, program=FAKE):
        plugin = Evaluators("test", [program], version)
        plugin.setup(SimpleNamespace(local_directory=str(tmp_path)))
        opened.append(plugin)
        return plugin

    yield open_
    for plugin in opened:
        plugin.teardown(None)


def answers(plugin, points, folders=(), seconds=1e9):
    """Answers to points, each a list of words, perhaps with its limits."""
    sent = [
        (str(i), line(*words, point=str(i)), limits)
        for i, (words, limits) in enumerate(point if isinstance(point, tuple) else (point, {}) for point in points)
    ]
    outcome = plugin.evaluate(sent, list(folders), seconds)
    return [json.loads(each) for each in outcome["answers"]] if "answers" in outcome else outcome


def test_what_ended_a_process_is_said_in_words():
    assert ending(0) == "ended by exit code 0"
    assert ending(-11) == "ended by signal 11 (SIGSEGV)"
    assert ending(-62) == "ended by signal 62"  # a real-time signal has no name


def test_long_lines_pass_in_both_directions_at_once(evaluator):
    # Each is many times what a pipe holds: whoever waited for the other to read would wait for ever.
    size = 1 << 20
    long = json.dumps({"point": "p", "arguments": ["pad", str(size)], "padding": "x" * size}).encode()
    for _ in range(3):
        evaluator.send(long)
    for _ in range(3):
        assert len(json.loads(evaluator.receive({}, 0))["result"]["text"]) == size


def test_limits_are_written_as_the_program_writes_them():
    assert [exact_text(round(s * 1e12), TIME_UNITS) for s in (60, 0.5, 1.5, 90e-6)] == [
        "60 s",
        "500 ms",
        "1500 ms",
        "90 us",
    ]
    assert [exact_text(n, BYTE_UNITS) for n in (4 * 10**9, 4 << 30, 1536, 1000)] == ["4 GB", "4 GiB", "1536 B", "1 kB"]


def test_a_limit_that_is_met_is_told_from_a_process_that_is_gone(evaluator):
    evaluator.send(line("sleep", "30"))
    with pytest.raises(LimitError, match="took longer than 50 ms by the clock"):
        evaluator.receive({"time": 0.05}, time.monotonic())
    with pytest.raises(LimitError, match="needed more than 1 MB"):
        evaluator.receive({"memory": 10**6}, time.monotonic())
    evaluator.kill()
    with pytest.raises(GoneError, match=r"ended by signal 9 \(SIGKILL\)"):
        evaluator.receive({}, 0)
    assert not evaluator.alive()


def test_a_process_ends_with_the_one_that_started_it():
    script = f"""
import sys, time
sys.path.insert(0, {str(HERE.parents[1] / "tools/cluster")!r})
from bridge.evaluator import Evaluator
evaluator = Evaluator([{FAKE!r}, "evaluate", "--files", "."])
evaluator.send(b'{{"point": "p", "arguments": ["sleep", "0"]}}')
evaluator.receive({{}}, 0)
evaluator.send(b'{{"point": "p", "arguments": ["sleep", "60"]}}')
print(evaluator.process.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    assert wait_for(lambda: not is_running(child))


def test_points_are_answered_in_order_by_one_process(workplace):
    got = answers(workplace(), [["sleep", "0"]] * 5)
    assert [each["point"] for each in got] == ["0", "1", "2", "3", "4"]
    assert len({each["result"]["process"] for each in got}) == 1
    assert got[0]["host"] == {"name": os.uname().nodename, "cores": 1}


def test_time_that_is_over_leaves_the_rest_to_others(workplace):
    plugin = workplace()
    answers(plugin, [["sleep", "0"]])  # the process starts
    # Of 50 ms each: at 0.12 s two are answered, the third is computed, and the fourth is sent. On a busy computer
    # fewer; two are sent at the beginning in any case.
    assert 2 <= len(answers(plugin, [["sleep", "0.05"]] * 20, seconds=0.12)) <= 4
    assert len(answers(plugin, [["sleep", "0.05"]] * 3, seconds=0.0)) == 1


def test_a_point_that_ends_its_process_fails_alone(workplace):
    points = [["sleep", "0"], ["crash"], ["sleep", "0"], ["quit", "3"], ["babble"], (["sleep", "30"], {"time": 0.1})]
    got = answers(workplace(), [*points, ["sleep", "0"]])
    assert [each["status"] for each in got] == ["done", "failed", "done", "failed", "failed", "failed", "done"]
    assert [got[i]["reason"] for i in (1, 3, 4, 5)] == [
        "ended by signal 11 (SIGSEGV)",
        "ended by exit code 3",
        "the program answered something else than the point it was asked for",
        "took longer than 100 ms by the clock",
    ]
    assert [each.get("attempts") for each in got] == [None, 3, None, 3, 3, None, None]
    assert 0.1 <= got[5]["seconds"] < 5
    assert len({got[i]["result"]["process"] for i in (0, 2, 6)}) == 3
    assert all("host" in each for each in got)


def test_a_process_that_somebody_ended_has_its_point_tried_again(workplace, tmp_path):
    first, second, third = answers(workplace(), [["sleep", "0"], ["crash", str(tmp_path / "once")], ["sleep", "0"]])
    assert [each["status"] for each in (first, second, third)] == ["done"] * 3
    assert second["attempts"] == 2 and "attempts" not in third
    # Tried alone in a new process, which then goes on.
    assert first["result"]["process"] != second["result"]["process"] == third["result"]["process"]


def test_memory_is_too_little_only_where_a_process_has_it_for_one_point(workplace):
    got = answers(workplace(), [["sleep", "0"], ["exhaust", "unless new"], ["exhaust"], ["sleep", "0"]])
    assert [each["status"] for each in got] == ["done", "done", "failed", "done"]
    assert (got[2]["reason"], "attempts" in got[2]) == ("needed more than 1 GB", False)
    assert len({got[i]["result"]["process"] for i in (0, 1, 3)}) == 3


def test_a_process_that_grew_is_replaced(workplace, monkeypatch):
    plugin = workplace()
    first = answers(plugin, [["sleep", "0"]])[0]["result"]["process"]
    monkeypatch.setattr(evaluators, "GROWTH", 30 << 20)
    assert answers(plugin, [["sleep", "0"]])[0]["result"]["process"] == first
    answers(plugin, [["grow", str(60 << 20)]])
    assert answers(plugin, [["sleep", "0"]])[0]["result"]["process"] != first
    assert wait_for(lambda: not is_running(first))


def test_a_process_that_nobody_asks_is_ended(workplace, monkeypatch):
    monkeypatch.setattr(evaluators, "IDLE", 0.2)
    process = answers(workplace(), [["sleep", "0"]])[0]["result"]["process"]
    assert wait_for(lambda: not is_running(process))


def test_files_that_are_not_there_are_asked_for_and_then_read(workplace):
    plugin = workplace()
    points = [["read", f"@{'a' * 64}/deep/net.yaml"], ["read", f"@{'b' * 64}/x"]]
    folders = ["a" * 64, "b" * 64]
    assert answers(plugin, points, folders) == {"missing": folders}
    plugin.deliver({"a" * 64: {"deep/net.yaml": b"layers: 4\n", "other": b""}})
    assert answers(plugin, points, folders) == {"missing": ["b" * 64]}
    for _ in range(2):  # two tasks may have missed it
        plugin.deliver({"b" * 64: {"x": b"y"}})
    assert [each["result"]["text"] for each in answers(plugin, points, folders)] == ["layers: 4\n", "y"]


def test_files_that_points_leave_come_with_the_answer(workplace):
    (got,) = answers(workplace(), [["keep", "a plan"]])
    assert got["artifacts"] == [{"name": "out", "base64": base64.b64encode(b"a plan").decode()}]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"version": "2.0"}, "' is of version 1.0 there, and 2.0 here"),
        ({"program": "/absent/partita"}, "'/absent/partita' cannot be run there: .*No such file"),
        ({"program": "/bin/echo"}, "'/bin/echo evaluate --who' does not say who it is"),
        ({"program": "/bin/false"}, "'/bin/false evaluate --who' ends with exit code 1"),
    ],
)
def test_a_worker_with_another_program_says_why_it_cannot(workplace, given, why, monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    outcome = answers(workplace(**given), [["sleep", "0"]])
    assert list(outcome) == ["refused"]
    assert re.search(why, outcome["refused"])


def test_a_worker_may_have_the_program_elsewhere(workplace, monkeypatch):
    monkeypatch.setenv("PARTITA_PROGRAM", FAKE)
    assert answers(workplace(program="/absent/partita"), [["sleep", "0"]])[0]["status"] == "done"


def test_nothing_is_left_of_a_workplace_that_closes(workplace, tmp_path):
    plugin = workplace()
    process = answers(plugin, [["sleep", "0"]])[0]["result"]["process"]
    plugin.deliver({"a" * 64: {"x": b"y"}})
    plugin.teardown(None)
    assert not is_running(process)
    assert list(tmp_path.iterdir()) == []
