#!/usr/bin/env python3
"""Computes points of a sweep on a dask cluster: the child of `partita sweep --engine dask`.

Speaks as `partita evaluate` does: reads points, a JSON object a line, and writes answers, but in the order in which
they come, and each says on which host it was computed.
Exit codes: 0 every point has its answer, 2 the arguments are wrong, 3 the cluster failed, 130 interrupted.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import AsyncIterator
from multiprocessing import resource_tracker
from pathlib import Path

import cloudpickle
import dask
from distributed import Client, LocalCluster, Status

from bridge import evaluator, evaluators
from bridge.evaluators import Evaluators, who
from bridge.pipes import Input, Output
from bridge.sharing import LOOK, ClusterError, Sharing

EXAMPLE = """examples:
  dask_bridge.py --program build/release/bin/partita --files FOLDER --workers 2
  dask_bridge.py --program /opt/partita/bin/partita --files FOLDER --scheduler tcp://10.0.0.1:8786
"""
CONNECT = 15  # seconds for the scheduler to answer
CLOSE = 10  # seconds for the cluster to end in peace
INTERRUPTED = 130


class ArgumentsError(Exception):
    """The user's input is wrong: exit code 2."""


def say(text: str) -> None:
    print(f"dask: {text}", file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a scheduler that runs, for example tcp://host:8786")
    where.add_argument("--workers", type=int, metavar="N", help="start so many workers here")
    parser.add_argument("--program", required=True, metavar="FILE", help="partita, as it is found by the workers")
    parser.add_argument("--version", metavar="TEXT", help="its version; else it is asked here")
    parser.add_argument("--files", type=Path, required=True, metavar="DIR", help="folders of files that points name")
    return parser.parse_args()


@contextlib.asynccontextmanager
async def local_cluster(workers: int) -> AsyncIterator[Client]:
    """Workers on this computer, of one thread each, gone with us whatever happens."""
    quiet = {
        "distributed.worker.profile.enabled": False,
        "distributed.admin.system-monitor.interval": "10s",
        "distributed.logging.distributed": "critical",
    }
    with dask.config.set(quiet), tempfile.TemporaryDirectory(prefix="partita-dask-", ignore_cleanup_errors=True) as own:
        cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,  # points have limits of their own, in processes of their own
            dashboard_address=None,
            local_directory=own,
            silence_logs=logging.CRITICAL,
            asynchronous=True,
        )
        async with cluster, Client(cluster, asynchronous=True, set_as_default=False) as client:
            replacing = asyncio.create_task(replace_the_dead(cluster, workers))
            try:
                yield client
            finally:
                replacing.cancel()


async def replace_the_dead(cluster: LocalCluster, workers: int) -> None:
    """A worker that dies is started again by its nanny, but one that dies while it starts takes its nanny along."""
    while True:
        await asyncio.sleep(LOOK)
        dead = [name for name, nanny in cluster.workers.items() if nanny.status in (Status.closed, Status.failed)]
        for name in dead:
            del cluster.workers[name]
        if len(cluster.workers) < workers:
            cluster.scale(workers)  # starts those that are missing


@contextlib.asynccontextmanager
async def cluster_of_the_user(address: str) -> AsyncIterator[Client]:
    try:
        client = await Client(address, asynchronous=True, set_as_default=False, timeout=CONNECT)
    except OSError as error:
        raise ClusterError(f"no scheduler answers at {address} (`dask scheduler` starts one)") from error
    except ValueError as error:
        raise ArgumentsError(f"--scheduler {address}: {error} (for example tcp://host:8786)") from error
    async with client:
        await require_same_python(client)
        yield client


async def require_same_python(client: Client) -> None:
    """What travels to workers is what Python compiled here."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    workers = (await client.get_versions())["workers"]
    others = {
        address: version
        for address, found in workers.items()
        if not (version := dict(found["host"]).get("python", "")).startswith(f"{ours}.")
    }
    if others:
        told = ", ".join(f"{address} has {version}" for address, version in sorted(others.items()))
        raise ClusterError(f"workers need Python {ours} as here: {told}")


@contextlib.asynccontextmanager
async def evaluators_everywhere(client: Client, program: str, version: str) -> AsyncIterator[str]:
    """With every worker, also with those that come later; gone at the end."""
    name = f"partita-{uuid.uuid4().hex[:12]}"
    await client.register_plugin(Evaluators(name, [program], version), name=name)
    try:
        yield name
    finally:
        if client.status == "running":
            with contextlib.suppress(Exception):  # the end is the end
                await asyncio.wait_for(client.unregister_worker_plugin(name), CLOSE)


async def work(given: argparse.Namespace) -> None:
    """Raises ClusterError, ArgumentsError."""
    version = given.version or who([given.program])["version"]
    cluster = local_cluster(given.workers) if given.workers else cluster_of_the_user(given.scheduler)
    this_task = asyncio.current_task()
    async with cluster as client, evaluators_everywhere(client, given.program, version) as name:
        sharing = Sharing(client, name, given.files, say)
        sink = Output(sys.stdout.fileno(), broken=this_task.cancel)
        source = Input(sys.stdin.fileno(), changed=sharing.changed.set)
        await sharing.run(source, sink)
        sink.flush()


def end_on_signals(loop: asyncio.AbstractEventLoop, task: asyncio.Task) -> None:
    """The first asks to end, the second does not ask. SIGINT is blocked in all threads, and so in all that they start:
    Ctrl-C reaches the whole family, and only the eldest may judge."""

    asked = False

    def end() -> None:
        nonlocal asked
        if asked:
            os._exit(INTERRUPTED)
        asked = True
        task.cancel()

    def wait() -> None:
        while signal.sigwait({signal.SIGINT}):
            with contextlib.suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(end)

    threading.Thread(target=wait, name="signals", daemon=True).start()
    loop.add_signal_handler(signal.SIGTERM, end)


async def run(given: argparse.Namespace) -> int:
    task = asyncio.create_task(work(given))
    end_on_signals(asyncio.get_running_loop(), task)
    try:
        await task
    except asyncio.CancelledError:
        return INTERRUPTED
    except ArgumentsError as error:
        say(str(error))
        return 2
    except (ClusterError, OSError, subprocess.TimeoutExpired) as error:
        say(str(error))
        return 3
    return 0


def main() -> int:
    given = arguments()
    if given.workers is not None and given.workers < 1:
        say(f"--workers {given.workers}: expected 1 or more")
        return 2
    resource_tracker.ensure_running()  # which unblocks SIGINT where it is started
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Workers need not have this tree.
    for module in (evaluator, evaluators):
        cloudpickle.register_pickle_by_value(module)
    return asyncio.run(run(given))


if __name__ == "__main__":
    sys.exit(main())
