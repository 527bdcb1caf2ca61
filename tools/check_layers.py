#!/usr/bin/env python3
"""Checks the direction of dependencies: who may include what (DESIGN: the rooms).

Prints every broken rule as file:line:column and exits with 1 if there is one. Needs nothing but Python 3.10.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# One line a room; the order is the direction of dependencies.
MAY_INCLUDE = {
    "models": {"models"},
    "partition": {"models", "partition"},
    "sim": {"models", "partition", "sim"},
    "exec": {"models", "partition", "exec"},
    "tools": {"models", "partition", "sim", "exec", "tools"},
    "tests": {"models", "partition", "sim", "exec", "tools", "tests"},
}

# Foreign headers that only one place may see: pattern of the header, folders or files that may, name.
# Tests may see everything.
ONLY_IN = [
    (r"yaml-cpp/", ("models/base/document.cpp",), "yaml-cpp"),
    (r"onnx/|google/protobuf/", ("models/network/onnx",), "ONNX"),
    (r"systemc|tlm|sysc/", ("sim/",), "SystemC"),
    (r"oneapi/dnnl|dnnl", ("exec/devices/cpu_onednn",), "oneDNN"),
    (r"hwloc", ("exec/host/",), "hwloc"),
    (r"png\.h|turbojpeg\.h|sndfile", ("partition/analyze/",), "decoders of images and sound"),
    (r"CLI/", ("tools/partita/",), "CLI11"),
    (r"SQLiteCpp/|sqlite3\.h", ("tools/partita/results/",), "SQLite"),
    (r"openssl/", ("tools/partita/",), "OpenSSL"),
    (r"xgboost/", ("partition/learn/boosting.cpp",), "XGBoost"),
    (r"cuda|cudnn|cublas|nvrtc|driver_types", ("exec/devices/cuda",), "CUDA"),
]

# What no line of a room may say, in code.
NEVER_IN = {
    "models": [
        (r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore)>", "a thread"),
        (r"\b(system_clock|steady_clock|high_resolution_clock|clock_gettime|gettimeofday)\b", "a clock"),
        (r"\brandom_device\b", "a source of chance that no seed repeats"),
    ],
}

SOURCES = {".h", ".hpp", ".cpp", ".cc", ".cu", ".cuh"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(?P<ours>[^"]+)"|<(?P<foreign>[^>]+)>)')
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^ ()\\\t\n]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\.|[^'\\\n])'",
    re.DOTALL,
)


@dataclass(frozen=True)
class Violation:
    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: error: {self.message}"


def without_comments(text: str, keep_strings: bool) -> str:
    """The text with comments (and strings) blanked out, every character left in its place."""

    def blank(found: re.Match) -> str:
        if keep_strings and not found[0].startswith("/"):
            return found[0]
        return re.sub(r"[^\n]", " ", found[0])

    return NOT_CODE.sub(blank, text)


def check_include(root: Path, file: str, room: str, ours: str | None, foreign: str | None) -> str | None:
    if ours is not None:
        target = ours.split("/", 1)[0]
        if target in MAY_INCLUDE and target not in MAY_INCLUDE[room]:
            allowed = ", ".join(sorted(MAY_INCLUDE[room]))
            return f"{room}/ must not include {target}/ ('{ours}'); it may include {allowed}"
        if not (root / ours).is_file():
            return f"'{ours}' is no file; our includes start at the root of the repository, others use <>"
        return None
    if foreign.split("/", 1)[0] in MAY_INCLUDE and (root / foreign).is_file():
        return f'<{foreign}> is ours: write "{foreign}"'
    for pattern, places, name in ONLY_IN:
        if re.match(pattern, foreign) and room != "tests" and not file.startswith(places):
            return f"only {' and '.join(places)} may include {name} (<{foreign}>)"
    return None


def check_file(root: Path, path: Path) -> list[Violation]:
    file = path.relative_to(root).as_posix()
    room = file.split("/", 1)[0]
    text = path.read_text(encoding="utf-8", errors="replace")
    found = []
    with_strings = without_comments(text, keep_strings=True).splitlines()
    for number, line in enumerate(with_strings, start=1):
        include = INCLUDE.match(line)
        if include:
            message = check_include(root, file, room, include["ours"], include["foreign"])
            if message:
                found.append(Violation(file, number, line.index("#") + 1, message))
    code = without_comments(text, keep_strings=False).splitlines()
    for pattern, what in NEVER_IN.get(room, []):
        for number, line in enumerate(code, start=1):
            for match in re.finditer(pattern, line):
                message = f"{room}/ must not know {what} ('{match[0].strip()}')"
                found.append(Violation(file, number, match.start() + 1, message))
    return sorted(found, key=lambda v: (v.line, v.column))


NAMESPACE = re.compile(r"^namespace (?P<name>[\w:]+) \{", re.MULTILINE)
TYPE = re.compile(r"^(?:struct|class|enum class) (?P<name>\w+)\b[^;{]*\{", re.MULTILINE)


def check_names(root: Path, files: list[Path]) -> list[Violation]:
    """One name, one type: two types of one name in a namespace are one to the linker, which drops code of either."""
    known: dict[tuple[str, str], str] = {}
    found = []
    for path in files:
        if path.suffix not in {".h", ".hpp"}:
            continue
        file = path.relative_to(root).as_posix()
        code = without_comments(path.read_text(encoding="utf-8", errors="replace"), keep_strings=False)
        namespace = NAMESPACE.search(code)
        for match in TYPE.finditer(code):
            name = (namespace["name"] if namespace else "", match["name"])
            other = known.setdefault(name, file)
            if other != file:
                line = code.count("\n", 0, match.start()) + 1
                found.append(Violation(file, line, 1, f"'{'::'.join(name)}' is the name of a type in {other}, too"))
    return found


def sources(root: Path) -> list[Path]:
    return sorted(
        path for room in MAY_INCLUDE for path in (root / room).rglob("*") if path.suffix in SOURCES and path.is_file()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    files = sources(root)
    if not files:
        print(f"{root}: error: no sources of ours in this folder", file=sys.stderr)
        return 2
    found = [violation for path in files for violation in check_file(root, path)]
    found += check_names(root, files)
    for violation in found:
        print(violation)
    print(f"{len(files)} files, {len(found)} broken rules")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
