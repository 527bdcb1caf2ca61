"""Figures of answers: what a reader sees stands in their objects."""

import math

import pytest
from answer_samples import NO, a_list, a_range, described, done, knob

from answers.break_even import break_even, question_of
from answers.design import design
from answers.knobs import Axis, Knob
from answers.outcomes import Column
from answers.screening import screening
from answers.task import task_of
from answers.tornado import tornado
from figures import break_even as crossing_figure
from figures import design as design_figure
from figures import sensitivity as figures
from figures.reading import InputError
from figures.scales import Scale, plain

TIME = Column("predicted_ps", 1e-12, "s")


def values(rows, knobs):
    return [
        [one.text(at) if one.is_list else one.lead.value(at) for one, at in zip(knobs, row, strict=True)]
        for row in rows
    ]


def texts(figure):
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    return found + [text.get_text() for text in figure.texts]


def test_scales_choose_a_unit_for_all():
    scale = Scale(TIME, [2.5e9, 4e6])
    assert (scale.label, scale(2.5e9)) == ("predicted time (ms)", 2.5)
    bandwidth = Column("bandwidth", 1.0, "B/s")
    assert Scale(bandwidth, [1e9, 1e12]).unit == "TB/s"
    assert Scale(bandwidth, [1e9, 1e12], logarithmic=True).unit == "GB/s"
    assert Scale(bandwidth, [1e3, 1e12], logarithmic=True).unit == "MB/s"  # 3.2e7 is in their middle
    assert plain(12500.0) == "12\u2009500"


LISTED = Knob((Axis("model", values=("small", "large"), is_range=False),))
KNOBS = [knob("machine.u", 0, 10), knob("machine.v", 0, 10), LISTED]


def test_bars_of_a_tornado_begin_in_the_middle():
    """5 ms and 1 ms for each of u, 0.5 for each of v; without a result where v is 10."""

    def evaluate(rows):
        return [
            NO if v > 9 else done(predicted_ps=1e9 * (5 + u + 0.5 * v + (2 if m == "large" else 0)))
            for u, v, m in values(rows, KNOBS)
        ]

    answer, _ = tornado(KNOBS, {}, 2, "predicted_ps", evaluate)
    axes = figures.tornado(answer, TIME, "tried").axes[0]
    middle = 5 + 5 + 2.5 + 2
    bars = [bar for bar in axes.patches if getattr(bar, "get_width", None) and bar.get_width() and bar.get_height() < 1]
    spans = {(round(bar.get_x(), 6), round(bar.get_x() + bar.get_width(), 6)) for bar in bars}
    assert {(middle, middle - 5), (middle, middle + 5), (middle, middle - 2.5), (middle, middle - 2)} <= spans
    assert [label.get_text() for label in axes.get_yticklabels()] == ["u", "v", "model"]
    assert "0 … 10 (no result)" in texts(axes.figure)
    assert axes.get_xlabel() == "predicted time (ms)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "at its low end", "at its high end", "values of a list",
    ]  # fmt: skip


def test_the_plane_of_morris_has_numbers_and_a_key():
    answer, _ = screening(
        "morris", KNOBS[:2], 60, 1, "predicted_ps",
        lambda rows: [done(predicted_ps=1e9 * (u + 0.1 * u * v)) for u, v in values(rows, KNOBS[:2])],
    )  # fmt: skip
    figure = figures.screening(answer, TIME)
    assert {"1", "2", "1   u", "2   v"} <= set(texts(figure))
    points = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in points] == pytest.approx([1e-9 * index.value for index in answer.indices])
    assert [line.get_ydata()[0] for line in points] == pytest.approx([1e-9 * index.other for index in answer.indices])


def test_numbers_of_points_that_are_close_stand_above_each_other():
    assert figures.offsets([(0.5, 0.5), (0.52, 0.5), (0.5, 0.51), (0.9, 0.5)], 0.05) == [0, 1, 2, 0]


def test_indices_are_bars_with_their_intervals():
    answer, _ = screening(
        "sobol", KNOBS[:2], 256, 1, "predicted_ps",
        lambda rows: [done(predicted_ps=u + v) for u, v in values(rows, KNOBS[:2])],
    )  # fmt: skip
    axes = figures.screening(answer, TIME).axes[0]
    widths = [bar.get_width() for container in axes.containers for bar in getattr(container, "patches", [])]
    for index in answer.indices:
        assert any(width == pytest.approx(index.value) for width in widths)
        assert any(width == pytest.approx(index.other) for width in widths)


def test_nothing_is_drawn_of_nothing():
    answer, _ = screening("morris", KNOBS[:2], 60, 1, "y", lambda rows: [done(y=1) for _ in rows])
    with pytest.raises(InputError, match="the same everywhere"):
        figures.screening(answer, TIME)


def test_long_names_are_broken_and_many_axes_are_cut():
    knobs = [knob(f"machine.processors.a_very_long_name_of_a_processor.efficiency.family{i}", 0, 1) for i in range(20)]
    answer, _ = tornado(knobs, {}, 2, "y", lambda rows: [done(y=sum(row)) for row in rows])
    axes = figures.tornado(answer, Column("y")).axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) == figures.MOST
    assert labels[0].replace("\n", "") == "processors.a_very_long_name_of_a_processor.efficiency.family0"
    assert "\n" in labels[0]


def test_crossings_stand_where_they_are_with_their_interval():
    description = described(
        [
            a_range("machine.bandwidth", 1e9, 1e12, 0, "B/s", "log"),
            a_list("split", ["whole", "split"], 1),
            a_list("model", ["one", "two"], 2),
        ],
        repeat=5,
    )
    question = question_of(description, "machine.bandwidth", "split", [])

    def evaluate(rows):
        found = []
        for bandwidth, split, model in values(rows, description.knobs):
            if split == "whole" and model == "two" and bandwidth < 3e9:
                found.append(NO)
            else:
                time = 1e9 if split == "whole" else 0.5e9 + 1e7 / bandwidth * 1e12
                found.append(done(predicted_ps=[time * (1 + 0.01 * i) for i in range(-2, 3)]))
        return found

    answer = break_even(description, question, lambda _: TIME, 9, 0.01, evaluate)
    figure = crossing_figure.break_even(answer, "tried")
    one, two = figure.axes
    assert (one.get_title("left"), two.get_title("left")) == ("model one", "model two")
    assert one.get_xscale() == "log"
    assert one.get_xlabel() == "bandwidth (GB/s)"
    vertical = [line.get_xdata()[0] for line in one.lines if len(line.get_xdata()) == 2]
    assert vertical == [pytest.approx(20, rel=0.02)]
    # What is not certain: a band around it.
    ends = [patch.get_extents().transformed(one.transData.inverted()) for patch in one.patches]
    assert any(end.x0 < 20 < end.x1 for end in ends)
    marks = [line for line in two.lines if line.get_marker() == "x"]
    assert len(marks) == 1
    assert max(marks[0].get_xdata()) < 3
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["whole", "split", "whole: no solution"]


def test_the_cheapest_machine_is_a_star_on_the_front():
    description = described(
        [a_range("machine.bandwidth", 1e9, 16e9, 0, "B/s", integer=True, step=1e9)],
        prices={"currency": "EUR", "base": 0, "axes": [{"axis": "machine.bandwidth", "per": 1e9, "price": 10}]},
        goals=[{"column": "predicted_ps", "at_most": 2e9}],
    )

    def evaluate(rows):
        return [done(predicted_ps=1e19 / bandwidth) for (bandwidth,) in values(rows, description.knobs)]

    answer = design(description, task_of(description, []), lambda *_: TIME, evaluate, evaluate)
    axes = design_figure.design(answer).axes[0]
    (star,) = [line for line in axes.lines if line.get_marker() == "*"]
    assert (star.get_xdata()[0], star.get_ydata()[0]) == (pytest.approx(50), pytest.approx(2))
    (goal,) = [line for line in axes.lines if line.get_label() == "goal"]
    assert goal.get_ydata()[0] == pytest.approx(2)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("price (EUR)", "predicted time (ms)")
    front = next(line for line in axes.lines if line.get_drawstyle() == "steps-post")
    assert list(front.get_xdata()) == pytest.approx([10.0 * i for i in range(1, 17)])
    assert not any(math.isnan(y) for y in front.get_ydata())
