"""Which number matters most? `partita sensitivity`."""

import re
from collections.abc import Sequence
from typing import Any

from answers.errors import InputError
from answers.knobs import Description, Knob, fixed_positions
from answers.outcomes import Column
from answers.quantities import digits, show
from answers.screening import Index, Screening
from answers.text import plural, sentence, table
from answers.tornado import Bar, Tornado

NOISE = 1e-9  # of rounding, in parts of what it is beside
WIDE = 0.25  # half an interval, in parts of the index: from there on it says little
NUMBER = re.compile(r"[-+]?\d[\d.]*(e[-+]?\d+)?\b.*")


def turned(description: Description, at: list[str]) -> tuple[list[Knob], dict[str, float]]:
    """The knobs that are turned: all that `--at` does not hold; and where it holds the others. Raises InputError."""
    fixed = fixed_positions(description, at)
    knobs = [knob for knob in description.knobs if knob.name not in fixed]
    if not knobs:
        raise InputError("--at holds all axes: none is left whose influence could be asked for")
    return knobs, fixed


def lists_as_positions(knobs: Sequence[Knob]) -> list[str]:
    """Warnings: indices of lists mean little where their values have no order."""
    return [
        f"warning: {knob.name} is a list ({', '.join(knob.lead.values)}); it is sampled by position, as if its values "
        "stood in an order that means something"
        for knob in knobs
        if knob.is_list and not all(NUMBER.fullmatch(value) for value in knob.lead.values)
    ]


def result(value: float | None, column: Column) -> str:
    return "no result" if value is None else show(value * column.factor, column.unit)


# Tornado


def tornado_table(answer: Tornado, column: Column) -> list[str]:
    header = ["axis", "low", "high", f"{column.label} at low", "at high", "swing"]
    rows = []
    for bar in answer.bars:
        swing = f"{digits(100 * bar.swing / abs(answer.middle))} %" if answer.middle else result(bar.swing, column)
        rows.append([bar.knob.label, *bar.texts, *(result(end, column) for end in bar.ends), swing])
    return table(header, rows)


def missing(bar: Bar) -> str:
    """The values without a result: "10 GB/s (its high end)"."""
    last = len(bar.curve) - 1
    names = {} if bar.knob.is_list else {0: " (its low end)", last: " (its high end)"}
    return ", ".join(
        f"{bar.knob.text(at)}{names.get(number, '')}" for number, (at, value) in enumerate(bar.curve) if value is None
    )


def tornado_verdict(answer: Tornado, column: Column) -> str:
    first = answer.bars[0]
    gaps = "; ".join(f"{bar.knob.label} at {missing(bar)}" for bar in answer.bars if bar.lost.count)
    if first.swing == 0:
        constant = f"{column.label} is {result(answer.middle, column)}"
        if gaps:
            return f"{constant} wherever there is a result, but there is none with {gaps}."
        return f"nothing of this matters: {constant} whatever is changed alone."
    text = (
        f"the number that matters most is {first.knob.label}: {column.label} goes from "
        f"{result(first.least, column)} to {result(first.most, column)} over its values, "
        f"{result(answer.middle, column)} in the middle."
    )
    if first.spread >= first.swing / 2:
        text += f" But repetitions alone differ by {result(first.spread, column)}: that may be noise."
    elif len(answer.bars) > 1 and first.swing - answer.bars[1].swing <= first.spread:
        text += f" {answer.bars[1].knob.label} may matter as much: they differ by less than repetitions do."
    return f"{text} There is no result with {gaps}." if gaps else text


def tornado_notes(answer: Tornado) -> list[str]:
    notes = [f"{plural(answer.points, 'point')}; each axis alone, the others at"]
    notes[0] += " " + ", ".join(f"{name}={value}" for name, value in answer.at.items())
    for bar in answer.bars:
        if bar.lost.count:
            notes.append(
                f"{bar.knob.label}: no result at {missing(bar)}: {bar.lost}; its swing is what the other values show"
            )
        elif bends(bar, answer.middle):
            notes.append(f"{bar.knob.label}: not monotone, its extremes lie between its ends")
    notes.append("what only acts together with another number is not seen this way (--method sobol sees it)")
    return notes


def bends(bar: Bar, middle: float) -> bool:
    """Whether some value, or the middle, lies outside of what both ends show."""
    known = [end for end in bar.ends if end is not None]
    if bar.knob.is_list or not known:
        return False
    slack = 1e-9 * max(abs(bar.most), abs(bar.least))
    return bar.most > max(known) + slack or bar.least < min(known) - slack


def tornado_json(answer: Tornado, column: Column) -> dict[str, Any]:
    return {
        "middle": answer.middle,
        "at": answer.at,
        "axes": [
            {
                "axis": bar.knob.name,
                "with": [axis.name for axis in bar.knob.axes[1:]],
                "values": list(bar.texts),
                "results": list(bar.ends),
                "least": bar.least,
                "most": bar.most,
                "swing": bar.swing,
                "spread": bar.spread,
                "no": bar.lost.no,
                "failed": bar.lost.failed,
            }
            for bar in answer.bars
        ],
    }


# Morris and Sobol


def uncertain(value: float, confidence: float, column: Column | None = None) -> str:
    """With its 95 % interval, in one unit."""
    if column is None:
        return f"{value:.3f} ± {confidence:.3f}"
    return f"{result(value, column)} ± {result(0.0 if confidence < NOISE * value else confidence, column)}"


def screening_table(answer: Screening, column: Column) -> list[str]:
    if answer.method == "morris":
        largest = answer.indices[0].value
        header = ["axis", "mu* (mean size of effects)", "mu", "sigma"]
        rows = [
            [
                index.knob.label,
                uncertain(index.value, index.confidence, column),
                result(index.mu, column),
                result(0.0 if index.other < NOISE * largest else index.other, column),
            ]
            for index in answer.indices
        ]
    else:
        header = ["axis", "total index", "first index"]
        rows = [
            [
                index.knob.label,
                uncertain(index.value, index.confidence),
                uncertain(index.other, index.other_confidence),
            ]
            for index in answer.indices
        ]
    return table(header, rows)


def leads(first: Index, second: Index) -> bool:
    """Whether the first is larger for certain: its interval lies above the other's."""
    return first.value - first.confidence > second.value + second.confidence


def is_ranked(answer: Screening) -> bool:
    """Whether intervals tell anything apart: not where they are wide, and the last may matter as much as the first."""
    first, *others = answer.indices
    return not others or first.confidence <= WIDE * first.value or leads(first, others[-1])


def interacts(index: Index) -> bool:
    """Of Sobol: whether its total is above its first index by more than chance."""
    return index.value - index.other > index.confidence + index.other_confidence


def share(index: float) -> float:
    """An estimate may lie outside of what a share can be."""
    return min(1.0, max(0.0, index))


def screening_verdict(answer: Screening, column: Column) -> str:
    if answer.constant:
        return f"nothing of this matters: {column.label} is {result(answer.mean, column)} everywhere."
    first = answer.indices[0]
    if not is_ranked(answer):
        return (
            f"which number matters most cannot be said: intervals of 95 % are too wide to rank them "
            f"({answer.indices[-1].knob.label}, the last, may matter as much as {first.knob.label}, the first); more "
            "--points make them narrower."
        )
    if answer.method == "morris":
        why = f"over its range {column.label} changes by {result(first.value, column)} on average"
        if first.other > first.value / 2:
            why += ", by how much depends on where the others stand (or it is no straight line)"
    else:
        why = f"{share(first.value):.0%} of the variance of {column.label} would go if it were known and fixed"
        if interacts(first):
            why = (
                f"it has a part in {share(first.value):.0%} of the variance of {column.label}: "
                f"{share(first.other):.0%} by itself, the rest together with others"
            )
    text = f"the number that matters most is {first.knob.label}: {why}."
    rivals = [index.knob.label for index in answer.indices[1:] if not leads(first, index)]
    if rivals:
        text += f" It is not certain that it matters more than {', '.join(rivals)} (intervals of 95 % overlap)."
    return text


def screening_notes(answer: Screening) -> list[str]:
    group = "trajectory" if answer.method == "morris" else "group"
    groups = "trajectories" if answer.method == "morris" else "groups"
    notes = [
        f"{plural(answer.points, 'point')} in {plural(answer.groups, group, groups)}; ± is half of an interval of "
        "95 %, by bootstrap"
    ]
    if answer.lost.count:
        notes.append(
            f"{plural(answer.lost.count, 'point')} without a result: {answer.lost}; {groups} have to be complete, "
            f"so {answer.dropped} of {answer.groups} were dropped: the indices hold for where there are results"
        )
    if answer.method == "sobol" and not answer.constant:
        weak = [index.knob.label for index in answer.indices if index.value + index.confidence < 0.05]
        if weak:
            notes.append(f"hold where you like (total below 5 %): {', '.join(weak)}")
        together = [index.knob.label for index in answer.indices if interacts(index)]
        if together:
            notes.append(f"act together with others, which counts in the total of each: {', '.join(together)}")
        if any(index.value > 1 for index in answer.indices):
            notes.append("a total above 1 is no share of the variance but chance: more --points make it smaller")
    return notes


def screening_json(answer: Screening) -> dict[str, Any]:
    names = ("mu_star", "sigma") if answer.method == "morris" else ("total", "first")
    axes = []
    for index in answer.indices:
        one = {
            "axis": index.knob.name,
            "with": [axis.name for axis in index.knob.axes[1:]],
            names[0]: index.value,
            f"{names[0]}_confidence": index.confidence,
            names[1]: index.other,
        }
        one |= {"mu": index.mu} if answer.method == "morris" else {"first_confidence": index.other_confidence}
        axes.append(one)
    return {
        "axes": axes,
        "groups": answer.groups,
        "dropped_groups": answer.dropped,
        "no": answer.lost.no,
        "failed": answer.lost.failed,
        "mean": answer.mean,
        "standard_deviation": answer.deviation,
        "constant": answer.constant,
    }


# All of them


def report(answer: Tornado | Screening, column: Column) -> list[str]:
    if isinstance(answer, Tornado):
        lines, verdict, notes = tornado_table(answer, column), tornado_verdict(answer, column), tornado_notes(answer)
    else:
        lines, verdict = screening_table(answer, column), screening_verdict(answer, column)
        notes = screening_notes(answer)
    if isinstance(answer, Screening) and answer.constant:
        lines = []
    return [*lines, *sentence(verdict), *(line for note in notes for line in sentence(note))]


def told(answer: Tornado | Screening, column: Column) -> dict[str, Any]:
    """For --json. Numbers are in the unit of the column."""
    is_tornado = isinstance(answer, Tornado)
    verdict = tornado_verdict(answer, column) if is_tornado else screening_verdict(answer, column)
    return {
        "method": "tornado" if is_tornado else answer.method,
        "column": column.name,
        "points": answer.points,
        **(tornado_json(answer, column) if is_tornado else screening_json(answer)),
        "verdict": verdict,
    }
