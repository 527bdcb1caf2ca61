"""What tools/bench runtime makes of the rows of its scenarios."""

import importlib.util
import pathlib

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "tools/bench_runtime.py"
SPEC = importlib.util.spec_from_file_location("bench_runtime", SOURCE)
bench = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(bench)


def row(name: str, policy: str, p99: float, cost: float, regret: float | None = None, **more) -> dict:
    return {
        "name": name,
        "machine": "laptop",
        "execution": "simulated",
        "policy": policy,
        "p99_ms": p99,
        "cost_ms": cost,
        "regret_percent": regret,
        "behind_best_percent": 0.0,
        "lost": 0,
        "duplicated": 0,
        "decision_p99_us": 10,
    } | more


def test_regret_is_a_mean_without_the_adversary():
    rows = [row("slow", "ours", 1, 1, 2.0), row("lost", "ours", 1, 1, 6.0), row("adversary", "ours", 1, 1, 90.0)]
    found = bench.summary(rows)
    assert found["regret_percent_simulated"] == 4
    assert found["worst_regret_percent_simulated"] == 6


def test_ratios_are_geometric_and_of_disturbed_scenarios_only():
    rows = [
        row("slow", "ours", 1, 1), row("slow", "static", 2, 1),
        row("lost", "ours", 1, 1), row("lost", "static", 8, 1),
        row("nothing_changes", "ours", 5, 10.1), row("nothing_changes", "static", 1, 10),
    ]  # fmt: skip
    found = bench.summary(rows)
    assert found["p99_static_over_ours_simulated"] == pytest.approx(4)
    assert found["nothing_changes_percent_simulated"] == pytest.approx(1)


def test_parts_are_what_others_take_in_parts_of_ours():
    rows = [
        row("slow", "ours", 1, 2), row("slow", "no_routing", 1, 4),
        row("lost", "ours", 1, 1), row("lost", "no_routing", 1, 8),
        row("adversary", "ours", 1, 1), row("adversary", "no_routing", 1, 100),
    ]  # fmt: skip
    assert bench.summary(rows)["cost_no_routing_over_ours_simulated"] == pytest.approx(4)


def test_real_and_simulated_rows_are_apart():
    rows = [
        row("slow", "ours", 1, 1, 2.0),
        row("slow", "ours", 1, 1, 8.0, execution="real", decision_p99_us=70, lost=1),
    ]
    found = bench.summary(rows)
    assert (found["regret_percent_simulated"], found["regret_percent_real"]) == (2, 8)
    assert (found["decision_p99_us"], found["lost_by_ours"]) == (70, 1)


def test_scenarios_of_this_computer_are_known(tmp_path):
    here, elsewhere = tmp_path / "a.yaml", tmp_path / "b.yaml"
    here.write_text("network: zoo:lenet\nmachine: this_computer\n")
    elsewhere.write_text("machine: laptop.yaml  # not this_computer\n")
    assert bench.is_here(here)
    assert not bench.is_here(elsewhere)


def counted(**more) -> dict:
    return dict.fromkeys(bench.COUNTS, 1) | {"mean_ms": 1.0, "execution": "real"} | more


def test_several_runs_are_medians_and_sums():
    runs = [
        [row("slow", "ours", 3, 10, 5.0, **counted(lost=0)), row("slow", "static", 9, 100, None, **counted())],
        [row("slow", "static", 9, 80, None, **counted()), row("slow", "ours", 1, 40, 90.0, **counted(lost=2))],
        [row("slow", "ours", 2, 30, -7.0, **counted(decision_p99_us=99)),
         row("slow", "static", 9, 60, None, **counted())],
    ]  # fmt: skip
    ours, static = bench.together(runs)
    assert (ours["policy"], ours["p99_ms"], ours["cost_ms"], ours["regret_percent"]) == ("ours", 2, 30, 5)
    assert (ours["lost"], ours["requests"], ours["decision_p99_us"], ours["runs"]) == (3, 3, 99, 3)
    assert ours["all_regret_percent"] == [5, 90, -7]
    assert static["regret_percent"] is None
    # Run by run 90, 50 and 50 %; of the medians it would be 1 - 30 / 80.
    assert bench.gain_percent(ours, static) == pytest.approx(50)


def test_one_run_is_itself():
    rows = [row("slow", "ours", 3, 10, 5.0)]
    assert bench.together([rows]) == rows


def test_gains_real_and_simulated_are_held_against_each_other():
    rows = [
        row("slow", "ours", 1, 20), row("slow", "static", 1, 100),
        row("slow", "ours", 1, 50, execution="real"), row("slow", "static", 1, 100, execution="real"),
        row("lost", "ours", 1, 90), row("lost", "static", 1, 100),
    ]  # fmt: skip
    found = bench.summary(rows)
    assert found["gain_percent_slow_simulated"] == pytest.approx(80)
    assert found["gain_percent_slow_real"] == pytest.approx(50)
    assert found["gains_apart_points"] == pytest.approx(30)
    assert not any("lost" in key for key in found if key.startswith("gain"))
