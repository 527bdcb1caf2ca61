"""The main job on this computer, small enough for every test run. Times are not asserted: machines differ."""

import json
import pathlib

import pytest

from conftest import ROOT

SMALL = "zoo:squeezenet?size=96"


@pytest.fixture
def demo(partita, tmp_path):
    def run(*arguments):
        result = partita("demo", "--out", "out", "--json", "--steps", 300, *arguments, timeout=300)
        assert result.returncode == 0, result.stdout + result.stderr
        return json.loads(result.stdout.strip().splitlines()[-1]), result.stdout

    return run


def test_the_main_job_on_this_computer(demo, tmp_path):
    line, text = demo("--model", SMALL)
    assert set(line) == {
        "network", "machine", "plans", "lower_bound_ps", "gap",
        "error_before_percent", "error_after_percent", "adapt", "output",
    }  # fmt: skip
    methods = {plan["name"] for plan in line["plans"]}
    assert {"single", "greedy", "heft", "annealing"} <= methods
    for plan in line["plans"]:
        assert plan["simulated_ps"] == plan["predicted_ps"]
        assert plan["measured_ps"] > 0
        assert plan["predicted_ps"] >= line["lower_bound_ps"]
    assert line["error_before_percent"] >= 0
    assert line["error_after_percent"] >= 0
    assert set(line["adapt"]) >= {"before_ms", "static_ms", "adapted_ms", "switched"}
    out = pathlib.Path(line["output"])
    for name in ("profile.csv", "machine.yaml", "machine_calibrated.yaml", "costs.csv", "trace.json", "summary.json",
                 "analysis.json", "analysis_measured.json"):  # fmt: skip
        assert (out / name).stat().st_size > 0, name
    for figure in ("gantt", "bars", "calibration", "adapt"):
        assert (out / "figures" / f"{figure}.png").stat().st_size > 0, figure
    summary = json.loads((out / "summary.json").read_text())
    assert summary["output_difference"] < 1e-4
    for name in ("profile.csv", "machine.yaml", "trace.json"):
        assert name in text


def test_on_a_machine_that_nobody_has(demo):
    line, text = demo("--model", "zoo:inception_v1", "--machine", ROOT / "hw_configs/npu16.yaml")
    for plan in line["plans"]:
        assert plan["measured_ps"] is None
        assert plan["simulated_ps"] == plan["predicted_ps"]
    assert line["adapt"]["execution"] == "simulated"
    assert "measured" not in line["network"]
