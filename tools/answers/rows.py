"""Results of one sweep as outcomes, read from the results file."""

from collections.abc import Collection
from typing import Any

import numpy as np

from answers.errors import SweepFailedError
from answers.outcomes import DONE, LEFT_OUT, NO, Outcome
from results.reading import Results, SweepInfo


def sweep_with(results: Results, number: int) -> SweepInfo | None:
    return next((sweep for sweep in results.sweeps if sweep.id == number), None)


def outcomes_of(
    results: Results, sweep: SweepInfo, count: int, repeat: int, left_out: Collection[int] = ()
) -> list[Outcome]:
    """Of `count` points in the order of places: all repetitions of the first, then those of the next.

    `left_out`: those that the sweep does not allow; they have no places.
    """
    allowed = [number for number in range(count) if number not in left_out]
    columns = [name for name, column in results.columns(sweep).items() if column.role == "result" and column.is_number]
    table = results.table(sweep, ["number", "status", "reason", "command", *columns])
    if len(table) and table["number"].max() >= len(allowed) * repeat:
        raise SweepFailedError(3, f"{results.file}: '{sweep.name}' has more points than were asked for")
    collected: list[dict[str, Any]] = [
        {"values": {}, "done": 0, "no": 0, "failed": 0, "reason": "", "command": ""} for _ in range(count)
    ]
    numbers = [(name, table[name]) for name in columns]
    for row, (number, status) in enumerate(zip(table["number"].tolist(), table["status"], strict=True)):
        one = collected[allowed[number // repeat]]
        one["command"] = one["command"] or table["command"][row] or ""
        one[status if status in (DONE, NO) else "failed"] += 1
        if status != DONE:
            one["reason"] = one["reason"] or table["reason"][row] or ""
            continue
        for name, values in numbers:
            if np.isfinite(values[row]):
                one["values"].setdefault(name, []).append(float(values[row]))
    for number in left_out:
        collected[number] |= {"no": repeat, "reason": LEFT_OUT}
    for one in collected:
        # What is not there was interrupted.
        one["failed"] += repeat - one["done"] - one["no"] - one["failed"]
    return [Outcome(**one) for one in collected]
