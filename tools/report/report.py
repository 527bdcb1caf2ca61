#!/usr/bin/env python3
"""Makes one HTML page of results: of sweeps, of the main job, of timelines and analyses. It needs no network.

Exit codes: 0 done, 2 the input is wrong, 3 the page could not be written.
"""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOOLS), str(TOOLS / "plot")]

from report import best_again, page, pdf, verdict  # noqa: E402
from report.errors import EnvironmentFailedError, InputError  # noqa: E402
from report.program import Program  # noqa: E402
from report.sources import Choice, Sources, read_sources  # noqa: E402

MOST_POINTS = 50_000


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="RESULTS")
    parser.add_argument("--out", "-o", type=Path, required=True, metavar="FILE")
    parser.add_argument("--pdf", type=Path, metavar="FILE")
    parser.add_argument("--title")
    parser.add_argument("--sweep", action="append", default=[], metavar="NAME[@N]")
    parser.add_argument("--where", action="append", default=[], metavar="CONDITION")
    parser.add_argument("--answer", metavar="COLUMN[:larger]")
    parser.add_argument("--points", type=int, default=MOST_POINTS, metavar="N")
    parser.add_argument("--replay-best", action="store_true")
    parser.add_argument("--program", type=Path, help="the partita command")
    parser.add_argument("--version", default="", metavar="TEXT", help="of Partita, for the page")
    return parser.parse_args()


def best_runs(sources: Sources, program: Program, folder: Path, again: bool) -> dict[int, best_again.Run]:
    """The best point of each sweep, as far as it can be shown."""
    runs = {}
    if program.path is None:
        return runs
    for number, sweep in enumerate(sources.sweeps):
        judged = verdict.judge(sweep)
        if judged is None:
            continue
        run, warnings = best_again.best_run(program, sweep, judged.best, folder / str(number), again)
        sources.warnings += warnings
        if run is not None:
            runs[number] = run
    return runs


def own_command(given: argparse.Namespace) -> str:
    """As somebody would type it; what the partita command adds is left out."""
    words = ["partita", "report", *map(str, given.files), "--out", str(given.out)]
    for name in ("sweep", "where"):
        words += [word for value in getattr(given, name) for word in (f"--{name}", value)]
    for name in ("title", "answer", "pdf"):
        if getattr(given, name) is not None:
            words += [f"--{name}", str(getattr(given, name))]
    if given.points != MOST_POINTS:
        words += ["--points", str(given.points)]
    if given.replay_best:
        words.append("--replay-best")
    return shlex.join(words)


def make(given: argparse.Namespace) -> None:
    if given.points < 1:
        raise InputError(f"--points {given.points}: expected 1 or more")
    if given.pdf is not None:
        pdf.find_browser()  # before any work
    program = Program(given.program)
    choice = Choice(given.sweep, given.where, given.answer, given.points)
    sources = read_sources(given.files, program, choice)
    with tempfile.TemporaryDirectory(prefix="partita-report-") as folder:
        runs = best_runs(sources, program, Path(folder).resolve(), given.replay_best)
        made = page.make_report(sources, runs, given.title, given.version, own_command(given))
        text = page.render(made)
    for warning in sources.warnings:
        print(f"report: warning: {warning}", file=sys.stderr)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    pdf.write_whole(given.out, text.encode())
    print(given.out)
    if given.pdf is not None:
        given.pdf.parent.mkdir(parents=True, exist_ok=True)
        pdf.write_pdf(given.out, given.pdf)
        print(given.pdf)


def main() -> int:
    given = arguments()
    try:
        make(given)
    except InputError as error:
        print(f"report: {error}", file=sys.stderr)
        return 2
    except EnvironmentFailedError as error:
        print(f"report: {error}", file=sys.stderr)
        return 3
    except OSError as error:
        print(f"report: {error.filename or given.out}: {error.strerror}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
