"""The cheapest machine that reaches goals. `partita design`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from answers import exact
from answers.errors import InputError, NothingEvaluatedError
from answers.evolve import Evolution, hypervolume
from answers.knobs import Description
from answers.machines import Machine, Row, Workshop, cheapest, closest, front, next_cheaper
from answers.outcomes import Column, Evaluate, Losses
from answers.polish import polish
from answers.task import Task

PATIENCE = 8  # generations without a better front, then the search ends
BETTER = 1e-4  # of the hypervolume
SEARCHED = 0.65  # of the machines; the others are tried around the best one
TRUST = 1e-9  # results of the same computation may differ by, in parts


@dataclass(frozen=True)
class Confirmation:
    """The chosen machine, computed once more from nothing."""

    values: tuple[float, ...] | None
    same: bool
    worst: float  # largest difference to what was found first, in parts


@dataclass(frozen=True)
class Design:
    task: Task
    columns: tuple[Column, ...]  # in the order of the task
    method: str  # "exact", "exact until reached", "evolve"
    space: int | None  # machines that there are
    machines: list[Machine]  # that were tried
    left_out: int  # that cost more than the first that reaches the goals
    generations: int
    front: list[Machine]
    best: Machine | None  # the cheapest that reaches all goals
    closest: Machine | None  # where none does
    next_cheaper: Machine | None
    confirmation: Confirmation | None
    lost: Losses
    points: int
    reuses_plan: bool  # the sweep gives one plan to all machines


def evolve(task: Task, workshop: Workshop, budget: int, population: int, seed: int, say: Callable[[str], None]) -> int:
    """How many generations."""
    search = Evolution(task, population, seed)
    reference: np.ndarray | None = None
    best, since = 0.0, 0
    while len(workshop.tried) < budget and since < PATIENCE:
        rows = search.ask()[: budget - len(workshop.tried)]
        if not rows:
            break
        search.tell(workshop.build(rows))
        good = [machine for machine in workshop.machines() if machine.values is not None]
        if good and reference is None:
            objectives = np.array([machine.objectives(task) for machine in good])
            reference = objectives.max(axis=0) + 0.1 * (np.ptp(objectives, axis=0) + 1e-9)
        if reference is not None:
            now = hypervolume(task, front(task, good), reference)
            since = 0 if now > best * (1 + BETTER) else since + 1
            best = max(best, now)
        say(f"generation {search.generation}: {len(workshop.tried)} machines, {len(front(task, good))} on the front")
    return search.generation


def confirm(task: Task, machine: Machine, rows: Sequence[Sequence[float]], evaluate_anew: Evaluate) -> Confirmation:
    again = evaluate_anew(rows)
    values = task.worst(again)
    if values is None:
        return Confirmation(None, False, float("inf"))
    differences = [abs(a - b) / max(abs(a), abs(b), 1e-300) for a, b in zip(values, machine.values, strict=True)]
    return Confirmation(values, max(differences) <= TRUST, max(differences))


def row_maker(description: Description, task: Task) -> Callable[[Row, Row], list[float]]:
    names = [knob.name for knob in (*task.choices, *task.conditions)]
    order = [names.index(knob.name) for knob in description.knobs]
    return lambda row, situation: [(*row, *situation)[place] for place in order]


def chosen_method(task: Task, method: str, budget: int) -> str:
    """Raises InputError."""
    space = exact.size(task.choices)
    if method == "auto":
        return "exact" if space is not None and space <= budget else "evolve"
    if method == "exact" and space is None:
        ranges = [knob.name for knob in task.choices if knob.count is None]
        raise InputError(
            f"--method exact tries all values, and {', '.join(ranges)}: a range without `points`; write how many into "
            "the sweep file ({from: ..., to: ..., points: 9}), or leave --method out"
        )
    if method == "exact" and space > budget:
        raise InputError(f"--method exact: there are {space} machines, more than --points {budget}")
    return method


def design(
    description: Description,
    task: Task,
    column_of: Callable[[str, list], Column],
    evaluate: Evaluate,
    evaluate_anew: Evaluate,
    *,
    method: str = "auto",
    budget: int = 1000,
    population: int = 40,
    seed: int = 1,
    until_reached: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Design:
    """evaluate_anew: with a results file that knows nothing. Raises InputError, NothingEvaluatedError."""
    method = chosen_method(task, method, budget)
    if until_reached and not task.goals:
        raise InputError("--until-reached: there are no goals: in the sweep file")
    if until_reached and method != "exact":
        raise InputError("--until-reached: only where all machines can be put in order (--method exact)")
    row_of = row_maker(description, task)
    workshop = Workshop(task, row_of, evaluate)
    generations = left_out = 0
    if method == "evolve":
        generations = evolve(task, workshop, int(budget * SEARCHED) if task.goals else budget, population, seed, say)
        if task.goals:
            polish(task, workshop, budget, seed)
            say(f"around the best: {len(workshop.tried)} machines")
    elif until_reached:
        left_out = exact.try_until_reached(task, workshop, batch=max(16, population))
    else:
        exact.try_all(task, workshop)
    machines = workshop.machines()
    outcomes = [outcome for machine in machines for outcome in machine.outcomes]
    columns = tuple(column_of(name, outcomes) for name, _ in task.columns)
    if all(machine.values is None for machine in machines):
        raise NothingEvaluatedError(f"no machine has a result: {workshop.lost()}")
    best = cheapest(task, machines) if task.goals else None
    return Design(
        task=task,
        columns=columns,
        method="exact until reached" if until_reached else method,
        space=exact.size(task.choices),
        machines=machines,
        left_out=left_out,
        generations=generations,
        front=front(task, machines),
        best=best,
        closest=closest(task, machines) if task.goals and best is None else None,
        next_cheaper=next_cheaper(task, machines, best) if best else None,
        confirmation=confirm(task, best, [row_of(best.row, situation) for situation in task.situations], evaluate_anew)
        if best
        else None,
        lost=workshop.lost(),
        points=len(outcomes),
        reuses_plan=any(" --plan" in outcome.command for outcome in outcomes),
    )
