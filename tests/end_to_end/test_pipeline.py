"""The verbs, composed through their files, as in the README."""

import csv
import itertools
import json
import re

import pytest
from tiny_onnx import convolution_with_weights_in

from conftest import ROOT

DIAMOND = ROOT / "tests/data/diamond.json"
JETSON = ROOT / "hw_configs/jetson_orin.yaml"


def last_json(result):
    return json.loads(result.stdout.strip().splitlines()[-1])


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def test_help_of_every_verb_shows_an_example(partita):
    verbs = ["demo", "check", "profile", "train", "predict", "partition", "simulate", "replay", "calibrate", "report",
             "plot"]  # fmt: skip
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
    assert planned["lower_bound"] <= planned["value"]
    assert json.loads((tmp_path / "t.json").read_text())["origin"] == "simulated"
    assert json.loads((tmp_path / "trace.json").read_text())["traceEvents"]


def test_load_of_others_from_a_trace(partita, tmp_path):
    """p0 is away from 15 us to 30 us: 'right', which began at 10 us, begins again."""
    run = ["simulate", "--model", DIAMOND, "--plan", ROOT / "tests/data/diamond_plan.json", "--json"]
    trace = tmp_path / "load.csv"
    trace.write_text("time,part,what,value\n15 us,p0,lost,true\n30 us,p0,lost,false\n")
    alone = last_json(ok(partita(*run)))
    loaded = last_json(ok(partita(*run, "--load", trace, "--out", "t.json", "--trace", "trace.json")))
    assert loaded["simulated_ps"] == alone["simulated_ps"] + 20_000_000
    written = json.loads((tmp_path / "t.json").read_text())
    assert [(each["layer"], each["start_ps"], each["lost_ps"]) for each in written["interrupted"]] == [
        ("right", 10_000_000, 15_000_000)
    ]
    assert [(each["processor"], each["what"]) for each in written["load"]] == [("p0", "lost")]
    assert "right (lost)" in (tmp_path / "trace.json").read_text()
    # A timeline that was written is read again, and drawn.
    ok(partita("simulate", *run[1:-1], "--load", trace, "--timeline", "t.json"))
    ok(partita("plot", "gantt", "t.json", "--out", "gantt.svg"))

    trace.write_text("time,part,what,value\n15 us,p0,lost,true\n")
    never = partita(*run, "--load", trace)
    assert never.returncode == 1
    reason = "processor p0 is lost after 15 us and never comes back, so layer right waits for ever"
    assert last_json(never) == {"feasible": False, "reason": reason}
    assert reason in partita(*run, "--load", trace, "--requests", 3, "--in-flight", 2).stdout


def test_collectives_are_done_as_the_plan_says(partita, tmp_path):
    network = "zoo:gpt?layers=1&hidden=64&heads=8&tokens=4&vocabulary=16&tensor_parallel=8"
    model = ["--model", network, "--machine", ROOT / "hw_configs/dgx_h100.yaml"]
    times = {}
    for how in ["central", "ring/2", "in_switch", "auto"]:
        plan = ["--method", "by_rank", "--collectives", how, "--out", "plan.json", "--json"]
        times[how] = last_json(ok(partita("partition", *model, *plan)))["predicted_with_collectives_ps"]
        chosen = json.loads((tmp_path / "plan.json").read_text()).get("collectives", {})
        assert len(chosen) == (0 if how == "central" else 2)
        run = ["simulate", *model, "--plan", "plan.json", "--no-what-if", "--json"]
        assert last_json(ok(partita(*run, "--out", "t.json")))["simulated_ps"] == times[how]
        steps = [layer["layer"] for layer in json.loads((tmp_path / "t.json").read_text())["layers"]]
        assert any(step.startswith("h.0.attn.c_proj.all_reduce/") for step in steps) == (how != "central")
        assert last_json(ok(partita(*run, "--collectives", "central")))["simulated_ps"] == times["central"]
    assert times["auto"] == min(times.values())
    refused = partita("replay", *model, "--plan", "plan.json")
    assert refused.returncode == 2
    assert "real runs have central ones" in refused.stderr


def test_places_for_workers(partita):
    where = ["replay", "--model", "zoo:lstm", "--machine", ROOT / "hw_configs/dgx_h100.yaml", "--plan", "plan.json"]
    for place, says in [("moon", "is no place for workers"), ("ssh:", "names no host"), ("ssh:-v", "names no host")]:
        refused = partita(*where, "--worker", place)
        assert refused.returncode == 2
        assert f"'{place}' {says} (ssh:HOST, ssh:HOST:PROGRAM or unix:PATH)" in refused.stderr


def test_real_runs_know_no_priorities(partita, tmp_path):
    model = ["--model", "zoo:lstm", "--machine", ROOT / "hw_configs/dgx_h100.yaml"]
    ok(partita("partition", *model, "--method", "single", "--out", "plan.json"))
    plan = json.loads((tmp_path / "plan.json").read_text())
    plan["transfers"][0]["priority"] = 1
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    ok(partita("simulate", *model, "--plan", "plan.json", "--no-what-if"))
    refused = partita("replay", *model, "--plan", "plan.json")
    assert refused.returncode == 2
    assert "priorities, which are only simulated" in refused.stderr


def test_zero_copy(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", ROOT / "hw_configs/grace_hopper.yaml"]
    search = ["partition", *model, "--method", "greedy", "--json"]
    copies = last_json(ok(partita(*search, "--no-zero-copy")))
    reads = last_json(ok(partita(*search, "--out", "plan.json")))
    assert copies["reads_in_place"] == 0 < reads["reads_in_place"]
    assert reads["lower_bound"] <= reads["value"] < copies["value"]
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert len(plan["in_place"]) == reads["reads_in_place"]
    run = ["simulate", *model, "--plan", "plan.json", "--no-what-if", "--json"]
    assert last_json(ok(partita(*run)))["simulated_ps"] == reads["predicted_ps"]
    ok(partita(*run, "--cold-start"))
    refused = partita("replay", *model, "--plan", "plan.json")
    assert refused.returncode == 2
    assert "reads operands in place, which is only simulated" in refused.stderr


def test_packets_tell_nearly_the_same(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "greedy", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--json"]
    flows = last_json(ok(partita(*run)))
    packets = last_json(ok(partita(*run, "--fidelity", "packet", "--out", "t.json")))
    assert packets["simulated_ps"] == pytest.approx(flows["simulated_ps"], rel=0.01)
    assert json.loads((tmp_path / "t.json").read_text())["fidelity"] == "packet"


def test_a_cold_start_loads_each_weight_once(partita, tmp_path):
    model = ["--model", "zoo:squeezenet", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "single", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--no-what-if", "--json"]
    warm = last_json(ok(partita(*run, "--out", "warm.json")))
    cold = last_json(ok(partita(*run, "--out", "cold.json", "--cold-start")))
    assert cold["simulated_ps"] > warm["simulated_ps"]
    warm_legs, cold_legs = (
        len(json.loads((tmp_path / name).read_text())["legs"]) for name in ("warm.json", "cold.json")
    )
    # 26 convolutions, each with a weight and a bias.
    assert cold_legs - warm_legs == 52


def test_one_request_in_flight_is_one_inference_after_the_other(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", JETSON]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--json"]
    alone = last_json(ok(partita(*run, "--no-what-if")))["simulated_ps"]
    result = ok(partita(*run, "--requests", 20, "--in-flight", 1, "--out", "r.json"))
    told = last_json(result)
    assert told["simulated_ps"] == 20 * alone
    assert told["workload"]["period"] == {"time_ps": alone, "requests": 1, "exact": True}
    assert told["workload"]["latency_ps"]["p99"] == alone
    for part in ("20 requests (saturated, at most 1 in flight)", "(exact)", "latency", "energy"):
        assert part in result.stdout
    requests = json.loads((tmp_path / "r.json").read_text())["requests"]
    assert requests["arrival_ps"] == [i * alone for i in range(20)]
    # Two in flight use processors together, and are never slower for it.
    two = last_json(ok(partita(*run, "--requests", 20, "--in-flight", 2)))
    assert two["simulated_ps"] <= 20 * alone


def test_arrivals_of_all_kinds_and_the_figure_of_them(partita, tmp_path):
    run = ["simulate", "--model", DIAMOND, "--plan", ROOT / "tests/data/diamond_plan.json", "--requests", 30]
    for i in range(2):
        ok(partita(*run, "--arrivals", "poisson 500/s", "--seed", 3, "--out", f"{i}.json", "--trace", f"t{i}.json"))
    assert (tmp_path / "0.json").read_bytes() == (tmp_path / "1.json").read_bytes()
    assert (tmp_path / "t0.json").read_bytes() == (tmp_path / "t1.json").read_bytes()
    poisson = json.loads((tmp_path / "0.json").read_text())
    # The same requests, as a trace.
    rows = [f"{time} ps" for time in poisson["requests"]["arrival_ps"]]
    (tmp_path / "arrivals.csv").write_text("\n".join(["arrival", *rows]) + "\n")
    ok(partita(*run, "--arrivals", "arrivals.csv", "--out", "again.json"))
    assert json.loads((tmp_path / "again.json").read_text())["requests"] == poisson["requests"]
    bursts = last_json(ok(partita(*run, "--arrivals", "bursts of 10 every 1 s", "--json")))["workload"]
    assert bursts["latency_ps"]["max"] > bursts["latency_ps"]["p50"]
    shown = ok(partita(*run, "--arrivals", "every 1 s", "--trace", "t.json", "--trace-requests", 2)).stdout
    assert "the first 2 requests" in shown
    ok(partita("plot", "latency", "0.json", "--out", "latency.png"))
    assert (tmp_path / "latency.png").read_bytes().startswith(b"\x89PNG")


def test_packets_carry_several_requests(partita):
    model = ["--model", "zoo:squeezenet", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "greedy", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--requests", 5, "--in-flight", 3, "--json"]
    flows = last_json(ok(partita(*run)))
    packets = last_json(ok(partita(*run, "--fidelity", "packet")))
    assert packets["simulated_ps"] == pytest.approx(flows["simulated_ps"], rel=0.02)


def test_all_that_is_said_of_one_inference_is_said_of_several(partita, tmp_path):
    model = ["--model", "zoo:squeezenet", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "greedy", "--out", "plan.json"))
    run = ["simulate", *model, "--plan", "plan.json", "--json"]
    several = [*run, "--requests", 6, "--in-flight", 3]
    result = ok(partita(*several, "--cold-start", "--analysis", "a.json", "--vcd", "w.vcd", "--trace", "t.json"))
    for part in ("a request takes", "bottleneck", "what if", "energy of a request", "of the time to the next"):
        assert part in result.stdout
    told = json.loads((tmp_path / "a.json").read_text())
    for processor in told["processors"]:
        spent = processor["busy_ps"] + processor["copying_ps"] + sum(processor["waiting_ps"].values())
        assert spent == told["makespan_ps"] * processor["streams"]
    assert told["requests"]["done"] == 6 and told["requests"]["whole"]
    assert sum(told["requests"]["latency_parts_ps"].values()) == told["requests"]["latency_ps"]
    assert sum(part["time_ps"] for part in told["path_parts"]) == told["makespan_ps"]
    assert sum(told["energy_by_kind_nj"].values()) == pytest.approx(told["energy_nj"], abs=4)
    assert all(what_if["period_ps"] > 0 for what_if in told["what_if"])
    last, waves = read_waves((tmp_path / "w.vcd").read_text())
    assert last == told["makespan_ps"] and any("power" in name for name in waves)
    counters = [event for event in json.loads((tmp_path / "t.json").read_text())["traceEvents"] if event["ph"] == "C"]
    assert any("queue" in counter["name"] for counter in counters)
    ok(partita("plot", "waiting", "a.json", "--out", "waiting.png"))

    # Six send their weights once: as much more as one that starts cold sends.
    def sent(*options):
        line = last_json(ok(partita(*options, "--no-what-if")))["analysis"]
        return [channel["sent_bytes"] for channel in line["channels"]]

    one, six = (
        [cold - warm for cold, warm in zip(sent(*base, "--cold-start"), sent(*base), strict=True)]
        for base in (run, several)
    )
    assert one == six and sum(one) > 0
    # Of some, what is known until the next comes; waves and traces are of fewer still.
    part = ok(partita(*several, "--analysed-requests", 4, "--trace-requests", 2, "--vcd", "w.vcd", "--no-what-if"))
    assert "of which 4 requests are known" in part.stdout and "the first 2 requests" in part.stdout
    assert last_json(part)["analysis"]["requests"]["whole"] is False


def test_same_seed_same_bytes(partita, tmp_path):
    model = ["--model", "zoo:inception_v1", "--machine", JETSON]
    for run in ("a", "b"):
        ok(partita("partition", *model, "--steps", 400, "--seed", 7, "--out", f"{run}/plan.json"))
        ok(partita("simulate", *model, "--plan", f"{run}/plan.json", "--out", f"{run}/t.json",
                   "--trace", f"{run}/trace.json"))  # fmt: skip
    for name in ("plan.json", "t.json", "trace.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def read_waves(text):
    """A value change dump, strictly read: the last time, and the (time, value) of each signal."""
    header, _, body = text.partition("$enddefinitions $end\n")
    names = dict(re.findall(r"^\$var wire 64 (\S+) (\w+) \$end$", header, re.MULTILINE))
    assert header.count("$var") == len(names) == len(set(names.values()))
    assert header.count("$scope module ") == header.count("$upscope $end")
    now, waves = None, {name: [] for name in names.values()}
    for line in body.splitlines():
        if line.startswith("#"):
            assert now is None or int(line[1:]) > now
            now = int(line[1:])
        else:
            value, name = re.fullmatch(r"b([01]+) (\S+)", line).groups()
            waves[names[name]].append((now, int(value, 2)))
    assert all(wave[0][0] == 0 for wave in waves.values())
    return now, waves


def test_simulate_says_where_the_time_goes(partita, tmp_path):
    model = ["--model", "zoo:inception_v1", "--machine", ROOT / "hw_configs/pcie5_server_4gpu.yaml"]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    files = ["--out", "t.json", "--analysis", "a.json", "--trace", "trace.json", "--vcd", "t.vcd", "--json"]
    result = ok(partita("simulate", *model, "--plan", "plan.json", *files))
    told = last_json(result)
    analysis = told["analysis"]
    makespan = told["simulated_ps"]
    for processor in analysis["processors"]:
        spent = processor["busy_ps"] + processor["copying_ps"] + sum(processor["waiting_ps"].values())
        assert spent == makespan * processor["streams"]
    assert analysis["critical_path"][0]["from_ps"] == 0
    assert analysis["critical_path"][-1]["until_ps"] == makespan
    assert sum(part["time_ps"] for part in analysis["path_parts"]) == makespan
    assert f"bottleneck: {analysis['path_parts'][0]['part']}" in result.stdout
    # The what-ifs that are printed are those of the file, the best first.
    savings = [one["saves_percent"] for one in analysis["what_if"]]
    assert 0 < len(savings) <= 5
    assert savings == sorted(savings, reverse=True)
    assert re.findall(r"what if: (.*) saves", result.stdout) == [one["change"] for one in analysis["what_if"]]

    # Waves and counters tell the same: energy is the integral of power.
    end, waves = read_waves((tmp_path / "t.vcd").read_text())
    assert end == makespan
    power = [*waves["power_of_the_machine_mW"], (makespan, 0)]
    femtojoules = sum(mw * (until - at) for (at, mw), (until, _) in itertools.pairwise(power))
    assert femtojoules // 10**6 == analysis["energy_nj"]
    counters = [one for one in json.loads((tmp_path / "trace.json").read_text())["traceEvents"] if one["ph"] == "C"]
    assert {"pcie0> (B/s)", "hbm0 holds (B)", "power of the machine (mW)"} <= {one["name"] for one in counters}
    assert json.loads((tmp_path / "a.json").read_text())["path_parts"] == analysis["path_parts"]


def test_energy_of_memories_and_links_is_told_and_drawn(partita, tmp_path):
    model = ["--model", "zoo:squeezenet", "--machine", ROOT / "hw_configs/npu16.yaml"]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    files = ["--vcd", "t.vcd", "--trace", "trace.json", "--no-what-if", "--json"]
    result = ok(partita("simulate", *model, "--plan", "plan.json", *files))
    analysis = last_json(result)["analysis"]
    kinds = analysis["energy_by_kind_nj"]
    assert all(kinds[kind] > 0 for kind in ("processors", "memories", "links", "switches"))
    assert 0 <= analysis["energy_nj"] - sum(kinds.values()) < len(kinds)  # each is rounded down
    told = re.search(r"energy .* \(processors .*, memories .*, links .*, switches .*\), power ", result.stdout)
    assert told is not None
    # What powers are rounded down by: less than 1 mW in each memory and link, of about 1 W in all.
    _, waves = read_waves((tmp_path / "t.vcd").read_text())
    power = [*waves["power_of_the_machine_mW"], (analysis["makespan_ps"], 0)]
    integral = sum(mw * (until - at) for (at, mw), (until, _) in itertools.pairwise(power)) / 10**6
    parts = sum(len(analysis[kind]) for kind in ("memories", "links"))
    rounding = parts * analysis["makespan_ps"] / 10**6
    assert 0 <= analysis["energy_nj"] - integral < rounding < analysis["energy_nj"] / 5
    counters = [one for one in json.loads((tmp_path / "trace.json").read_text())["traceEvents"] if one["ph"] == "C"]
    names = {one["name"] for one in counters}
    assert {"dram power (mW)", "port0 power (mW)", "router0 power (mW)"} <= names


def test_what_ifs_are_what_simulating_the_changed_machine_gives(partita, tmp_path):
    model = ["--model", "zoo:resnet18", "--machine", ROOT / "hw_configs/two_processors.yaml"]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    told = last_json(ok(partita("simulate", *model, "--plan", "plan.json", "--json")))["analysis"]
    links = [one for one in told["what_if"] if one["change"].startswith("2 x bandwidth of link ")]
    assert links
    name = links[0]["change"].split()[-1]
    checked = last_json(ok(partita("check", model[-1], "--json")))
    (link,) = [one for one in checked["links"] if one["name"] == name]
    twice = f"links.{name}.bandwidth={2 * link['bandwidth_bytes_per_s']} B/s"
    again = last_json(ok(partita("simulate", *model, "--plan", "plan.json", "--set", twice, "--no-what-if", "--json")))
    assert again["simulated_ps"] == links[0]["makespan_ps"]
    assert again["analysis"]["what_if"] == []


def test_a_measured_timeline_is_analysed_as_well(partita, tmp_path):
    ok(partita("partition", "--model", DIAMOND, "--method", "heft", "--out", "plan.json"))
    ok(partita("simulate", "--model", DIAMOND, "--plan", "plan.json", "--out", "t.json"))
    timeline = json.loads((tmp_path / "t.json").read_text())
    timeline["origin"] = "measured"
    (tmp_path / "m.json").write_text(json.dumps(timeline))
    told = last_json(
        ok(partita("simulate", "--model", DIAMOND, "--plan", "plan.json", "--timeline", "m.json", "--json"))
    )
    assert told["measured_ps"] == timeline["makespan_ps"]
    assert told["analysis"]["origin"] == "measured"
    assert told["analysis"]["what_if"] == []


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


def test_a_processor_without_the_data_type_is_said_to_lack_it(partita):
    peaks = [f"--set=processors.{name}.peak={{i8: 1 TFLOP/s}}" for name in ("slow", "fast")]
    result = partita("partition", "--model", "zoo:lstm", "--machine", ROOT / "hw_configs/two_processors.yaml", *peaks)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "'slow' has no peak rate of f32 (it has: i8)" in result.stdout


def test_a_plan_that_a_memory_cannot_hold_leaves_no_timeline(partita, tmp_path):
    model = ["--model", "zoo:vgg16", "--machine", JETSON]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    # 553 MB of weights fit, and 26 MB of the first results do not.
    result = partita("simulate", *model, "--set", "memories.dram.capacity=560 MB", "--plan", "plan.json",
                     "--out", "t.json", "--trace", "trace.json")  # fmt: skip
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stdout.index("infeasible: memory dram") < result.stdout.index("makespan")
    assert "nothing is written" in result.stdout
    assert [file.name for file in tmp_path.iterdir()] == ["plan.json"]


def test_a_memory_smaller_than_the_weights_stops_before_anything_runs(partita, tmp_path):
    model = ["--model", "zoo:vgg16", "--machine", JETSON]
    ok(partita("partition", *model, "--method", "heft", "--out", "plan.json"))
    result = partita(
        "simulate", *model, "--set", "memories.dram.capacity=64 MB", "--plan", "plan.json", "--out", "t.json"
    )
    assert result.returncode == 1, result.stdout + result.stderr
    assert "infeasible: the weights of memory dram need 528 MiB" in result.stdout
    assert "nothing is simulated" in result.stdout and "makespan" not in result.stdout
    assert not (tmp_path / "t.json").exists()


def test_only_the_first_mistakes_are_printed(partita, tmp_path):
    plan = json.loads((ROOT / "tests/data/diamond_plan.json").read_text())
    plan["orders"]["p0"] += [f"nobody{i}" for i in range(30)]
    (tmp_path / "plan.json").write_text(json.dumps(plan))
    result = partita("simulate", "--model", DIAMOND, "--plan", "plan.json")
    assert result.returncode == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 21
    assert "'nobody19'" in lines[19]
    assert lines[20] == "... and 10 more mistakes"


def test_a_profile_of_another_kind_is_one_mistake(partita):
    result = partita("predict", "--model", DIAMOND, "--profile", ROOT / "tests/data/diamond_plan.json")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1


def test_a_profile_is_gone_on_with_where_it_was_measured(partita, tmp_path):
    profile = ["profile", "--model", "zoo:squeezenet?size=64", "--repetitions", 1, "--out", "p.csv", "--json"]
    first = last_json(ok(partita(*profile, "--budget", 0.5, timeout=100)))
    assert first["rows_before"] == 0
    assert first["rows"] == first["rows_measured"] > 0
    result = ok(partita(*profile, "--model", "zoo:squeezenet?size=48", "--budget", 60, timeout=400))
    second = last_json(result)
    assert second["rows_before"] == first["rows"] < second["rows"]
    assert not second["unreached"]
    assert "interference" in result.stdout
    machine = ["--model", "zoo:squeezenet?size=64", "--machine", "machine.yaml"]
    ok(partita(*profile, "--machine-out", "machine.yaml", timeout=100))
    predicted = ok(partita("predict", *machine, "--profile", "p.csv", "--out", "costs.csv"))
    assert "measured" in predicted.stdout

    rows = (tmp_path / "p.csv").read_text()
    environment = rows.splitlines()[1].rsplit(",", 13)[1]
    (tmp_path / "p.csv").write_text(rows.replace(environment, "0123456789abcdef"))
    refused = partita(*profile)
    assert refused.returncode == 2
    assert "p.csv: error: its rows of 'cpu0' were measured in environment '0123456789abcdef'" in refused.stderr
    assert (tmp_path / "p.csv").read_text() == rows.replace(environment, "0123456789abcdef")
    replaced = last_json(ok(partita(*profile, "--replace", "--budget", 0.5, timeout=100)))
    assert replaced["rows_before"] == 0


def test_a_costed_graph_cannot_be_measured(partita, tmp_path):
    result = partita("profile", "--model", "zoo:nowhere", "--model", DIAMOND, timeout=10)
    assert result.returncode == 2
    assert f"{DIAMOND}: error: a costed graph has no layers that could be measured" in result.stderr
    assert "zoo:nowhere" in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_network_without_its_weights_is_simulated_but_not_run(partita, tmp_path):
    (tmp_path / "tiny.onnx").write_bytes(convolution_with_weights_in("w.bin"))
    model = ["--model", "tiny.onnx"]
    missing = "external data 'w.bin' of tensor 'w' does not exist: the network can be simulated, not run"
    assert f"warning: {missing}" in ok(partita("check", model[1])).stderr
    machine = ["--machine", ROOT / "hw_configs/two_processors.yaml"]
    ok(partita("partition", *model, *machine, "--method", "heft", "--out", "plan.json"))
    for command in (["profile", *model], ["demo", *model],
                    ["replay", *model, *machine, "--plan", "plan.json"]):  # fmt: skip
        result = partita(*command, timeout=10)
        assert result.returncode == 2, result.stdout + result.stderr
        assert f"tiny.onnx: error: {missing}" in result.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == ["plan.json", "tiny.onnx"]


@pytest.mark.parametrize("machine", sorted((ROOT / "hw_configs").glob("*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_machine_runs_a_network(partita, machine):
    model = ["--model", "zoo:squeezenet", "--machine", machine]
    planned = last_json(ok(partita("partition", *model, "--method", "heft", "--out", "plan.json", "--json")))
    simulated = last_json(ok(partita("simulate", *model, "--plan", "plan.json", "--json")))
    assert simulated["simulated_ps"] == planned["predicted_ps"]


def test_times_that_others_measured_are_looked_up_like_ours(partita, tmp_path):
    """A convolution in a spreadsheet of somebody else: 1.25 ms on their GPU."""
    map_of_columns = (
        "profile: {layer: Layer, processor: {column: Device, names: {NVIDIA A100: fast}}, samples: Runs,\n"
        "  time: {column: Mean, unit: ms}}\n"
    )
    (tmp_path / "map.yaml").write_text(map_of_columns)
    network = ["--model", "zoo:resnet18"]
    asked = ["table", "--import", "times.csv", "--map", "map.yaml", *network, "--out", "p.csv"]
    (tmp_path / "times.csv").write_text("Layer,Device,Mean,Runs\nconv_1,NVIDIA A100,1.25,30\n")
    refused = partita(*asked)
    assert refused.returncode == 2
    assert "times.csv:2:1: error: Layer: the network 'resnet18' has no layer 'conv_1'" in refused.stderr
    assert not (tmp_path / "p.csv").exists()
    (tmp_path / "times.csv").write_text("Layer,Device,Mean,Runs\nconv1,NVIDIA A100,1.25,30\n")
    ok(partita(*asked))
    predicted = ["predict", *network, "--machine", f"{ROOT}/hw_configs/two_processors.yaml", "--profile", "p.csv"]
    ok(partita(*predicted, "--out", "costs.csv"))
    costs = {
        (row["layer"], row["processor"]): row
        for row in csv.DictReader((tmp_path / "costs.csv").read_text().splitlines())
    }
    assert (costs["conv1", "fast"]["time_ps"], costs["conv1", "fast"]["source"]) == ("1250000000", "measured")
    assert costs["conv1", "slow"]["source"] == "estimated"
