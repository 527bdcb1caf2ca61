#!/usr/bin/env python3
"""Computes the points of a sweep on a dask cluster: a child of `partita sweep --engine dask`.

Reads points, one JSON object a line, and writes answers as they come, as `partita evaluate` does; each answer says on
which host it was computed. Exit codes: 0 every point has its answer, 2 the arguments are wrong, 3 the cluster failed,
130 interrupted.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import logging
import os
import queue
import re
import select
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cloudpickle
import dask
import evaluator
import evaluators
from distributed import Client, LocalCluster
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker
from evaluators import Evaluators, Files, PointLine, deliver, evaluate, version_of

EXAMPLE = """examples:
  dask_bridge.py --program build/release/bin/partita --files FOLDER --workers 2
  dask_bridge.py --program /opt/partita/bin/partita --files FOLDER --scheduler tcp://10.0.0.1:8786
"""

TASK_SECONDS = 0.25  # of work in a task: dask takes about a millisecond for each
MOST_POINTS = 1000  # in a task
TASKS_AHEAD = 2  # for each thread of each worker: one that runs, one that waits there
WAITING = 10_000  # points that are read before there is somebody to compute them
LOOK = 1.0  # seconds between looks at who is there
CONNECT = 15.0  # seconds for the scheduler to answer
REFERENCE = re.compile(r"@([0-9a-f]{32,64})/")


class Failure(Exception):
    """The cluster failed: exit code 3. What has been answered stays answered."""


class Wrong(Exception):
    """The arguments are wrong: exit code 2."""


def say(text: str) -> None:
    print(f"dask: {text}", file=sys.stderr, flush=True)


class Input:
    """Points from a file descriptor, read by a thread as fast as they are taken. `changed` is called for each news."""

    def __init__(self, descriptor: int, changed: Callable[[], None]):
        self.lines: collections.deque[bytes] = collections.deque()
        self.ended = False
        self.changed = changed
        self.room = threading.Event()
        self.room.set()
        self.loop = asyncio.get_running_loop()
        threading.Thread(target=self._read, args=(descriptor,), name="input", daemon=True).start()

    def _read(self, descriptor: int) -> None:
        begun = b""
        while read := os.read(descriptor, CHUNK):
            *lines, begun = (begun + read).split(b"\n")
            self._tell(self._add, lines)
            self.room.wait()
        self._tell(self._end, begun)

    def _tell(self, call: Callable, *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self.loop.call_soon_threadsafe(call, *arguments)

    def _add(self, lines: list[bytes]) -> None:
        self.lines.extend(filter(bytes.strip, lines))
        if len(self.lines) > WAITING:
            self.room.clear()
        self.changed()

    def _end(self, last: bytes) -> None:
        self._add([last])
        self.ended = True

    def take(self) -> bytes:
        taken = self.lines.popleft()
        if len(self.lines) <= WAITING:
            self.room.set()
        return taken


class Output:
    """Answers to a file descriptor, written by a thread: who reads them may be busy writing points to us.

    `broken` is called where nobody reads any more.
    """

    def __init__(self, descriptor: int, broken: Callable[[], None]):
        self.descriptor, self.broken = descriptor, broken
        self.texts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.loop = asyncio.get_running_loop()
        self.thread = threading.Thread(target=self._write, name="output", daemon=True)
        self.thread.start()
        threading.Thread(target=self._watch, name="reader", daemon=True).start()

    def _write(self) -> None:
        while text := self.texts.get():
            try:
                while text:
                    text = text[os.write(self.descriptor, text) :]
            except OSError:
                self._tell_broken()
                return

    def _watch(self) -> None:
        """Points may take hours, and the one who wants them be gone."""
        reader = select.poll()
        reader.register(self.descriptor, 0)  # errors only
        reader.poll()
        self._tell_broken()

    def _tell_broken(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.broken)

    def write(self, lines: Iterable[bytes]) -> None:
        if text := b"".join(line + b"\n" for line in lines):
            self.texts.put(text)

    def flush(self) -> None:
        self.texts.put(b"")
        self.thread.join()


@dataclass
class Point:
    line: bytes
    id: str
    files: list[str]
    time_limit: float | None
    deaths: int = 0  # of workers, while they had it

    @classmethod
    def parse(cls, line: bytes) -> "Point":
        read = json.loads(line)
        return cls(
            line=line,
            id=read["point"],
            files=sorted({file["sha256"] for file in read.get("files", [])}),
            time_limit=read.get("limits", {}).get("time"),
        )


class Bridge:
    """Points to tasks, and back."""

    def __init__(self, client: Client, name: str, files: Path, artifacts: Path, points: Input, output: Output):
        self.client, self.name = client, name
        self.files, self.artifacts = files, artifacts
        self.points, self.output = points, output
        self.again: collections.deque[Point] = collections.deque()  # came back without an answer
        self.suspects: collections.deque[Point] = collections.deque()  # each to be computed alone
        self.threads: dict[str, int] = {}  # of workers, by address
        self.unusable: dict[str, str] = {}  # workers, and why
        self.delivered: dict[tuple[str, str], asyncio.Task] = {}
        self.tasks: set[asyncio.Task] = set()
        self.numbers = itertools.count()
        self.seconds: float | None = None  # that a point takes
        self.changed = asyncio.Event()

    async def run(self) -> None:
        """Till every point has its answer. Raises Failure."""
        watch = asyncio.create_task(self._watch())
        try:
            while True:
                self.changed.clear()
                self._start_tasks()
                for task in [task for task in self.tasks if task.done()]:
                    self.tasks.remove(task)
                    task.result()  # raises
                    self.changed.set()
                if watch.done():
                    watch.result()
                if self.points.ended and not self.tasks and not self._waiting():
                    return
                await self.changed.wait()
        finally:
            for task in [watch, *self.tasks]:
                task.cancel()
            await asyncio.gather(watch, *self.tasks, return_exceptions=True)
