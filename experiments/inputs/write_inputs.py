#!/usr/bin/env python3
"""Writes what the experiment runs: images, vectors of varying sparsity, and the network that takes these.

Writing the network needs onnx (tools/setup --develop).
"""

import argparse
from pathlib import Path

import numpy as np

from images import images

LEARN, JUDGE = 3, 4  # seeds that the network was neither trained on nor judged by


def sparse_vectors(count: int, rows: int, length: int, seed: int) -> np.ndarray:
    """Rows as a Relu leaves them: of each input a share of zeros that is uniform in 0 .. 1, the others positive."""
    rng = np.random.default_rng(seed)
    values = abs(rng.normal(0, 1, (count, rows, length))) + 0.01
    zero = rng.uniform(size=values.shape) < rng.uniform(size=(count, 1, 1))
    return np.where(zero, 0, values).astype(np.float32)


def write_feed_forward(rows: int, length: int, file: Path) -> None:
    """A matrix, a Relu, a matrix, each length x length; with one row as in a decoder that writes one token."""
    from onnx import TensorProto, helper, numpy_helper, save

    rng = np.random.default_rng(6)
    weights = [
        numpy_helper.from_array((rng.normal(0, 1, (length, length)) / np.sqrt(length)).astype(np.float32), name)
        for name in ("up", "down")
    ]
    nodes = [
        helper.make_node("MatMul", ["x", "up"], ["wide"], name="up_product"),
        helper.make_node("Relu", ["wide"], ["active"], name="relu"),
        helper.make_node("MatMul", ["active", "down"], ["y"], name="down_product"),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows, length]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "feed_forward", ends[:1], ends[1:], weights)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--learn", type=int, default=600, help="images to learn from")
    parser.add_argument("--judge", type=int, default=300, help="images to judge by")
    parser.add_argument("--vectors", type=int, default=200, help="inputs of one row")
    parser.add_argument("--batches", type=int, default=100, help="inputs of 4 and of 16 rows")
    parser.add_argument("--length", type=int, default=2048, help="of a vector")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, count, seed in (("learn", options.learn, LEARN), ("judge", options.judge, JUDGE)):
        pixels, labels, _ = images(count, seed)
        np.save(options.out / f"{name}.npy", pixels)
        np.save(options.out / f"{name}_labels.npy", labels.astype(np.uint8))
    for rows, count in ((1, options.vectors), (4, options.batches), (16, options.batches)):
        write_feed_forward(rows, options.length, options.out / f"rows{rows}.onnx")
        np.save(options.out / f"rows{rows}.npy", sparse_vectors(count, rows, options.length, 5))


if __name__ == "__main__":
    main()
