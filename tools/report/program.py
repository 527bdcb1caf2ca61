"""The partita command, where a report needs what only it knows: machines as they were understood, runs made again."""

import json
import re
import subprocess
from pathlib import Path

from report.errors import EnvironmentFailedError, InputError

WRITTEN = "Written"  # the heading of options that name what a verb writes


class Program:
    """Runs `partita VERB ...`; `path` None: nothing can be run, and callers go without."""

    def __init__(self, path: Path | None):
        self.path = path
        self._options: dict[str, set[str]] = {}

    def run(self, arguments: list[str], folder: Path | None = None) -> subprocess.CompletedProcess:
        if self.path is None:
            raise EnvironmentFailedError("the partita command is not known (--program)")
        try:
            return subprocess.run(
                [str(self.path), *arguments],
                cwd=folder,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise EnvironmentFailedError(f"cannot run '{self.path}': {error.strerror}") from error

    def options(self, verb: str) -> set[str]:
        """The long options of a verb, without dashes, but for those that say where something is written."""
        if verb not in self._options:
            read, _, others = self.run([verb, "--help"]).stdout.partition(f"\n{WRITTEN}:\n")
            read += others.partition("\n\n")[2]
            self._options[verb] = set(re.findall(r"^  (?:-\w,)?--([a-z][a-z0-9-]*)", read, re.MULTILINE))
        return self._options[verb]

    def machine(self, file: Path, overrides: list[str], folder: Path | None = None) -> dict:
        """What `partita check FILE --json` understands. Raises InputError with its message for a wrong file."""
        # No text of a file that anybody may have made becomes an option.
        words = ["check", *(f"--set={each}" for each in overrides), "--json", "--", str(file)]
        done = self.run(words, folder)
        if done.returncode != 0:
            raise InputError(last_lines(done))
        try:
            return json.loads(done.stdout.strip().splitlines()[-1])
        except (ValueError, IndexError) as error:
            raise EnvironmentFailedError(f"'{self.path} check --json' did not end with JSON") from error


def last_lines(done: subprocess.CompletedProcess, count: int = 6) -> str:
    """What a command said of its failure."""
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return "\n".join(said[-count:]) or f"exit code {done.returncode}"
