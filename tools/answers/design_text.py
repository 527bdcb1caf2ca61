"""What `partita design` says."""

from collections.abc import Sequence
from typing import Any

from answers.design import Design
from answers.machines import Machine
from answers.outcomes import Column
from answers.quantities import digits, show
from answers.task import Goal
from answers.text import plural, sentence, table

MOST_ROWS = 24  # of the front, on a screen


def result(value: float, column: Column) -> str:
    return show(value * column.factor, column.unit, 4)


def column_named(answer: Design, name: str) -> Column:
    return next(column for column in answer.columns if column.name == name)


def goal_text(answer: Design, goal: Goal) -> str:
    column = column_named(answer, goal.column)
    return f"{column.label} {'at most' if goal.at_most else 'at least'} {result(goal.bound, column)}"


def choices_text(answer: Design, machine: Machine) -> str:
    return ", ".join(
        f"{axis.name}={axis.text(at, 4)}"
        for knob, at in zip(answer.task.choices, machine.row, strict=True)
        for axis in knob.axes
    )


def results_text(answer: Design, machine: Machine) -> str:
    return ", ".join(
        f"{column.label} {result(value, column)}" for column, value in zip(answer.columns, machine.values, strict=True)
    )


def lacks(answer: Design, machine: Machine) -> str:
    """What is missing to the goals that it does not reach."""
    words = []
    for goal in answer.task.goals:
        value = answer.task.value_of(goal, machine.values)
        if goal.excess(value) > 0:
            column = column_named(answer, goal.column)
            words.append(
                f"{column.label} {result(value, column)}: {result(goal.excess(value), column)} "
                f"({digits(100 * goal.missed(value), 2)} %) too {'much' if goal.at_most else 'little'}"
            )
    return ", ".join(words)


def thinned(machines: Sequence[Machine], count: int, keep: Machine | None) -> list[Machine]:
    """So many of them, evenly; the first, the last and `keep` stay."""
    if len(machines) <= count:
        return list(machines)
    chosen = {round(i * (len(machines) - 1) / (count - 1)) for i in range(count)}
    return [machine for i, machine in enumerate(machines) if i in chosen or machine is keep]


def front_table(answer: Design) -> list[str]:
    task = answer.task
    shown = thinned(answer.front, MOST_ROWS, answer.best)
    header = ["price", *(column.label for column in answer.columns)]
    header += ["goals"] if task.goals else []
    varied = [
        number for number in range(len(task.choices)) if len({machine.row[number] for machine in answer.machines}) > 1
    ]
    header += [task.choices[number].name.removeprefix("machine.") for number in varied]
    rows = []
    for machine in shown:
        row = [task.price_text(machine.price)]
        row += [result(value, column) for value, column in zip(machine.values, answer.columns, strict=True)]
        if task.goals:
            row.append("cheapest" if machine is answer.best else "reached" if task.reached(machine.values) else "")
        rows.append(row + [task.choices[number].text(machine.row[number]) for number in varied])
    lines = table(header, rows, left=0)
    if len(shown) < len(answer.front):
        lines += sentence(f"({len(shown)} of {len(answer.front)} machines of the front; --json has all)")
    return lines


def verdict(answer: Design) -> str:
    task = answer.task
    if not task.goals:
        return f"{plural(len(answer.front), 'machine')} that no other beats in price and {answer.columns[0].label}."
    goals = " and ".join(goal_text(answer, goal) for goal in task.goals)
    if answer.best is None:
        near = answer.closest
        return (
            f"no machine reaches {goals}. The closest, at {task.price_text(near.price)}, lacks: {lacks(answer, near)} "
            f"({choices_text(answer, near)})."
        )
    found = "the cheapest machine" if answer.method != "evolve" else "the cheapest machine that was found"
    return (
        f"{found} that reaches {goals} costs {task.price_text(answer.best.price)}: "
        f"{choices_text(answer, answer.best)}; {results_text(answer, answer.best)}."
    )


def confirmation_text(answer: Design) -> str:
    confirmation = answer.confirmation
    if confirmation.values is None:
        return "computed once more, it had no result: do not believe it"
    if confirmation.same:
        return "computed once more from nothing: the same"
    reached = answer.task.reached(confirmation.values)
    return (
        f"computed once more from nothing: results differ by {digits(100 * confirmation.worst, 2)} %, and goals are "
        f"{'still reached' if reached else 'not reached: it is too close to them'}"
    )


def how(answer: Design) -> str:
    tried = plural(len(answer.machines), "machine")
    if answer.method == "exact":
        nothing = ": no cheaper one of this space reaches the goals" if answer.best is not None else ""
        return f"all {tried} were tried{nothing}"
    if answer.method == "exact until reached":
        return (
            f"{tried} of {answer.space} were tried, from the cheapest on; the other {answer.left_out} cost more, so "
            "they cannot be the answer (the front is known up to this price only)"
        )
    endless = [knob.name for knob in answer.task.choices if knob.count is None]
    of = "" if answer.space is None else f" of {answer.space}"
    all_of_them = (
        f"; `points: 9` in {', '.join(endless)} gives so many values, of which all can be tried" if endless else ""
    )
    return (
        f"{tried}{of} were tried ({plural(answer.generations, 'generation')} of NSGA-II"
        f"{', then around the best' if answer.task.goals else ''}): better ones are possible; --points and --seed "
        f"look farther{all_of_them}"
    )


def notes(answer: Design) -> list[str]:
    task = answer.task
    lines = [how(answer) if task.goals or answer.method == "evolve" else f"all {len(answer.machines)} were tried"]
    if answer.best is not None:
        if answer.next_cheaper is not None:
            lines.append(
                f"the next cheaper one on the front, at {task.price_text(answer.next_cheaper.price)}, lacks: "
                f"{lacks(answer, answer.next_cheaper)}"
            )
        else:
            lines.append("no cheaper machine has any result on the front")
        lines.append(confirmation_text(answer))
    if len(task.situations) > 1:
        lines.append(
            f"each machine in {len(task.situations)} situations ({', '.join(knob.name for knob in task.conditions)}); "
            "its results are the worst of them"
        )
    elif task.conditions:
        held = ", ".join(
            f"{knob.name}={knob.text(at)}" for knob, at in zip(task.conditions, task.situations[0], strict=True)
        )
        lines.append(f"held: {held}")
    priced = {price.axis.name for price in task.prices}
    free = [knob.name for knob in task.choices if not any(axis.name in priced for axis in knob.axes)]
    if free:
        lines.append(f"without a price, so as good as it gets: {', '.join(free)}")
    if answer.lost.count:
        lines.append(f"{plural(answer.lost.count, 'point')} of {answer.points} without a result: {answer.lost}")
    if answer.reuses_plan:
        lines.append(
            "warning: the sweep gives one plan to all machines (plan:); body: partition, or method: instead of plan:, "
            "chooses a plan for each"
        )
    return lines


def report(answer: Design) -> list[str]:
    return [
        *front_table(answer),
        *sentence(verdict(answer)),
        *(line for note in notes(answer) for line in sentence(note)),
    ]


def machine_json(answer: Design, machine: Machine | None) -> dict[str, Any] | None:
    if machine is None:
        return None
    return {
        "price": machine.price,
        "results": dict(zip((column.name for column in answer.columns), machine.values, strict=True)),
        "reaches_goals": bool(answer.task.goals) and answer.task.reached(machine.values),
        "choices": {
            axis.name: axis.value(at) if axis.is_range else axis.text(at)
            for knob, at in zip(answer.task.choices, machine.row, strict=True)
            for axis in knob.axes
        },
        "commands": [outcome.command for outcome in machine.outcomes],
    }


def told(answer: Design) -> dict[str, Any]:
    """For --json. Numbers are in the units of their columns and axes."""
    confirmation = answer.confirmation
    return {
        "method": answer.method,
        "currency": answer.task.currency,
        "goals": [
            {"column": goal.column, "at_most" if goal.at_most else "at_least": goal.bound} for goal in answer.task.goals
        ],
        "machines": len(answer.machines),
        "space": answer.space,
        "left_out": answer.left_out,
        "generations": answer.generations,
        "points": answer.points,
        "no": answer.lost.no,
        "failed": answer.lost.failed,
        "cheapest": machine_json(answer, answer.best),
        "closest": machine_json(answer, answer.closest),
        "next_cheaper": machine_json(answer, answer.next_cheaper),
        "lacks": lacks(answer, answer.next_cheaper) if answer.next_cheaper else None,
        "confirmed": confirmation.same if confirmation else None,
        "front": [machine_json(answer, machine) for machine in answer.front],
    }
