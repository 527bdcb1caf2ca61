"""Real runs: how good the numbers are, several inferences at once, weights that are loaded first."""

import json
import os

import pytest
from test_pipeline import last_json, ok

NETWORK = "zoo:gpt?layers=1&hidden=16&heads=2&tokens=4&vocabulary=16"

MACHINE = """
machine: {{name: two}}
host: shared
processors:
  a:
    kind: {kind}
    memory: mem_a
    peak: {{f32: 1 TFLOP/s, i64: 1 TFLOP/s}}
    execution: {{{execution}}}
  b:
    kind: {kind}
    memory: mem_b
    peak: {{f32: 1 TFLOP/s, i64: 1 TFLOP/s}}
    execution: {{{execution}}}
memories:
  mem_a: {{capacity: 1 GiB, bandwidth: 10 GB/s}}
  mem_b: {{capacity: 1 GiB, bandwidth: 10 GB/s}}
  shared: {{capacity: 1 GiB, bandwidth: 10 GB/s}}
links:
  link_a: {{between: [mem_a, shared], bandwidth: 1 GB/s, latency: 1 us}}
  link_b: {{between: [mem_b, shared], bandwidth: 1 GB/s, latency: 1 us}}
"""
ENGINES = """
dma_engines:
  a_in: {memory: mem_a, direction: in}
  a_out: {memory: mem_a, direction: out}
  b_in: {memory: mem_b, direction: in}
  b_out: {memory: mem_b, direction: out}
"""


@pytest.fixture
def fakes(partita, tmp_path):
    """Options for two devices that are not there, which sleep for 200 us a layer. Every run of them is clean, but on a
    busy computer they oversleep, so that the numbers may not agree well enough: --noisy takes them."""
    execution = 'backend: fake, options: "time=200000"'
    (tmp_path / "machine.yaml").write_text(MACHINE.format(kind="gpu", execution=execution) + ENGINES)
    run = ["--model", NETWORK, "--machine", "machine.yaml"]
    ok(partita("partition", *run, "--method", "pipeline", "--objective", "throughput", "--out", "plan.json"))
    return [*run, "--plan", "plan.json"]


def measured(line):
    return line["measured_ps"] if "measured_ps" in line else line["disturbed_ps"]


def test_a_measurement_says_how_good_it_is_and_where_it_was_made(partita, tmp_path, fakes):
    often = ["--repetitions", 6, "--precision", 0, "--noisy"]
    result = ok(partita("replay", *fakes, *often, "--out", "t.json", "--json"))
    line = last_json(result)
    assert line["runs"] == {"clean": 6, "lost_time": 0, "clock_change": 0}
    assert line["low_ps"] <= measured(line) == line["median_ps"] <= line["high_ps"]
    assert ", 95 %: " in result.stdout and "6 clean runs, 0 discarded" in result.stdout
    assert line["output_difference"] < 1e-4
    written = json.loads((tmp_path / "t.json").read_text())["measurement"]
    assert written["environment"]["kernel"].startswith("Linux")
    assert [each["name"] for each in written["environment"]["processors"]] == ["a", "b"]
    # A timeline that says so is read as any other.
    ok(partita("simulate", *fakes, "--timeline", "t.json"))


def test_a_computer_that_is_too_noisy_gives_no_number(partita, tmp_path):
    """Two workers on one core: what disturbs whom cannot be told apart."""
    core = min(os.sched_getaffinity(0))
    machine = MACHINE.format(kind="cpu", execution=f"backend: cpu-reference, core: {core}")
    (tmp_path / "machine.yaml").write_text(machine)
    run = ["--model", NETWORK, "--machine", "machine.yaml"]
    ok(partita("partition", *run, "--method", "heft", "--out", "plan.json"))
    replay = ["replay", *run, "--plan", "plan.json", "--repetitions", 1, "--precision", 0, "--json"]
    refused = partita(*replay, "--out", "t.json")
    assert refused.returncode == 3
    assert "too noisy to measure" in refused.stdout
    assert "processors a and b share core" in refused.stdout
    assert not any(key.endswith("_ps") for key in last_json(refused))
    assert not (tmp_path / "t.json").exists()
    line = last_json(ok(partita(*replay, "--out", "t.json", "--noisy")))
    assert "measured_ps" not in line
    assert line["disturbed_ps"] == json.loads((tmp_path / "t.json").read_text())["makespan_ps"]


def test_several_inferences_at_once(partita, tmp_path, fakes):
    several = ["replay", *fakes, "--repetitions", 3, "--precision", 0, "--noisy", "--json"]
    files = ["--out", "requests.json", "--trace", "trace.json"]
    result = ok(partita(*several, "--requests", 6, "--in-flight", 2, *files))
    line = last_json(result)
    assert line["output_difference"] < 1e-4
    assert "outputs of all requests" in result.stdout
    written = json.loads((tmp_path / "requests.json").read_text())
    assert len(written["requests"]["finish_ps"]) == 6
    assert written["measurement"]["runs"] == {"clean": 3, "lost_time": 0, "clock_change": 0}
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    ok(partita("plot", "latency", "requests.json", "--out", "latency.svg"))

    spread = [*several, "--requests", 4, "--in-flight", 2, "--arrivals", "every 50 ms", "--no-check"]
    assert measured(last_json(ok(partita(*spread)))) >= 150_000_000_000


def test_how_many_are_in_flight_must_be_said(partita, fakes):
    for options, says in [
        (["--in-flight", 2], "--in-flight: error: one inference is in flight (say --requests)"),
        (["--requests", 9], "saturated means that so many are always in flight"),
        (["--requests", 9, "--arrivals", "every 2 ms"], "each inference under way has buffers of its own"),
        (["--requests", 99_999, "--in-flight", 2], "real runs have at most 10000 requests"),
    ]:
        refused = partita("replay", *fakes, *options)
        assert refused.returncode == 2
        assert says in refused.stderr


def test_a_cold_start_is_measured(partita, tmp_path, fakes):
    cold = ["replay", *fakes, "--cold-start", "--repetitions", 2, "--precision", 0, "--noisy", "--json"]
    assert last_json(ok(partita(*cold, "--out", "t.json")))["output_difference"] < 1e-4
    sent = json.loads((tmp_path / "t.json").read_text())["legs"]
    assert any(leg["tensor"].endswith("weight") and leg["src"] == "shared" for leg in sent)
    ok(partita("simulate", *fakes, "--cold-start", "--timeline", "t.json"))
    assert last_json(ok(partita(*cold, "--requests", 5, "--in-flight", 2)))["output_difference"] < 1e-4
