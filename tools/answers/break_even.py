"""From where on does one alternative pay? `partita break-even`."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from answers.crossings import (
    FEWEST_PAIRS,
    FEWEST_REPETITIONS,
    Bound,
    Case,
    Crossing,
    Kind,
    Sample,
    compare,
    scanned,
    search,
)
from answers.errors import InputError, NothingEvaluatedError
from answers.knobs import Description, Knob, fixed_positions
from answers.outcomes import Column, Evaluate, Losses, Outcome, as_pairs, losses

MOST_CASES = 64
SEED = "seed"  # the axis whose values are repetitions


@dataclass(frozen=True)
class Question:
    """Along one knob, between two positions of another, for each combination of the rest."""

    along: Knob
    between: Knob
    alternatives: tuple[float, float]  # positions of `between`
    others: tuple[Knob, ...]
    combinations: list[tuple[float, ...]]  # positions of `others`
    # An axis of seeds: both alternatives under the same chances, pair by pair; and its positions.
    seeds: Knob | None = None
    chances: tuple[float, ...] = (0.0,)

    @property
    def names(self) -> tuple[str, str]:
        first, second = (self.between.text(at) for at in self.alternatives)
        return first, second


@dataclass(frozen=True)
class Answer:
    """Of one combination."""

    at: dict[str, str]  # of what varies between combinations
    case: Case
    crossings: list[Crossing]

    @property
    def word(self) -> str:
        """always, never: the second alternative is better everywhere, nowhere."""
        kinds = {sample.kind for sample in self.case.known()}
        if not kinds or kinds == {Kind.NEITHER}:
            return "unknown"
        if self.crossings:
            return "crossings"
        seconds = {Kind.SECOND, Kind.ONLY_SECOND}
        if kinds <= seconds:
            return "always"
        return "never" if not kinds & seconds else "uncertain"


@dataclass(frozen=True)
class BreakEven:
    question: Question
    column: Column
    smaller: bool
    answers: list[Answer]
    tolerance: float
    scan: int
    repeat: int
    points: int
    lost: Losses
    has_bounds: bool
    # Where exclude: or only: of the sweep leave an alternative out: positions along the axis, of first and second.
    left_out: tuple[list[float], list[float]] = ((), ())

    @property
    def is_random(self) -> bool:
        """Whether repetitions differ anywhere."""
        return any(
            spread is not None and spread[0] < spread[1]
            for answer in self.answers
            for sample in answer.case.samples.values()
            for spread in (sample.first_spread, sample.second_spread)
        )

    @property
    def too_few_repetitions(self) -> bool:
        return self.is_random and self.repetitions < self.fewest

    @property
    def repetitions(self) -> int:
        return self.repeat if self.question.seeds is None else len(self.question.chances)

    @property
    def fewest(self) -> int:
        """Repetitions of which a test can say anything."""
        return FEWEST_REPETITIONS if self.question.seeds is None else FEWEST_PAIRS


def yaml_text(text: str) -> str:
    """As an item of a YAML list in brackets."""
    return text if re.fullmatch(r"\w[\w.:/+-]*", text) else "'" + text.replace("'", "''") + "'"


def knob_named(description: Description, name: str, option: str, values: str) -> Knob:
    """Raises InputError that says what to write into the sweep file, where it has no such axis."""
    try:
        return description.knob(name, option)
    except InputError as error:
        held = f", in place of `{name}` under `with:`" if name in description.raw.get("with", {}) else ""
        raise InputError(f"{error}; to add it to `axes:`{held}:\n  {name}: {values}") from error


def alternatives_of(description: Description, text: str) -> tuple[Knob, tuple[float, float]]:
    """What `--between AXIS` or `--between AXIS=FIRST,SECOND` says. Raises InputError."""
    known = {axis.name for knob in description.knobs for axis in knob.axes}
    name, _, chosen = (text, "", "") if text in known else text.partition("=")
    pair = chosen.split(",", 1) if "," in chosen else ["FIRST", "SECOND"]
    knob = knob_named(description, name, "--between", f"[{', '.join(map(yaml_text, pair))}]")
    axis = next(axis for axis in knob.axes if axis.name == name)
    if axis.is_range:
        raise InputError(f"--between {name}: it is a range; alternatives are two values of a list")
    if chosen:
        # Values may have commas of their own.
        words = chosen.split(",")
        for cut in range(1, len(words)):
            pair = ",".join(words[:cut]), ",".join(words[cut:])
            if pair[0] in axis.values and pair[1] in axis.values:
                if pair[0] == pair[1]:
                    raise InputError(f"--between {text}: both are the same")
                return knob, (axis.parsed(pair[0]), axis.parsed(pair[1]))
        raise InputError(f"--between {text}: expected two of {', '.join(axis.values)}")
    if len(axis.values) != 2:
        raise InputError(
            f"--between {name}: it has {len(axis.values)} values; name two: --between {name}=FIRST,SECOND "
            f"(of {', '.join(axis.values)})"
        )
    return knob, (0.25, 0.75)


def question_of(description: Description, along: str, between: str, at: list[str]) -> Question:
    """Raises InputError."""
    along_knob = knob_named(description, along, "--along", "{from: LOW, to: HIGH}")
    if along_knob.is_list:
        raise InputError(f"--along {along}: it is a list; break-even looks along a range (from, to)")
    if along_knob.lead.low == along_knob.lead.high:
        raise InputError(f"--along {along}: its ends are the same")
    between_knob, alternatives = alternatives_of(description, between)
    if between_knob is along_knob:
        raise InputError("--along and --between name axes that step together")
    fixed = fixed_positions(description, at)
    for knob, option in ((along_knob, "--along"), (between_knob, "--between")):
        if knob.name in fixed:
            raise InputError(f"--at: {knob.name} is what {option} names")
    seeds = next((knob for knob in description.knobs if knob.name == SEED and knob.name not in fixed), None)
    if seeds in (along_knob, between_knob) or (seeds is not None and seeds.count is None):
        seeds = None
    others = tuple(knob for knob in description.knobs if knob not in (along_knob, between_knob, seeds))
    # Ranges that nobody walks through stay in their middle.
    choices = [
        [fixed[knob.name]] if knob.name in fixed else knob.positions() if knob.lead.values else [knob.middle]
        for knob in others
    ]
    combinations = list(itertools.product(*choices))
    if len(combinations) > MOST_CASES:
        raise InputError(
            f"the other axes have {len(combinations)} combinations, more than {MOST_CASES}; --at AXIS=VALUE holds one"
        )
    chances = tuple(seeds.positions()) if seeds else (0.0,)
    return Question(along_knob, between_knob, alternatives, others, combinations, seeds, chances)


def bound_of(outcomes: Sequence[Outcome], column: str) -> float | None:
    """By what `lower_bound` is multiplied to be one of this column; None where it is none.

    The command gives a bound of the objective (`value`, in its own unit). A latency in picoseconds is the same number,
    where latency is all that is asked for.
    """
    for factor in (1.0, 1e12):
        pairs = [
            (value, found)
            for outcome in outcomes
            if outcome.repetitions("lower_bound")
            for value, found in zip(outcome.repetitions("value"), outcome.repetitions(column), strict=False)
        ]
        # Picoseconds are whole numbers, and the value is a double: equal up to rounding.
        if pairs and all(abs(value * factor - found) <= 1e-9 * abs(found) + 1e-30 for value, found in pairs):
            return factor
    return None


def bounds_for(factor: float | None) -> Bound:
    def bound(outcome: Outcome) -> float | None:
        values = outcome.repetitions("lower_bound")
        return max(values) * factor if factor is not None and values else None

    return bound


def rows_of(question: Question, knobs: Sequence[Knob], wanted: Sequence[tuple[int, float]]) -> list[list[float]]:
    """For each of `wanted`, for each chance, both alternatives."""
    rows = []
    for number, position in wanted:
        at = dict(zip((knob.name for knob in question.others), question.combinations[number], strict=True))
        at[question.along.name] = position
        for chance, choice in itertools.product(question.chances, question.alternatives):
            where = {**at, question.between.name: choice} | ({question.seeds.name: chance} if question.seeds else {})
            rows.append([where[knob.name] for knob in knobs])
    return rows


def alternatives_from(question: Question, outcomes: Sequence[Outcome]) -> list[tuple[Outcome, Outcome]]:
    """Both alternatives of each point that was wanted."""
    pairs = list(zip(outcomes[::2], outcomes[1::2], strict=True))
    if question.seeds is None:
        return pairs
    count = len(question.chances)
    return [as_pairs(pairs[i : i + count]) for i in range(0, len(pairs), count)]


def break_even(
    description: Description,
    question: Question,
    column_of,
    scan: int,
    tolerance: float,
    evaluate: Evaluate,
) -> BreakEven:
    """column_of: outcomes -> the Column that is asked about. Raises NothingEvaluatedError."""
    outcomes: list[Outcome] = []
    column: Column | None = None
    factor: float | None = None
    left_out: tuple[list[float], list[float]] = ([], [])
    smaller = description.smaller_is_better

    def pairs(wanted: Sequence[tuple[int, float]]) -> list[Sample]:
        nonlocal column, factor
        found = evaluate(rows_of(question, description.knobs, wanted))
        outcomes.extend(found)
        if column is None:
            column = column_of(found)
            # Alternatives that are methods are judged by what they find: a bound says nothing of them.
            if smaller and not any(axis.name == "method" for axis in question.between.axes):
                factor = bound_of(found, column.name)
        both = alternatives_from(question, found)
        for (_, position), sides in zip(wanted, both, strict=True):
            for side, outcome in enumerate(sides):
                if outcome.is_left_out:
                    left_out[side].append(position)
        paired = question.seeds is not None
        return [
            compare(position, first, second, column.name, smaller, bounds_for(factor), paired)
            for (_, position), (first, second) in zip(wanted, both, strict=True)
        ]

    cases = [Case(question.along.lead, tolerance) for _ in question.combinations]
    search(cases, scan, pairs)
    answers = [
        Answer(
            at={
                knob.name: knob.text(at)
                for knob, at in zip(question.others, combination, strict=True)
                if len({each[question.others.index(knob)] for each in question.combinations}) > 1
            },
            case=case,
            crossings=case.crossings(),
        )
        for combination, case in zip(question.combinations, cases, strict=True)
    ]
    lost = losses(outcomes)
    if all(answer.word == "unknown" for answer in answers):
        nothing = "nowhere are both allowed" if lost.left_out else "neither alternative has a result anywhere"
        raise NothingEvaluatedError(f"{nothing}: {lost}")
    return BreakEven(
        question=question,
        column=column,
        smaller=smaller,
        answers=answers,
        tolerance=tolerance,
        scan=len(scanned(question.along.lead, scan)),
        repeat=description.repeat,
        points=len(outcomes),
        lost=lost,
        has_bounds=factor is not None,
        left_out=left_out,
    )
