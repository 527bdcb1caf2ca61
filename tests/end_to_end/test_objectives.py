"""partita partition: objectives, constraints, explanations, fronts and robust plans."""

import itertools
import json

import pytest

from conftest import ROOT

DIAMOND = ROOT / "tests/data/diamond.json"
MODEL = ["--model", "zoo:resnet18", "--machine", ROOT / "hw_configs/jetson_orin.yaml"]


def last_json(result):
    return json.loads(result.stdout.strip().splitlines()[-1])


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def places(file):
    """Layer -> processor."""
    plan = json.loads(file.read_text())
    return {layer: processor for processor, layers in plan["orders"].items() for layer in layers}


def test_less_energy_takes_longer_and_simulate_counts_the_same(partita, tmp_path):
    found = {}
    for objective in ("latency", "energy", "energy_delay", "latency=1,energy=0.05"):
        result = ok(partita("partition", *MODEL, "--objective", objective, "--steps", 300, "--out", "p.json", "--json"))
        assert "the same in SystemC" in result.stdout
        found[objective] = last_json(result)
        assert found[objective]["lower_bound"] <= found[objective]["value"]
        assert found[objective]["confirmed"] is True
        run = ["simulate", *MODEL, "--plan", "p.json", "--no-what-if", "--analysis", "a.json", "--json"]
        assert last_json(ok(partita(*run)))["simulated_ps"] == found[objective]["predicted_ps"]
        found[objective]["joules"] = json.loads((tmp_path / "a.json").read_text())["energy_nj"] / 1e9
    assert found["energy"]["value"] == pytest.approx(found["energy"]["joules"], rel=1e-12)
    assert found["energy"]["value"] <= found["latency"]["joules"]
    assert found["latency"]["value"] <= found["energy"]["predicted_ps"] / 1e12
    both = found["latency=1,energy=0.05"]
    assert both["value"] == pytest.approx(both["predicted_ps"] / 1e12 + 0.05 * both["joules"], rel=1e-9)


def test_constraints_are_kept(partita, tmp_path):
    ok(partita("partition", "--model", DIAMOND, "--pin", "left=p0", "--out", "a.json"))
    assert places(tmp_path / "a.json")["left"] == "p0"
    ok(partita("partition", "--model", DIAMOND, "--bar", "[lr]*=p0", "--out", "b.json"))
    found = places(tmp_path / "b.json")
    assert (found["left"], found["right"]) == ("p1", "p1")
    ok(partita("partition", "--model", DIAMOND, "--together", "[lr]*", "--contiguous", "--out", "c.json"))
    found = places(tmp_path / "c.json")
    assert found["left"] == found["right"]
    (tmp_path / "rules.yaml").write_text("share:\n  p1: {least: 30 %}\npin: {top: [p0]}\n")
    ok(partita("partition", "--model", DIAMOND, "--constraints", "rules.yaml", "--out", "d.json"))
    found = places(tmp_path / "d.json")
    # At least 30 % on p1: left (15 of 65 us) is too little, right (40 of 80 us) is enough.
    assert (found["top"], found["right"]) == ("p0", "p1")


def test_what_excludes_each_other_is_named(partita, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("together: ['[lr]*']\nbar: {top: p1}\n")
    result = partita(
        "partition", "--model", DIAMOND, "--pin", "left=p0", "--pin", "right=p1", "--max-share", "p1=90%",
        "--constraints", rules, "--json",
    )  # fmt: skip
    assert result.returncode == 1
    assert "these exclude each other" in result.stdout
    assert last_json(result)["conflict"] == [
        "--pin 'left=p0'", "--pin 'right=p1'", f"together [lr]* ({rules}:1:12)",
    ]  # fmt: skip
    result = partita("partition", "--model", DIAMOND, "--pin", "bottom=p1", "--contiguous")
    assert result.returncode == 1
    assert "layer 'bottom' (Opaque) can run on no processor" in result.stdout
    assert "--pin 'bottom=p1'" in result.stdout
    assert "--contiguous" not in result.stdout
    result = partita("partition", "--model", DIAMOND, "--limit", "latency=1 us", "--steps", 100)
    assert result.returncode == 1
    assert "more than the 1e-06 that are allowed" in result.stdout


def test_explain_moves_parts_and_tries_numbers(partita, tmp_path):
    result = ok(partita("partition", *MODEL, "--steps", 300, "--explain", "--json", "--out", "p.json"))
    told = last_json(result)["explanation"]
    found = places(tmp_path / "p.json")
    for part in told["parts"]:
        assert {found[layer] for layer in part["layers"]} == {part["processor"]}
        assert "next_best" in part or part["why_nowhere"]
    assert told["what_if"]
    assert all(change["value"] < told["value"] for change in told["what_if"])
    assert sum(part["time_ps"] for part in told["critical_path"]) == last_json(result)["predicted_ps"]
    for words in ("why here", "critical path", "what limits the bound", "what if"):
        assert words in result.stdout


def test_the_value_of_a_part_elsewhere_is_that_of_the_pinned_plan(partita):
    """On the diamond by hand: all on p0 take 70 us."""
    pins = ["--pin", "*=p0"]
    told = last_json(ok(partita("partition", "--model", DIAMOND, *pins, "--explain", "--json")))
    assert told["value"] == pytest.approx(70e-6)
    assert told["explanation"]["parts"][0]["why_nowhere"] == "'top' may not run on 'p1'"


def test_front_is_written_and_drawn(partita, tmp_path):
    result = ok(partita(
        "partition", *MODEL, "--pareto", "latency,energy", "--points", 4, "--steps", 200, "--plans", "front",
        "--figure", "front.pdf", "--json",
    ))  # fmt: skip
    written = json.loads((tmp_path / "front/front.json").read_text())
    assert written == last_json(result)
    points = written["points"]
    assert len(points) >= 2
    assert all(a["first"] < b["first"] and a["second"] > b["second"] for a, b in itertools.pairwise(points))
    assert written["first_bound"] <= points[0]["first"]
    assert written["second_bound"] <= points[-1]["second"]
    for point in points:
        simulated = last_json(
            ok(partita("simulate", *MODEL, "--plan", f"front/{point['plan']}", "--no-what-if", "--json"))
        )
        assert simulated["simulated_ps"] == pytest.approx(point["first"] * 1e12, rel=1e-12)
    assert (tmp_path / "front.pdf").read_bytes().startswith(b"%PDF")


def test_robust_plans_say_what_they_cost_and_save(partita):
    run = ["partition", *MODEL, "--steps", 200, "--uncertainty", "20%", "--samples", 8, "--json"]
    for statistic in ("expected", "p95"):
        told = last_json(ok(partita(*run, "--robust", statistic)))
        assert told["lower_bound"] <= told["value"]
        nominal, robust = told["robust"]["nominal_plan"], told["robust"]["robust_plan"]
        assert nominal["nominal"] < nominal["p95"]
        assert robust["expected"] < robust["p95"]
    assert last_json(ok(partita(*run))) == told


def test_the_same_seed_gives_the_same_bytes(partita, tmp_path):
    for name in ("a.json", "b.json"):
        ok(
            partita(
                "partition", *MODEL, "--objective", "energy=1,latency=2", "--contiguous", "--steps", 300, "--out", name
            )
        )
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
