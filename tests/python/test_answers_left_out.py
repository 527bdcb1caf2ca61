"""What exclude: and only: of a sweep leave out is no answer, and that is said."""

import pytest
from answer_samples import NO, a_list, a_range, a_sweep, asked, done, in_words

from answers.outcomes import LEFT_OUT, Outcome, losses

BANDWIDTH = a_range("machine.bandwidth", 1e9, 1e11, 0, "B/s", "log")
MEMORY = a_list("machine.memory", ["1", "2", "4"], 1, [1, 2, 4])
# Less memory costs less, and is as fast.
TIME = {"predicted_ps": "1e12 * 1e7 / bandwidth"}


def test_losses_tell_what_is_not_allowed_from_what_does_not_fit():
    left_out = Outcome(no=2, reason=LEFT_OUT)
    assert str(losses([left_out, done(y=1)])) == f"1 {LEFT_OUT}"
    assert str(losses([left_out, NO, left_out])) == f"1 infeasible (it needs 3 GB more); 2 {LEFT_OUT}"


def test_design_proposes_no_machine_that_is_left_out(tmp_path):
    prices = {"currency": "EUR", "base": 0, "axes": [{"axis": "machine.memory", "table": [1, 2, 4]}]}
    sweep = a_sweep([MEMORY, a_list("machine.speed", ["slow", "fast"], 2)], {"predicted_ps": "2e9"}, "predicted_ps",
                    prices=prices, goals=[{"column": "predicted_ps", "at_most": 3e9}], repeat=2,
                    left_out="memory == '1' or (memory == '2' and speed == 'slow')")  # fmt: skip
    run, told = asked(tmp_path, sweep, "design")
    assert told["cheapest"]["choices"] == {"machine.memory": "2", "machine.speed": "fast"}
    assert {each["choices"]["machine.memory"] for each in told["front"]} == {"2"}
    assert f"3 points of 6 without a result: 3 {LEFT_OUT}" in in_words(run)


def test_tornado_says_where_nothing_was_allowed(tmp_path):
    sweep = a_sweep([BANDWIDTH, MEMORY], TIME, "predicted_ps", left_out="bandwidth > 5e10")
    run, told = asked(tmp_path, sweep, "sensitivity")
    assert told["axes"][0]["results"][1] is None
    assert f"machine.bandwidth: no result at 100 GB/s (its high end): 1 {LEFT_OUT}" in in_words(run)
    middle = sweep | {"left_out": "memory == '2'"}
    run, _ = asked(tmp_path, middle, "sensitivity", fails=True)
    assert run.returncode == 1
    assert LEFT_OUT in run.stderr


@pytest.mark.parametrize("method", ["morris", "sobol"])
def test_groups_with_a_point_that_is_left_out_are_dropped(tmp_path, method):
    sweep = a_sweep([BANDWIDTH, MEMORY], TIME, "predicted_ps", left_out="bandwidth > 5e10 and memory == '4'")
    run, told = asked(tmp_path, sweep, "sensitivity", "--method", method, "--points", 256)
    assert 0 < told["dropped_groups"] < told["groups"]
    assert f"without a result: {told['no']} {LEFT_OUT}" in in_words(run)


def test_break_even_compares_only_where_both_are_allowed(tmp_path):
    """Split pays from 20 GB/s on, but may not be chosen below 5 GB/s, where nothing is said of it."""
    time = "1e9 * (0.5 if split == 'split' else 1) + (1e7 / bandwidth * 1e12 if split == 'split' else 0)"
    sweep = a_sweep([BANDWIDTH, a_list("split", ["whole", "split"], 1)], {"predicted_ps": time}, "predicted_ps",
                    left_out="split == 'split' and bandwidth < 5e9")  # fmt: skip
    run, told = asked(tmp_path, sweep, "break-even", "--along", "machine.bandwidth", "--between", "split")
    ((crossing,),) = [answer["crossings"] for answer in told["answers"]]
    assert crossing["estimate"] == pytest.approx(20e9, rel=1e-2)
    # Two decades in eight steps: 1, 1.78, 3.16, 5.62, ...
    assert f"{LEFT_OUT}, so not compared there: split at 1 GB/s, 1.78 GB/s, 3.16 GB/s" in in_words(run)
    assert "solution" not in run.stdout
    again, _ = asked(tmp_path, sweep, "break-even", "--along", "machine.bandwidth", "--between", "split")
    assert f"(0 points computed, {told['points'] - 3} found)" in in_words(again)
