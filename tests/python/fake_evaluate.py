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
        case ["crash"]:
            os.kill(os.getpid(), signal.SIGSEGV)
        case ["quit", code]:
            os._exit(int(code))
        case ["babble"]:
            return {"point": "another"}
        case ["exhaust"]:
            return {"status": "failed", "reason": "needed more than 1 GB", "exhausted": True}
        case ["exhausted?"]:  # the process after one that was
            return {"result": {"process": os.getpid()}}
        case ["keep", text]:
            descriptor, file = tempfile.mkstemp()
            os.write(descriptor, text.encode())
            os.close(descriptor)
            return {"artifacts": [{"name": "out", "path": file}]}
        case ["kill the worker", once]:  # a file: it was done once already
            if not Path(once).exists() or once == "/":
                if once != "/":
                    Path(once).touch()
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
    parser.add_argument("--version", action="store_true")
    given = parser.parse_args()
    if given.version:
        print("partita", os.environ.get("FAKE_VERSION", "1.0"))
        return
    for line in sys.stdin:
        point = json.loads(line)
        begin = time.monotonic()
        answer = {"point": point["point"], "status": "done", "result": {}}
        answer |= compute(point["arguments"], given.files)
        print(json.dumps(answer | {"seconds": time.monotonic() - begin}), flush=True)


if __name__ == "__main__":
    main()
