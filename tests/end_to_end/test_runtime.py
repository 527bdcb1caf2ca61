"""Scenarios as a person runs them: simulated, and for real on worker processes."""

import json

import pytest
from test_pipeline import last_json, ok
from test_replay import ENGINES, MACHINE, NETWORK

from conftest import ROOT

TWO = f"{ROOT}/hw_configs/two_processors.yaml"


@pytest.fixture
def scenario(tmp_path):
    """Writes a scenario: what is given here replaces or adds to a small undisturbed one."""

    def write(name="small", **changed):
        content = {
            "scenario": f"{{name: {name}}}",
            "network": "'zoo:squeezenet?size=64'",
            "machine": TWO,
            "arrivals": "poisson 50 %",
            "requests": 60,
            "in_flight": 2,
        } | changed
        file = tmp_path / f"{name}.yaml"
        file.write_text("".join(f"{key}: {value}\n" for key, value in content.items()))
        return file.name

    return write


def rows(result):
    return {row["policy"]: row for row in last_json(result)["scenarios"]}


def test_nothing_happens_and_everybody_is_answered(partita, scenario):
    """The two engines and the checker agree on all of it, or --check fails."""
    found = rows(
        ok(partita("runtime", "--scenario", scenario(), "--policy", "all", "--check", "--json", "--steps", 100))
    )
    assert {"ours", "static", "robust", "dispatch", "always", "clairvoyant"} <= found.keys()
    for row in found.values():
        assert (row["answered"], row["shed"], row["lost"], row["duplicated"]) == (60, 0, 0, 0)
        assert row["mean_ms"] > 0 and row["p99_ms"] >= row["mean_ms"]
        assert row["behind_best_percent"] >= 0
    assert min(row["behind_best_percent"] for row in found.values()) == 0
    assert found["ours"]["cost_ms"] <= 1.1 * found["static"]["cost_ms"]
    assert found["static"]["migrations"] == 0
    assert found["ours"]["execution"] == "simulated" and not found["ours"]["disturbed"]


def test_a_processor_that_is_lost_is_left(partita, scenario, tmp_path):
    load = "{gone: {processor: fast, lost: true, from: 20 ms}}"
    file = scenario(load=load, requests=100, queue=20, arrivals="every 2 ms")
    outputs = ["--out", "service.json", "--trace", "trace.json"]
    result = partita("runtime", "--scenario", file, "--policy", "static,ours", "--check", "--json", *outputs)
    assert result.returncode == 1, result.stderr  # some are never answered
    assert "static: 20 requests were never answered" in result.stdout
    found = rows(result)
    # Nobody else is there: who stays with it answers no more, and turns away all that finds the queue full.
    assert found["ours"]["answered"] == 100
    assert found["static"]["answered"] < 20
    assert found["static"]["lost"] > 0
    assert found["ours"]["migrations"] >= 1
    service = json.loads((tmp_path / "service.json").read_text())
    assert service["load"][0]["name"] == "gone"
    switch = next(each for each in service["policies"][1]["decisions"] if each["switched"])
    assert switch["when_ps"] >= 20 * 10**9
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    first = next(event for event in events if event["ph"] == "i")
    assert first["name"].startswith("switch to ") and first["args"]["why"] == switch["reason"]
    assert first["ts"] == pytest.approx(switch["when_ps"] * 1e-6)
    ok(partita("plot", "service", "service.json", "--out", "service.png"))
    assert (tmp_path / "service.png").stat().st_size > 10_000


def test_overload_turns_away_and_answers_the_others(partita, scenario):
    found = rows(ok(partita("runtime", "--scenario", scenario(arrivals="poisson 300 %", queue=5, requests=200),
                            "--policy", "ours,static", "--json")))  # fmt: skip
    for row in found.values():
        assert row["shed"] > 50
        assert row["answered"] + row["shed"] == 200


def test_the_same_scenario_gives_the_same_numbers(partita, scenario):
    asked = ["runtime", "--scenario", scenario(load="{hot: {processor: fast, slowdown: 4, from: 10 ms}}"), "--json",
             "--policy", "ours"]  # fmt: skip
    once, again = (rows(ok(partita(*asked)))["ours"] for _ in range(2))
    for key in ("mean_ms", "p99_ms", "migrations", "shed"):
        assert once[key] == again[key]


def test_inputs_of_two_classes(partita, scenario):
    inputs = "{small: {network: 'zoo:bert?layers=1&tokens=16'}, large: {}}"
    file = scenario(network="'zoo:bert?layers=1&tokens=128'", inputs=inputs, analyzer=0.9)
    found = rows(ok(partita("runtime", "--check", "--json", "--policy", "ours,no_analyzer", "--scenario", file)))
    assert found["ours"]["answered"] == 60


def test_for_real_a_worker_is_killed_and_each_request_is_answered_once(partita, scenario, tmp_path):
    """Devices that sleep for 200 us a layer, each a process: one is killed, and is away for a while."""
    execution = 'backend: fake, options: "time=200000"'
    (tmp_path / "machine.yaml").write_text(MACHINE.format(kind="gpu", execution=execution) + ENGINES)
    file = scenario(
        network=f"'{NETWORK}'",
        machine="machine.yaml",
        arrivals="every 25 ms",
        requests=200,
        in_flight=1,
        monitor="10 ms",
        load="{killed: {processor: a, lost: true, from: 400 ms, until: 900 ms}}",
    )
    result = ok(partita("runtime", "--real", "--scenario", file, "--policy", "ours", "--json"))
    row = rows(result)["ours"]
    assert (row["answered"], row["lost"], row["duplicated"], row["execution"]) == (200, 0, 0, "real")
    assert "a is lost" in result.stdout and "a is back" in result.stdout


def test_for_real_shares_are_of_what_the_computer_really_serves(partita, scenario, tmp_path):
    """Layers sleep for 2 ms on devices that the machine file calls thousands of times as fast."""
    execution = 'backend: fake, options: "time=2000000"'
    (tmp_path / "machine.yaml").write_text(MACHINE.format(kind="gpu", execution=execution) + ENGINES)
    asked = {"network": f"'{NETWORK}'", "machine": "machine.yaml", "arrivals": "poisson 50 %", "in_flight": 1}
    file = scenario(requests=40, monitor="10 ms", **asked)
    written = {}
    for execution, more in (("simulated", []), ("measured", ["--real"])):
        result = ok(partita("runtime", *more, "--scenario", file, "--policy", "static", "--out", "service.json"))
        assert f"a second can be served, {execution})" in result.stdout
        written[execution] = json.loads((tmp_path / "service.json").read_text())
    assert written["measured"]["capacity_per_second"] < 1 / 2e-3 < written["simulated"]["capacity_per_second"]
    for of in written.values():
        (policy,) = of["policies"]
        requests = policy["requests"]
        assert all(answered > 0 for answered in requests["answered_ps"])
        assert 0.6 < 40 / (max(requests["arrival_ps"]) * 1e-12) / (0.5 * of["capacity_per_second"]) < 1.6


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"in_flight": 2}, "in_flight: 2: one request computes at a time"),
        ({"adversary": "{slowdown: 2}", "in_flight": 1}, "adversary: simulated only"),
    ],
)
def test_what_cannot_be_real_is_refused_before_anything_starts(partita, scenario, changed, message):
    refused = partita("runtime", "--real", "--scenario", scenario(**changed))
    assert refused.returncode == 2
    assert message in refused.stderr


def test_a_policy_that_there_is_not(partita, scenario):
    refused = partita("runtime", "--scenario", scenario(), "--policy", "our")
    assert refused.returncode == 2
    assert "there is no policy 'our'" in refused.stderr and "clairvoyant" in refused.stderr
