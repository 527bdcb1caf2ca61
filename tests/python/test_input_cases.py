"""Texts, routing, and packed sizes that experiments/inputs runs on."""

import numpy as np
import pytest

from choose import chosen_means, error_percent
from compressible import packed_share
from dynamic_shapes import class_of, interpolated, policies
from experts import BEST, EXPERTS, HIDDEN, TOKENS, WIDE, line_through, nearest, routed, router, write_experts
from texts import OWN, SHARED, TOPICS, lengths, texts


def test_texts_follow_from_the_seed_and_use_their_topics_words():
    ids, topics = texts(30, 7)
    again, _ = texts(30, 7)
    other, _ = texts(30, 8)
    assert all((one == same).all() for one, same in zip(ids, again, strict=True))
    assert any(len(one) != len(same) or (one != same).any() for one, same in zip(ids, other, strict=True))
    assert set(topics) == set(range(TOPICS))
    for text, topic in zip(ids, topics, strict=True):
        first = SHARED + sum(OWN[:topic])
        own = text[text >= SHARED]
        assert ((own >= first) & (own < first + OWN[topic])).all()
        assert 4 <= len(text) <= 256


def test_half_of_the_texts_are_shorter_than_40_tokens():
    sizes = lengths(4000, 9)
    assert abs((sizes < 40).mean() - 0.5) < 0.03
    assert sizes.min() >= 4
    assert sizes.max() == 256


def test_each_token_goes_to_its_two_best_experts():
    embeddings, matrix = router(3)
    ids = texts(1, 4, TOKENS)[0][0]
    tokens, gates = routed(ids, embeddings, matrix)
    assert sum(len(own) for own in tokens) == BEST * TOKENS
    assert gates.sum(axis=1) == pytest.approx(1)
    best = np.argsort(-(embeddings[ids[10]] @ matrix))[:BEST]
    assert {expert for expert in range(EXPERTS) if 10 in tokens[expert]} == set(best)


def test_the_network_of_experts_computes_what_the_routing_says(tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    onnx = pytest.importorskip("onnx")
    rng = np.random.default_rng(5)
    tokens = [np.array([expert, expert + 20]) for expert in range(EXPERTS - 1)] + [np.array([], int)]
    gates = rng.uniform(0, 1, (TOKENS, EXPERTS))
    write_experts(tokens, gates, tmp_path / "experts.onnx")
    model = onnx.load(tmp_path / "experts.onnx")
    weights = {each.name: onnx.numpy_helper.to_array(each) for each in model.graph.initializer}
    assert weights["expert0.up.weight"].shape == (HIDDEN, WIDE)
    x = rng.normal(0, 1, (TOKENS, HIDDEN)).astype(np.float32)
    expected = x.copy()
    for expert, own in enumerate(tokens):
        hidden = np.maximum(x[own] @ weights[f"expert{expert}.up.weight"], 0)
        expected[own] += gates[own, expert, None] * (hidden @ weights[f"expert{expert}.down.weight"])
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    assert session.run(["y"], {"x": x})[0] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_a_line_goes_through_points_of_a_line():
    rows = np.random.default_rng(6).normal(3, 2, (50, 2))
    line = line_through(rows, np.column_stack([rows @ [2, -1] + 5, rows @ [0, 1]]))
    # 2 x 1 - 1 x 4 + 5 = 3, and 4; the ridge takes a thousandth.
    assert line(np.array([1.0, 4.0])) == pytest.approx([3, 4], abs=0.02)


def test_loads_are_the_mean_of_the_nearest_texts():
    # Features on scales of 1 and of 1000; the two nearest of (1, 1000) are the first two rows.
    rows = np.array([[0.0, 1000.0], [1.0, 2000.0], [10.0, 0.0], [10.0, 9000.0]])
    loads = np.array([[4.0, 0.0], [2.0, 2.0], [0.0, 4.0], [0.0, 4.0]])
    assert nearest(rows, loads, neighbours=2)(np.array([1.0, 1000.0])) == pytest.approx([3, 1])


def test_zeros_pack_well_and_noise_does_not():
    noise = np.frombuffer(np.random.default_rng(1).bytes(4096), np.uint8)
    assert packed_share(np.zeros(4096, np.uint8)) < 0.01
    assert packed_share(noise) > 1
    half = np.where(np.arange(4096) < 2048, noise, 0).astype(np.uint8)
    assert packed_share(half) == pytest.approx(0.5, abs=0.02)


def test_each_input_goes_where_it_was_predicted_to_cost_least():
    predicted = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 3.0], [3.0, 1.0]])
    judged = np.array([[1.0, 4.0], [5.0, 2.0], [3.0, 2.0], [9.0, 1.0]])
    found = chosen_means(predicted, judged, one=1)
    assert found["one for all"] == pytest.approx((4 + 2 + 2 + 1) / 4)
    assert found["analyzer"] == pytest.approx((1 + 2 + 3 + 1) / 4)
    assert found["oracle"] == pytest.approx((1 + 2 + 2 + 1) / 4)
    # The worst permutation takes the dearer column for 2 or 3 of the four.
    assert found["shuffled"][0] == pytest.approx(7 / 4)
    assert found["shuffled"][-1] > 7 / 4


def test_errors_are_relative_to_the_truth():
    assert error_percent(np.array([1.0, 3.0]), np.array([2.0, 2.0])) == pytest.approx(50)


def test_lengths_belong_to_the_first_class_that_holds_them():
    assert [class_of(length) for length in (4, 8, 9, 32, 33, 256)] == [0, 0, 1, 1, 2, 3]


def test_between_profiled_lengths_lies_a_line():
    # 8, 32, 128, 256 tokens, two plans: 20 tokens are half way from 8 to 32.
    simulated = {8: [1.0, 2.0], 32: [3.0, 4.0], 128: [9.0, 5.0], 256: [20.0, 6.0]}
    found = interpolated(simulated, {20, 192})
    assert found[20] == pytest.approx([2, 3])
    assert found[192] == pytest.approx([14.5, 5.5])


def test_padding_costs_what_the_longest_of_the_class_does():
    # Plans of 8, 32, 128, 256 tokens; a text of 8 and one of 20.
    costs = {n: [n * 1.0, n * 1.0 + 1, n * 1.0 + 2, n * 1.0 + 3] for n in (8, 20, 32, 128, 256)}
    found = policies(costs, costs, np.array([8]), np.array([8, 20]))
    assert found["padded to the longest"] == pytest.approx(259)
    assert found["padded to the class"] == pytest.approx((8 + 33) / 2)
    assert found["plan of the class"] == pytest.approx((8 + 21) / 2)
    assert found["plan for all"] == 8
    assert found["one for all"] == pytest.approx((8 + 20) / 2)
