"""Times of inputs measured for real, and the control that says whether their values matter."""

import json

import numpy as np
import pytest
from test_pipeline import last_json, ok

from conftest import ROOT
from images import images

NETWORK = ROOT / "experiments/inputs/early_exit.onnx"
MACHINE = """
machine: {{name: one}}
processors:
  cpu:
    kind: cpu
    memory: ram
    peak: {{f32: 50 GFLOP/s}}
    execution: {{backend: cpu-onednn, core: 0{options}}}
memories:
  ram: {{capacity: 1 GiB, bandwidth: 10 GB/s}}
"""


@pytest.fixture
def values(partita, tmp_path):
    """Runs `partita values` on 12 images, all layers on one core."""
    pixels, _, _ = images(12, 21)
    pixels[3] = 0
    np.save(tmp_path / "images.npy", pixels)

    def run(*arguments, inputs="images.npy", options=""):
        (tmp_path / "one.yaml").write_text(MACHINE.format(options=options))
        model = ["--model", NETWORK, "--machine", "one.yaml"]
        ok(partita("partition", *model, "--method", "single", "--out", "plan.json"))
        asked = ["--inputs", inputs, "--repetitions", 2, "--shuffles", 19]
        return partita("values", *model, "--plan", "plan.json", *asked, *arguments)

    return run


@pytest.mark.parametrize("options", ["", ", options: skip_zeros=1"])
def test_every_input_is_measured_and_the_control_judges(values, tmp_path, options):
    result = last_json(ok(values("--trained", "--out", "out.json", "--json", options=options)))
    assert result == json.loads((tmp_path / "out.json").read_text())
    assert result["shape"] == [1, 1, 32, 32]
    assert result["runs"] == 24
    assert len(result["points"]) == 12
    assert result["points"][3]["zero_share"] == 1
    assert result["points"][4]["zero_share"] < 1
    assert all(point["measured_ps"] > 0 for point in result["points"])
    assert [each["model"] for each in result["effects"]] == ["linear", "trees"]
    for each in result["effects"]:
        no_worse = sum(error <= each["with"] for error in each["shuffled"])
        assert each["p_value"] == (1 + no_worse) / 20
        assert each["present"] == (each["p_value"] <= 0.05 and each["with"] < each["without"])


def test_inputs_that_cannot_be_judged_are_refused(values, tmp_path):
    np.save(tmp_path / "few.npy", np.zeros((4, 32, 32), np.uint8))
    refused = values(inputs="few.npy")
    assert refused.returncode == 2
    assert "few.npy: error: 4 inputs are too few: 5 folds want one each" in refused.stderr
    refused = values(inputs="nothing.npy")
    assert refused.returncode == 2
    assert "nothing.npy" in refused.stderr
