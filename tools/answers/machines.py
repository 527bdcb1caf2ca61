"""Machines that were tried: their price, what they reach, and which of them nothing beats."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import moocore
import numpy as np

from answers.outcomes import Evaluate, Losses, Outcome, losses
from answers.task import Task

Row = tuple[float, ...]  # positions of the choices


@dataclass(frozen=True)
class Machine:
    row: Row
    price: float
    values: tuple[float, ...] | None  # of each column of the task, in the worst situation; None: there is no result
    outcomes: list[Outcome] = field(default_factory=list, compare=False)  # one for each situation

    def objectives(self, task: Task) -> tuple[float, ...]:
        """All to be made small. It must have values."""
        return (
            self.price,
            *(value if smaller else -value for value, (_, smaller) in zip(self.values, task.columns, strict=True)),
        )


class Workshop:
    """Tries machines, each once."""

    def __init__(self, task: Task, row_of: Callable[[Row, Row], Sequence[float]], evaluate: Evaluate):
        """row_of: a machine and a situation -> positions of all knobs."""
        self.task, self.row_of, self.evaluate = task, row_of, evaluate
        self.tried: dict[Row, Machine] = {}

    def build(self, rows: Sequence[Row]) -> list[Machine]:
        new = [row for row in dict.fromkeys(rows) if row not in self.tried]
        situations = self.task.situations
        outcomes = self.evaluate([self.row_of(row, situation) for row in new for situation in situations])
        for number, row in enumerate(new):
            own = outcomes[number * len(situations) : (number + 1) * len(situations)]
            self.tried[row] = Machine(row, self.task.price(row), self.task.worst(own), own)
        return [self.tried[row] for row in rows]

    def machines(self) -> list[Machine]:
        return list(self.tried.values())

    def lost(self) -> Losses:
        return losses([outcome for machine in self.tried.values() for outcome in machine.outcomes])


def front(task: Task, machines: Sequence[Machine]) -> list[Machine]:
    """Those that none other beats, from cheap to dear; of equals the first."""
    good = [machine for machine in machines if machine.values is not None]
    if not good:
        return []
    objectives = np.array([machine.objectives(task) for machine in good])
    kept = moocore.is_nondominated(objectives, keep_weakly=False)
    return sorted(
        (machine for machine, keep in zip(good, kept, strict=True) if keep),
        key=lambda machine: (machine.price, machine.objectives(task)),
    )


def cheapest(task: Task, machines: Sequence[Machine]) -> Machine | None:
    """That reaches all goals; among equally cheap ones the best at the first column, then the next."""
    good = [machine for machine in machines if machine.values is not None and task.reached(machine.values)]
    return min(good, key=lambda machine: (machine.objectives(task), machine.row), default=None)


def closest(task: Task, machines: Sequence[Machine]) -> Machine | None:
    """That misses the goals by the least, in parts of them."""
    good = [machine for machine in machines if machine.values is not None]
    return min(
        good,
        key=lambda machine: (
            max((goal.missed(task.value_of(goal, machine.values)) for goal in task.goals), default=0.0),
            machine.price,
        ),
        default=None,
    )


def next_cheaper(task: Task, machines: Sequence[Machine], than: Machine) -> Machine | None:
    """Of the front, the dearest that costs less."""
    less = [machine for machine in front(task, machines) if machine.price < than.price]
    return less[-1] if less else None
