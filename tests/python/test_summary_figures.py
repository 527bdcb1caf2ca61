"""Bars, adaptation and calibration, asked through the figure's objects."""

import copy

import pytest
from matplotlib.colors import to_hex
from samples import MS, SUMMARY, write

from figures import style
from figures.adapt import adapt
from figures.bars import bars
from figures.calibration import calibration, mean_error
from figures.reading import InputError, read_summary


@pytest.fixture
def summary(tmp_path):
    """Reads the sample summary after `change` has had its way with it."""

    def read(change=lambda content: None):
        content = copy.deepcopy(SUMMARY)
        change(content)
        return read_summary(write(tmp_path, "summary.json", content))

    return read


def bar_widths(axes, colour):
    return [round(bar.get_width(), 6) for bar in axes.patches if to_hex(bar.get_facecolor()) == to_hex(colour)]


def legend(figure_or_axes):
    shown = figure_or_axes.get_legend() if hasattr(figure_or_axes, "get_legend") else figure_or_axes.legends[0]
    return [text.get_text() for text in shown.get_texts()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


class TestBars:
    def test_every_proposed_plan_has_its_bars(self, summary):
        figure = bars(summary())
        axes = figure.axes[0]
        assert [tick.get_text() for tick in axes.get_yticklabels()] == ["fast alone *", "heft", "annealing"]
        assert bar_widths(axes, style.BLUE) == [80, 40, 30]
        assert bar_widths(axes, style.ORANGE) == [100, 51, 38]
        assert bar_widths(axes, "#4D4D4D") == [100, 50, 40]
        assert legend(figure) == ["predicted = simulated", "predicted after calibration", "measured (whisker: spread)"]
        assert axes.get_xlabel() == "makespan (ms)"
        assert axes.get_xlim()[0] == 0

    def test_a_simulation_that_differs_from_the_prediction_has_its_own_bar(self, summary):
        def change(content):
            content["plans"][1]["simulated_ps"] = 41 * MS

        figure = bars(summary(change))
        assert bar_widths(figure.axes[0], style.SKY) == [80, 40, 30]
        assert bar_widths(figure.axes[0], style.BLUE) == [80, 41, 30]
        assert legend(figure)[:2] == ["predicted", "simulated"]

    def test_the_lower_bound_is_a_line_with_its_value(self, summary):
        axes = bars(summary()).axes[0]
        assert 25 in [line.get_xdata()[0] for line in axes.lines]
        assert "lower bound 25.0 ms" in texts(axes)

    def test_whiskers_reach_from_the_lowest_to_the_highest_run(self, summary):
        axes = bars(summary()).axes[0]
        whiskers = [tuple(segment[:, 0]) for lines in axes.collections for segment in lines.get_segments()]
        assert whiskers == [(99, 102), (49, 52), (39, 42)]

    def test_a_plan_that_did_not_run_says_so(self, summary):
        def change(content):
            for key in ("measured_ps", "measured_low_ps", "measured_high_ps"):
                content["plans"][1][key] = None

        axes = bars(summary(change)).axes[0]
        assert bar_widths(axes, "#4D4D4D") == [100, 40]
        assert "not measured" in texts(axes)

    def test_the_star_is_explained_only_where_there_is_one(self, summary):
        def change(content):
            content["plans"][0]["used_in_fit"] = False

        assert any("calibration" in text.get_text() for text in bars(summary()).texts)
        assert not any("calibration" in text.get_text() for text in bars(summary(change)).texts)

    def test_no_plan_is_an_error(self, summary):
        with pytest.raises(InputError, match="no plan"):
            bars(summary(lambda content: content.update(plans=content["plans"][3:])))


class TestAdapt:
    def test_one_panel_an_execution_with_both_policies(self, summary):
        figure = adapt(summary())
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["measured", "simulated"]
        for axes in figure.axes:
            lines = {line.get_label(): list(line.get_ydata()) for line in axes.lines if len(line.get_ydata()) == 6}
            assert lines == {"static plan": [10, 10, 30, 30, 30, 30], "adapted plan": [10, 10, 30, 30, 20, 20]}
            assert {"static plan", "adapted plan", "new plan"} <= set(texts(axes))
            assert axes.get_ylim()[0] == 0

    def test_disturbance_and_switch_stand_between_the_inferences(self, summary):
        axes = adapt(summary()).axes[0]
        # Disturbed from inference 2 to the end, 5; the new plan serves from 4 on.
        (region,) = axes.patches
        assert (region.get_x(), region.get_x() + region.get_width()) == (1.5, 5.5)
        assert 3.5 in [line.get_xdata()[0] for line in axes.lines]

    def test_the_disturbance_is_named_where_the_summary_names_it(self, summary):
        def change(content):
            for one in content["adapt"]["series"]:
                one["disturbance"] = "a co-runner on core 1"

        assert "a co-runner on core 1" in texts(adapt(summary(change)).axes[0])

    def test_names_at_the_ends_keep_apart_where_the_lines_meet(self, summary):
        def change(content):
            content["adapt"]["series"][1]["latency_ms"][-1] = 30.0

        axes = adapt(summary(change)).axes[0]
        heights = sorted(text.xy[1] for text in axes.texts if text.get_text().endswith("plan") and text.xy[0] == 5)
        assert heights[1] - heights[0] > 2

    def test_without_a_switch_there_is_no_mark(self, summary):
        def change(content):
            for one in content["adapt"]["series"]:
                one["switched_at"] = None

        assert "new plan" not in texts(adapt(summary(change)).axes[0])

    def test_no_series_is_an_error(self, summary):
        with pytest.raises(InputError, match="no series"):
            adapt(summary(lambda content: content.update(adapt=None)))


class TestCalibration:
    def test_the_legend_gives_the_error_of_plans_that_the_fit_has_not_seen(self, summary):
        # Unseen: heft 40 for 50 (20 %) and annealing 30 for 40 (25 %): 22.5 %. After: 51 for 50, 38 for 40: 3.5 %.
        assert legend(calibration(summary()).axes[0]) == [
            "before calibration: mean error 22.5 %",
            "after calibration: mean error 3.50 %",
            "predicted = measured",
            "hollow: used in the fit",
        ]

    def test_where_every_plan_was_used_in_the_fit_the_legend_says_so(self, summary):
        def change(content):
            for one in content["plans"]:
                one["used_in_fit"] = True

        # 20, 20, 25 and 25 %.
        assert legend(calibration(summary(change)).axes[0])[0] == (
            "before calibration: mean error 22.5 % (plans of the fit)"
        )

    def test_points_stand_at_measured_and_predicted(self, summary):
        axes = calibration(summary()).axes[0]
        points = [[tuple(at) for at in marks.get_offsets()] for marks in axes.collections]
        assert points == [
            [(50, 40), (40, 30)],
            [(100, 80), (80, 60)],
            [(50, 51), (40, 38)],
            [(100, 100), (80, 79)],
        ]
        assert [len(marks.get_facecolor()) for marks in axes.collections] == [1, 0, 1, 0]

    def test_both_axes_are_alike_and_logarithmic_only_for_unequal_plans(self, summary):
        axes = calibration(summary()).axes[0]
        assert axes.get_xlim() == axes.get_ylim()
        assert axes.get_xscale() == "linear"

        def change(content):
            content["plans"][0]["measured_ps"] = 1000 * MS

        assert calibration(summary(change)).axes[0].get_xscale() == "log"

    def test_the_legend_keeps_out_of_the_points(self, summary):
        def change(content):
            for one in content["plans"]:
                one["predicted_ps"] = one["measured_ps"] * 2

        lower_right, upper_left = 4, 2
        assert calibration(summary()).axes[0].get_legend()._loc == upper_left
        assert calibration(summary(change)).axes[0].get_legend()._loc == lower_right

    def test_the_error_of_nothing_is_none(self):
        assert mean_error([], "predicted") is None

    def test_nothing_measured_is_an_error(self, summary):
        def change(content):
            for one in content["plans"]:
                one["measured_ps"] = None

        with pytest.raises(InputError, match="no plan of the summary was measured"):
            calibration(summary(change))


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.0123, "0.0123"), (1.5, "1.50"), (99.96, "100.0"), (1234, "1234")]
)
def test_numbers_have_three_digits(value, text):
    assert style.number(value) == text


def test_durations_choose_their_unit():
    assert [style.duration(ps) for ps in (0, 999, 1000, 36_200_000_000, 2 * 10**12)] == [
        "0 ps",
        "999 ps",
        "1.00 ns",
        "36.2 ms",
        "2.00 s",
    ]
