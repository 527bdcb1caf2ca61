#!/usr/bin/env python3
"""Asks `partita simulate` of every drawn plan whether flows would share a link otherwise than packets, as it warns.

A sweep has no column for it: what is printed for people is no result.
"""

import argparse
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

WARNING = "come unevenly by"


def is_warned(partita: str, case: dict[str, str]) -> bool:
    options = [word for name, value in case.items() for word in (f"--{name}", value)]
    done = subprocess.run([partita, "simulate", *options, "--no-what-if"], capture_output=True, text=True, check=True)
    return WARNING in done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", type=Path, help="drawn.yaml of cases.py")
    parser.add_argument("--partita", required=True, help="the program")
    parser.add_argument("--out", type=Path, required=True, help="JSON: the plans that are warned of")
    options = parser.parse_args()
    together = json.loads(options.sweep.read_text())["axes"]["zip"]
    drawn = [dict(zip(together, values, strict=True)) for values in zip(*together.values(), strict=True)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        warned = pool.map(lambda case: is_warned(options.partita, case), drawn)
        plans = [case["plan"] for case, is_so in zip(drawn, warned, strict=True) if is_so]
    options.out.write_text(json.dumps(plans, indent=1))


if __name__ == "__main__":
    main()
