"""What a sweep varies, as `partita sweep --describe` says it: axes, and knobs (axes that step together)."""

import difflib
import math
from dataclasses import dataclass, field
from typing import Any

from answers.errors import InputError
from answers.quantities import BINARY, DECIMAL, parse, show


@dataclass(frozen=True)
class Axis:
    """A position in [0, 1] names a value: of a range between its ends, of n values the floor(position * n)-th.

    Of a range of whole numbers each has an equal share of the positions (models/sweep/axis.h).
    """

    name: str
    unit: str = ""
    low: float = 0.0  # of a range, in `unit`
    high: float = 1.0
    logarithmic: bool = False
    integer: bool = False
    values: tuple[str, ...] = ()  # of a list, or of a range that is walked through
    numbers: tuple[float | None, ...] = ()  # of these, where they are numbers
    is_range: bool = True
    step: float = 1.0  # what whole numbers count: 2**30 of GiB

    def between(self, low: float, high: float, position: float) -> float:
        if self.logarithmic:
            return low * (high / low) ** position
        return low + (high - low) * position

    def value(self, position: float) -> float:
        """Of a range."""
        if not self.integer:
            return self.between(self.low, self.high, position)
        low, high = round(self.low / self.step), round(self.high / self.step)
        real = self.between(low, high + 1, position)
        return self.step * min(max(math.floor(real * (1 + 1e-12)), low), high)

    def position(self, value: float) -> float:
        """The other way round, of a range; of a whole number the middle of its share."""
        low, high = self.low, self.high
        if self.integer:
            low, high, value = round(low / self.step), round(high / self.step) + 1, round(value / self.step) + 0.5
        if low == high:
            return 0.0
        if self.logarithmic:
            return math.log(value / low) / math.log(high / low)
        return (value - low) / (high - low)

    def number_of(self, place: int) -> float | None:
        """Of the value at a place in the list."""
        return self.numbers[place] if place < len(self.numbers) else None

    def number(self, position: float) -> float | None:
        """Of a range, or of a list of numbers."""
        return self.value(position) if self.is_range else self.number_of(self.index(position))

    def index(self, position: float) -> int:
        """Of a list."""
        return min(int(position * len(self.values)), len(self.values) - 1)

    def text(self, position: float, significant: int = 3) -> str:
        if not self.is_range:
            return self.values[self.index(position)]
        return self.shown(self.value(position), significant)

    def shown(self, value: float, significant: int = 3) -> str:
        if not self.integer:
            return show(value, self.unit, significant)
        prefix = next((name for name, size in (BINARY | DECIMAL).items() if size == self.step and self.unit), "")
        return f"{value / self.step:.0f} {prefix}{self.unit}".rstrip()

    def parsed(self, text: str) -> float:
        """The position of a value as a user writes it. Raises InputError."""
        if not self.is_range:
            number = parse(text, self.unit)
            for place, value in enumerate(self.values):
                if text == value or (number is not None and self.number_of(place) == number):
                    return (place + 0.5) / len(self.values)
            close = difflib.get_close_matches(text, self.values, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"one of {', '.join(self.values)}"
            raise InputError(f"{self.name} has no value '{text}' ({hint})")
        value = parse(text, self.unit)
        ends = f"{self.text(0)} to {self.text(1)}"
        if value is None:
            raise InputError(f"{self.name}: '{text}' is no value of it ({ends})")
        # The ends as they are shown may be rounded.
        slack = 1e-9 * max(abs(self.low), abs(self.high))
        if not self.low - slack <= value <= self.high + slack:
            raise InputError(f"{self.name}: {text} lies outside of {ends}")
        return min(1.0, max(0.0, self.position(value)))


@dataclass(frozen=True)
class Knob:
    """One thing that can be turned: an axis, or several that step together."""

    axes: tuple[Axis, ...]

    @property
    def lead(self) -> Axis:
        return self.axes[0]

    @property
    def name(self) -> str:
        return self.lead.name

    @property
    def label(self) -> str:
        return self.name if len(self.axes) == 1 else f"{self.name} (+ {len(self.axes) - 1} with it)"

    @property
    def is_list(self) -> bool:
        """Its values have no order that means something."""
        return not self.lead.is_range

    @property
    def count(self) -> int | None:
        """How many values it has; None: all between two."""
        if self.lead.values:
            return len(self.lead.values)
        if self.lead.integer:
            return round((self.lead.high - self.lead.low) / self.lead.step) + 1
        return None

    def positions(self) -> list[float]:
        """Of all its values. It must have a count."""
        count = self.count
        if count is None:
            raise ValueError(f"{self.name} has no count")
        if self.is_list:
            return [(index + 0.5) / count for index in range(count)]
        if self.lead.integer:
            whole = [self.lead.low + self.lead.step * index for index in range(count)]
            return [self.lead.position(value) for value in self.lead.numbers or whole]
        return [index / (count - 1) if count > 1 else 0.0 for index in range(count)]

    @property
    def middle(self) -> float:
        """Of a list the middle one's position (of an even number, the one after the middle)."""
        return 0.5

    def text(self, position: float, significant: int = 3) -> str:
        return " / ".join(axis.text(position, significant) for axis in self.axes)


@dataclass(frozen=True)
class Description:
    """A sweep file as `partita sweep --describe` tells it."""

    name: str
    question: str
    body: str
    column: str | None  # that it asks about
    smaller_is_better: bool
    repeat: int
    knobs: tuple[Knob, ...]
    raw: dict[str, Any] = field(default_factory=dict)

    def knob(self, name: str, option: str) -> Knob:
        """The one with an axis of this name. Raises InputError that names the option."""
        for knob in self.knobs:
            if any(axis.name == name for axis in knob.axes):
                return knob
        known = [axis.name for knob in self.knobs for axis in knob.axes]
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"axes of this sweep: {', '.join(known)}"
        raise InputError(f"{option}: no axis is called '{name}' ({hint})")


def axis_of(told: dict[str, Any]) -> Axis:
    is_range = told["kind"] == "range"
    return Axis(
        name=told["name"],
        unit=told.get("unit") or "",
        low=float(told.get("from") or 0.0) if is_range else 0.0,
        high=float(told["to"]) if is_range else 1.0,
        logarithmic=told.get("scale") == "log",
        integer=bool(told.get("integer")),
        values=tuple(str(value) for value in told.get("values") or ()),
        numbers=tuple(None if number is None else float(number) for number in told.get("numbers") or ()),
        step=float(told.get("step") or 1),
        is_range=is_range,
    )


def description_of(told: dict[str, Any]) -> Description:
    together: dict[Any, list[Axis]] = {}
    for number, axis in enumerate(told["axes"]):
        together.setdefault(axis.get("group", f"alone {number}"), []).append(axis_of(axis))
    answer = told.get("answer") or {}
    return Description(
        name=told["name"],
        question=told.get("question") or "",
        body=told["body"],
        column=answer.get("column"),
        smaller_is_better=answer.get("better", "smaller") != "larger",
        repeat=int(told.get("repeat") or 1),
        knobs=tuple(Knob(tuple(axes)) for axes in together.values()),
        raw=told,
    )


def fixed_positions(description: Description, given: list[str]) -> dict[str, float]:
    """What `--at AXIS=VALUE` says, by name of the knob. Raises InputError."""
    fixed = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--at '{text}': expected AXIS=VALUE")
        knob = description.knob(name, "--at")
        axis = next(axis for axis in knob.axes if axis.name == name)
        if knob.name in fixed:
            raise InputError(f"--at: {knob.name} is given twice")
        try:
            fixed[knob.name] = axis.parsed(value)
        except InputError as error:
            raise InputError(f"--at {error}") from error
    return fixed
