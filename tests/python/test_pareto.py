"""The figure of two terms: what a reader sees stands in its objects."""

import copy

import pytest
from samples import FRONT, write

from figures.pareto import limits, pareto, scale
from figures.reading import InputError, read_front


@pytest.fixture
def front(tmp_path):
    """Reads a front given as a dict."""

    def read(content=FRONT):
        return read_front(write(tmp_path, "front.json", content))

    return read


def test_units_make_numbers_of_one_and_more():
    assert scale("latency", 0.02) == (1e-3, "ms")
    assert scale("latency", 2) == (1, "s")
    assert scale("energy", 4e-5) == (1e-6, "µJ")
    assert scale("transfers", 0.02) == (1, "GB")


def test_limits_reach_down_to_a_bound_that_is_near():
    assert limits([10, 20], 9) == pytest.approx((8.4, 20.6))
    assert limits([10, 11], 1) == pytest.approx((9.94, 11.06))
    assert limits([5], 0) == pytest.approx((4.7, 5.3))


def test_plans_stand_where_their_numbers_say_in_readable_units(front):
    axes = pareto(front()).axes[0]
    steps, plans = (line for line in axes.lines if len(line.get_xdata()) == 3)
    for line in (steps, plans):
        assert list(line.get_xdata()) == pytest.approx([12, 15, 20])
        assert list(line.get_ydata()) == pytest.approx([4, 3, 2])
    assert steps.get_drawstyle() == "steps-post"
    assert [text.get_text() for text in axes.texts] == ["1", "2", "3"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("latency (ms)", "energy (J)")


def test_bounds_are_lines_with_one_entry_in_the_legend(front):
    axes = pareto(front()).axes[0]
    bounds = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert bounds[0].get_xdata()[0] == pytest.approx(10)
    assert bounds[1].get_ydata()[0] == pytest.approx(1.5)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["lower bound", "plan"]


def test_a_point_that_another_beats_is_refused(front):
    content = copy.deepcopy(FRONT)
    content["points"][2]["second"] = 3.5
    with pytest.raises(InputError, match=r"points\[2\]: it does not lie to the right"):
        front(content)


def test_a_front_without_plans_is_refused(front):
    with pytest.raises(InputError, match="the front has no plan"):
        pareto(front({**FRONT, "points": []}))
