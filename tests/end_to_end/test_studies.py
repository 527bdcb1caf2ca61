"""The studies in experiments/, small: they run by their one command, draw their figures, and what was learned holds."""

import csv
import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest

import study
from conftest import ROOT, binary

FIGURES = {
    "splitting": ["map", "rule"],
    "optimizers": ["methods", "shapes"],
    "contention": ["contention"],
    "interconnects": ["gains", "tensor_parallel"],
    "fidelity": ["fidelity"],
    "policies": ["map", "lengths", "tails"],
    "npu": ["effects"],
    "published": ["published"],
    "datasheet": ["ratios", "mended"],
}


@pytest.fixture(scope="module", params=FIGURES)
def done(request, tmp_path_factory):
    """A study, run: its name, folder of results, and what it printed."""
    if not binary().exists():
        pytest.fail(f"{binary()} is not built (run tools/test)")
    name, out = request.param, tmp_path_factory.mktemp(request.param)
    run = subprocess.run(
        [ROOT / "experiments" / name / "run", "--small", "--out", out],
        env={**os.environ, "PARTITA_BIN": str(binary())},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return name, out, run.stdout


def points(out: Path, name: str, sweep: str | None = None) -> list[dict]:
    rows = study.read(out / f"{name}_small.db", sweep or name)
    assert rows
    return rows


def test_figures_are_drawn(done):
    name, out, _ = done
    for figure in FIGURES[name]:
        for ending in ("png", "pdf"):
            assert (out / f"{figure}.{ending}").stat().st_size > 5000


def test_what_was_learned(done):
    name, out, printed = done
    {
        "splitting": splitting,
        "optimizers": optimizers,
        "contention": contention,
        "interconnects": interconnects,
        "fidelity": fidelity,
        "policies": policies,
        "npu": npu,
        "published": published,
        "datasheet": datasheet,
    }[name](out, printed)


def splitting(out: Path, printed: str) -> None:
    wire, slow = "machine.links.wire.bandwidth", "machine.processors.slow.peak.f32"
    rows = points(out, "splitting")
    assert len(rows) == 48
    alone = {(row["model"], row["objective"]): row["value"] for row in rows if row["pin"] == "*=fast"}
    both = [row for row in rows if row["pin"] == "*=fast,slow"]
    assert len(both) == len(rows) / 2
    for curve in study.grouped(both, lambda row: (row["model"], row["objective"], row[slow])).values():
        curve.sort(key=lambda row: row[wire])
        times = [row["value"] for row in curve]
        one = alone[curve[0]["model"], curve[0]["objective"]]
        # All on the fast one is one of the plans for both, and the slow one adds at most its share of the work; a
        # little more, as launches take as long on both.
        assert one / (1 + 1.3 * curve[0][slow] / 10e12) <= min(times) <= max(times) <= one
        # What is planned for a wire is as good on a faster one; searches of 50 plans may miss some of it.
        assert all(after <= 1.05 * before for before, after in itertools.pairwise(times))
    # Experts stand abreast: two equal processors share them, if the wire lets them.
    moe = [row for row in both if "moe" in row["model"] and row["objective"] == "latency" and row[slow] == 10e12]
    best, worst = (choose(moe, key=lambda row: row[wire]) for choose in (max, min))
    assert alone[best["model"], "latency"] > 1.5 * best["value"]
    assert alone[worst["model"], "latency"] < 1.2 * worst["value"]
    # A stream needs a slower wire than one inference.
    assert "one inference: 5 % or more are saved by the fastest wire in 4 of 4 cases" in printed


def optimizers(out: Path, printed: str) -> None:
    for problem in study.grouped(points(out, "optimizers"), lambda row: (row["model"], row["pin"])).values():
        first = {row["method"]: row["value"] for row in problem if row["steps"] == 40}
        values = first | {row["method"]: row["value"] for row in problem if row["steps"] == 400}
        assert len(first) == len(values) == 14
        assert min(values.values()) >= max(row["lower_bound"] for row in problem) * (1 - 1e-9)
        # Ten times the plans: never worse by more than chance.
        assert all(values[method] <= 1.05 * first[method] for method in first)
        # All in turn is not worse than what it begins with, nor is annealing.
        quick = min(values[method] for method in ("single", "greedy", "heft", "cpop", "peft", "look_ahead"))
        assert values["auto"] <= quick
        assert values["annealing"] <= quick
        assert values["round_robin"] > values["auto"]
    assert "| 30 | 4 |" in printed


def contention(out: Path, printed: str) -> None:
    link, trunk = "machine.links.link[0..15].bandwidth", "machine.links.trunk[0..3].bandwidth"
    time = {
        (row[link] / 1e9, row[trunk] / row[link], row["pin"].count(",") + 1, row["ignore-contention"]): row["value"]
        for row in points(out, "contention")
    }
    assert len(time) == 15
    # A search that knows of contention never loses by having more processors.
    assert all(each <= 1.001 * time[link, trunk, 1, "false"] for (link, trunk, _, blind), each in time.items()
               if blind == "false")  # fmt: skip
    # Ignorance costs where links are slow, whatever the trunks, and less where they are fast.
    slow, shared, fast = (time[(*at, 4, "true")] / time[(*at, 4, "false")] for at in ((4, 4), (4, 1), (64, 4)))
    assert slow > 1.5
    assert shared > 1.5
    assert fast < 1.4
    assert "worst:" in printed


def interconnects(out: Path, printed: str) -> None:
    kind = "machine.links.link[0..3].kind"
    rows = points(out, "interconnects")
    for case in study.grouped(rows, lambda row: (row["model"], row["model.batch"], row["objective"])).values():
        best = {(row[kind], row["method"]): row["value"] for row in case}
        assert best["nvlink", "auto"] <= best["pcie", "auto"] * 1.001
        assert best["pcie", "auto"] <= best["pcie", "single"]
        assert best["pcie", "single"] == best["nvlink", "single"]
    ranks = points(out, "interconnects", "tensor_parallel")
    for (_, mode), case in study.grouped(ranks, lambda row: (row["model.hidden"], row["model.mode"])).items():
        time = {(row["method"], row[kind]): row["predicted_with_collectives_ps"] for row in case}
        # Four read a prompt faster than one only where the link lets them; one token is too little to send.
        assert time["by_rank", "nvlink"] < time["by_rank", "pcie"]
        if mode == "prefill":
            assert time["by_rank", "nvlink"] < 0.6 * time["single", "pcie"] < time["by_rank", "pcie"]
        else:
            assert time["by_rank", "pcie"] < 1.1 * time["by_rank", "nvlink"]
    assert "of the best from" in printed


def by_fidelity(rows: list[dict], *names: str) -> dict[tuple, dict[str, int]]:
    """Makespans of each plan by flows and by packets."""
    groups = study.grouped(rows, lambda row: tuple(row[name] for name in names))
    return {key: {row["fidelity"]: row["simulated_ps"] for row in own} for key, own in groups.items()}


def error(makespans: dict[str, int]) -> float:
    return abs(makespans["packet"] / makespans["fluid"] - 1)


def fidelity(out: Path, printed: str) -> None:
    plans = by_fidelity(points(out, "fidelity"), "machine", "model", "method")
    assert all(error(each) < 0.005 for each in plans.values())
    # The order of plans is the same: nobody chooses another one because of packets.
    for problem in study.grouped(points(out, "fidelity"), lambda row: (row["machine"], row["model"])).values():
        orders = [
            sorted(
                (row["method"] for row in problem if row["fidelity"] == each),
                key=lambda method: plans[problem[0]["machine"], problem[0]["model"], method][each],
            )
            for each in ("fluid", "packet")
        ]
        assert orders[0] == orders[1]
    drawn = by_fidelity(points(out, "fidelity", "drawn"), "plan")
    errors = {Path(*Path(plan).parts[-2:]).as_posix(): error(each) for (plan,), each in drawn.items()}
    # Copies that start at one place share as flows do; those that come to one along a row of a mesh do not.
    assert all(each < 0.001 for name, each in errors.items() if "one_to_many" in name or "random" in name)
    assert errors["npu16/many_to_one_64KiB_0.json"] > 0.01
    assert errors["npu16/many_to_one_4KiB_0.json"] < 0.001
    # Whoever is far off is warned of, and most others are not.
    warned = {Path(*Path(plan).parts[-2:]).as_posix() for plan in json.loads((out / "warned.json").read_text())}
    assert {name for name, each in errors.items() if each > 0.01} <= warned
    assert len(warned) < len(errors) / 2
    assert "0 of 12 pairs change places" in printed


def policies(out: Path, printed: str) -> None:
    load, slow = "scenario.arrivals", "scenario.load.slow.slowdown"
    static, ours, knowing = ({} for _ in range(3))
    for row in points(out, "policies"):
        at = row[load], row[slow]
        static[at], ours[at] = row["scenarios.0.cost_ms"], row["scenarios.2.cost_ms"]
        knowing[at] = min(row["scenarios.3.cost_ms"], row["scenarios.4.cost_ms"])
    assert set(static) == {(20, 1), (20, 5), (80, 5)}
    # Where little is asked for, whoever adapts loses nothing while nothing happens, and is as good as who knew before.
    assert ours[20, 1] < 1.05 * static[20, 1]
    assert ours[20, 5] < 0.1 * static[20, 5]
    assert ours[20, 5] < 1.1 * knowing[20, 5]
    # With much to do, foresight is still worth something.
    assert knowing[80, 5] < 0.5 * static[80, 5]
    assert {row["scenarios.0.migrations"] for row in points(out, "policies")} == {0}
    # A plan that stays loses little by short slow phases, and much by long ones.
    short, long = points(out, "policies", "length")
    assert short["scenarios.0.cost_ms"] < 1.3 * short["scenarios.2.cost_ms"]
    assert long["scenarios.0.cost_ms"] > 1.5 * long["scenarios.2.cost_ms"]
    assert "clairvoyant than static in 2" in printed


def npu(out: Path, printed: str) -> None:
    effects = {network: swings(out / f"tornado_{network}.txt") for network in ("cnn", "prefill", "decode", "moe")}
    peak, dram_port = "machine.processors.tile[0..15].peak.bf16", "machine.links.dram_port.bandwidth"
    for network in ("cnn", "prefill", "moe"):
        assert max(effects[network], key=effects[network].get) == peak
        assert effects[network][dram_port] < 0.02
    # Of the next token the other way round: keys and values of 1,024 tokens of 768 numbers of 2 bytes each go through
    # the port, in and out, and are most of what its bandwidth takes: from 64 to 256 GB/s.
    assert max(effects["decode"], key=effects["decode"].get) == dram_port
    assert effects["decode"][peak] < 0.02
    moved = 4 * 1024 * 768 * 2
    saved = moved / 64e9 - moved / 256e9
    answer = last_line(out / "tornado_decode.txt")
    swing = next(axis["swing"] for axis in answer["axes"] if axis["axis"] == dram_port)
    assert swing == pytest.approx(1e12 * saved, rel=0.02)
    assert "less than 2 %" in printed


def last_line(file: Path) -> dict:
    return json.loads(file.read_text().splitlines()[-1])


def swings(file: Path) -> dict[str, float]:
    """Of a tornado, over the result in the middle."""
    answer = last_line(file)
    return {axis["axis"]: axis["swing"] / answer["middle"] for axis in answer["axes"]}


def test_the_npu_is_the_same_for_all_networks():
    files = [path for path in (ROOT / "experiments/npu").glob("*.yaml") if path.stem != "npu"]
    numbers = {path.stem: path.read_text().partition("# Every number")[2].partition("answer:")[0] for path in files}
    assert len(numbers) == 5
    assert len(set(numbers.values())) == 1


def published(out: Path, printed: str) -> None:
    rows = points(out, "published", "gpipe")
    assert len(rows) == 9
    four, eight = (f"machine.memories.hbm[{which}].capacity" for which in ("2..3", "4..7"))
    time = {(row[four] > 1, row[eight] > 1, row["requests"]): row["simulated_ps"] for row in rows}
    # One micro-batch is on one core at a time, and copied more often on eight; 32 keep eight of them busy.
    assert 1 < time[True, True, 1] / time[False, False, 1] < 1.05
    assert 2 < time[False, False, 32] / time[True, True, 32] < 4
    runs = {(row["model.hidden"], row["model.tensor_parallel"]): row for row in points(out, "published", "megatron")}
    one, two = runs[1536, 1], runs[1536, 2]
    assert one["simulated_busiest_busy_ps"] == one["simulated_ps"]
    # Two GPUs have half of the products each, all of the normalisations, and four all-reduces. By hand: each sends
    # half of a tensor of 8 x 1024 x 1536 numbers of 2 bytes twice, at 141 GB/s; the last product is joined on one.
    sending = 4 * (8 * 1024 * 1536 * 2) / 141e9 + 8 * 1024 * 25600 * 2 / 141e9
    waited = 1e-12 * (two["simulated_ps"] - two["simulated_busiest_busy_ps"])
    assert waited == pytest.approx(sending, rel=0.06)
    assert 1.5 < one["simulated_ps"] / two["simulated_ps"] < 2
    assert "published 3.20" in printed


def datasheet(out: Path, printed: str) -> None:
    with (out / "predicted.csv").open(newline="") as file:
        predicted = {(row["layer"], row["processor"]): 1e-12 * int(row["time_ps"]) for row in csv.DictReader(file)}
    with (out / "measured.csv").open(newline="") as file:
        layers = list(csv.DictReader(file))
    assert len(layers) == 168
    # By hand: two operands and a result of 4 bytes each, at 732 GB/s.
    number, layer = next((at, row) for at, row in enumerate(layers) if row["op"] == "add")
    rows, columns = map(int, layer["shape"].split("x"))
    assert predicted[f"L{number}", "P100"] == pytest.approx(3 * 4 * rows * columns / 732e9, rel=1e-6)
    # And a product: 2 operations for each multiply-add, at 14 TFLOP/s.
    number, layer = [(at, row) for at, row in enumerate(layers) if row["kind"] == "linear"][-1]
    batch, rows, depth, columns = map(int, layer["shape"].split("x"))
    assert predicted[f"L{number}", "V100"] == pytest.approx(2 * batch * rows * depth * columns / 14e12, rel=1e-6)
    # Only convolutions are faster than the datasheet allows (their algorithms need fewer operations).
    faster = {
        row["kind"]
        for at, row in enumerate(layers)
        for gpu in ("P100", "T4", "V100", "A100", "A40")
        if row[f"{gpu}_us"] and 1e-6 * float(row[f"{gpu}_us"]) < predicted[f"L{at}", gpu]
    }
    assert faster == {"conv"}
    assert "and a launch overhead" in printed
