"""The verbs, composed through their files, as in the README."""

import json

import pytest

from conftest import ROOT

DIAMOND = ROOT / "tests/data/diamond.json"
JETSON = ROOT / "hw_configs/jetson_orin.yaml"


def last_json(result):
    return json.loads(result.stdout.strip().splitlines()[-1])


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def test_help_of_every_verb_shows_an_example(partita):
    verbs = ["demo", "check", "profile", "predict", "partition", "simulate", "replay", "calibrate", "plot"]
    overview = ok(partita("--help")).stdout
    for verb in verbs:
        assert verb in overview
        text = ok(partita(verb, "--help")).stdout
        assert "Example:" in text
        assert f"partita {verb}" in text


def test_partition_then_simulate_agree_to_the_picosecond(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", JETSON]
    planned = last_json(ok(partita("partition", *model, "--steps", 500, "--out", "plan.json", "--json")))
    simulated = last_json(
        ok(partita("simulate", *model, "--plan", "plan.json", "--out", "t.json", "--trace", "trace.json", "--json"))
    )
    assert simulated["simulated_ps"] == planned["predicted_ps"]
    assert planned["lower_bound_ps"] <= planned["predicted_ps"]
    assert json.loads((tmp_path / "t.json").read_text())["origin"] == "simulated"
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]


def test_packets_tell_nearly_the_same(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "greedy", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--json"]
    flows = last_json(ok(partita(*run)))
    packets = last_json(ok(partita(*run, "--fidelity", "packet", "--out", "t.json")))
    assert packets["simulated_ps"] == pytest.approx(flows["simulated_ps"], rel=0.01)
    assert json.loads((tmp_path / "t.json").read_text())["fidelity"] == "packet"


def test_same_seed_same_bytes(partita, tmp_path):
    model = ["--model", "zoo:inception_v1", "--machine", JETSON]
    for run in ("a", "b"):
        ok(partita("partition", *model, "--steps", 400, "--seed", 7, "--out", f"{run}/plan.json"))
        ok(partita("simulate", *model, "--plan", f"{run}/plan.json", "--out", f"{run}/t.json",
                   "--trace", f"{run}/trace.json"))  # fmt: skip
    for name in ("plan.json", "t.json", "trace.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_a_costed_graph_needs_no_machine(partita, tmp_path):
    planned = last_json(ok(partita("partition", "--model", DIAMOND, "--method", "heft", "--json")))
    # All on p0: 10 + 20 + 30 + 10 us. Left on p1 saves its 20 us beside the 30 us of right; a copy of 1 or 2 MB over
    # the implied fast link costs little.
    assert 50e6 <= planned["predicted_ps"] <= 70e6


def test_infeasible_is_an_answer_with_exit_code_1(partita, tmp_path):
    result = partita("partition", "--model", "zoo:vgg16", "--machine", JETSON,
                     "--set", "memories.dram.capacity=64 MB", "--out", "plan.json")  # fmt: skip
    assert result.returncode in (1, 2), result.stdout + result.stderr
    if result.returncode == 1:
        assert "infeasible" in result.stdout
    assert not (tmp_path / "plan.json").exists()


def test_check_writes_onnx_that_reads_back(partita, tmp_path):
    first = last_json(ok(partita("check", "zoo:inception_v1", "--write-onnx", "net.onnx", "--json")))
    again = last_json(ok(partita("check", "net.onnx", "--json")))
    for key in ("layers", "parameters", "flops"):
        assert again[key] == first[key]


def test_an_unwritable_place_is_the_environments_fault(partita, tmp_path):
    (tmp_path / "file").write_text("")
    result = partita("partition", "--model", DIAMOND, "--method", "heft", "--out", "file/plan.json")
    assert result.returncode == 3, result.stdout + result.stderr
    assert "file" in result.stderr


@pytest.mark.parametrize("machine", sorted((ROOT / "hw_configs").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_machine_runs_a_network(partita, machine):
    model = ["--model", "zoo:squeezenet", "--machine", machine]
    planned = last_json(ok(partita("partition", *model, "--method", "heft", "--out", "plan.json", "--json")))
    simulated = last_json(ok(partita("simulate", *model, "--plan", "plan.json", "--json")))
    assert simulated["simulated_ps"] == planned["predicted_ps"]
