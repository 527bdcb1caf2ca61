#!/usr/bin/env python3
"""Draws the figures of Partita from the files that its commands write.

Exit codes: 0 done, 2 the input is wrong, 3 a figure could not be written.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from figures.reading import (
    ENDINGS,
    InputError,
    read_analysis,
    read_copies,
    read_front,
    read_service,
    read_summary,
    read_timeline,
    read_verdict,
    read_workload,
)
from figures.sweep_data import Look, read
from results.reading import Results, ResultsError

EXAMPLE = """example:
  plot.py gantt simulated.json measured.json --out gantt.pdf
  plot.py waiting analysis.json --out waiting.pdf
  plot.py bars summary.json --out bars        (writes bars.pdf and bars.png)
  plot.py sweep results.db --x model.batch --y predicted_ps --by method --out sweep.pdf
"""


def part(module: str, name: str | None = None) -> Callable:
    """Of figures, loaded when it is needed: matplotlib takes half a second."""
    return getattr(importlib.import_module(f"figures.{module}"), name or module)


def timelines(files):
    return [read_timeline(file) for file in files]


def one(read_file):
    return lambda files: read_file(files[0])


def one_by(module, name):
    """By a reader that stands beside its figure."""
    return lambda files: part(module, name)(files[0])


def drawn_sweep(files, width, look):
    with ThreadPoolExecutor(1) as others:
        # SQLite reads while Python loads what draws.
        drawn = others.submit(part, "sweep", "drawn")
        try:
            with Results(files[0]) as results:
                data = read(results, Look(**look))
        except ResultsError as error:
            raise InputError(str(error)) from error
        return drawn.result()(data, **width)


def add_sweep_options(kind: argparse.ArgumentParser) -> None:
    kind.add_argument("--x", required=True, metavar="AXIS", help="from left to right")
    kind.add_argument("--y", metavar="COLUMN", help="upwards; without it, what the sweep file calls its answer")
    others = kind.add_mutually_exclusive_group()
    others.add_argument("--by", metavar="AXIS", help="a line for each of its values")
    others.add_argument("--over", metavar="AXIS", help="this axis upwards, and the column as colours")
    kind.add_argument("--facet", metavar="AXIS", help="a panel for each of its values")
    kind.add_argument("--sweep", metavar="NAME[@N]", help="which, where the file has several")
    kind.add_argument("--where", action="append", default=[], metavar="CONDITION",
                      help="points that meet all of them: model=zoo:bert*, 'model.batch>=4', status=done")  # fmt: skip
    kind.add_argument("--log", default="", metavar="x,y", help="make these logarithmic (c: colours)")
    kind.add_argument("--linear", default="", metavar="x,y", help="make these linear")


# What other figures do not have.
OPTIONS = {"sweep": (add_sweep_options, ("x", "y", "by", "over", "facet", "sweep", "where", "log", "linear"))}

# Every figure there is: how many files it takes, how they are read, what it shows.
KINDS = {
    "gantt": ("+", timelines, "timelines: who computed and copied when, one panel a file, first on top"),
    "aligned": (2, timelines, "two timelines of one plan: each row above its like, and where they part"),
    "copies": (1, one(read_copies), "copies: measured, and what a machine file makes of them"),
    "waiting": (1, one(read_analysis), "analysis: what processors waited for, and use of links, memory and power"),
    "latency": (1, one(read_workload), "requests: how long they took, and how many there were over time"),
    "service": (1, one(read_service), "policies of a service: latency over time, switches, and what happened"),
    "pareto": (1, one(read_front), "front: plans between the best of one term and the best of another"),
    "bars": (1, one(read_summary), "summary: predicted, simulated and measured makespan of each plan"),
    "adapt": (1, one(read_summary), "summary: latency of each inference while the machine is disturbed"),
    "calibration": (1, one(read_summary), "summary: predicted against measured, before and after the fit"),
    "exam": (1, one(read_verdict), "verdict: predicted against measured, and where the error comes from"),
    "predict": (
        1,
        one_by("predict", "read_predictions"),
        "points of tools/bench predict: predicted against measured, by size",
    ),
    "features": (
        1,
        one_by("features", "read_features"),
        "table of partita analyze --csv: what tells inputs apart, in their order",
    ),
    "sweep": (1, drawn_sweep, "results of a sweep: a column along an axis or over two, medians and spread"),
    "what_if": (1, one(read_verdict), "verdict: what changes of the machine do, predicted and measured"),
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, (count, _, text) in KINDS.items():
        kind = kinds.add_parser(name, help=text, description=text)
        kind.add_argument("files", nargs=count, type=Path, metavar="FILE")
        kind.add_argument(
            "--out", type=Path, required=True, help="figure: .pdf, .svg or .png; without an ending, .pdf and .png"
        )
        if name in OPTIONS:
            OPTIONS[name][0](kind)
        kind.add_argument("--width", type=float, help="width in inches (3.5: one column, 7.16: two)")
    return parser.parse_args()


def outputs(out: Path) -> list[Path]:
    if out.suffix in ENDINGS:
        return [out]
    if out.suffix and out.suffix[1:].isalpha():
        raise InputError(f"--out {out}: unknown ending '{out.suffix}' (one of {', '.join(ENDINGS)}, or none)")
    return [out.with_name(out.name + ending) for ending in (".pdf", ".png")]


def main() -> int:
    given = arguments()
    try:
        files = outputs(given.out)
        if given.width is not None and not 2 <= given.width <= 40:
            raise InputError(f"--width {given.width:g}: expected 2 to 40 inches")
        _, read_files, _ = KINDS[given.kind]
        width = {"width": given.width} if given.width else {}
        if given.kind in OPTIONS:
            own = {name: getattr(given, name) for name in OPTIONS[given.kind][1]}
            figure = read_files(given.files, width, own)
        else:
            figure = part(given.kind)(read_files(given.files), **width)
    except InputError as error:
        print(f"plot: {error}", file=sys.stderr)
        return 2
    try:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        for file in files:
            part("style", "save")(figure, file)
            print(file)
    except OSError as error:
        print(f"plot: {error.filename or given.out}: {error.strerror}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
