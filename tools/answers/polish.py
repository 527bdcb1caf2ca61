"""Makes the cheapest machine that reaches the goals cheaper still, and where none does, the closest closer, by direct
search: Kolda, Lewis and Torczon, "Optimization by direct search" (2003).

Tries steps along each choice, exchanges of one for another, and the ends of what costs nothing; moves on as soon as one
helps, and makes its steps smaller where none does.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from answers.evolve import snap
from answers.machines import Machine, Row, Workshop, cheapest, closest
from answers.task import Task

RATES = (0.25, 0.5, 1.0, 2.0)  # of exchange: how much less of one for more of another
LARGEST_STEP, SMALLEST_STEP = 0.16, 0.0025  # in parts of a range
AT_ONCE = 12  # tried before it looks whether one helped


@dataclass(frozen=True)
class Move:
    shifts: dict[int, float] = field(default_factory=dict)  # by choice: so many steps
    places: dict[int, float] = field(default_factory=dict)  # by choice: there

    def made(self, task: Task, row: Row, step: float) -> Row:
        there = {number: row[number] + steps * step for number, steps in self.shifts.items()} | self.places
        return tuple(snap(knob, there.get(number, row[number])) for number, knob in enumerate(task.choices))


def moves_of(task: Task) -> list[Move]:
    """The likeliest first: what is free goes to its better end, if it has one."""
    priced = {price.axis.name for price in task.prices}
    places: list[Move] = []
    steps: list[Move] = []
    paid = []
    for number, knob in enumerate(task.choices):
        if knob.is_list:
            places += [Move(places={number: at}) for at in knob.positions()]
            continue
        steps += [Move({number: -1.0}), Move({number: 1.0})]
        if any(axis.name in priced for axis in knob.axes):
            paid.append(number)
        else:
            places += [Move(places={number: end}) for end in (0.0, 1.0)]
    exchanges = [Move({more: 1.0, less: -rate}) for more, less in itertools.permutations(paid, 2) for rate in RATES]
    return [*places, *steps, *exchanges]


def best_of(task: Task, workshop: Workshop) -> Machine | None:
    machines = workshop.machines()
    return cheapest(task, machines) or closest(task, machines)


def polish(task: Task, workshop: Workshop, budget: int, seed: int) -> None:
    """Tries machines until there are `budget` of them, or nothing helps. Same seed, same machines."""
    moves = moves_of(task)
    random.Random(seed).shuffle(moves)
    moves.sort(key=lambda move: not move.places)
    step = LARGEST_STEP
    while step >= SMALLEST_STEP and len(workshop.tried) < budget:
        best = best_of(task, workshop)
        if best is None:
            return
        helped = first_that_helps(task, workshop, budget, moves, best.row, step)
        if helped is None:
            step /= 2
        else:
            # Once more in this direction, before all others.
            moves.remove(helped)
            moves.insert(0, helped)


def first_that_helps(
    task: Task, workshop: Workshop, budget: int, moves: Sequence[Move], row: Row, step: float
) -> Move | None:
    """The one that led to the best of a batch, where that is better than before."""
    made = [(move, move.made(task, row, step)) for move in moves]
    new = [(move, to) for move, to in made if to not in workshop.tried]
    for first in range(0, len(new), AT_ONCE):
        batch = new[first : first + AT_ONCE][: budget - len(workshop.tried)]
        workshop.build([to for _, to in batch])
        best = best_of(task, workshop)
        if best.row != row:
            return next(move for move, to in batch if to == best.row)
    return None
