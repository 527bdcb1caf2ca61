"""What `partita break-even` says."""

from typing import Any

from answers.break_even import Answer, BreakEven
from answers.crossings import Crossing, Kind, Sample
from answers.outcomes import LEFT_OUT, Column
from answers.quantities import digits, show
from answers.text import plural, sentence


def result(value: float | None, column: Column) -> str:
    return "no result" if value is None else show(value * column.factor, column.unit)


def who(kind: Kind, answer: BreakEven) -> str:
    """What is true where a comparison says this."""
    first, second = answer.question.names
    better = "less" if answer.smaller else "more"
    return {
        Kind.FIRST: f"{first} has {better}",
        Kind.SECOND: f"{second} has {better}",
        Kind.SAME: "both have the same",
        Kind.ONLY_FIRST: f"only {first} has a solution",
        Kind.ONLY_SECOND: f"only {second} has a solution",
        Kind.NEITHER: "neither has a solution",
        Kind.UNKNOWN: "nothing is known",
    }[kind]


def texts(answer: BreakEven, low: float, high: float) -> tuple[str, str]:
    """Two values of the axis, with as many digits as tell them apart."""
    knob = answer.question.along
    for count in range(3, 16):
        pair = knob.text(low, count), knob.text(high, count)
        if pair[0] != pair[1] or low == high:
            break
    return pair


def precise(answer: BreakEven, position: float, more: int = 0) -> str:
    """A value of the axis with one digit more than the tolerance has."""
    tolerance = answer.tolerance
    return answer.question.along.text(position, (3 if tolerance >= 0.01 else 4 if tolerance >= 0.001 else 6) + more)


def ratio_at(sample: Sample) -> str:
    """By how much the better one is better, in parts of the worse one."""
    if sample.first is None or sample.second is None:
        return ""
    low, high = sorted((abs(sample.first), abs(sample.second)))
    return f" (by {digits(100 * (high - low) / high)} %)" if high > low else ""


def crossing_lines(answer: BreakEven, crossing: Crossing) -> list[str]:
    low, high = texts(answer, crossing.low, crossing.high)
    lines = [
        f"at {precise(answer, crossing.estimate)}: below, {who(crossing.before, answer)}; "
        f"from there on, {who(crossing.after, answer)}. Seen between {low} and {high}"
    ]
    if answer.is_random and not answer.too_few_repetitions:
        if crossing.certain_low is None or crossing.certain_high is None:
            sides = []
            if crossing.certain_low is None:
                sides.append("below")
            if crossing.certain_high is None:
                sides.append("above")
            lines[-1] += f"; not certain {' or '.join(sides)}: repetitions differ by more than the alternatives do"
        else:
            chance = "repetition" if answer.question.seeds is None else "seed"
            ends = texts(answer, crossing.certain_low, crossing.certain_high)
            lines[-1] += f"; certain (95 %, {plural(answer.repetitions, chance)}) up to {ends[0]} and from {ends[1]} on"
    lines[-1] += "."
    if answer.has_bounds:
        lines.append(proof(answer, crossing))
    return lines


def proof(answer: BreakEven, crossing: Crossing) -> str:
    # What is proved must not be rounded to what is not.
    known = []
    if crossing.proved_low is not None:
        known.append(f"below, at {precise(answer, crossing.proved_low, 1)}")
    if crossing.proved_high is not None:
        known.append(f"above, from {precise(answer, crossing.proved_high, 1)} on")
    if not known:
        return "for the best plans that exist: not proved on either side (better plans than those found are possible)."
    rest = "" if len(known) == 2 else "; on the other side better plans than those found may change it"
    return f"for the best plans that exist, by lower bounds: proved {' and '.join(known)}{rest}."


def ends_of(answer: BreakEven, one: Answer) -> str:
    known = one.case.known()
    first, last = known[0], known[-1]
    knob = answer.question.along
    return f"from {knob.text(first.position)}{ratio_at(first)} to {knob.text(last.position)}{ratio_at(last)}"


def answer_lines(answer: BreakEven, one: Answer) -> list[str]:
    first, second = answer.question.names
    if one.word == "unknown":
        return ["no answer: neither has a result anywhere"]
    if one.word == "crossings":
        return [line for crossing in one.crossings for line in crossing_lines(answer, crossing)]
    kinds = {sample.kind for sample in one.case.known()}
    certain = all(sample.certain for sample in one.case.known())
    doubt = "" if certain else ", as far as repetitions tell (not everywhere certain)"
    if one.word == "always":
        return [f"always: {second} is better everywhere, {ends_of(answer, one)}{doubt}"]
    if one.word == "uncertain":
        return ["uncertain: repetitions differ by more than the alternatives do"]
    if kinds == {Kind.SAME}:
        return [f"never: both have the same everywhere, {ends_of(answer, one)}{doubt}"]
    return [f"never: {second} is better nowhere; {first} is ahead, {ends_of(answer, one)}{doubt}"]


def left_out_note(answer: BreakEven) -> str:
    """Where nothing was allowed; "" where everything was."""
    axis = answer.question.along
    parts = [
        f"{name} at {', '.join(axis.text(position) for position in sorted(set(positions)))}"
        for name, positions in zip(answer.question.names, answer.left_out, strict=True)
        if positions
    ]
    return f"{LEFT_OUT}, so not compared there: {'; '.join(parts)}" if parts else ""


def report(answer: BreakEven) -> list[str]:
    question = answer.question
    first, second = question.names
    lines = sentence(
        f"{question.between.name}: {second} against {first}, by {answer.column.label}, along {question.along.name} "
        f"({question.along.text(0)} to {question.along.text(1)})"
    )
    for one in answer.answers:
        where = ", ".join(f"{name}={value}" for name, value in one.at.items())
        for number, text in enumerate(answer_lines(answer, one)):
            mark = f"{where}: " if where and number == 0 else ""
            lines += sentence(mark + text)
    notes = [
        f"{plural(answer.points, 'point')}: {answer.scan} values looked at first, then each change to "
        f"{digits(100 * answer.tolerance)} %; two changes between neighbours of the first look are not seen (--points)"
    ]
    held = [
        f"{knob.name}={knob.text(positions[0])}"
        for knob, positions in zip(question.others, zip(*question.combinations, strict=True), strict=True)
        if len(set(positions)) == 1
    ]
    if held:
        notes.append(f"held: {', '.join(held)}")
    if answer.too_few_repetitions:
        notes.append(
            f"repetitions differ: with {answer.repetitions} no difference can be certain "
            f"({'repeat' if answer.question.seeds is None else 'seed'}: {answer.fewest} or more)"
        )
    if answer.lost.count:
        notes.append(f"{plural(answer.lost.count, 'point')} without a result: {answer.lost}")
    if left_out_note(answer):
        notes.append(left_out_note(answer))
    return [*lines, *(line for note in notes for line in sentence(note))]


def told(answer: BreakEven) -> dict[str, Any]:
    """For --json. Values of the axis are in base units, results in the unit of their column."""
    axis = answer.question.along.lead

    def value(position: float | None) -> float | None:
        return None if position is None else axis.value(position)

    def kind(one: Kind) -> str:
        return {Kind.FIRST: answer.question.names[0], Kind.SECOND: answer.question.names[1]}.get(one, one.value)

    return {
        "along": axis.name,
        "unit": axis.unit,
        "between": answer.question.between.name,
        "alternatives": list(answer.question.names),
        "column": answer.column.name,
        "tolerance": answer.tolerance,
        "points": answer.points,
        "answers": [
            {
                "at": one.at,
                "answer": one.word,
                "crossings": [
                    {
                        "estimate": value(crossing.estimate),
                        "low": value(crossing.low),
                        "high": value(crossing.high),
                        "before": kind(crossing.before),
                        "after": kind(crossing.after),
                        "certain_low": value(crossing.certain_low),
                        "certain_high": value(crossing.certain_high),
                        "proved_low": value(crossing.proved_low),
                        "proved_high": value(crossing.proved_high),
                    }
                    for crossing in one.crossings
                ],
                "curve": [
                    {
                        "value": value(sample.position),
                        "results": [sample.first, sample.second],
                        "better": kind(sample.kind),
                        "certain": sample.certain,
                        "proved": sample.proved is not None,
                    }
                    for sample in one.case.ordered()
                ],
            }
            for one in answer.answers
        ],
        "no": answer.lost.no,
        "failed": answer.lost.failed,
    }
