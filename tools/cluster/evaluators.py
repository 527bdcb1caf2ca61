"""What a dask worker does for a sweep: it keeps processes that compute points, and the files that these need.

Workers need nothing of this tree but the program: this module and evaluator.py travel to them by value.
"""

import json
import os
import platform
import queue
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker
from evaluator import Evaluator, Gone, too_long

AHEAD = 2  # points in the pipe: the one that is computed, and the next
IDLE = 30.0  # seconds after which a process that nobody asks is ended: the sweep may be gone
GROWTH = 512 << 20  # bytes by which a process may grow before another takes its place

# What travels is plain: a point is (id, the driver's line, seconds it may take or None), a file {path in its folder:
# content}, and an answer (line, contents of its artifacts).
PointLine = tuple[str, bytes, float | None]
Files = dict[str, dict[str, bytes]]
Answer = tuple[bytes, list[bytes]]


def evaluate(name: str, points: list[PointLine], files: list[str], seconds: float) -> dict[str, Any]:
    """Runs as a task: answers to the first of `points`, as many as take `seconds`, and at least one.

    {"answers": [...], "seconds": it took}; {"missing": files that are not here}; {"refused": why this worker cannot}.
    """
    worker = get_worker()
    return {"worker": worker.address} | worker.plugins[name].evaluate(points, files, seconds)


def deliver(name: str, files: Files, dask_worker: Worker) -> None:
    """Runs by Client.run: files that points need, by the hash of their content."""
    dask_worker.plugins[name].deliver(files)


def this_host() -> dict[str, Any]:
    """The computer that a result comes from."""
    with open("/proc/cpuinfo") as file:  # noqa: PTH123
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return {
        "name": socket.gethostname(),
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "memory": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        "os": platform.platform(),
    }


def version_of(program: list[str]) -> str:
    """What `program --version` says. Raises OSError where it cannot be run."""
    said = subprocess.run([*program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    if said.returncode != 0:
        raise OSError(f"'{' '.join(program)} --version' ends with exit code {said.returncode}")
    return said.stdout.strip()


class Evaluators(WorkerPlugin):
    """Everything of a sweep at one worker. `name` is the sweep's own: several may share a cluster."""

    def __init__(self, name: str, program: list[str], version: str):
        self.name = name
        self.program, self.version = program, version

    def setup(self, worker: Worker) -> None:
        self.host = this_host()
        self.idle: list[tuple[Evaluator, float]] = []  # the last used at the end
        self.busy: set[Evaluator] = set()
        self.lock = threading.Lock()
        self.closing = False
        self.orders: queue.Queue[Future | None] = queue.Queue()
        self.problem = None
        try:
            self.folder = Path(tempfile.mkdtemp(prefix="partita-", dir=worker.local_directory))
            if (found := version_of(self.program)) != self.version:
                self.problem = f"'{self.program[0]}' is {found} there, and {self.version} here"
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

    def deliver(self, files: Files) -> None:
        try:
            for name, content in files.items():
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

    def _take(self) -> Evaluator:
        with self.lock:
            evaluator = self.idle.pop()[0] if self.idle else None
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

    def evaluate(self, points: list[PointLine], files: list[str], seconds: float) -> dict[str, Any]:
        if self.problem is not None:
            time.sleep(1)  # or it would be the fastest, and get everything
            return {"refused": self.problem}
        if missing := [name for name in files if not (self.folder / name).exists()]:
            return {"missing": missing}
        begin = time.monotonic()
        answers: list[Answer] = []
        while not self.closing and len(answers) < len(points):
            evaluator = self._take()
            try:
                self._ask(evaluator, points, answers, begin + seconds)
            finally:
                self._give_back(evaluator)
            if time.monotonic() - begin >= seconds:
                break
        return {"answers": answers, "seconds": time.monotonic() - begin}

    def _ask(self, evaluator: Evaluator, points: list[PointLine], answers: list[Answer], until: float) -> None:
        """Adds answers till the time is over, or till a point ends the process."""
        sent = len(answers)
        begin = time.monotonic()
        while True:
            while sent < min(len(points), len(answers) + AHEAD) and (sent == 0 or begin < until):
                evaluator.send(points[sent][1])
                sent += 1
            if len(answers) == sent:
                return
            point, _, limit = points[len(answers)]
            try:
                answers.append(self._answer(point, evaluator.receive(None if limit is None else begin + limit)))
            except TimeoutError:
                evaluator.end()
                answers.append(self._failed(point, too_long(limit), time.monotonic() - begin))
                return
            except Gone as gone:
                if not self.closing:
                    answers.append(self._failed(point, str(gone), time.monotonic() - begin))
                return
            begin = time.monotonic()

    def _failed(self, point: str, reason: str, seconds: float) -> Answer:
        said = {"point": point, "status": "failed", "reason": reason, "result": {}, "seconds": seconds}
        return json.dumps(said | {"host": self.host}).encode(), []

    def _answer(self, point: str, line: bytes) -> Answer:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if not isinstance(said, dict) or said.get("point") != point:
            raise Gone("answered something else than the point it was asked for")
        contents = []
        for artifact in said.get("artifacts", []):
            file = Path(artifact.pop("path"))
            contents.append(file.read_bytes())
            file.unlink()
        return json.dumps(said | {"host": self.host}).encode(), contents
