"""Where two curves change places: found by scan and bisection, with what is certain and what is proved."""

import random
from collections import Counter

import pytest
from answer_samples import FAILED, NO, done

from answers.crossings import Case, Kind, compare, is_certain, scanned, search
from answers.knobs import Axis

LINEAR = Axis("x", low=0.0, high=10.0)
TOLERANCE = 0.001


def sought(first, second, axis=LINEAR, scan=9, tolerance=TOLERANCE, smaller=True, bound=lambda outcome: None):
    """The case, after a search; first, second: value -> outcome. Also how often it looked."""
    case, looks = Case(axis, tolerance), Counter()

    def evaluate(wanted):
        looks.update(position for _, position in wanted)
        return [
            compare(at, first(axis.value(at)), second(axis.value(at)), "y", smaller, bound) for _, at in wanted
        ]  # fmt: skip

    search([case], scan, evaluate)
    assert set(looks.values()) == {1}, "the same point twice"
    return case, sum(looks.values())


def line(slope, offset):
    return lambda x: done(y=offset + slope * x)


def test_two_lines_cross_where_hand_arithmetic_says():
    """2 + x = 7.92 - 0.6 x at x = 3.7."""
    case, looks = sought(line(1, 2), line(-0.6, 7.92), scan=11)
    (crossing,) = case.crossings()
    low, high = LINEAR.value(crossing.low), LINEAR.value(crossing.high)
    assert low <= 3.7 <= high
    assert high - low <= TOLERANCE * high
    assert LINEAR.value(crossing.estimate) == pytest.approx(3.7, rel=1e-9)  # of lines, the line between is exact
    assert (crossing.before, crossing.after) == (Kind.FIRST, Kind.SECOND)
    assert (crossing.certain_low, crossing.certain_high) == (crossing.low, crossing.high)
    # 11 of the scan; the gap of 1 is halved until it is 0.0037 or less: 9 times.
    assert looks == 11 + 9


def test_where_larger_is_better_the_other_is_ahead():
    case, _ = sought(line(1, 2), line(-0.6, 8), smaller=False)
    (crossing,) = case.crossings()
    assert (crossing.before, crossing.after) == (Kind.SECOND, Kind.FIRST)


def test_curves_that_meet_in_a_point_of_the_scan_cross_once():
    """At 3.75, the fourth of nine values, both are equal."""
    case, _ = sought(line(1, 2), line(-0.6, 8), scan=9)
    (crossing,) = case.crossings()
    assert LINEAR.value(crossing.low) < 3.75 < LINEAR.value(crossing.high)
    assert (crossing.before, crossing.after) == (Kind.FIRST, Kind.SECOND)


def test_all_crossings_are_found():
    """(x - 1)(x - 4)(x - 8.5) changes its sign at each root."""
    case, _ = sought(lambda x: done(y=(x - 1) * (x - 4) * (x - 8.5)), lambda x: done(y=0.0))
    values = [LINEAR.value(crossing.estimate) for crossing in case.crossings()]
    assert values == pytest.approx([1, 4, 8.5], rel=TOLERANCE)
    assert [crossing.after for crossing in case.crossings()] == [Kind.SECOND, Kind.FIRST, Kind.SECOND]


def test_a_plateau_of_equal_results_ends_somewhere():
    """Who may choose is never worse: the same until 6, then better."""
    case, _ = sought(lambda x: done(y=5.0), lambda x: done(y=min(5.0, 11 - x)))
    (crossing,) = case.crossings()
    assert (crossing.before, crossing.after) == (Kind.SAME, Kind.SECOND)
    assert LINEAR.value(crossing.low) <= 6 <= LINEAR.value(crossing.high)


def test_nothing_to_find_costs_the_scan_only():
    case, looks = sought(line(1, 2), line(1, 3))
    assert case.crossings() == []
    assert looks == 9


def test_where_one_has_no_solution_is_an_answer():
    """The second one needs 7.3 at least."""
    case, _ = sought(line(0, 2), lambda x: NO if x < 7.3 else done(y=1.0))
    (crossing,) = case.crossings()
    assert (crossing.before, crossing.after) == (Kind.ONLY_FIRST, Kind.SECOND)
    assert LINEAR.value(crossing.low) <= 7.3 <= LINEAR.value(crossing.high)


def test_failures_are_neither_better_nor_worse():
    """Between 3 and 6 nothing is known, and the crossing at 5 lies there: it is known up to that gap."""
    case, looks = sought(lambda x: FAILED if 3 < x < 6 else done(y=x), lambda x: done(y=5.0))
    (crossing,) = case.crossings()
    assert LINEAR.value(crossing.low) <= 3 < 6 <= LINEAR.value(crossing.high)
    assert looks < 40


def test_whole_numbers_are_neighbours():
    """2 n against 11: 5 is below, 6 is above."""
    axis = Axis("n", low=1, high=40, integer=True)
    case, _ = sought(lambda n: done(y=2 * n), lambda n: done(y=11.0), axis=axis)
    (crossing,) = case.crossings()
    assert (axis.value(crossing.low), axis.value(crossing.high)) == (5, 6)


def test_walked_values_are_among_those_looked_at_first():
    axis = Axis("x", low=0, high=1, values=("0", "0.25", "0.5", "0.75", "1"))
    assert scanned(axis, 3) == [0, 0.25, 0.5, 0.75, 1]
    assert scanned(axis, 6) == [i / 8 for i in range(9)]


def noisy(f, scale, count, seed):
    draws = random.Random(seed)
    return lambda x: done(y=[f(x) + draws.gauss(0, scale) for _ in range(count)])


@pytest.mark.parametrize("seed", range(20))
def test_repetitions_say_where_it_is_certain(seed):
    """x against 5, with noise of 0.5, 9 times each: the true crossing lies where nothing is certain."""
    case, looks = sought(
        noisy(lambda x: x, 0.5, 9, seed), noisy(lambda x: 5, 0.5, 9, seed + 1000), tolerance=0.01
    )  # fmt: skip
    (crossing,) = case.crossings()
    low, high = LINEAR.value(crossing.certain_low), LINEAR.value(crossing.certain_high)
    # Nine against nine of a deviation of 0.5: a difference of 0.6 is seen nearly always, one of 2 always.
    assert 3 < low < 5.3
    assert 4.7 < high < 7
    assert low <= LINEAR.value(crossing.low) <= LINEAR.value(crossing.high) <= high
    # What is certain was followed to where it ends.
    known = case.known()
    places = [sample.position for sample in known]
    last, first = places.index(crossing.certain_low), places.index(crossing.certain_high)
    for certain, beside in ((last, last + 1), (first, first - 1)):
        assert not known[beside].certain or beside in (last, first)
        assert case.is_narrow(*sorted((places[certain], places[beside])))
    assert looks < 60


def test_repetitions_that_drown_the_difference_leave_nothing_certain():
    case, _ = sought(noisy(lambda x: 5 + 0.001 * (x - 5), 1.0, 5, 1), noisy(lambda x: 5, 1.0, 5, 2))
    for crossing in case.crossings():
        assert crossing.certain_low is None or crossing.certain_high is None


def test_the_test_of_repetitions():
    """Of the 70 orders of four and four numbers, 2 are as extreme as this: p = 0.029. Of the 20 of three and three,
    2: p = 0.1."""
    assert is_certain([1, 2, 3, 4], [5, 6, 7, 8], paired=False)
    assert not is_certain([1, 2, 3], [5, 6, 7], paired=False)
    assert not is_certain([1, 2, 3, 7], [5, 6, 4, 8], paired=False)
    # What is always the same is not drawn by chance.
    assert is_certain([1, 1], [2, 2], paired=False)
    assert is_certain([1], [2], paired=True)


def test_the_test_of_pairs():
    """Of the 64 signs of six pairs 2 are as extreme: p = 0.031; of five, 2 of 32: p = 0.063."""
    low, high = [10, 20, 30, 40, 50, 60], [11, 21, 31, 41, 51, 61]
    assert is_certain(low, high, paired=True)
    assert not is_certain(low, high, paired=False)
    assert not is_certain(low[:5], high[:5], paired=True)
    assert not is_certain(low, [11, 21, 29, 41, 51, 61], paired=True)
    # A pair of equals says nothing.
    assert not is_certain(low, [11, 20, 31, 41, 51, 61], paired=True)
    assert not is_certain([1, 2], [1, 2], paired=True)


def test_bounds_prove_what_searches_only_saw():
    """First found: 2 + x, no better than 1 + x; second: 8 - x, no better than 7 - x.

    Found, they cross at 3. That the first is better is proved where 2 + x < 7 - x, so up to 2.5; that the second is,
    where 8 - x < 1 + x, so from 3.5 on.
    """
    case, _ = sought(
        lambda x: done(y=2 + x, lower_bound=1 + x),
        lambda x: done(y=8 - x, lower_bound=7 - x),
        bound=lambda outcome: outcome.repetitions("lower_bound")[0],
    )
    (crossing,) = case.crossings()
    assert LINEAR.value(crossing.estimate) == pytest.approx(3)
    assert LINEAR.value(crossing.proved_low) == pytest.approx(2.5, rel=2 * TOLERANCE)
    assert LINEAR.value(crossing.proved_low) < 2.5
    assert LINEAR.value(crossing.proved_high) == pytest.approx(3.5, rel=2 * TOLERANCE)
    assert LINEAR.value(crossing.proved_high) > 3.5
