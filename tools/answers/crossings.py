"""Where two alternatives change places along an axis: a coarse scan, then bisection of each change, for several cases
at once."""

import enum
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scipy.stats import binomtest, mannwhitneyu

from answers.knobs import Axis
from answers.outcomes import DONE, FAILED, Outcome

SAME = 1e-9  # results that differ by less, in parts of the larger, are the same
LEVEL = 0.05  # of the test: a difference is certain where chance makes one as large less often than that
FEWEST_REPETITIONS = 4  # for which the test can ever be certain: 2 of the 70 orders of 4 + 4 numbers are as extreme
FEWEST_PAIRS = 6  # 2 of the 64 signs of 6 pairs are
MOST_ROUNDS = 60


class Kind(enum.Enum):
    """What a comparison says of two alternatives, first and second."""

    FIRST = "first"  # has the better result
    SECOND = "second"
    SAME = "same"
    ONLY_FIRST = "only first"  # the other has no solution
    ONLY_SECOND = "only second"
    NEITHER = "neither"
    UNKNOWN = "unknown"  # one of them failed, or is not allowed by the sweep


@dataclass(frozen=True)
class Sample:
    """Both alternatives at one position of the axis."""

    position: float
    first: float | None  # medians
    second: float | None
    kind: Kind
    certain: bool  # not only observed: repetitions say so, or always give the same
    proved: Kind | None = None  # what no better search can change: FIRST, SECOND or nothing
    first_spread: tuple[float, float] | None = None  # least and most of repetitions
    second_spread: tuple[float, float] | None = None
    first_bound: float | None = None
    second_bound: float | None = None


def is_certain(first: Sequence[float], second: Sequence[float], paired: bool) -> bool:
    """Whether two samples differ, two-sided: pairs by the sign test, others by Mann and Whitney's U test (exact where
    no numbers are equal).

    What gives the same number each time is not random, and needs no test.
    """
    if min(first) == max(first) and min(second) == max(second):
        return True
    if not paired or len(first) != len(second):
        return bool(mannwhitneyu(first, second, alternative="two-sided").pvalue <= LEVEL)
    differences = [a - b for a, b in zip(first, second, strict=True) if a != b]
    above = sum(difference > 0 for difference in differences)
    return bool(differences) and bool(binomtest(above, len(differences)).pvalue <= LEVEL)


def spread(values: Sequence[float]) -> tuple[float, float] | None:
    return (min(values), max(values)) if values else None


# Lower bound of an outcome, in the unit of the column; None: not known.
Bound = Callable[[Outcome], float | None]


def compare(
    position: float,
    first: Outcome,
    second: Outcome,
    column: str,
    smaller: bool,
    bound: Bound,
    paired: bool = False,
) -> Sample:
    """Paired: repetitions of both stand for the same chance, one by one."""
    a, b = first.median(column), second.median(column)
    known = not any(each.is_left_out or each.status == FAILED for each in (first, second))
    if not known or (a is None and first.status == DONE) or (b is None and second.status == DONE):
        kind, certain = Kind.UNKNOWN, False
    elif a is None or b is None:
        kind = Kind.NEITHER if a is b else Kind.ONLY_FIRST if b is None else Kind.ONLY_SECOND
        certain = not (first.done and first.no) and not (second.done and second.no)
    else:
        if abs(a - b) <= SAME * max(abs(a), abs(b)):
            kind = Kind.SAME
        else:
            kind = Kind.FIRST if (a < b) == smaller else Kind.SECOND
        certain = is_certain(first.repetitions(column), second.repetitions(column), paired)
    a_bound, b_bound = bound(first), bound(second)
    a_range, b_range = spread(first.repetitions(column)), spread(second.repetitions(column))
    proved = None
    if a_range and b_range and a_bound is not None and b_bound is not None:
        # The best plan of each lies between its bound and the best that was found.
        if a_range[0] < b_bound:
            proved = Kind.FIRST
        elif b_range[0] < a_bound:
            proved = Kind.SECOND
    return Sample(position, a, b, kind, certain, proved, a_range, b_range, a_bound, b_bound)


@dataclass(frozen=True)
class Crossing:
    """Positions. Between low and high it was seen that `before` becomes `after`."""

    low: float
    high: float
    estimate: float
    before: Kind
    after: Kind
    certain_low: float | None  # up to here `before` is certain; None: nowhere
    certain_high: float | None  # from here on `after` is
    proved_low: float | None = None  # up to here it is proved who is better, whatever searches find
    proved_high: float | None = None


class Case:
    """One search along one axis."""

    def __init__(self, axis: Axis, tolerance: float):
        self.axis, self.tolerance = axis, tolerance
        self.samples: dict[float, Sample] = {}

    def ordered(self) -> list[Sample]:
        return [self.samples[position] for position in sorted(self.samples)]

    def known(self) -> list[Sample]:
        return [sample for sample in self.ordered() if sample.kind is not Kind.UNKNOWN]

    def is_narrow(self, low: float, high: float) -> bool:
        """Whether nobody would ask what lies between."""
        a, b = self.axis.value(low), self.axis.value(high)
        if self.axis.integer:
            return abs(a - b) <= self.axis.step * 1.5
        return abs(a - b) <= self.tolerance * max(abs(a), abs(b)) or high - low < 1e-12

    def between(self, low: float, high: float) -> float:
        if not self.axis.integer:
            return (low + high) / 2
        whole = (self.axis.value(low) + self.axis.value(high)) / self.axis.step
        return self.axis.position(self.axis.step * math.floor(whole / 2))

    def changes(self, label: Callable[[Sample], object]) -> list[tuple[Sample, Sample]]:
        known = self.known()
        return [(a, b) for a, b in itertools.pairwise(known) if label(a) != label(b)]

    def wanted(self, pairs: Sequence[tuple[Sample, Sample]]) -> list[float]:
        """What to look at next, to know more precisely where each pair parts."""
        wide = [(a.position, b.position) for a, b in pairs if not self.is_narrow(a.position, b.position)]
        middles = (self.between(low, high) for low, high in wide)
        return [at for at in dict.fromkeys(middles) if at not in self.samples]

    def edges_of_certainty(self) -> list[tuple[Sample, Sample]]:
        """On both sides of each change, the last that is certain and its neighbour that is not."""
        known = self.known()
        found = []
        for crossing in self.crossings():
            sides = (crossing.certain_low, crossing.certain_high)
            for number, sample in enumerate(known):
                if sample.position == sides[0] and number + 1 < len(known) and not known[number + 1].certain:
                    found.append((sample, known[number + 1]))
                if sample.position == sides[1] and number > 0 and not known[number - 1].certain:
                    found.append((known[number - 1], sample))
        return found

    def crossings(self) -> list[Crossing]:
        """Of the samples by now. Changes with nothing certain between them are one; so are those close together."""
        known = self.known()
        groups: list[list[tuple[Sample, Sample]]] = []
        for a, b in self.changes(lambda sample: sample.kind):
            if groups:
                last = groups[-1][-1][1]
                inside = [s for s in known if last.position <= s.position <= a.position]
                if not any(s.certain for s in inside) or self.is_point(last, a):
                    groups[-1].append((a, b))
                    continue
            groups.append([(a, b)])
        return [self.crossing(group, known) for group in groups if group[0][0].kind is not group[-1][1].kind]

    def is_point(self, a: Sample, b: Sample) -> bool:
        """Equal results on a stretch so short that it is where two curves meet, not a plateau."""
        return a.kind is b.kind is Kind.SAME and self.is_narrow(a.position, b.position)

    def crossing(self, group: list[tuple[Sample, Sample]], known: list[Sample]) -> Crossing:
        first, last = group[0][0], group[-1][1]
        left = [s for s in known if s.position <= first.position]
        right = [s for s in known if s.position >= last.position]
        # All uncertain ones in a row, from the change on, belong to it.
        certain_low = next((s.position for s in reversed(left) if s.certain), None)
        certain_high = next((s.position for s in right if s.certain), None)
        proved_low = next((s.position for s in reversed(left) if s.proved is first.kind), None)
        proved_high = next((s.position for s in right if s.proved is last.kind), None)
        return Crossing(
            low=first.position,
            high=last.position,
            estimate=self.estimate(first, last),
            before=first.kind,
            after=last.kind,
            certain_low=certain_low,
            certain_high=certain_high,
            proved_low=proved_low,
            proved_high=proved_high,
        )

    def estimate(self, a: Sample, b: Sample) -> float:
        """Where the straight line between the two differences is zero; their middle where there are none."""
        middle = self.between(a.position, b.position)
        if {a.kind, b.kind} != {Kind.FIRST, Kind.SECOND}:
            return middle
        left, right = a.first - a.second, b.first - b.second
        at = a.position + (b.position - a.position) * left / (left - right)
        return self.axis.position(self.axis.value(at)) if self.axis.integer else at


# For several (case, position) at once: both alternatives.
EvaluatePairs = Callable[[Sequence[tuple[int, float]]], list[Sample]]


def search(cases: Sequence[Case], scan: int, evaluate: EvaluatePairs) -> None:
    """Fills the cases with samples until each change, certain or proved, is known to the tolerance."""

    def look(wanted: Sequence[tuple[int, float]]) -> None:
        for (number, position), sample in zip(wanted, evaluate(wanted), strict=True):
            cases[number].samples[position] = sample

    look([(number, at) for number, case in enumerate(cases) for at in scanned(case.axis, scan)])
    stages: list[Callable[[Case], list[tuple[Sample, Sample]]]] = [
        lambda case: case.changes(lambda sample: sample.kind),
        Case.edges_of_certainty,
        lambda case: case.changes(lambda sample: sample.proved),
    ]
    for stage in stages:
        for _ in range(MOST_ROUNDS):
            wanted = [(number, at) for number, case in enumerate(cases) for at in case.wanted(stage(case))]
            if not wanted:
                break
            look(wanted)


def scanned(axis: Axis, count: int) -> list[float]:
    """Positions at equal distances, each value of whole numbers once; among them those that the file walks through."""
    if len(axis.values) > 1:
        steps = len(axis.values) - 1
        count = steps * max(1, math.ceil((count - 1) / steps)) + 1
    positions = [index / (count - 1) for index in range(count)]
    if not axis.integer:
        return positions
    return list({axis.value(at): axis.position(axis.value(at)) for at in positions}.values())
