#!/usr/bin/env python3
"""Answers from sweeps: which number matters most, from where on something pays, which machine is the cheapest.

`partita sensitivity`, `partita break-even` and `partita design` run this; it has points evaluated by `partita sweep`.

Exit codes: 0 answered, 1 there is no answer (no point has a result, no machine reaches the goals), 2 the input is
wrong, 3 something around us failed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plot"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from answers.errors import InputError, NothingEvaluatedError, SweepFailedError
from answers.knobs import Description, Knob
from answers.outcomes import Column, Evaluate, Outcome
from answers.program import Program
from results.reading import Results, ResultsError


class Asked:
    """One question about one sweep file: the options that all questions have."""

    def __init__(self, given: argparse.Namespace):
        options = ["--jobs", str(given.jobs)] if given.jobs else []
        for name in ("engine", "scheduler", "workers"):
            if getattr(given, name) is not None:
                options += [f"--{name}", str(getattr(given, name))]
        self.given, self.options = given, options
        self.command = [given.partita]
        self.file = given.file
        program = Program(self.command, given.file, Path("unused"), options)
        self.description: Description = program.describe()
        out = given.out or Path(f"{self.description.name}_{given.verb.replace('-', '_')}.db")
        self.program = Program(self.command, given.file, out, options)

    def evaluate(self, knobs: Sequence[Knob], fixed: dict[str, float] | None = None) -> Evaluate:
        """Rows hold positions of `knobs`; the others stay where `fixed` says."""
        held = [knob for knob in self.description.knobs if knob.name in (fixed or {}) and knob not in knobs]
        rest = [fixed[knob.name] for knob in held] if fixed else []

        def of(rows: Sequence[Sequence[float]]) -> list[Outcome]:
            return self.program.evaluate([*knobs, *held], self.description.repeat, [[*row, *rest] for row in rows])

        return of

    def evaluate_anew(self, rows: Sequence[Sequence[float]]) -> list[Outcome]:
        with tempfile.TemporaryDirectory(prefix="partita-again-") as folder:
            anew = Program(self.command, self.file, Path(folder) / "again.db", self.options)
            return anew.evaluate(self.description.knobs, self.description.repeat, rows)

    def column_name(self) -> str:
        name = self.given.of or self.description.column
        if name is None:
            raise InputError("--of COLUMN: neither it nor answer: of the sweep file says what to look at")
        return name

    def column(self, outcomes: Sequence[Outcome]) -> Column:
        return self.program.column(self.column_name(), outcomes)


# What a question gives: lines for people, JSON, what draws the figure, exit code.
Result = tuple[list[str], dict[str, Any], Callable[[], Any], int]


def sensitivity(asked: Asked) -> Result:
    from answers import sensitivity as words
    from answers.knobs import fixed_positions
    from answers.tornado import tornado

    given, description = asked.given, asked.description
    if not description.knobs:
        raise InputError("the sweep has no axes: there is no number whose influence could be asked for")
    name = asked.column_name()
    if given.method == "tornado":
        fixed = fixed_positions(description, given.at)
        answer, outcomes = tornado(
            description.knobs, fixed, given.points or 3, name, asked.evaluate(description.knobs)
        )  # fmt: skip
    else:
        from answers.screening import screening

        knobs, fixed = words.turned(description, given.at)
        for warning in words.lists_as_positions(knobs):
            print(warning, file=sys.stderr)
        points = given.points or (20 * (len(knobs) + 1) if given.method == "morris" else 256 * (len(knobs) + 2))
        answer, outcomes = screening(
            given.method, knobs, points, given.seed, name, asked.evaluate(knobs, fixed)
        )  # fmt: skip
    column = asked.column(outcomes)

    def draw():
        from figures import sensitivity as figures

        figure = figures.tornado if given.method == "tornado" else figures.screening
        return figure(answer, column, description.name)

    return words.report(answer, column), words.told(answer, column), draw, 0


def break_even(asked: Asked) -> Result:
    from answers import break_even as question
    from answers import break_even_text as words

    given, description = asked.given, asked.description
    asked.column_name()
    what = question.question_of(description, given.along, given.between, given.at)
    answer = question.break_even(
        description, what, asked.column, given.points or 9, given.tolerance, asked.evaluate(description.knobs)
    )

    def draw():
        from figures.break_even import break_even as figure

        return figure(answer, description.name)

    return words.report(answer), words.told(answer), draw, 0


def design(asked: Asked) -> Result:
    from answers import design as search
    from answers import design_text as words
    from answers.task import task_of

    given, description = asked.given, asked.description
    task = task_of(description, given.at)
    answer = search.design(
        description, task, asked.program.column, asked.evaluate(description.knobs), asked.evaluate_anew,
        method=given.method, budget=given.points or 1000, population=given.population, seed=given.seed,
        until_reached=given.until_reached, say=lambda text: print(f"  {text}", file=sys.stderr),
    )  # fmt: skip

    def draw():
        from figures.design import design as figure

        return figure(answer, description.name)

    return words.report(answer), words.told(answer), draw, 1 if task.goals and answer.best is None else 0


QUESTIONS = {"sensitivity": sensitivity, "break-even": break_even, "design": design}


def share(text: str) -> float:
    """ "1%" or "0.01"."""
    number = float(text.removesuffix("%").strip()) / (100 if text.endswith("%") else 1)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not between 0 and 100 %")
    return number


def whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"'{text}' is less than {least}")
        return number

    return read


class Parser(argparse.ArgumentParser):
    def error(self, message: str):
        """As the command itself says it."""
        verb = self.prog.rpartition(" ")[2]
        print(f"arguments: error: {message}\n  see: partita {verb} --help", file=sys.stderr)
        sys.exit(2)


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in QUESTIONS:
        verb = verbs.add_parser(name)
        verb.add_argument("file", type=Path, metavar="FILE")
        verb.add_argument("--partita", required=True, help="the partita command")
        verb.add_argument("--out", type=Path)
        verb.add_argument("--figure", type=Path)
        verb.add_argument("--json", action="store_true")
        verb.add_argument("--at", action="append", default=[], metavar="AXIS=VALUE")
        verb.add_argument("--points", type=whole(2))
        verb.add_argument("--jobs", type=whole(1))
        verb.add_argument("--engine")
        verb.add_argument("--scheduler")
        verb.add_argument("--workers")
        if name != "design":
            verb.add_argument("--of", metavar="COLUMN")
        if name != "break-even":
            verb.add_argument("--seed", type=whole(1), default=1)
        if name == "sensitivity":
            verb.add_argument("--method", choices=("tornado", "morris", "sobol"), default="tornado")
        if name == "break-even":
            verb.add_argument("--along", required=True, metavar="AXIS")
            verb.add_argument("--between", required=True, metavar="AXIS")
            verb.add_argument("--tolerance", type=share, default=0.01)
        if name == "design":
            verb.add_argument("--method", choices=("auto", "exact", "evolve"), default="auto")
            verb.add_argument("--population", type=whole(8), default=40)
            verb.add_argument("--until-reached", action="store_true")
    return parser.parse_args(words)


def save(draw: Callable[[], Any], out: Path) -> None:
    from figures import style

    endings = [out.suffix] if out.suffix in style.NO_DATE else [".pdf", ".png"]
    figure = draw()
    out.parent.mkdir(parents=True, exist_ok=True)
    for ending in endings:
        file = out if out.suffix in style.NO_DATE else out.with_name(out.name + ending)
        style.save(figure, file)
        print(f"wrote {file}")


def note_namesakes(asked: Asked) -> None:
    """A results file may hold the points of the sweep itself, too, and its readers get the newest of a name."""
    name, own = asked.description.name, asked.program.sweep
    with Results(asked.program.out) as results:
        others = [f"{name}@{sweep.id}" for sweep in results.sweeps if sweep.name == name and sweep.id != own]
    if others:
        print(
            f"note: {asked.program.out} holds several sweeps '{name}', and this is {name}@{own}: partita results shows "
            f"the newest, and with --sweep the others ({', '.join(others)})",
            file=sys.stderr,
        )


def main(words: Sequence[str] | None = None) -> int:
    given = arguments(words)
    from figures.reading import InputError as FigureError

    try:
        asked = Asked(given)
        lines, told, draw, code = QUESTIONS[given.verb](asked)
        print("\n".join(lines))
        print(f"wrote {asked.program.out} ({asked.program.computed} points computed, {asked.program.found} found)")
        note_namesakes(asked)
        if given.figure is not None:
            save(draw, given.figure)
        if given.json:
            print(
                json.dumps(
                    {"sweep": asked.description.name, "verb": given.verb, **told, "results": str(asked.program.out)}
                )
            )
        return code
    except (InputError, FigureError) as error:
        print(f"{given.file}: error: {error}", file=sys.stderr)
        return 2
    except NothingEvaluatedError as error:
        print(f"{given.file}: no answer: {error}", file=sys.stderr)
        return 1
    except ResultsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except SweepFailedError as error:
        if str(error):
            print(f"error: {error}", file=sys.stderr)
        return error.code
    except OSError as error:
        print(f"error: {error.filename or ''}: {error.strerror}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("interrupted: the same command goes on where it was", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
