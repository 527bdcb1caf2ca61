"""Every file in tests/bad_inputs is refused: exit code 2, its own message, nothing written.

The expected text stands in the file itself (first line "# error: ...", without the file's name) or beside it in
FILE.expected; every line of it must appear in what partita prints.
"""

import os
import pathlib
import shlex
import shutil

import pytest

from conftest import ROOT

BAD = ROOT / "tests/bad_inputs"
DIAMOND = ROOT / "tests/data/diamond.json"
GOOD_PLAN = ROOT / "tests/data/diamond_plan.json"
MACHINE = ROOT / "hw_configs/two_processors.yaml"

# How a person would meet each kind of file.
COMMANDS = {
    "machine": lambda file: ["check", file],
    "onnx": lambda file: ["check", file],
    "costed_graph": lambda file: ["check", file],
    "plan": lambda file: ["simulate", "--model", DIAMOND, "--plan", file, "--out", "out.json"],
    "timeline": lambda file: [
        "calibrate", "--model", DIAMOND, "--fit", f"{GOOD_PLAN}={file}", "--out", "out.yaml",
    ],
    "profile": lambda file: [
        "predict", "--model", "zoo:lstm", "--machine", MACHINE, "--profile", file, "--out", "out.csv",
    ],
    "arrivals": lambda file: [
        "simulate", "--model", DIAMOND, "--plan", GOOD_PLAN, "--arrivals", file, "--out", "out.json",
    ],
    "measured_inputs": lambda file: ["values", "--table", file, "--out", "out.json"],
    "input": lambda file: ["analyze", file, "--csv", "out.csv"],
    "constraints": lambda file: [
        "partition", "--model", DIAMOND, "--constraints", file, "--out", "out.json",
    ],
    "scenario": lambda file: ["runtime", "--scenario", file, "--out", "out.json"],
    "arguments": lambda file: shlex.split(file.read_text().splitlines()[0]),
}  # fmt: skip


def bad_files():
    for kind in sorted(COMMANDS):
        for file in sorted((BAD / kind).iterdir()):
            if file.suffix not in {".expected", ".py", ".md"} and file.is_file():
                yield pytest.param(kind, file, id=f"{kind}/{file.name}")


def expected_lines(file: pathlib.Path) -> list[str]:
    beside = file.with_name(file.name + ".expected")
    if beside.exists():
        lines = beside.read_text().splitlines()
    else:
        lines = [
            line.removeprefix("# error:").strip()
            for line in file.read_text(errors="replace").splitlines()
            if line.startswith("# error:")
        ]
    return [line for line in lines if line]


@pytest.fixture(scope="session")
def copied_root(tmp_path_factory):
    """What arguments mean by @ROOT@: a copy, since what must be refused may be to overwrite it."""
    copy = tmp_path_factory.mktemp("root")
    for folder in ("hw_configs", "tests/data", "tests/bad_inputs"):
        shutil.copytree(ROOT / folder, copy / folder)
    shutil.copy(ROOT / "README.md", copy)
    os.mkfifo(copy / "pipe")
    return copy


@pytest.mark.parametrize(("kind", "file"), bad_files())
def test_is_refused_with_its_message_and_writes_nothing(partita, tmp_path, copied_root, kind, file):
    expected = expected_lines(file)
    assert expected, f"{file} does not say what error it expects"
    command = [str(word).replace("@ROOT@", str(copied_root)) for word in COMMANDS[kind](file)]
    result = partita(*command)
    assert result.returncode == 2, result.stdout + result.stderr
    for line in expected:
        assert line in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_there_are_at_least_forty():
    assert len(list(bad_files())) >= 40
