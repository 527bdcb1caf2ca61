"""Dynamic shapes, skewed experts, and compressible tensors: small runs of the experiments, real where they are real."""

import importlib.util

import numpy as np
import pytest

import compressible
import dynamic_shapes
import experts
from command import Partita
from conftest import binary

DEVELOP = all(importlib.util.find_spec(name) for name in ("onnx", "onnxruntime"))


@pytest.fixture
def command(tmp_path):
    return Partita(binary(), tmp_path)


def gain(means: dict) -> None:
    """What must hold of any way to choose: none beats the oracle, and shuffles come in order."""
    assert means["oracle"] <= min(means["analyzer"], means["shuffled"][0]) + 1e-9
    assert means["shuffled"] == sorted(means["shuffled"])


def test_times_of_lengths_that_nobody_profiled(command):
    found = dynamic_shapes.run(command, learn=4, count=5, budget=5, limit=0.2, rounds=1)
    assert len(found["lengths"]) == 5
    assert [point["length"] for point in found["points"]] == sorted(set(found["lengths"]))
    assert all(point["measured_ms"] > 0 for point in found["points"])
    longest = max(found["points"], key=lambda point: point["length"])
    shortest = min(found["points"], key=lambda point: point["length"])
    assert longest["predicted_ms"] > shortest["predicted_ms"]
    assert set(found["policies_ms"]) == {"here, simulated", "here, replayed", "laptop, simulated"}
    for means in found["policies_ms"].values():
        gain(means)
    # On the laptop's many processors a plan for 256 tokens is far from one for 8.
    laptop = found["policies_ms"]["laptop, simulated"]
    assert laptop["padded to the longest"] > laptop["padded to the class"] > laptop["plan of the class"]
    assert set(found["effects"]) == {"length and tokens", "tokens, the length is known", "tokens, all 64 long"}


@pytest.mark.skipif(not DEVELOP, reason="onnx writes the network: tools/setup --develop")
def test_experts_are_placed_by_what_they_will_get(command):
    found = experts.run(command, learn=12, judge=5, budget=5, limit=0.2, rounds=1)
    for means in found["policies_ms"].values():
        gain(means)
        assert means["placed for equal loads"] > 0
    assert sum(found["loads"]["mean"]) == pytest.approx(experts.BEST * experts.TOKENS, abs=1)
    assert found["loads"]["equal"] == [experts.EQUAL] * experts.EXPERTS
    assert all(point["measured_ms"] > 0 for point in found["points"])
    # Texts are learned from: their own means are nearer to the loads of others than equal ones are.
    assert found["errors_percent"]["of loads by their mean"] < 60


@pytest.mark.skipif(not DEVELOP, reason="onnxruntime makes the activations: tools/setup --develop")
def test_what_packs_well_is_sent(command):
    found = compressible.run(command, learn=30, judge=6, peaks=(1, 3, 12), limit=0.2)
    by_peak = list(found["policies_ms"].values())
    for means in by_peak:
        gain(means)
    # A slow camera sends everything, which only pays for who knows that it packs; a fast one computes it all.
    assert by_peak[0]["planned for the mean ratio"] < 0.6 * by_peak[0]["planned without compression"]
    assert by_peak[2]["planned for the mean ratio"] == by_peak[2]["planned without compression"]
    assert by_peak[2]["analyzer"] == by_peak[2]["oracle"]
    ratios = np.array([point["true_ratio"] for point in found["points"]])
    assert (ratios > 1.5).all()
    assert found["errors_percent"]["of the input's ratio by features"] < 8
    image = found["effects"]["an image on its packed size"][0]
    assert image["model"] == "linear"
    assert image["with"] < image["without"]
