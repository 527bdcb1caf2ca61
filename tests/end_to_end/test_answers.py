"""Answers about small machines whose numbers follow by hand."""

import json
import math
import sqlite3
from contextlib import closing

import pytest

# Three layers in a row; the one in the middle may go to the fast processor, with 1 MB there and 1 MB back.
CHAIN = {
    "costed_graph": 1,
    "name": "chain",
    "processors": ["slow", "fast"],
    "layers": [
        {"name": "first", "times": {"slow": "10 us"}},
        {"name": "second", "times": {"slow": "100 us", "fast": "20 us"}},
        {"name": "third", "times": {"slow": "10 us"}},
    ],
    "edges": [
        {"from": "first", "to": "second", "size": "1 MB"},
        {"from": "second", "to": "third", "size": "1 MB"},
    ],
}
# A copy takes 1 us to set up, 1 us of latency, and its bytes. All on slow: 10 + 100 + 10 = 120 us. Sent away:
# 10 + (2 us + 1 MB / B) + 20 + (2 us + 1 MB / B) + 10 = 44 us + 2 MB / B.
PAIR = """
machine: {name: pair}
host: dram
processors:
  slow: {kind: cpu, memory: dram, peak: {f32: 1 TFLOP/s}, launch_overhead: 0 us}
  fast: {kind: gpu, memory: hbm, peak: {f32: 1 TFLOP/s}, launch_overhead: 0 us}
memories:
  dram: {capacity: 1 GB, bandwidth: 1 TB/s}
  hbm: {capacity: 1 GB, bandwidth: 1 TB/s}
dma_engines:
  in: {memory: hbm, direction: in, setup: 1 us}
  out: {memory: hbm, direction: out, setup: 1 us}
links:
  wire: {between: [dram, hbm], bandwidth: 10 GB/s, latency: 1 us}
"""
WITH = "with: {model: chain.json, machine: pair.yaml, method: exact}\n"
BANDWIDTH = "machine.links.wire.bandwidth"


def sent_away(bandwidth, latency=1e-6):
    """Picoseconds."""
    return 1e12 * (42e-6 + 2 * latency + 2e6 / bandwidth)


def last_json(run):
    return json.loads(run.stdout.strip().splitlines()[-1])


def sweeps_in(results):
    with closing(sqlite3.connect(results)) as database:
        return database.execute("SELECT name, points FROM sweeps").fetchall()


def ok(run):
    assert run.returncode == 0, run.stderr
    return run


@pytest.fixture
def sweep(tmp_path):
    (tmp_path / "chain.json").write_text(json.dumps(CHAIN))
    (tmp_path / "pair.yaml").write_text(PAIR)

    def write(text):
        (tmp_path / "sweep.yaml").write_text("sweep: sending\nbody: partition\n" + text)
        return "sweep.yaml"

    return write


def test_the_bandwidth_from_which_sending_a_tensor_pays(partita, sweep, tmp_path):
    """44 us + 2 MB / B = 120 us at B = 2 MB / 76 us = 26.316 GB/s."""
    file = sweep(
        f"{WITH}axes:\n  {BANDWIDTH}: {{from: 1 GB/s, to: 1 TB/s, scale: log}}\n"
        "  pin: ['second=slow', 'second=fast']\nanswer: {column: predicted_ps, better: smaller}\n"
    )
    run = ok(partita("break-even", file, "--along", BANDWIDTH, "--between", "pin", "--tolerance", "0.1%",
                     "--figure", "b.pdf", "--json"))  # fmt: skip
    (answer,) = last_json(run)["answers"]
    (crossing,) = answer["crossings"]
    hand = 2e6 / 76e-6
    assert crossing["low"] <= hand <= crossing["high"] <= 1.001 * crossing["low"]
    assert (crossing["before"], crossing["after"]) == ("second=slow", "second=fast")
    for sample in answer["curve"]:
        assert sample["results"] == [120e6, pytest.approx(sent_away(sample["value"]), abs=2)]
    # The exact method proves what it finds: on both sides it is no accident of a search.
    assert crossing["proved_low"] == crossing["low"]
    assert crossing["proved_high"] == crossing["high"]
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF")
    # All rounds are one sweep; asked again, nothing is computed, and it remains one.
    sampled = len(answer["curve"])
    assert sweeps_in(tmp_path / "sending_break_even.db") == [("sending", 2 * sampled)]
    again = ok(partita("break-even", file, "--along", BANDWIDTH, "--between", "pin", "--tolerance", "0.1%"))
    assert f"(0 points computed, {2 * sampled} found)" in again.stdout
    assert sweeps_in(tmp_path / "sending_break_even.db") == [("sending", 2 * sampled)]


def test_who_may_choose_sends_from_there_on(partita, sweep):
    """Left alone, the plan is the better of both: the same as the pinned one below, better above."""
    file = sweep(
        f"{WITH}axes:\n  {BANDWIDTH}: {{from: 1 GB/s, to: 1 TB/s, scale: log}}\n  bar: ['second=fast', 'third=fast']\n"
    )
    run = ok(partita("break-even", file, "--along", BANDWIDTH, "--between", "bar", "--of", "predicted_ps", "--json"))
    (crossing,) = last_json(run)["answers"][0]["crossings"]
    assert (crossing["before"], crossing["after"]) == ("same", "third=fast")
    assert crossing["low"] <= 2e6 / 76e-6 <= crossing["high"]


TURNED = (
    f"{WITH}axes:\n  {BANDWIDTH}: {{from: 20 GB/s, to: 80 GB/s}}\n"
    "  machine.links.wire.latency: {from: 0 us, to: 2 us}\n"
    "  pin: ['second=fast', 'second=slow']\nanswer: {column: predicted_ps, better: smaller}\n"
)


def test_the_number_that_matters_most(partita, sweep):
    """In the middle 50 GB/s, 1 us. Sent away: 84 us; at 20 GB/s 144, at 80 GB/s 69; latency none 82, 2 us 86."""
    run = ok(partita("sensitivity", sweep(TURNED), "--at", "pin=second=fast", "--figure", "t.png", "--json"))
    told = last_json(run)
    assert told["middle"] == pytest.approx(84e6)
    found = {axis["axis"]: axis["results"] for axis in told["axes"]}
    assert found[BANDWIDTH] == pytest.approx([sent_away(20e9), sent_away(80e9)])
    assert found["machine.links.wire.latency"] == pytest.approx([82e6, 86e6])
    assert found["pin"] == pytest.approx([84e6, 120e6])
    assert told["axes"][0]["axis"] == BANDWIDTH


def test_indices_of_a_sum(partita, sweep):
    """Sent away, time is a sum: of 2 MB / B, and of twice the latency. Sums have no interactions.

    B is drawn evenly from a = 20 GB/s to b = 80 GB/s: the mean of 1 / B is ln(b / a) / (b - a), that of its square
    1 / (a b). A latency from 0 to 20 us has a variance of (20 us)^2 / 12.
    """
    a, b = 20e9, 80e9
    by_bandwidth = 2e6**2 * (1 / (a * b) - (math.log(b / a) / (b - a)) ** 2)
    share = by_bandwidth / (by_bandwidth + 2**2 * 20e-6**2 / 12)
    file = sweep(TURNED.replace("to: 2 us", "to: 20 us"))
    run = ok(partita("sensitivity", file, "--method", "sobol", "--points", 512, "--at", "pin=second=fast", "--json"))
    for axis, part in zip(last_json(run)["axes"], (share, 1 - share), strict=True):
        assert axis["total"] == pytest.approx(part, abs=axis["total_confidence"])
        assert axis["first"] == pytest.approx(part, abs=axis["first_confidence"])
        assert axis["total_confidence"] < 0.2
        assert axis["first_confidence"] < 0.3


PRICED = (
    f"{WITH}axes:\n  {BANDWIDTH}: [10 GB/s, 20 GB/s, 40 GB/s, 80 GB/s]\n"
    "  machine.links.wire.latency: [1 us, 4 us]\n"
    "prices:\n  currency: EUR\n  base: 100\n"
    f"  {BANDWIDTH}: {{per: 10 GB/s, price: 5}}\n  machine.links.wire.latency: {{1 us: 30, 4 us: 10}}\n"
    "goals: {predicted_ps: {at_most: 100 us}}\n"
)


def test_the_cheapest_machine(partita, sweep, tmp_path):
    """42 us + 2 x latency + 2 MB / B. With 1 us: 244 (so 120, nothing is sent), 144 (120), 94, 69. With 4 us:
    250 (120), 150 (120), 100, 75. At most 100 us: 40 GB/s with 4 us is just enough, and costs 100 + 20 + 10."""
    run = ok(partita("design", sweep(PRICED), "--figure", "d.pdf", "--json"))
    told = last_json(run)
    assert told["machines"] == 8
    assert told["cheapest"]["price"] == 130
    assert told["cheapest"]["results"] == {"predicted_ps": 100e6}
    assert told["confirmed"] is True
    assert [(machine["price"], machine["results"]["predicted_ps"]) for machine in told["front"]] == [
        (115, 120e6), (130, 100e6), (150, 75e6), (170, 69e6),
    ]  # fmt: skip
    assert told["next_cheaper"]["price"] == 115
    assert told["lacks"] == "predicted time 120 µs: 20 µs (20 %) too much"
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")
    # Nothing is computed twice but the answer.
    again = ok(partita("design", "sweep.yaml", "--json"))
    assert "(0 points computed, 8 found)" in again.stdout


def test_evolution_finds_the_same(partita, sweep):
    run = ok(partita("design", sweep(PRICED), "--method", "evolve", "--population", 8, "--json"))
    assert last_json(run)["cheapest"]["price"] == 130


def test_goals_that_no_machine_reaches(partita, sweep):
    run = partita("design", sweep(PRICED.replace("100 us", "60 us")), "--json")
    assert run.returncode == 1
    assert last_json(run)["closest"]["results"] == {"predicted_ps": 69e6}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sensitivity", "gone.yaml"], "gone.yaml"),
        (["sensitivity", "sweep.yaml", "--metod", "sobol"], "--method"),
        (["sensitivity", "sweep.yaml", "--of", "predicted"], "there are"),
        (["break-even", "sweep.yaml", "--along", BANDWIDTH], "--between"),
        (["break-even", "sweep.yaml", "--along", "bandwidth", "--between", "pin"], "no axis is called 'bandwidth'"),
        (["design", "sweep.yaml"], "no prices:"),
        (["design", "sweep.yaml", "--out", "sweep.yaml"], "would be overwritten"),
    ],
)
def test_mistakes_are_named(partita, sweep, words, message):
    sweep(TURNED)
    run = partita(*words)
    assert run.returncode == 2
    assert message in run.stderr
    assert "Traceback" not in run.stderr
