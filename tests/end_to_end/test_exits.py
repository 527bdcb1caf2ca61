"""A trained network with exits, on generated images: simulated anywhere, and run for real."""

import numpy as np
import pytest
from test_pipeline import last_json, ok

from conftest import ROOT
from images import images

NETWORK = ROOT / "experiments/inputs/early_exit.onnx"
NAMES = ["--exits", "logits1,logits2,logits3", "--features", "features1,features2"]


@pytest.fixture
def exits(partita, tmp_path):
    """Runs `partita exits` on 60 images to learn from and 40 to judge by."""
    for name, count, seed in (("learn", 60, 11), ("judge", 40, 12)):
        pixels, labels, _ = images(count, seed)
        np.save(tmp_path / f"{name}.npy", pixels)
        np.save(tmp_path / f"{name}_labels.npy", labels.astype(np.uint8))

    def run(*arguments):
        return partita(
            "exits", "--model", NETWORK, *NAMES, "--learn-from", "learn.npy", "--judge-by", "judge.npy",
            "--labels", "judge_labels.npy", "--shuffles", 19, "--steps", 200, *arguments, timeout=300,
        )  # fmt: skip

    return run


def policy(result, name):
    return next(each for each in result["policies"] if each["name"] == name)


def test_simulated_times_follow_from_where_images_leave(exits):
    result = last_json(ok(exits("--machine", ROOT / "hw_configs/laptop.yaml", "--simulated", "--json")))
    leave = [each["leave"] for each in result["exits"]]
    assert sum(leave) == 40
    assert leave[0] > 0
    assert leave[2] > 0
    by_exit = policy(result, "exit by exit")
    assert by_exit["mean_depth"] == pytest.approx((leave[0] + 2 * leave[1] + 3 * leave[2]) / 40)
    assert by_exit["right"] >= 0.8
    way = result["exits"][0]["direct_simulated_ps"]
    total = leave[0] * way
    for k in (1, 2):
        way += result["exits"][k]["onward_simulated_ps"]
        total += leave[k] * way
    assert by_exit["simulated"]["mean_ps"] == pytest.approx(total / 40, abs=1)
    assert all(each["replayed"] is None for each in result["policies"])
    assert policy(result, "oracle")["simulated"]["mean_ps"] <= min(
        each["simulated"]["mean_ps"] for each in result["policies"]
    )


def test_a_hand_over_is_paid_by_every_stage(exits):
    machine = ["--machine", ROOT / "hw_configs/laptop.yaml", "--simulated", "--json"]
    without = last_json(ok(exits(*machine)))
    with_it = last_json(ok(exits(*machine, "--hand-over", "1 ms")))
    depth = policy(without, "exit by exit")["mean_depth"]
    more = policy(with_it, "exit by exit")["simulated"]["mean_ps"]
    more -= policy(without, "exit by exit")["simulated"]["mean_ps"]
    assert more == pytest.approx(depth * 1e9, abs=2)
    assert with_it["hand_over"] == "given"


def test_real_workers_leave_where_the_reference_does(exits):
    real = last_json(ok(exits("--repetitions", 1, "--json")))
    simulated = last_json(ok(exits("--machine", ROOT / "hw_configs/laptop.yaml", "--simulated", "--json")))
    assert [each["leave"] for each in real["exits"]] == [each["leave"] for each in simulated["exits"]]
    for each in real["policies"]:
        assert each["replayed"]["mean_ps"] > 0
    assert real["hand_over"] == "measured"
    measured = [(each["what"], each["source"]) for each in real["effects"]]
    assert ("time, dense", "measured") in measured
    assert ("time, exit by exit", "measured") in measured


def test_what_lies_between_stages_counts_if_wanted(exits):
    found = last_json(ok(exits("--repetitions", 1, "--workers-only", "--json")))
    assert found["hand_over"] == "not counted"
    assert found["hand_over_ps"] == 0
    assert found["between_stages_ps"] > 0
    # Each stage would have it.
    first = found["exits"][0]["direct_simulated_ps"]
    again = last_json(ok(exits("--repetitions", 1, "--json")))
    assert again["hand_over_ps"] == again["between_stages_ps"]
    assert again["exits"][0]["direct_simulated_ps"] > again["hand_over_ps"]
    assert policy(found, "exit by exit")["simulated"]["mean_ps"] >= first


def test_images_that_do_not_fit_are_refused(exits, tmp_path):
    np.save(tmp_path / "learn.npy", np.zeros((5, 16, 16), np.uint8))
    refused = exits("--simulated")
    assert refused.returncode == 2
    assert (
        "learn.npy: error: holds inputs of 256 elements; the network's input 'pixels' has 1024 of type f32"
        in refused.stderr
    )
    np.save(tmp_path / "learn.npy", np.zeros((5, 32, 32), np.float64))
    refused = exits("--simulated")
    assert refused.returncode == 2
    assert "learn.npy: error: holds float64, not uint8 or float32" in refused.stderr
    np.save(tmp_path / "learn.npy", np.zeros((5, 32, 32), np.uint8))
    np.save(tmp_path / "judge_labels.npy", np.zeros(39, np.uint8))
    refused = exits("--simulated")
    assert refused.returncode == 2
    assert "judge_labels.npy: error: is not 40 labels of type u1" in refused.stderr
