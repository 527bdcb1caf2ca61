"""Points of a sweep shared among the workers of a dask cluster, as many at a time as fill a task."""

import asyncio
import collections
import itertools
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Client
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from bridge.evaluators import delivery, task
from bridge.pipes import Input, Output

TASK_SECONDS = 0.25  # of work in a task: dask takes some milliseconds for each
MOST_POINTS = 1000  # in a task
AHEAD = 2  # tasks for each thread of each worker: one that runs, one that waits there
LOOK = 1.0  # seconds between looks at who is there


class ClusterError(Exception):
    """The cluster failed. What has been answered stays answered."""


@dataclass
class Point:
    """One that has no answer yet."""

    id: str
    line: bytes
    folders: list[str]
    limits: dict[str, Any]

    @staticmethod
    def read(line: bytes) -> "Point":
        said = json.loads(line)
        folders = sorted({file["folder"] for file in said.get("files", [])})
        return Point(said["point"], line, folders, said.get("limits", {}))


class Sharing:
    """Takes points from `source`, gives answers to `sink`. The plugin `name` (Evaluators) is with every worker."""

    def __init__(self, client: Client, name: str, folder: Path, say: Callable[[str], None]):
        """`folder`: where the folders of files are that points name."""
        self.client, self.name, self.folder, self.say = client, name, folder, say
        self.evaluate, self.deliver = task(name), delivery(name)
        self.again: collections.deque[Point] = collections.deque()  # came back without an answer
        # Of tasks under which workers died: points to be tasks of their own, then while no others run.
        self.singles: collections.deque[Point] = collections.deque()
        self.suspects: collections.deque[Point] = collections.deque()
        self.threads: dict[str, int] = {}  # by address of the worker
        self.unusable: dict[str, str] = {}  # address -> why
        self.deliveries: dict[tuple[str, str], asyncio.Task] = {}
        self.tasks: set[asyncio.Task] = set()
        self.numbers = itertools.count()
        self.seconds: float | None = None  # that a point takes
        self.is_alone = False  # the task that runs is that of a suspect
        self.changed = asyncio.Event()

    async def run(self, source: Input, sink: Output) -> None:
        """Till there are no more points, and each has its answer. Raises ClusterError."""
        self.source, self.sink = source, sink
        watch = asyncio.create_task(self._watch())
        try:
            while not (source.ended and not self.tasks and not self._waiting()):
                self._start_tasks()
                self.changed.clear()
                await self.changed.wait()
                for task in [task for task in (watch, *self.tasks) if task.done()]:
                    task.result()  # raises what it raised
                    self.tasks.discard(task)
                self.is_alone = self.is_alone and bool(self.tasks)
        finally:
            for task in (watch, *self.tasks):
                task.cancel()
            await asyncio.gather(watch, *self.tasks, return_exceptions=True)

    def _waiting(self) -> int:
        return len(self.source.lines) + len(self.again) + len(self.singles) + len(self.suspects)

    def _start_tasks(self) -> None:
        threads = sum(self.threads.values())
        while self._waiting() and len(self.tasks) < AHEAD * threads:
            if self.is_alone or (self.suspects and self.tasks):
                return
            self.is_alone = bool(self.suspects)
            task = asyncio.create_task(self._compute(self._batch(threads)))
            task.add_done_callback(lambda _: self.changed.set())
            self.tasks.add(task)

    def _batch(self, threads: int) -> list[Point]:
        """The next points of about TASK_SECONDS; fewer towards the end, so that all end at the same time."""
        for special in (self.suspects, self.singles):
            if special:
                return [special.popleft()]
        enough = TASK_SECONDS / self.seconds if self.seconds else 1
        share = self._waiting() / (AHEAD * threads)
        count = max(1, min(math.ceil(share), int(enough), MOST_POINTS))
        return [
            self.again.popleft() if self.again else Point.read(self.source.take())
            for _ in range(min(count, len(self.again) + len(self.source.lines)))
        ]

    async def _compute(self, batch: list[Point]) -> None:
        points = [(point.id, point.line, point.limits) for point in batch]
        folders = sorted({folder for point in batch for folder in point.folders})
        try:
            outcome = await self.client.submit(
                self.evaluate, points, folders, TASK_SECONDS,
                key=f"{self.name}-{next(self.numbers)}", pure=False,
            )  # fmt: skip
        except KilledWorker as killed:
            self._suspect(batch, self.is_alone, killed.allowed_failures + 1)
        except FutureCancelledError as cancelled:
            if cancelled.reason == "scheduler-connection-lost":
                raise ClusterError("the scheduler is gone") from cancelled
            self.again.extend(batch)  # somebody restarted the cluster
        except OSError as error:
            raise ClusterError("the scheduler is gone") from error
        else:
            answers = outcome.get("answers", [])
            self.again.extendleft(reversed(batch[len(answers) :]))
            await self._take(outcome, answers)

    async def _take(self, outcome: dict[str, Any], answers: list[bytes]) -> None:
        if "refused" in outcome:
            self._refuse(outcome["worker"], outcome["refused"])
        if "missing" in outcome:
            await asyncio.gather(*(self._deliver(outcome["worker"], folder) for folder in outcome["missing"]))
        if answers:
            taken = outcome["seconds"] / len(answers)
            self.seconds = taken if self.seconds is None else (self.seconds + taken) / 2
            self.sink.write(answers)

    def _suspect(self, batch: list[Point], was_alone: bool, deaths: int) -> None:
        """Workers died while they had this task. One of its points may be why, or one of a task that waited there with
        it, or somebody who ends workers as he likes."""
        if len(batch) > 1:
            self.singles.extend(batch)
        elif not was_alone:
            self.suspects.extend(batch)
        else:
            reason = "the worker that computed it died" if deaths == 1 else f"{deaths} workers died computing it"
            answer = {"point": batch[0].id, "status": "failed", "reason": reason, "result": {}, "attempts": deaths}
            self.sink.write([json.dumps(answer).encode()])

    def _refuse(self, worker: str, why: str) -> None:
        if worker not in self.unusable:
            self.unusable[worker] = why
            self.say(f"worker {worker} is not used: {why}")
        if self.threads and self.unusable.keys() >= self.threads.keys():
            raise ClusterError(f"no worker can be used: {why}")

    async def _deliver(self, worker: str, folder: str) -> None:
        """Once, however many tasks miss it at the same time."""
        key = (worker, folder)
        if key not in self.deliveries:
            self.deliveries[key] = asyncio.create_task(self._send(worker, folder))
        try:
            await asyncio.shield(self.deliveries[key])
        finally:
            self.deliveries.pop(key, None)

    async def _send(self, worker: str, folder: str) -> None:
        try:
            root = self.folder / folder
            content = {
                str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*")) if file.is_file()
            }
        except OSError as error:
            raise ClusterError(f"{error.filename}: {error.strerror}") from error
        if not content:
            raise ClusterError(f"{root}: points name this folder, and nothing is in it")
        try:
            # A worker that is gone meanwhile needs nothing.
            await self.client.run(self.deliver, {folder: content}, workers=[worker], on_error="ignore")
        except OSError as error:
            raise ClusterError("the scheduler is gone") from error

    async def _watch(self) -> None:
        """Who is there now. Raises ClusterError."""
        told = False
        while True:
            try:
                threads = await self.client.nthreads()
            except OSError as error:
                raise ClusterError("the scheduler is gone") from error
            for worker in self.threads.keys() - threads.keys():
                self.say(f"worker {worker} is gone; what it had not answered is computed again")
                self.unusable.pop(worker, None)
            if threads != self.threads:
                self.threads = threads
                self.changed.set()
            if not threads and not told:
                self.say("there is no worker: waiting for one")
            told = not threads
            await asyncio.sleep(LOOK)
