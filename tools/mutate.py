#!/usr/bin/env python3
"""Makes the mistakes of mutations.py, one at a time, in a scratch copy, and says which test notices each.

Run by hand: it builds and runs the tests of the simulators more than a hundred times (half an hour). Exits with 1
if one survives.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parent.parent

# The likeliest first: the others are built only for what survives it.
TESTS = ["differential_test", "workload_differential_test", "workload_test", "directed_test",
         "directed_differential_test", "load_test", "fluid_test", "evaluate_test",
         "simulate_test", "packet_port_test", "pcie_test", "packet_simulation_test", "collectives_test",
         "objectives_test", "constraints_test", "analysis_test",
         "exam_test", "calibrate_test", "blame_test", "channel_test", "summing_up_test", "measured_machine_test",
         "replay_test", "analyze_test", "analyze_sampling_test", "analyze_stream_test", "predictor_test",
         "profile_test", "online_costs_test", "learn_test", "bad_measurements_test", "inputs_test", "exits_test",
         "zero_skipping_test", "service_test", "relocation_plan_test", "policies_test", "machine_part_test",
         "run_readings_test", "answers_test", "disturber_test", "host_monitor_test", "replay_failure_test",
         "real_execution_test", "sweep_points_test", "sweep_file_test",
         "results_test", "sweep_engine_test", "sweep_command_test"]  # fmt: skip
FAILED = re.compile(r"^\s*\d+ - (\S+) \(", re.MULTILINE)

# Of Python: the tests that have to notice what is wrong in a folder.
PYTHON_TESTS = {
    "tools/answers/": "tests/python/test_answers_*.py",
    "tools/report/": "tests/*/test_report*.py",  # also of its templates and scripts
}
FAILED_OF_PYTEST = re.compile(r"^FAILED (\S+)", re.MULTILINE)


def copy_tree(scratch: Path) -> None:
    """Everything that git knows, as it is now; files that stay the same keep their times, so that little is rebuilt."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, scratch / name
        if not source.is_file():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != source.read_bytes():
            shutil.copy(source, target)


class Scratch:
    def __init__(self, folder: Path, jobs: int):
        self.folder, self.jobs = folder, jobs
        self.build = folder / "build" / "dev"
        self.environment = os.environ | {"CCACHE_BASEDIR": str(folder), "CCACHE_NOHASHDIR": "1"}

    def run(self, *command) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def configure(self) -> subprocess.CompletedProcess:
        return self.run("cmake", "--preset", "dev")

    def compile(self, *tests: str) -> subprocess.CompletedProcess:
        return self.run("ninja", "-C", self.build, f"-j{self.jobs}", *tests)

    def failing(self, *tests: str) -> list[str]:
        """Names of the cases of `tests` that fail, up to the first few."""
        run = self.run(
            "ctest", "--test-dir", self.build, "-R", f"^({'|'.join(tests)})\\.", f"-j{self.jobs}", "--timeout", 30,
            "--stop-on-failure",
        )  # fmt: skip
        return [] if run.returncode == 0 else FAILED.findall(run.stdout) or ["?"]

    def failing_of_python(self, mutated: str) -> list[str]:
        """The first test of Python that fails."""
        pattern = next(pattern for folder, pattern in PYTHON_TESTS.items() if mutated.startswith(folder))
        tests = sorted(self.folder.glob(pattern))
        run = self.run(ROOT / ".venv/bin/python", "-m", "pytest", "-x", *tests)
        return [] if run.returncode == 0 else FAILED_OF_PYTEST.findall(run.stdout) or ["?"]


def is_python(mutation: Mutation) -> bool:
    return mutation.file.startswith(tuple(PYTHON_TESTS))


def why_unsound(scratch: Scratch, chosen: list[Mutation]) -> str:
    """Why nothing can be said, since something fails without any mutation; empty: nothing does."""
    if not all(map(is_python, chosen)):
        for result in (scratch.configure(), scratch.compile(*TESTS)):
            if result.returncode != 0:
                return result.stdout + result.stderr
        if failing := scratch.failing(*TESTS):
            return f"without any mutation this fails: {', '.join(failing)}"
    for folder in {next(f for f in PYTHON_TESTS if one.file.startswith(f)) for one in chosen if is_python(one)}:
        if failing := scratch.failing_of_python(folder):
            return f"without any mutation this fails: {', '.join(failing)}"
    return ""


def verdict(scratch: Scratch, mutation: Mutation) -> str:
    file = scratch.folder / mutation.file
    sound = file.read_text()
    if sound.count(mutation.text) != 1:
        return "out of date: its text does not stand there once"
    file.write_text(sound.replace(mutation.text, mutation.instead))
    try:
        if is_python(mutation):
            failing = scratch.failing_of_python(mutation.file)
            return f"caught by {failing[0]}" if failing else "survived"
        for test in TESTS:
            if scratch.compile(test).returncode != 0:
                return "out of date: it does not compile"
            if failing := scratch.failing(test):
                return f"caught by {failing[0]}"
        return "survived"
    finally:
        file.write_text(sound)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, default=ROOT / "build" / "mutations", help="folder of the copy")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", default="", help="mutations whose description or file contains this")
    arguments = parser.parse_args()
    scratch = Scratch(arguments.scratch.resolve(), arguments.jobs)
    copy_tree(scratch.folder)
    chosen = [it for it in MUTATIONS if arguments.only in it.what or arguments.only in it.file]
    if why := why_unsound(scratch, chosen):
        print(why, file=sys.stderr)
        return 3
    caught = 0
    for mutation in chosen:
        answer = verdict(scratch, mutation)
        caught += answer.startswith("caught")
        print(f"{mutation.file:30} {mutation.what:60} {answer}", flush=True)
    print(f"{caught} of {len(chosen)} mutations are caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
