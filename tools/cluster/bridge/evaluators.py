"""What a dask worker does for a sweep: it keeps processes that compute points, and the files that these need.

Workers need nothing of this tree but the program: this module and evaluator.py travel to them by value.
"""

import base64
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from bridge.evaluator import Evaluator, GoneError, LimitError

AHEAD = 2  # points in the pipe: the one that is computed, and the next
IDLE = 30.0  # seconds after which a process that nobody asks is ended: the sweep may be gone
GROWTH = 300 << 20  # bytes by which a process may grow before another takes its place
TRIES = 3  # of a point that ends the process

# What travels is plain: a point is (id, the driver's line, its limits: "time" in seconds, "memory" in bytes); of
# folders, named by the hash of what is in them, the content of each file by its path there.
PointLine = tuple[str, bytes, dict[str, Any]]
Folders = dict[str, dict[str, bytes]]


def task(name: str) -> Callable[..., dict[str, Any]]:
    """What a worker runs: see Evaluators.evaluate. (A function in a function: pickle sends those by value.)"""

    def evaluate(points: list[PointLine], folders: list[str], seconds: float) -> dict[str, Any]:
        worker = get_worker()
        return {"worker": worker.address} | worker.plugins[name].evaluate(points, folders, seconds)

    return evaluate


def delivery(name: str) -> Callable[..., None]:
    """What Client.run runs at a worker that misses folders."""

    def deliver(folders: Folders, dask_worker: Worker) -> None:
        dask_worker.plugins[name].deliver(folders)

    return deliver


def who(program: list[str]) -> dict[str, Any]:
    """{"version", "build", "host": {...}} of a program, as it says itself. Raises OSError where it does not."""
    told = subprocess.run([*program, "evaluate", "--who"], capture_output=True, text=True, check=False, timeout=60)
    if told.returncode != 0:
        raise OSError(f"'{' '.join(program)} evaluate --who' ends with exit code {told.returncode}")
    try:
        return json.loads(told.stdout)
    except ValueError as error:
        raise OSError(f"'{' '.join(program)} evaluate --who' does not say who it is") from error


class Evaluators(WorkerPlugin):
    """Everything of a sweep at one worker. `name` is the sweep's own: several may share a cluster."""

    def __init__(self, name: str, program: list[str], version: str):
        self.name = name
        self.program, self.version = program, version

    def setup(self, worker: Worker) -> None:
        self.host: dict[str, Any] = {}
        self.idle: list[tuple[Evaluator, float]] = []  # the last used at the end
        self.busy: set[Evaluator] = set()
        self.lock = threading.Lock()
        self.closing = False
        self.orders: queue.Queue[Future | None] = queue.Queue()
        self.problem = None
        # Where the program is elsewhere than at the driver, whoever starts the worker says so.
        if elsewhere := os.environ.get("PARTITA_PROGRAM"):
            self.program = [elsewhere]
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="partita-", dir=worker.local_directory))
            found = who(self.program)
            self.host = found["host"]
            if found["version"] != self.version:
                self.problem = f"'{self.program[0]}' is of version {found['version']} there, and {self.version} here"
        except (OSError, subprocess.TimeoutExpired) as error:
            self.problem = f"'{self.program[0]}' cannot be run there: {error}"
        threading.Thread(target=self._keep, name="partita-keeper", daemon=True).start()

    def teardown(self, worker: Worker) -> None:
        with self.lock:
            self.closing = True
            self.orders.put(None)
            for evaluator in self.busy:
                evaluator.kill()
        self._end_the_idle(time.monotonic())
        shutil.rmtree(self.folder, ignore_errors=True)

    def deliver(self, folders: Folders) -> None:
        try:
            for name, content in folders.items():
                self._write(name, content)
        except OSError as error:
            self.problem = f"files that points need cannot be written there: {error}"

    def _write(self, name: str, content: dict[str, bytes]) -> None:
        """Whole or not at all: others may look for it."""
        part = Path(tempfile.mkdtemp(prefix="part-", dir=self.folder))
        for path, data in content.items():
            file = part / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        try:
            part.rename(self.folder / name)
        except OSError:
            shutil.rmtree(part)
            if not (self.folder / name).exists():
                raise

    def _keep(self) -> None:
        """Starts all processes, since they live as long as the thread that did; ends those that nobody needs."""
        while not self.closing:
            try:
                order = self.orders.get(timeout=IDLE / 2)
            except queue.Empty:
                self._end_the_idle(time.monotonic() - IDLE)
                continue
            if order is not None:
                try:
                    order.set_result(Evaluator([*self.program, "evaluate", "--files", str(self.folder)]))
                except BaseException as error:
                    order.set_exception(error)

    def _end_the_idle(self, since: float) -> None:
        with self.lock:
            ended = [each for each, used in self.idle if used < since]
            self.idle = [(each, used) for each, used in self.idle if used >= since]
        for each in ended:
            each.end()

    def _take(self, new: bool) -> Evaluator:
        with self.lock:
            evaluator = self.idle.pop()[0] if self.idle and not new else None
        if evaluator is None:
            order: Future = Future()
            self.orders.put(order)
            evaluator = order.result()
        with self.lock:
            self.busy.add(evaluator)
        return evaluator

    def _give_back(self, evaluator: Evaluator) -> None:
        with self.lock:
            self.busy.discard(evaluator)
            if evaluator.alive() and evaluator.grown() < GROWTH:
                self.idle.append((evaluator, time.monotonic()))
                return
        evaluator.end()

    def evaluate(self, points: list[PointLine], folders: list[str], seconds: float) -> dict[str, Any]:
        """Answers to the first of `points`, as many as take `seconds`, and at least one.

        {"answers": [...], "seconds": it took}; {"missing": folders that are not here}; {"refused": why it cannot}.
        """
        if self.problem is not None:
            time.sleep(1)  # or it would be the fastest, and get everything
            return {"refused": self.problem}
        if missing := [name for name in folders if not (self.folder / name).exists()]:
            return {"missing": missing}
        begin = time.monotonic()
        turn = Turn(points, begin + seconds)
        while not self.closing and len(turn.answers) < len(points):
            evaluator = self._take(new=turn.alone)
            try:
                self._ask(evaluator, turn)
            finally:
                self._give_back(evaluator)
            if time.monotonic() >= turn.until and not turn.alone:
                break
        return {"answers": turn.answers, "seconds": time.monotonic() - begin}

    def _ask(self, evaluator: Evaluator, turn: "Turn") -> None:
        """Adds answers till the time is over, or the process is of no more use."""
        sent = len(turn.answers)
        begin = time.monotonic()
        while True:
            while turn.wants(sent, begin):
                evaluator.send(turn.points[sent][1])
                sent += 1
            if len(turn.answers) == sent:
                return
            point, _, limits = turn.points[len(turn.answers)]
            is_new = evaluator.answered == 0
            try:
                said = answer_to(point, evaluator.receive(limits, begin))
            except LimitError as limit:
                evaluator.end()
                said = failed(point, str(limit), time.monotonic() - begin)
            except GoneError as gone:
                if self.closing:
                    return
                turn.tries += 1
                if turn.tries < TRIES:  # somebody else may have ended it
                    turn.alone = True
                    return
                said = failed(point, str(gone), time.monotonic() - begin)
            if said.get("exhausted"):  # what it says of the next points counts for nothing
                evaluator.end()
                if not is_new:  # others had left something behind: the limit is for this point alone
                    turn.alone = True
                    return
            turn.add(said | {"host": self.host})
            if evaluator.is_ended:
                return
            begin = time.monotonic()


class Turn:
    """Points of a task, and how far they are."""

    def __init__(self, points: list[PointLine], until: float):
        self.points, self.until = points, until
        self.answers: list[bytes] = []
        self.tries = 0  # of the next point, that ended the process
        self.alone = False  # the next point needs a process that has computed nothing else

    def wants(self, sent: int, now: float) -> bool:
        """Whether another point is to be sent after so many."""
        ahead = sent - len(self.answers)
        if sent == len(self.points) or ahead >= (1 if self.alone else AHEAD):
            return False
        return sent == 0 or self.alone or now < self.until

    def add(self, said: dict[str, Any]) -> None:
        if self.tries > 0:
            said["attempts"] = min(self.tries + 1, TRIES)
        self.answers.append(json.dumps(said).encode())
        self.tries, self.alone = 0, False


def failed(point: str, reason: str, seconds: float) -> dict[str, Any]:
    return {"point": point, "status": "failed", "reason": reason, "result": {}, "seconds": seconds}


def answer_to(point: str, line: bytes) -> dict[str, Any]:
    """What the process said, with the artifacts themselves instead of where they lie. Raises GoneError."""
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("point") != point:
        raise GoneError("the program answered something else than the point it was asked for")
    for artifact in said.get("artifacts", []):
        file = Path(artifact.pop("path"))
        artifact["base64"] = base64.b64encode(file.read_bytes()).decode()
        file.unlink()
    return said
