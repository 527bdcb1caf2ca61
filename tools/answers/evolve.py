"""NSGA-II for spaces that are too large to try all of: Deb, Pratap, Agarwal and Meyarivan, "A fast and elitist
multiobjective genetic algorithm" (2002), with the operators of DEAP.

The same seed asks for the same machines, as long as it is told the same: a run that was killed goes on through what it
has tried before.
"""

import contextlib
import random
import warnings
from collections.abc import Iterator, Sequence

import moocore
import numpy as np
from deap import base, tools
from scipy.stats import qmc

from answers.knobs import Knob
from answers.machines import Machine, Row
from answers.task import Task

CROWDING = 15.0  # of simulated binary crossover: how close children are to their parents
STEPS = 20.0  # of polynomial mutation
ATTEMPTS = 50  # at a child that nobody has tried


class Fitness(base.Fitness):
    """All objectives are to be made small."""

    def __init__(self, count: int):
        self.weights = (-1.0,) * count
        super().__init__()


class Individual(list):
    """Positions."""

    def __init__(self, row: Sequence[float], machine: Machine, task: Task):
        super().__init__(row)
        objectives = machine.objectives(task)
        self.fitness = Fitness(len(objectives))
        self.fitness.values = objectives


class Evolution:
    """Asks for machines, and is told what they are worth."""

    def __init__(self, task: Task, population: int, seed: int):
        """population: a multiple of 4."""
        self.task, self.knobs, self.size, self.seed = task, task.choices, population, seed
        random_state = random.Random(seed).getstate()
        self.state = random_state
        self.members: list[Individual] = []
        self.known: set[Row] = set()
        self.generation = 0

    @contextlib.contextmanager
    def chance(self) -> Iterator[None]:
        """DEAP draws from the module's own generator: ours while it works, and nobody else's is moved."""
        theirs = random.getstate()
        random.setstate(self.state)
        try:
            yield
        finally:
            self.state = random.getstate()
            random.setstate(theirs)

    def ask(self) -> list[Row]:
        """Machines that were not tried, as far as any are found."""
        with self.chance():
            rows = self.first() if self.generation == 0 else self.children()
        self.generation += 1
        self.known.update(rows)
        return rows

    def tell(self, machines: Sequence[Machine]) -> None:
        """What came of those that were asked for. Without a result they are not seen again."""
        new = [Individual(machine.row, machine, self.task) for machine in machines if machine.values is not None]
        with self.chance():
            self.members = tools.selNSGA2([*self.members, *new], min(self.size, len(self.members) + len(new)))

    def first(self) -> list[Row]:
        """Spread evenly, and the two corners where all is small, and all is large."""
        with warnings.catch_warnings():
            # Evenness suffers where their number is no power of two; nothing here needs it.
            warnings.filterwarnings("ignore", message="The balance properties")
            drawn = qmc.Sobol(len(self.knobs), seed=self.seed).random(self.size)
        corners = [[0.0] * len(self.knobs), [1.0] * len(self.knobs)]
        return self.fresh([*corners, *drawn.tolist()])[: self.size]

    def fresh(self, rows: Sequence[Sequence[float]]) -> list[Row]:
        """On values that there are, each once, and none that was tried."""
        snapped = (tuple(snap(knob, at) for knob, at in zip(self.knobs, row, strict=True)) for row in rows)
        return [row for row in dict.fromkeys(snapped) if row not in self.known]

    def children(self) -> list[Row]:
        found: dict[Row, None] = {}
        attempts = 0
        while len(found) < self.size and attempts < ATTEMPTS * self.size:
            parents = self.parents()
            for child in self.crossed(*parents):
                attempts += 1
                # The more often nothing new comes, the farther they go.
                self.mutate(child, at_random=attempts > 4 * self.size)
                for row in self.fresh([child]):
                    found.setdefault(row)
        return list(found)[: self.size]

    def parents(self) -> tuple[list[float], list[float]]:
        if len(self.members) < 4:
            # Nearly nothing has a result: anything may be better.
            chosen = [[random.random() for _ in self.knobs] for _ in range(2)]
            return chosen[0], chosen[1]
        four = random.sample(self.members, 4)
        return better(four[0], four[1]), better(four[2], four[3])

    def crossed(self, first: Sequence[float], second: Sequence[float]) -> tuple[list[float], list[float]]:
        one, two = list(first), list(second)
        if random.random() < 0.9:
            tools.cxSimulatedBinaryBounded(one, two, CROWDING, 0.0, 1.0)
            for number, knob in enumerate(self.knobs):
                # Between two values of a list lies nothing.
                if knob.is_list:
                    pair = [first[number], second[number]]
                    random.shuffle(pair)
                    one[number], two[number] = pair
        return one, two

    def mutate(self, row: list[float], at_random: bool) -> None:
        before = list(row)
        tools.mutPolynomialBounded(row, STEPS, 0.0, 1.0, 1 / len(row))
        for number, knob in enumerate(self.knobs):
            jumps = random.random() < 1 / len(row) and (at_random or knob.is_list)
            if knob.is_list or jumps:
                row[number] = random.random() if jumps else before[number]


def better(one: Individual, two: Individual) -> Individual:
    """Of a tournament: what beats the other, else what stands more alone."""
    if one.fitness.dominates(two.fitness):
        return one
    if two.fitness.dominates(one.fitness):
        return two
    return one if one.fitness.crowding_dist >= two.fitness.crowding_dist else two


def snap(knob: Knob, position: float) -> float:
    """To a position of a value that it has."""
    position = min(1.0, max(0.0, position))
    if knob.count is None:
        return position
    positions = knob.positions()
    if knob.is_list:
        return positions[knob.lead.index(position)]
    return min(positions, key=lambda each: abs(each - position))


def hypervolume(task: Task, machines: Sequence[Machine], reference: Sequence[float]) -> float:
    """What they dominate, up to the reference."""
    points = [machine.objectives(task) for machine in machines if machine.values is not None]
    inside = [point for point in points if all(a < b for a, b in zip(point, reference, strict=True))]
    return float(moocore.hypervolume(np.array(inside), ref=np.array(reference))) if inside else 0.0
