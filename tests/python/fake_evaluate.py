#!/usr/bin/env python3
"""Stands for `partita evaluate`: answers in order, and does what a point's first word says."""

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

HELD = []


def compute(words: list[str], files: str) -> dict:
    """What the words after the first are for, each says."""
    match words:
        case ["sleep", seconds]:
            time.sleep(float(seconds))
            return {"result": {"slept": float(seconds), "process": os.getpid()}}
        case ["read", name]:  # a file
            return {"result": {"text": Path(re.sub("^@", f"{files}/", name)).read_text()}}
        case ["crash", *unless]:  # a file: it was done once already
            if not unless or not Path(unless[0]).exists():
                for file in unless:
                    Path(file).touch()
                os.kill(os.getpid(), signal.SIGSEGV)
            return {"result": {"process": os.getpid()}}
        case ["quit", code]:
            os._exit(int(code))
        case ["babble"]:
            return {"point": "another"}
        case ["exhaust", *unless_new]:  # a word: a process that has computed nothing else has enough
            if unless_new and not HELD:
                return {"result": {"process": os.getpid()}}
            return {"status": "failed", "reason": "needed more than 1 GB", "exhausted": True}
        case ["keep", text]:
            descriptor, file = tempfile.mkstemp()
            os.write(descriptor, text.encode())
            os.close(descriptor)
            return {"artifacts": [{"name": "out", "path": file}]}
        case ["kill the worker", *unless]:
            if not unless or not Path(unless[0]).exists():
                for file in unless:
                    Path(file).touch()
                os.kill(os.getppid(), signal.SIGKILL)
                time.sleep(60)
            return {}
        case ["grow", size]:  # and stay so
            HELD.append(b"x" * int(size))
            return {}
        case ["pad", size]:
            return {"result": {"text": "x" * int(size)}}
    raise SystemExit(f"fake: what is {words}?")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", nargs="?")
    parser.add_argument("--files")
    parser.add_argument("--who", action="store_true")
    given = parser.parse_args()
    if given.who:
        print(json.dumps({"version": "1.0", "build": "none", "host": {"name": os.uname().nodename, "cores": 1}}))
        return
    for line in sys.stdin:
        point = json.loads(line)
        begin = time.monotonic()
        answer = {"point": point["point"], "status": "done", "result": {}}
        answer |= compute(point["arguments"], given.files)
        HELD.append(b"")
        print(json.dumps(answer | {"seconds": time.monotonic() - begin}), flush=True)


if __name__ == "__main__":
    main()
