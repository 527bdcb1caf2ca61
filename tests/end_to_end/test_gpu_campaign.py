"""tools/gpu_campaign, on devices that are not there."""

import csv
import json
import os
import statistics
import subprocess
import tarfile

import pytest

from conftest import ROOT, binary

FAKES = ROOT / "tests/data/fake_gpus.yaml"
NETWORKS = ["--network", "zoo:lstm", "--network", "zoo:squeezenet?size=32", "--budget", 10]
NETWORKS += ["--plans", 6, "--repetitions", 3]


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """The archive of a developer's machine, unpacked on one where nothing is installed."""
    folder = tmp_path_factory.mktemp("campaign")
    preset = binary().parent.parent.name
    subprocess.run(
        [ROOT / "tools/gpu_campaign", "pack", "--no-build", "--preset", preset, "--out", folder / "campaign.tar.xz"],
        check=True, capture_output=True, env={**os.environ, "PARTITA_WITHOUT_GPU": "yes"},
    )  # fmt: skip
    with tarfile.open(folder / "campaign.tar.xz") as tar:
        tar.extractall(folder)
    return folder / "partita-campaign"


def run(packed, *arguments):
    return subprocess.run(
        [packed / "gpu_campaign", "run", *map(str, arguments)],
        cwd=packed.parent, capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin"},
    )  # fmt: skip


def copy_times(profile):
    """Picoseconds that the median copy of one at a time takes, by way and size."""
    with profile.open() as file:
        lines = [line for line in file if not line.startswith("#")]
    rows = [row for row in csv.DictReader(lines) if row["kind"] == "copy"]
    return {(row["signature"], row["size_bytes"]): float(row["median_ps"]) for row in rows}


def test_a_campaign_leaves_one_folder_that_is_judged_anywhere(packed, partita):
    done = run(packed, "--machine", FAKES, *NETWORKS)
    assert done.returncode == 0, done.stdout + done.stderr
    out = packed.parent / "campaign"
    collected = {file.name: file.stat().st_size for file in (out / "collected").iterdir()}
    assert set(collected) >= {"devices.txt", "numerics.txt", "verdict.json", "machine_calibrated.yaml", "exam.tar.xz"}
    assert len(collected) <= 8
    # Copies of pageable memory take these devices twice as long.
    pinned, pageable = copy_times(out / "exam/profile.csv"), copy_times(out / "profile_pageable.csv")
    ratios = [pageable[copy] / pinned[copy] for copy in pinned.keys() & pageable.keys()]
    assert statistics.median(ratios) > 1.5
    assert max(collected.values()) < 16_000_000
    numerics = (out / "numerics.txt").read_text()
    assert "lstm-large" in numerics
    assert "squeezenet_size_32-small" in numerics
    with tarfile.open(out / "collected/exam.tar.xz") as tar:
        tar.extractall(packed.parent / "home")
    there = json.loads((out / "collected/verdict.json").read_text())
    exam = ["--exam", packed.parent / "home/exam", "--plans", 6, "--repetitions", 3]
    judged = partita("calibrate", *exam, "--json")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    here = json.loads(judged.stdout.strip().splitlines()[-1])
    assert here["makespan_mape_percent"] == pytest.approx(there["after"]["mape_percent"])


def test_a_second_run_goes_on_where_the_first_ended(packed):
    again = run(packed, "--machine", FAKES, *NETWORKS, "exam")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "plans are in" in again.stdout


def test_wrong_outputs_are_an_answer(packed):
    file = packed.parent / "campaign/numerics/lstm-large.json"
    right = file.read_text()
    file.write_text('{"output_difference":0.5}')
    wrong = run(packed, "--machine", FAKES, *NETWORKS, "numerics")
    file.write_text(right)
    assert wrong.returncode == 1
    assert "outputs differ by more than" in wrong.stderr


@pytest.mark.parametrize("arguments", [["--minutes", "soon"], ["sing"], ["--machine"]])
def test_wrong_usage(packed, arguments):
    assert run(packed, *arguments).returncode in (1, 2)
