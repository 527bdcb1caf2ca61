#!/usr/bin/env python3
"""Writes a sweep of a results file as Parquet: typed columns, each with its unit and role in its metadata.

Exit codes: 0 done, 2 the input is wrong, 3 the file could not be written.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from results.reading import Column, Results, ResultsError, SweepInfo, as_texts
from results.units import unit_of

EXAMPLE = """example:
  parquet.py results.db --where status=done --out results.parquet
"""
TYPES = {"INTEGER": pa.int64(), "REAL": pa.float64(), "TEXT": pa.string()}


def field_of(column: Column) -> pa.Field:
    unit = unit_of(column.name, column.unit)
    metadata = {"role": column.role} | ({"unit": unit} if unit else {})
    return pa.field(column.name, TYPES[column.type], metadata=metadata)


def schema_of(sweep: SweepInfo, columns: Iterable[Column]) -> pa.Schema:
    told = {"name": sweep.name, "question": sweep.question, "version": sweep.version, "text": sweep.text}
    return pa.schema([field_of(column) for column in columns], metadata={"partita.sweep": json.dumps(told)})


def values_of(column: Column, values: Sequence[Any]) -> pa.Array:
    if column.type == "TEXT":
        values = as_texts(values)
    elif column.type == "REAL":
        values = [None if value is None else float(value) for value in values]
    return pa.array(values, TYPES[column.type])


def write(results: Results, sweep: SweepInfo, out: Path, columns: Sequence[str] | None, **which: Any) -> int:
    """The number of rows. Written beside `out` and renamed: nobody ever sees half a file.

    Raises ResultsError, OSError.
    """
    chosen = results.chosen(sweep, columns)
    schema = schema_of(sweep, chosen)
    batches = results.batches(sweep, columns, **which)
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    count = 0
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for rows in batches:
                arrays = [
                    values_of(column, values) for column, values in zip(chosen, zip(*rows, strict=True), strict=True)
                ]
                writer.write_batch(pa.record_batch(arrays, schema=schema))
                count += len(rows)
        part.replace(out)
    finally:
        with suppress(OSError):
            part.unlink()
    return count


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, metavar="RESULTS")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the Parquet file")
    parser.add_argument("--sweep", metavar="NAME[@N]", help="which, where there are several")
    parser.add_argument("--where", action="append", default=[], metavar="CONDITION", help="rows that meet all of them")
    parser.add_argument("--columns", type=lambda text: text.split(","), metavar="A,B", help="these only")
    parser.add_argument("--sort", metavar="COLUMN")
    parser.add_argument("--descending", action="store_true", help="the largest first")
    parser.add_argument("--limit", type=int, metavar="N")
    return parser.parse_args()


def main() -> int:
    given = arguments()
    try:
        with Results(given.file) as results:
            sweep = results.sweep(given.sweep)
            which = {"where": given.where, "sort": given.sort, "descending": given.descending, "limit": given.limit}
            given.out.parent.mkdir(parents=True, exist_ok=True)
            count = write(results, sweep, given.out, given.columns, **which)
    except ResultsError as error:
        print(f"results: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"results: {given.out}: {error.strerror or error}", file=sys.stderr)
        return 3
    print(f"{given.out}: {count} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main())
