"""All machines of a small space."""

import itertools
import math
from collections.abc import Sequence

from answers.knobs import Knob
from answers.machines import Machine, Row, Workshop
from answers.task import Task


def size(knobs: Sequence[Knob]) -> int | None:
    """How many machines there are; None: more than can be counted, between the ends of a range."""
    counts = [knob.count for knob in knobs]
    return None if None in counts else math.prod(counts)


def all_rows(knobs: Sequence[Knob]) -> list[Row]:
    return list(itertools.product(*(knob.positions() for knob in knobs)))


def try_all(task: Task, workshop: Workshop) -> None:
    workshop.build(all_rows(task.choices))


def try_until_reached(task: Task, workshop: Workshop, batch: int) -> int:
    """From the cheapest on, until goals are reached: prices are known before anything is computed, so what was not
    tried costs more. How many were left out."""
    rows = sorted(all_rows(task.choices), key=lambda row: (task.price(row), row))
    first = 0
    while first < len(rows):
        last = min(first + batch, len(rows))
        # Equally cheap ones are tried together: the best of them is wanted.
        while last < len(rows) and task.price(rows[last]) == task.price(rows[last - 1]):
            last += 1
        machines: list[Machine] = workshop.build(rows[first:last])
        first = last
        if any(machine.values is not None and task.reached(machine.values) for machine in machines):
            break
    return len(rows) - first
