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


BERT = "zoo:bert?layers=1&hidden=64&tokens=8&vocabulary=500"


def token_values(partita, tmp_path, ids, *arguments):
    (tmp_path / "one.yaml").write_text(MACHINE.format(options=""))
    np.save(tmp_path / "ids.npy", ids)
    model = ["--model", BERT, "--machine", "one.yaml"]
    ok(partita("partition", *model, "--method", "single", "--out", "plan.json"))
    asked = ["--inputs", "ids.npy", "--repetitions", 1, "--shuffles", 19]
    return partita("values", *model, "--plan", "plan.json", *asked, *arguments)


def test_texts_are_token_ids_of_the_first_input(partita, tmp_path):
    ids = np.random.default_rng(3).integers(0, 500, (10, 8))
    result = last_json(ok(token_values(partita, tmp_path, ids, "--json")))
    assert result["shape"] == [1, 8]
    assert result["runs"] == 10
    assert all(point["measured_ps"] > 0 for point in result["points"])


def test_tokens_that_the_network_does_not_know_are_refused(partita, tmp_path):
    ids = np.full((10, 8), 499)
    ids[2, 4] = 500
    refused = token_values(partita, tmp_path, ids)
    assert refused.returncode == 2
    assert "ids.npy: error: element 20 is 500: the network knows tokens 0 to 499" in refused.stderr


def test_costs_of_a_table_are_judged_without_measuring(partita, tmp_path):
    rng = np.random.default_rng(5)
    rows = ["zero_share,noise,cost"]
    for _ in range(60):
        share = rng.uniform()
        rows.append(f"{share},{rng.uniform()},{10 - 8 * share}")
    (tmp_path / "table.csv").write_text("\n".join(rows) + "\n")
    result = last_json(ok(partita("values", "--table", "table.csv", "--shuffles", 19, "--json")))
    assert result["inputs"] == 60
    linear = result["effects"][0]
    # The cost is a line of one feature, but for the slight ridge.
    assert linear["present"]
    assert linear["with"] < 0.01 < linear["without"]
    # Without that feature nothing is left but noise.
    (tmp_path / "table.csv").write_text("\n".join(row.split(",", 1)[1] for row in rows) + "\n")
    linear = last_json(ok(partita("values", "--table", "table.csv", "--shuffles", 19, "--json")))["effects"][0]
    assert not linear["present"]


def test_a_table_takes_the_place_of_a_model(partita):
    refused = partita("values", "--table", "table.csv", "--model", BERT)
    assert refused.returncode == 2
    assert "--table excludes --model" in refused.stderr
    refused = partita("values", "--model", BERT, "--machine", "one.yaml")
    assert refused.returncode == 2
    assert "--plan is required" in refused.stderr
