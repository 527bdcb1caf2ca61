"""`partita sweep` as the one who evaluates: positions go in as a CSV file, results come back in a results file."""

import csv
import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from answers.errors import InputError, SweepFailedError
from answers.knobs import Description, Knob, description_of
from answers.outcomes import Column, Outcome
from answers.quantities import unit_of_column
from answers.rows import outcomes_of, sweep_with
from results.reading import Results

SAME_AT_ONCE = 5  # processes that ask the same question of one results file


class Program:
    """The partita command, one sweep file, and the results file that remembers all that was ever computed."""

    def __init__(self, command: list[str], file: Path, out: Path, options: Sequence[str] = ()):
        self.command, self.file, self.out, self.options = command, file, out, list(options)
        self.units: dict[str, str] = {}  # of columns, as the results file has them
        self.computed = 0  # points, by now
        self.found = 0  # that the results file held already
        self.asked: list[list[float]] = []  # positions of `names`, by now
        self.names: list[str] = []
        self.sweep: int | None = None  # that has them

    def run(self, *arguments: str) -> str:
        """Last line of what it prints. Messages and progress go to our stderr. Raises SweepFailedError."""
        try:
            run = call([*self.command, "sweep", str(self.file), *arguments, "--json"])
        except OSError as error:
            raise SweepFailedError(3, f"cannot run {self.command[0]}: {error.strerror}") from error
        lines = run.stdout.strip().splitlines()
        # Exit code 1: some points failed; which, the results file says.
        if run.returncode not in (0, 1):
            raise SweepFailedError(run.returncode if run.returncode > 0 else 3)
        if not lines:
            raise SweepFailedError(3, "partita sweep printed nothing")
        return lines[-1]

    def describe(self) -> Description:
        return description_of(json.loads(self.run("--describe")))

    def evaluate(self, knobs: Sequence[Knob], repeat: int, rows: Sequence[Sequence[float]]) -> list[Outcome]:
        """Rows hold a position for each knob, always of the same knobs. What was computed once is not computed again.

        The results file holds all that was asked by now as one sweep, which grows.
        """
        if not rows:
            return []
        names = [axis.name for knob in knobs for axis in knob.axes]
        if names != self.names:
            self.names, self.asked, self.sweep = names, [], None
        before = len(self.asked)
        self.asked += [[at for knob, at in zip(knobs, row, strict=True) for _ in knob.axes] for row in rows]
        for _ in range(SAME_AT_ONCE):
            told = self.compute()
            with Results(self.out) as results:
                sweep = sweep_with(results, self.sweep)
                if sweep is None:
                    continue  # the same question goes on in another process, and has replaced it by now
                left_out = set(told.get("left_out", []))
                known = before - sum(row < before for row in left_out)
                self.computed += told.get("computed", 0)
                self.found += max(0, told.get("found", 0) - known * repeat)
                self.units |= {name: column.unit for name, column in results.columns(sweep).items()}
                return outcomes_of(results, sweep, len(self.asked), repeat, left_out)[before:]
        raise SweepFailedError(3, f"{self.out}: others ask the same; once they are through, ask again")

    def compute(self) -> dict:
        with tempfile.TemporaryDirectory(prefix="partita-positions-") as folder:
            file = Path(folder) / "positions.csv"
            write_positions(file, self.names, self.asked)
            replaces = [] if self.sweep is None else ["--replaces", str(self.sweep)]
            arguments = ["--positions", str(file), *replaces, "--out", str(self.out), "--resume", *self.options]
            told = json.loads(self.run(*arguments))
        self.sweep = int(told["sweep"])
        return told

    def column(self, name: str, outcomes: Sequence[Outcome]) -> Column:
        """Raises InputError, with the columns that there are, where no point has numbers in it."""
        known = sorted({column for outcome in outcomes for column in outcome.values})
        if known and name not in known:
            raise InputError(f"--of {name}: no result has a number in it (there are {', '.join(known)})")
        return Column(name, *unit_of_column(name, self.units.get(name)))


def call(command: Sequence[str]) -> subprocess.CompletedProcess:
    """Runs it; what it prints to stdout is kept. Ctrl-C is for it, too: it ends by itself, and keeps what it has."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            out, _ = process.communicate()
        except KeyboardInterrupt:
            process.communicate()
            raise
    return subprocess.CompletedProcess(command, process.returncode, out)


def write_positions(file: Path, names: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
    with file.open("w", newline="") as opened:
        out = csv.writer(opened, lineterminator="\n")
        out.writerow(names)
        # 17 digits: the same position names the same point each time.
        out.writerows([repr(float(at)) for at in row] for row in rows)
