"""One `partita evaluate`: a process that computes points, one JSON object a line in, one a line out."""

import contextlib
import math
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The kernel ends the process with the one that started it, whatever ends that: between fork and exec, where a thread
# of Python must not linger, this says so. It is another program's first breath, hence the question who its parent is.
LAUNCH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]): sys.exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""
CHUNK = 1 << 16
PATIENCE = 1.0  # seconds, with a process that has closed its output


TIME_UNITS = [("ps", 1), ("ns", 10**3), ("us", 10**6), ("ms", 10**9), ("s", 10**12)]
BYTE_UNITS = [("B", 1), *((f"{prefix}B", 1000**i) for i, prefix in enumerate("kMGT", start=1)),
              *((f"{prefix}iB", 1024**i) for i, prefix in enumerate("KMGT", start=1))]  # fmt: skip
WATCH = 0.1  # seconds between looks at what a process needs


class GoneError(Exception):
    """The process ended, or was ended by others: why."""


class LimitError(Exception):
    """A point needs more than it may: of what."""


def ending(code: int) -> str:
    """Why a process is gone, from subprocess' return code."""
    if code >= 0:
        return f"ended by exit code {code}"
    try:
        return f"ended by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"ended by signal {-code}"


def exact_text(amount: int, units: Sequence[tuple[str, int]]) -> str:
    """As the program writes limits: in the largest unit in which they are whole numbers."""
    name, size = max((unit for unit in units if amount % unit[1] == 0), key=lambda unit: unit[1])
    return f"{amount // size} {name}"


class Evaluator:
    """The process. It lives as long as the thread that made this: that is what the kernel watches."""

    def __init__(self, command: list[str]):
        # A group of its own: Ctrl-C is for those who started the sweep, and what it starts ends with it.
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", LAUNCH, str(os.getpid()), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self.input, self.output = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.input, False)
        self.unsent, self.unread = b"", b""
        self.answered = 0
        self.size_at_first: int | None = None
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.output, selectors.EVENT_READ)

    def send(self, line: bytes) -> None:
        self.unsent += line + b"\n"
        self._push()

    def receive(self, limits: dict[str, Any], begin: float) -> bytes:
        """The answer to a point that is computed since `begin` (time.monotonic). Raises GoneError, LimitError."""
        until = begin + limits["time"] if "time" in limits else math.inf
        # Later ones share the process with what earlier ones have left behind.
        most = limits.get("memory", math.inf) if self.answered == 0 else math.inf
        while True:
            line, found, rest = self.unread.partition(b"\n")
            if found:
                self.unread = rest
                self.answered += 1
                return line
            now = time.monotonic()
            if now >= until:
                limit = exact_text(round(limits["time"] * 1e12), TIME_UNITS)
                raise LimitError(f"took longer than {limit} by the clock")
            if self.resident() > most:
                raise LimitError(f"needed more than {exact_text(most, BYTE_UNITS)}")
            left = min(until - now, WATCH if most < math.inf else math.inf)
            for key, _ in self.selector.select(left if left < math.inf else None):
                if key.fd == self.input:
                    self._push()
                else:
                    self._pull()

    def _push(self) -> None:
        """Writes what the pipe takes: the other side may be waiting for us to read."""
        try:
            self.unsent = self.unsent[os.write(self.input, self.unsent) :]
        except BlockingIOError:
            pass
        except BrokenPipeError:
            self.unsent = b""  # reading says what happened
        waiting = self.input in self.selector.get_map()
        if self.unsent and not waiting:
            self.selector.register(self.input, selectors.EVENT_WRITE)
        elif not self.unsent and waiting:
            self.selector.unregister(self.input)

    def _pull(self) -> None:
        read = os.read(self.output, CHUNK)
        if not read:
            raise GoneError(ending(self._ended()))
        self.unread += read

    @property
    def is_ended(self) -> bool:
        """By end(); it may be gone without."""
        return self.process.returncode is not None

    def alive(self) -> bool:
        # Not reaped: its number stays its own, and end() reaches what it has started.
        asked = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return not self.is_ended and os.waitid(os.P_PID, self.process.pid, asked) is None

    def resident(self) -> int:
        """Bytes of memory that it has; 0 where it is gone."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def grown(self) -> int:
        """Bytes of memory that it has more than when this was first asked."""
        size = self.resident()
        if self.size_at_first is None:
            self.size_at_first = size
        return size - self.size_at_first

    def kill(self) -> None:
        """From another thread than the one that asks: that one gets GoneError."""
        if not self.is_ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def _ended(self) -> int:
        """The return code of a process that has closed its output; who does so without ending is ended."""
        until = time.monotonic() + PATIENCE
        while self.alive() and time.monotonic() < until:
            time.sleep(0.001)
        return self.end()

    def end(self) -> int:
        """Ends the process, and whatever it has started; its return code."""
        if not self.is_ended:
            self.kill()
            self.process.wait()
            self.selector.close()
            self.process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        return self.process.returncode
