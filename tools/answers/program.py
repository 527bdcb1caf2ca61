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


class Program:
    """The partita command, one sweep file, and the results file that remembers all that was ever computed."""

    def __init__(self, command: list[str], file: Path, out: Path, options: Sequence[str] = ()):
        self.command, self.file, self.out, self.options = command, file, out, list(options)
        self.units: dict[str, str] = {}  # of columns, as the results file has them
        self.computed = 0  # points, by now
        self.found = 0  # that the results file held already

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
        """Rows hold a position for each knob. What was computed once is not computed again."""
        if not rows:
            return []
        with tempfile.TemporaryDirectory(prefix="partita-positions-") as folder:
            file = Path(folder) / "positions.csv"
            write_positions(file, knobs, rows)
            told = json.loads(self.run("--positions", str(file), "--out", str(self.out), "--resume", *self.options))
        self.computed += told.get("computed", 0)
        self.found += told.get("found", 0)
        with Results(self.out) as results:
            sweep = sweep_with(results, int(told["sweep"]))
            self.units |= {name: column.unit for name, column in results.columns(sweep).items()}
            return outcomes_of(results, sweep, len(rows), repeat)

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


def write_positions(file: Path, knobs: Sequence[Knob], rows: Sequence[Sequence[float]]) -> None:
    with file.open("w", newline="") as opened:
        out = csv.writer(opened, lineterminator="\n")
        out.writerow([axis.name for knob in knobs for axis in knob.axes])
        for row in rows:
            # 17 digits: the same position names the same point each time.
            out.writerow(
                [repr(float(at)) for knob, at in zip(knobs, row, strict=True) for _ in knob.axes],
            )
