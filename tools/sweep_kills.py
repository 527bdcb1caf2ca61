#!/usr/bin/env python3
"""Kills a sweep's driver and its workers again and again, at any moment, and compares what it has found in the end with
what an undisturbed run finds (tools/bench sweep --kills N). Exits with 1 where they differ."""

import argparse
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
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


def descendants(pid: int) -> list[int]:
    return [each for child in children(pid) for each in (child, *descendants(child))]


def kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def run_killed(
    command: list[str | Path], kills: int, cwd: Path, seed: int = 1, longest: float = 0.3, cluster: bool = False
) -> Survived:
    """Runs a sweep with --resume until it ends by itself, killing (SIGKILL) its driver or one of the processes below it
    so many times, each some moments (up to `longest` seconds) after the one before. Who loses a whole `cluster` says so
    (exit code 3), and goes on with the next run. Raises TimeoutError."""
    chance = random.Random(seed)
    survived = Survived()
    begin = time.monotonic()
    while True:
        with subprocess.Popen(
            [*map(str, command), "--resume"], cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            while process.poll() is None and survived.drivers + survived.workers < kills:
                time.sleep(chance.uniform(0, longest))
                workers = descendants(process.pid)
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
        lost = cluster and process.returncode == 3 and b"--resume goes on" in said
        if process.returncode != -signal.SIGKILL and not lost:
            if process.returncode != 0:
                raise AssertionError(f"exit code {process.returncode}: {said.decode()}")
            return survived
        if survived.seconds > PATIENCE:
            raise TimeoutError(f"the sweep does not end: {survived}")


NETWORK = """
{"costed_graph": 1, "name": "two", "processors": ["p0", "p1"],
 "layers": [{"name": "a", "times": {"p0": "10 us"}}, {"name": "b", "times": {"p0": "30 us", "p1": "10 us"}}],
 "edges": [{"from": "a", "to": "b", "size": "1 MB"}]}
"""
MACHINE = """
machine: {name: two}
memories:
  m0: {capacity: 1 GiB, bandwidth: 1 TB/s}
  m1: {capacity: 1 GiB, bandwidth: 1 TB/s}
processors:
  p0: {kind: cpu, memory: m0, peak: {f32: 1 TFLOP/s}}
  p1: {kind: cpu, memory: m1, peak: {f32: 1 TFLOP/s}}
links:
  wire: {between: [m0, m1], bandwidth: 10 GB/s, latency: 1 us}
"""


def write_sweep(folder: Path, points: int) -> None:
    (folder / "net.json").write_text(NETWORK)
    (folder / "m.yaml").write_text(MACHINE)
    (folder / "s.yaml").write_text(
        "sweep: kills\nbody: partition\nwith: {model: net.json, machine: m.yaml, method: annealing, steps: 2000}\n"
        f"axes:\n  machine.links.wire.bandwidth: {{from: 10 GB/s, to: 100 GB/s, points: {points}}}\n"
    )


def exported(program: Path, database: str, folder: Path) -> bytes:
    subprocess.run([program, "results", database, "--export", "x.csv"], cwd=folder, check=True, capture_output=True)
    return (folder / "x.csv").read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path, help="partita")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--engine", choices=["local", "dask"], default="local")
    parser.add_argument("--longest", type=float, help="seconds between two kills, at most (local: 0.3; dask: 4)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    engine = ["--jobs", "2"] if given.engine == "local" else ["--engine", "dask", "--workers", "2"]
    longest = given.longest or (0.3 if given.engine == "local" else 4.0)  # a cluster takes seconds to start
    with tempfile.TemporaryDirectory(prefix="partita-kills-") as name:
        folder = Path(name)
        write_sweep(folder, given.points)
        program = given.program.resolve()
        subprocess.run([program, "sweep", "s.yaml", "--out", "calm.db"], cwd=folder, check=True, capture_output=True)
        command = [program, "sweep", "s.yaml", "--out", "r.db", *engine]
        survived = run_killed(command, given.kills, folder, given.seed, longest, given.engine == "dask")
        same = exported(program, "calm.db", folder) == exported(program, "r.db", folder)
        with sqlite3.connect(folder / "r.db") as database:
            (points, once) = database.execute("SELECT count(*), count(DISTINCT id) FROM points").fetchone()
            (whole,) = database.execute("PRAGMA integrity_check").fetchone()
    print(f"  {survived.drivers} drivers and {survived.workers} workers were killed in {survived.seconds:.0f} s")
    print(f"  {points} of {given.points} points, each once: {points == once}; the same results: {same}; {whole}")
    told = {
        "engine": given.engine, "drivers_killed": survived.drivers, "workers_killed": survived.workers,
        "seconds": round(survived.seconds, 1), "points": points, "same": same,
    }  # fmt: skip
    print(json.dumps(told))
    return 0 if same and points == once == given.points and whole == "ok" else 1


if __name__ == "__main__":
    sys.exit(main())
