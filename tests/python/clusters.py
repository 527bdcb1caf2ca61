"""A dask cluster that the user has started, and families of processes."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 180  # seconds; a cluster takes two to start, on a busy computer many


def descendants(process: int) -> list[int]:
    """Children, their children, and so on, as long as they live."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            children.setdefault(int(parent), []).append(int(stat.parent.name))
    found, todo = [], [process]
    while todo:
        todo += (more := children.get(todo.pop(), []))
        found += more
    return found


def are_gone(processes: list[int]) -> bool:
    until = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{each}").exists() for each in processes) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(Path(f"/proc/{each}").exists() for each in processes)


@dataclass
class Cluster:
    address: str
    scheduler: subprocess.Popen
    worker: subprocess.Popen


@contextlib.contextmanager
def started_by_the_user(folder: Path) -> Iterator[Cluster]:
    """A scheduler and a worker with two threads. `folder` is for what they write."""
    address = folder / "scheduler.json"
    own = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    dask = [sys.executable, "-m", "dask"]
    here = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", address]
    scheduler = subprocess.Popen([*dask, "scheduler", "--port", "0", *here], **own)
    local = ["--nthreads", "2", "--no-nanny", "--local-directory", folder / "worker"]
    worker = subprocess.Popen([*dask, "worker", *here, *local], **own)
    try:
        until = time.monotonic() + PATIENCE
        while not address.exists() and time.monotonic() < until:
            time.sleep(0.02)
        yield Cluster(json.loads(address.read_text())["address"], scheduler, worker)
    finally:
        family = [*descendants(scheduler.pid), *descendants(worker.pid)]
        for process in (worker, scheduler):
            process.kill()
            process.wait()
        assert are_gone(family)
