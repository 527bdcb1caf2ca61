"""The figures of an exam: what a reader sees stands in their objects."""

import copy

import pytest
from samples import VERDICT, write

from figures.exam import error_by_cause, exam
from figures.reading import InputError, read_verdict
from figures.what_if import what_if


@pytest.fixture
def verdict(tmp_path):
    """Reads a verdict given as a dict."""

    def read(content=VERDICT):
        return read_verdict(write(tmp_path, "verdict.json", content))

    return read


def changed(path, value):
    content = copy.deepcopy(VERDICT)
    at = content
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return content


def test_points_stand_where_measured_and_predicted_say(verdict):
    axes = exam(verdict()).axes[0]
    after = axes.containers[0].lines[0]
    assert list(after.get_xdata()) == pytest.approx([100, 40])
    assert list(after.get_ydata()) == pytest.approx([110, 38])
    hollow = next(line for line in axes.lines if line.get_markerfacecolor() == "none")
    assert list(hollow.get_ydata()) == pytest.approx([220, 76])
    assert "7.50 % after" in axes.get_title(loc="left")


def test_only_held_out_plans_are_judged(verdict):
    axes = exam(verdict()).axes[0]
    assert 60 not in axes.containers[0].lines[0].get_xdata()
    content = copy.deepcopy(VERDICT)
    content["networks"][0]["plans"] = content["networks"][0]["plans"][2:]
    with pytest.raises(InputError, match="no held-out plan"):
        exam(verdict(content))


def test_causes_are_means_over_plans_whatever_their_sign(verdict):
    """Compute: 20 of 100 ms in one plan of two; waiting 10 of 100; copies 2 of 40."""
    plans = verdict().networks["net"]
    causes = error_by_cause([plan for plan in plans if plan.held_out])
    assert causes == pytest.approx({"compute": 10, "copies": 2.5, "overhead": 0, "waiting": 5})
    heights = [bars[0].get_height() for bars in exam(verdict()).axes[1].containers]
    assert heights == pytest.approx([10, 2.5, 0, 5])


def test_changes_are_shown_by_what_they_do(verdict):
    """Predicted 1.5 and 1.1 times as long, measured 2 and 1; 25 % and 10 % off. What is too noisy is left out."""
    axes = what_if(verdict()).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["half the links"]
    lines = [list(line.get_xdata()) for line in axes.lines if len(line.get_xdata()) == 2]
    assert [1.5, 2.0] in lines
    assert [1.1, 1.0] in lines
    assert any("17.5 %" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["networks", 0, "plans", 0, "measured_ps"], 0, "measured_ps is 0"),
        (["networks", 0, "plans", 0, "measured_high_ps"], 1, "lies before"),
        (["networks", 0, "plans", 1, "error_seconds"], {"compute": 1}, "copies"),
        (["kendall_tau"], "high", "expected a number"),
        (["what_ifs", 0, "plans", 0, "as_it_was_ps"], 0, "a makespan is 0"),
        (["verdict"], 2, "version 2"),
    ],
)
def test_wrong_verdicts_are_refused(verdict, path, value, says):
    with pytest.raises(InputError, match=says):
        verdict(changed(path, value))
