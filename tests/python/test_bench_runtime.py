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
