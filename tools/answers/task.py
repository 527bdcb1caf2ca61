"""What `partita design` is asked: prices and goals of a sweep file, as `partita sweep --describe` tells them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from answers.errors import InputError
from answers.knobs import Axis, Description, Knob, fixed_positions
from answers.outcomes import Outcome
from answers.quantities import digits

# What a machine has to cope with is no choice of who designs it: axes of these names, and all below them.
CONDITIONS = ("model", "bind", "scenario", "load", "requests", "arrivals", "in-flight", "seed")
MOST_CONDITIONS = 256


@dataclass(frozen=True)
class AxisPrice:
    """Of the value of an axis: number / per * price, or that of its place in the list."""

    axis: Axis
    per: float = 0.0
    price: float = 0.0
    table: tuple[float, ...] = ()

    def at(self, position: float) -> float:
        if not self.table:
            return (self.axis.number(position) or 0.0) / self.per * self.price
        if not self.axis.is_range:
            return self.table[self.axis.index(position)]
        # A walked range: the price of the value that is nearest.
        value = self.axis.value(position)
        nearest = min(range(len(self.table)), key=lambda place: abs((self.axis.numbers[place] or 0.0) - value))
        return self.table[nearest]


@dataclass(frozen=True)
class Goal:
    column: str
    at_most: bool
    bound: float  # in the unit of the column

    def excess(self, value: float) -> float:
        """By how much it is missed, in the unit of the column; not above 0: reached."""
        return value - self.bound if self.at_most else self.bound - value

    def missed(self, value: float) -> float:
        """In parts of the bound."""
        return self.excess(value) / (abs(self.bound) or 1.0)


@dataclass(frozen=True)
class Task:
    choices: tuple[Knob, ...]  # what makes a machine
    conditions: tuple[Knob, ...]  # what each has to cope with
    situations: list[tuple[float, ...]]  # positions of the conditions: all combinations
    currency: str
    base: float
    prices: tuple[AxisPrice, ...]
    goals: tuple[Goal, ...]
    columns: tuple[tuple[str, bool], ...]  # what is looked at beside the price; whether smaller is better

    def price(self, row: Sequence[float]) -> float:
        """Of a machine: positions of its choices."""
        where = {axis.name: position for knob, position in zip(self.choices, row, strict=True) for axis in knob.axes}
        return self.base + sum(price.at(where[price.axis.name]) for price in self.prices)

    def price_text(self, price: float) -> str:
        return f"{digits(price, 6)} {self.currency}".rstrip()

    def worst(self, outcomes: Sequence[Outcome]) -> tuple[float, ...] | None:
        """Of each column, over all situations; None where one has no result."""
        found = []
        for column, smaller in self.columns:
            values = [outcome.median(column) for outcome in outcomes]
            if any(value is None for value in values):
                return None
            found.append((max if smaller else min)(values))
        return tuple(found)

    def reached(self, values: Sequence[float]) -> bool:
        return all(goal.excess(self.value_of(goal, values)) <= 0 for goal in self.goals)

    def value_of(self, goal: Goal, values: Sequence[float]) -> float:
        return values[[column for column, _ in self.columns].index(goal.column)]


def is_condition(knob: Knob, priced: set[str]) -> bool:
    if any(axis.name in priced for axis in knob.axes):
        return False
    return all(axis.name.split(".")[0] in CONDITIONS for axis in knob.axes)


def prices_of(description: Description) -> tuple[AxisPrice, ...]:
    axes = {axis.name: axis for knob in description.knobs for axis in knob.axes}
    return tuple(
        AxisPrice(
            axis=axes[one["axis"]],
            per=float(one.get("per") or 0.0),
            price=float(one.get("price") or 0.0),
            table=tuple(float(price) for price in one.get("table") or ()),
        )
        for one in description.raw["prices"]["axes"]
    )


def goals_of(description: Description) -> tuple[Goal, ...]:
    return tuple(
        Goal(one["column"], "at_most" in one, float(one["at_most" if "at_most" in one else "at_least"]))
        for one in description.raw.get("goals") or []
    )


def columns_of(description: Description, goals: Sequence[Goal]) -> tuple[tuple[str, bool], ...]:
    """Raises InputError where nothing says what is good."""
    columns: dict[str, bool] = {}
    for goal in goals:
        if columns.setdefault(goal.column, goal.at_most) != goal.at_most:
            raise InputError(f"goals: {goal.column}: at_most and at_least of one column leave no better and worse")
    if not columns and description.column:
        columns[description.column] = description.smaller_is_better
    if not columns:
        raise InputError("design: neither goals: nor answer: of the sweep file say what a machine has to be good at")
    return tuple(columns.items())


def task_of(description: Description, at: list[str]) -> Task:
    """Raises InputError."""
    if not description.raw.get("prices"):
        raise InputError("design: the sweep file has no prices: (what the values of its axes cost)")
    prices = prices_of(description)
    priced = {price.axis.name for price in prices}
    fixed = fixed_positions(description, at)
    conditions = tuple(knob for knob in description.knobs if is_condition(knob, priced))
    choices = tuple(knob for knob in description.knobs if knob not in conditions)
    if not choices:
        raise InputError("design: no axis changes the machine")
    for knob in choices:
        if knob.name in fixed:
            raise InputError(f"--at: {knob.name} is a choice; leave it out of the axes to hold it")
    situations = list(
        itertools.product(
            *(
                [fixed[knob.name]] if knob.name in fixed else knob.positions() if knob.lead.values else [knob.middle]
                for knob in conditions
            )
        )
    )
    if len(situations) > MOST_CONDITIONS:
        raise InputError(
            f"design: each machine would be tried in {len(situations)} situations "
            f"({', '.join(knob.name for knob in conditions)}), more than {MOST_CONDITIONS}; --at AXIS=VALUE holds one"
        )
    goals = goals_of(description)
    return Task(
        choices=choices,
        conditions=conditions,
        situations=situations,
        currency=description.raw["prices"].get("currency") or "",
        base=float(description.raw["prices"].get("base") or 0.0),
        prices=prices,
        goals=goals,
        columns=columns_of(description, goals),
    )
