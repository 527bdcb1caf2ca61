#!/usr/bin/env python3
"""Checks that every C++ file of ours is formatted as .clang-format says; changes nothing.

Exits with 1 if one is not, and with 77 (skipped) where there is no clang-format 14, with which other versions
disagree.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from check_layers import sources

ROOT = Path(__file__).resolve().parent.parent
VERSION = "14."
SKIPPED = 77


def clang_format() -> str | None:
    for candidate in (ROOT / ".venv/bin/clang-format", "clang-format-14", "clang-format"):
        program = shutil.which(candidate)
        if program is None:
            continue
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        if re.search(rf"version {re.escape(VERSION)}", version):
            return program
    return None


def places(complaints: str) -> list[str]:
    return [line for line in complaints.splitlines() if re.match(r"[^ :]+:\d+:\d+: error: ", line)]


def main() -> int:
    root = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT
    program = clang_format()
    if program is None:
        print(f"skipped: no clang-format {VERSION}x (tools/setup installs it)")
        return SKIPPED
    files = [str(path.relative_to(root)) for path in sources(root)]
    if not files:
        print(f"{root}: error: no sources of ours in this folder", file=sys.stderr)
        return 2
    command = [program, "--dry-run", "-Werror", *files]
    result = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        first_of_each = {line.split(":", 1)[0]: line for line in reversed(places(result.stderr))}
        print("\n".join(reversed(first_of_each.values())) or result.stderr)
        print(f"mend with: {program} -i FILE...")
        return 1
    print(f"{len(files)} files are well formatted")
    return 0


if __name__ == "__main__":
    sys.exit(main())
