"""Points that come in and answers that go out, while the cluster is talked to."""

import asyncio
import collections
import contextlib
import os
import queue
import select
import threading
from collections.abc import Callable, Iterable
from typing import Any

CHUNK = 1 << 16
WAITING = 10_000  # points that are read before somebody can compute them


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
