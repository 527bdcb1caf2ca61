"""Ends a sweep again and again, and its workers, at any moment: what it must survive (tests, tools/bench sweep)."""

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE = 600  # seconds for the whole sweep


@dataclass
class Survived:
    drivers: int = 0  # killed
    workers: int = 0
    seconds: float = 0
    ends: list[int] = field(default_factory=list)  # exit codes, or minus the signal


def children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def run_killed(command: list[str | Path], kills: int, cwd: Path, seed: int = 1, longest: float = 0.3) -> Survived:
    """Runs a sweep with --resume until it ends by itself, killing (SIGKILL) its driver or one of its workers so many
    times, each some moments (up to `longest` seconds) after the one before. Raises TimeoutError."""
    chance = random.Random(seed)
    survived = Survived()
    begin = time.monotonic()
    while True:
        with subprocess.Popen(
            [*map(str, command), "--resume"], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None and survived.drivers + survived.workers < kills:
                time.sleep(chance.uniform(0, longest))
                workers = children(process.pid)
                if workers and chance.random() < 0.5:
                    survived.workers += kill(chance.choice(workers))
                elif process.poll() is None:
                    survived.drivers += kill(process.pid)
            try:
                _, said = process.communicate(timeout=PATIENCE)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise TimeoutError(f"the sweep does not end, after {survived}") from error
        survived.ends.append(process.returncode)
        survived.seconds = time.monotonic() - begin
        if process.returncode != -signal.SIGKILL:
            if process.returncode != 0:
                raise AssertionError(f"exit code {process.returncode}: {said.decode()}")
            return survived
        if survived.seconds > PATIENCE:
            raise TimeoutError(f"the sweep does not end: {survived}")
