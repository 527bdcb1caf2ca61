"""The studies in experiments/, small: they run by their one command, draw their figures, and what was learned holds."""

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
    "policies": ["map", "times"],
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
        timeout=120,
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
    }[name](out, printed)


def splitting(out: Path, printed: str) -> None:
    assert "one inference" in printed
    assert "a stream" in printed


def optimizers(out: Path, printed: str) -> None:
    for problem in study.grouped(points(out, "optimizers"), lambda row: (row["model"], row["pin"])).values():
        values = {row["method"]: row["value"] for row in problem}
        assert len(values) == 14
        assert min(values.values()) >= max(row["lower_bound"] for row in problem) * (1 - 1e-9)
        # All in turn is not worse than what it begins with, nor is annealing.
        quick = min(values[method] for method in ("single", "greedy", "heft", "cpop", "peft", "look_ahead"))
        assert values["auto"] <= quick
        assert values["annealing"] <= quick
        assert values["round_robin"] > values["auto"]
    assert "| 30 | 4 |" in printed


def contention(out: Path, printed: str) -> None:
    link, trunk = "machine.links.link[0..15].bandwidth", "machine.links.trunk[0..3].bandwidth"
    sums = {}
    for row in points(out, "contention"):
        key = (row[link], row[trunk] == row[link], study_flag(row["ignore-contention"]))
        sums[key] = sums.get(key, 0) + row["value"]
    # Ignorance costs where links are slow and shared, and not where they are fast.
    assert sums[4e9, True, True] > 1.02 * sums[4e9, True, False]
    assert sums[64e9, False, True] < 1.1 * sums[64e9, False, False]
    assert "worst:" in printed


def study_flag(value) -> bool:
    return str(value).lower() in ("1", "1.0", "true")


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
    assert set(static) == {(20, 1), (20, 5), (80, 1), (80, 5)}
    # Where little is asked for, whoever adapts loses nothing while nothing happens, and is as good as who knew before.
    assert ours[20, 1] < 1.05 * static[20, 1]
    assert ours[20, 5] < 0.1 * static[20, 5]
    assert ours[20, 5] < 1.1 * knowing[20, 5]
    # With much to do, foresight is still worth something.
    assert knowing[80, 5] < 0.5 * static[80, 5]
    assert {row["scenarios.0.migrations"] for row in points(out, "policies")} == {0}
    assert len(points(out, "policies", "length")) == 2
    assert "clairvoyant than static in 2" in printed
