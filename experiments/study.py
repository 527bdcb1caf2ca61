"""What the studies' plots share: points of a results file, and the ends of figures and sentences."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools" / "plot")]

from matplotlib import rc_context  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from figures import style  # noqa: E402
from results.reading import Results, ResultsError  # noqa: E402

Row = dict[str, Any]


def read(file: Path, sweep: str, more: Sequence[str] = ()) -> list[Row]:
    """Points of one sweep that have an answer, one dict each: axes, results, and what is asked for ("seconds")."""
    with Results(file) as results:
        info = results.sweep(sweep)
        usual = [column.name for column in results.chosen(info, None)]
        table = results.table(info, [*usual, *more])
        failed = results.count(info).get("failed", 0)
    if failed:
        print(f"{sweep}: {failed} points failed (partita results {file} --failed)", file=sys.stderr)
    names = [column.name for column in table.columns]
    return [
        row
        for values in zip(*(table[name].tolist() for name in names), strict=True)
        if (row := dict(zip(names, values, strict=True)))["status"] == "done"
    ]


def has(file: Path, sweep: str) -> bool:
    with Results(file) as results:
        return any(each.name == sweep for each in results.sweeps)


def origin(rows: Sequence[Row]) -> str:
    """Of numbers that `partition` printed."""
    same = sum(bool(row["confirmed"]) for row in rows)
    return f"predicted ({len(rows)} plans, {same} executed in SystemC as well, with the same times)"


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    """In the order in which keys come first."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def distinct(rows: Iterable[Row], name: str) -> list[Any]:
    return list(dict.fromkeys(row[name] for row in rows))


def network(model: str) -> str:
    """'zoo:bert?layers=4&type=f16' -> 'bert'; 'graphs/wide_500.json' -> 'wide_500'."""
    return Path(model.removeprefix("zoo:").partition("?")[0]).stem


def bandwidth(bytes_per_second: float) -> str:
    """'10 GB/s', '1 TB/s'."""
    size, unit = (1e12, "TB/s") if bytes_per_second >= 1e12 else (1e9, "GB/s")
    return f"{bytes_per_second / size:.3g} {unit}"


def main(text: str, draw: Callable[[Path], dict[str, Figure]]) -> None:
    """`draw` gets the results file; it prints what was found, and gives figures by name."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("results", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder of the figures")
    options = parser.parse_args()
    try:
        with rc_context(style.RC):
            for name, figure in draw(options.results).items():
                for ending in ("png", "pdf"):
                    style.save(figure, options.out / f"{name}.{ending}", few_colours=True)
                print(f"wrote {options.out / name}.png and .pdf")
    except (ResultsError, OSError) as error:
        sys.exit(f"plot.py: error: {error}")
