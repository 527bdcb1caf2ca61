"""One `partita evaluate`: a process that computes points, one JSON object a line in, one a line out."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

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


class Gone(Exception):
    """The process ended, or was ended: why."""


def ending(code: int) -> str:
    """Why a process is gone, from subprocess' return code."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"ended by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"ended by signal {-code}"


def too_long(limit: float) -> str:
    return f"took longer than {limit:g} s"


class Evaluator:
    """The process. Whoever starts it from a thread has to keep that thread: it is the thread that the kernel watches."""

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
        self.size_at_first: int | None = None
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.output, selectors.EVENT_READ)

    def send(self, line: bytes) -> None:
        self.unsent += line + b"\n"
        self._push()

    def receive(self, until: float | None) -> bytes:
        """The next answer. Raises Gone, and TimeoutError where there is none until then (time.monotonic)."""
        while True:
            line, found, rest = self.unread.partition(b"\n")
            if found:
                self.unread = rest
                return line
            left = None if until is None else until - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError
            for key, _ in self.selector.select(left):
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
            raise Gone(ending(self._ended()))
        self.unread += read

    def alive(self) -> bool:
        # Not reaped: its number stays its own, and end() reaches what it has started.
        asked = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self.process.returncode is None and os.waitid(os.P_PID, self.process.pid, asked) is None

    def grown(self) -> int:
        """Bytes of memory that it has more than when this was first asked."""
        try:
            pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        except OSError:
            return 0
        size = int(pages) * os.sysconf("SC_PAGE_SIZE")
        if self.size_at_first is None:
            self.size_at_first = size
        return size - self.size_at_first

    def kill(self) -> None:
        """From another thread than the one that asks: that one meets Gone."""
        if self.process.returncode is None:
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
        if self.process.returncode is None:
            self.kill()
            self.process.wait()
            self.selector.close()
            self.process.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        return self.process.returncode
