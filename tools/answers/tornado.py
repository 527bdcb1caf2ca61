"""One number at a time: what each does alone, the others held where they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from answers.errors import NothingEvaluatedError
from answers.knobs import Knob
from answers.outcomes import DONE, NOTHING_LOST, Evaluate, Losses, Outcome, losses


@dataclass(frozen=True)
class Bar:
    """What one knob does alone. Results are medians over repetitions; None: that end has none."""

    knob: Knob
    texts: tuple[str, str]  # the values at its ends; of a list, those with the least and the largest result
    ends: tuple[float | None, float | None]  # results there
    least: float  # over all of its values, and where everything is in the middle
    most: float
    curve: list[tuple[float, float | None]] = field(default_factory=list)  # position, result
    spread: float = 0.0  # largest range of repetitions at one point
    lost: Losses = NOTHING_LOST

    @property
    def swing(self) -> float:
        return self.most - self.least


@dataclass(frozen=True)
class Tornado:
    middle: float  # result where all are in the middle
    at: dict[str, str]  # what the middle is
    bars: list[Bar]  # the largest swing first
    points: int


def rows_of(knobs: Sequence[Knob], fixed: dict[str, float], points: int) -> tuple[list[float], list[list[float]]]:
    """The middle, and for each knob the positions that are tried: `points` of a range, all of a list."""
    middle = [fixed.get(knob.name, knob.middle) for knob in knobs]
    tried = [knob.positions() if knob.is_list else [index / (points - 1) for index in range(points)] for knob in knobs]
    return middle, tried


def spread_of(outcome: Outcome, column: str) -> float:
    values = outcome.repetitions(column)
    return max(values) - min(values) if values else 0.0


def bar_of(knob: Knob, positions: Sequence[float], outcomes: Sequence[Outcome], middle: float, column: str) -> Bar:
    results = [outcome.median(column) for outcome in outcomes]
    known = [value for value in results if value is not None]
    if knob.is_list and known:
        ordered = sorted((value, at) for value, at in zip(results, positions, strict=True) if value is not None)
        ends, chosen = (ordered[0][0], ordered[-1][0]), (ordered[0][1], ordered[-1][1])
    else:
        ends, chosen = (results[0], results[-1]), (positions[0], positions[-1])
    return Bar(
        knob=knob,
        texts=(knob.text(chosen[0]), knob.text(chosen[1])),
        ends=ends,
        least=min([*known, middle]),
        most=max([*known, middle]),
        curve=list(zip(positions, results, strict=True)),
        spread=max((spread_of(outcome, column) for outcome in outcomes), default=0.0),
        lost=losses(outcomes),
    )


def tornado(
    knobs: Sequence[Knob], fixed: dict[str, float], points: int, column: str, evaluate: Evaluate
) -> tuple[Tornado, list[Outcome]]:
    """Also all outcomes. Raises NothingEvaluatedError where the middle has no result."""
    middle, tried = rows_of(knobs, fixed, points)
    rows = [middle]
    for number, positions in enumerate(tried):
        rows += [[*middle[:number], at, *middle[number + 1 :]] for at in positions]
    outcomes = evaluate(rows)
    base = outcomes[0].median(column)
    if base is None:
        if outcomes[0].status == DONE:
            return Tornado(0.0, {}, [], len(rows)), outcomes
        values = ", ".join(f"{knob.name}={knob.text(at)}" for knob, at in zip(knobs, middle, strict=True))
        raise NothingEvaluatedError(
            f"where everything is in the middle ({values}) there is no result: "
            f"{outcomes[0].reason or outcomes[0].status}; --at AXIS=VALUE chooses another middle"
        )
    bars, first = [], 1
    for knob, positions in zip(knobs, tried, strict=True):
        bars.append(bar_of(knob, positions, outcomes[first : first + len(positions)], base, column))
        first += len(positions)
    bars.sort(key=lambda bar: -bar.swing)
    at = {knob.name: knob.text(where) for knob, where in zip(knobs, middle, strict=True)}
    return Tornado(base, at, bars, len(rows)), outcomes
