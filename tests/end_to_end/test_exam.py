"""`partita calibrate --exam`: measured, judged, interrupted, judged again."""

import csv
import json
import os
import shutil
import subprocess

import pytest

from conftest import ROOT, binary

FAKES = ROOT / "tests/data/fake_gpus.yaml"
MODELS = ["--model", "zoo:squeezenet?size=32", "--model", "zoo:lstm"]
SHORT = ["--plans", 6, "--repetitions", 3, "--budget", 10]


def ok(result):
    assert result.returncode == 0, result.stdout + result.stderr
    return result


def last_json(result):
    return json.loads(result.stdout.strip().splitlines()[-1])


def move_elsewhere(exam):
    """As if its profile had been measured on other devices."""
    with (exam / "profile.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (exam / "profile.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "environment": "0" * 16} for row in rows)


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    return tmp_path_factory.mktemp("exam") / "an exam"


def test_devices_whose_times_are_known_are_predicted(partita, exam):
    """Fake devices take what they are told, so a fit to some plans must predict the others."""
    line = last_json(ok(partita("calibrate", "--exam", exam, *MODELS, "--machine", FAKES, *SHORT, "--json")))
    assert list(line) == [
        "held_out_plans", "makespan_mape_percent", "kendall_tau", "kendall_tau_told_apart",
        "clean_runs", "discarded_runs",
    ]  # fmt: skip
    assert line["held_out_plans"] >= 2
    assert line["clean_runs"] >= 2 * 6 * 3
    verdict = json.loads((exam / "verdict.json").read_text())
    assert [network["network"] for network in verdict["networks"]] == ["squeezenet", "lstm"]
    assert verdict["after"]["mape_percent"] == pytest.approx(line["makespan_mape_percent"])
    assert verdict["told_apart"]["pairs"] <= verdict["told_apart"]["all_pairs"]
    assert verdict["told_apart"]["kendall_tau"] == line["kendall_tau_told_apart"]
    for name in ("machine.yaml", "profile.csv", "machine_calibrated.yaml", "figures/exam.png"):
        assert (exam / name).exists(), name
    ok(partita("check", exam / "machine_calibrated.yaml"))


def test_its_copies_are_drawn(partita, exam, tmp_path):
    ok(partita("plot", "copies", exam / "profile.csv", exam / "machine.yaml", "--out", "copies.png"))
    assert (tmp_path / "copies.png").read_bytes().startswith(b"\x89PNG")
    refused = partita("plot", "copies", exam / "profile.csv", "--out", "copies.png")
    assert refused.returncode == 2
    assert "a profile and a machine file" in refused.stderr
    # A machine whose memories have other names.
    other = partita("plot", "copies", exam / "profile.csv", ROOT / "hw_configs/two_processors.yaml", "--out", "c.png")
    assert other.returncode == 2
    assert "holds no copies between memories of machine" in other.stderr


def test_what_is_there_is_not_measured_again_and_the_verdict_is_the_same(partita, exam):
    before = {file: (exam / file).read_bytes() for file in ("verdict.json", "machine_calibrated.yaml")}
    again = ok(partita("calibrate", "--exam", exam, *SHORT))
    assert "plans are in" in again.stdout
    assert before == {file: (exam / file).read_bytes() for file in before}


def test_an_interrupted_exam_goes_on(partita, exam):
    """As if it had been killed between the two networks: the first one is kept."""
    kept = (exam / "replays/squeezenet/replays.json").read_bytes()
    shutil.rmtree(exam / "replays/lstm")
    ok(partita("calibrate", "--exam", exam, *SHORT))
    assert (exam / "replays/squeezenet/replays.json").read_bytes() == kept
    assert (exam / "replays/lstm/replays.json").exists()


def test_a_folder_holds_one_exam(partita, exam):
    refused = partita(
        "calibrate", "--exam", exam, "--plans", 7, "--repetitions", 3, "--budget", 2, "--model", "zoo:vgg11"
    )
    assert refused.returncode == 2
    assert "exam.json:" in refused.stderr
    assert "plans: this exam was begun with 6, not 7; choose another folder" in refused.stderr
    assert "models: this exam was begun with other networks" in refused.stderr
    refused = partita("calibrate", "--exam", exam, *SHORT, "--machine", FAKES)
    assert refused.returncode == 2
    assert "this exam has its machine already" in refused.stderr


def test_replays_do_not_go_on_elsewhere(partita, exam, tmp_path):
    """The devices of the profile and those of today are not the same."""
    copy = tmp_path / "copy"
    shutil.copytree(exam, copy)
    shutil.rmtree(copy / "replays/lstm")
    move_elsewhere(copy)
    refused = partita("calibrate", "--exam", copy, *SHORT)
    assert refused.returncode == 2
    assert "was profiled elsewhere" in refused.stderr


def test_where_nothing_could_be_measured_there_is_no_number(partita, exam, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(exam, copy)
    for file in copy.glob("replays/*/replays.json"):
        file.write_text(file.read_text().replace('"trustworthy": true', '"trustworthy": false'))
    noisy = partita("calibrate", "--exam", copy, *SHORT, "--json")
    assert noisy.returncode == 3
    assert "too busy with other work to be measured" in noisy.stderr
    line = last_json(noisy)
    assert line["held_out_plans"] == 0
    assert line["makespan_mape_percent"] is None
    assert line["kendall_tau"] is None


def test_changes_are_not_made_elsewhere(partita, exam, tmp_path):
    """Replays may be judged anywhere, but what is changed is the computer that they ran on."""
    copy = tmp_path / "copy"
    shutil.copytree(exam, copy)
    move_elsewhere(copy)
    assert partita("calibrate", "--exam", copy, *SHORT).returncode == 0
    refused = partita("calibrate", "--exam", copy, *SHORT, "--what-if")
    assert refused.returncode == 2
    assert "was profiled elsewhere" in refused.stderr


def test_options_that_exclude_each_other(partita):
    for arguments, says in [
        (["--exam", "e", "--fit", "a=b"], "--exam"),
        (["--what-if"], "--exam"),
        (["--exam", "e", "--model", "zoo:lstm", "--model", "zoo:lstm"], "two networks are called 'lstm'"),
        (["--model", "zoo:lstm"], "--fit or --exam is required"),
    ]:
        refused = partita("calibrate", *arguments)
        assert refused.returncode == 2
        assert says in refused.stderr


@pytest.fixture
def listener(tmp_path):
    """A worker that listens at a local socket; gives its place."""
    socket = tmp_path / "socket"
    with subprocess.Popen([binary().with_name("partita-worker"), "--listen", socket], stdout=subprocess.PIPE) as worker:
        worker.stdout.readline()
        yield f"unix:{socket}"
        worker.kill()


def test_an_exam_elsewhere(partita, tmp_path, listener):
    """Profile and replays are measured where the workers are: not here, where none can be started."""
    nobody = {**os.environ, "PARTITA_WORKER": "/no/such/worker"}
    exam = ["calibrate", "--exam", "e", "--worker", listener, *MODELS[:2], *SHORT, "--json"]
    refused = partita(*exam, env=nobody)
    assert refused.returncode == 2
    assert "--machine is required with --worker" in refused.stderr
    line = last_json(ok(partita(*exam, "--machine", FAKES, env=nobody)))
    assert line["clean_runs"] >= 6 * 3
    assert partita("calibrate", "--fit", "a=b", "--worker", listener).returncode == 2


def test_a_profile_elsewhere(partita, tmp_path, listener):
    nobody = {**os.environ, "PARTITA_WORKER": "/no/such/worker"}
    profile = ["profile", *MODELS[:2], "--machine", FAKES, "--worker", listener, "--budget", 2]
    result = ok(partita(*profile, env=nobody))
    assert f"counters at '{listener}' cannot be read from here" in result.stdout
    rows = csv.DictReader((tmp_path / "profile.csv").read_text().splitlines())
    assert {row["processor"] for row in rows} >= {"large", "small"}
