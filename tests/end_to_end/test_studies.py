"""The studies in experiments/, small: they run by their one command, draw their figures, and what was learned holds."""

import itertools
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
    }[name](out, printed)


def splitting(out: Path, printed: str) -> None:
    wire, slow = "machine.links.wire.bandwidth", "machine.processors.slow.peak.f32"
    rows = points(out, "splitting")
    assert len(rows) == 64
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
        # What is planned for a wire is as good on a faster one; searches of 100 plans may miss some of it.
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
