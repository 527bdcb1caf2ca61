#!/usr/bin/env python3
"""Trains the early-exit network on generated images; writes its ONNX file and images to try it on.

Minutes on one core. Needs numpy; writing the network needs onnx (tools/setup --develop).
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy reads it: sums in one order

import numpy as np

from images import images
from network import EarlyExitNetwork, probabilities, train, write_onnx

TRAINED_ON, JUDGED_ON = 1, 2  # seeds of images; others are left for experiments


def accuracy_by_depth(network: EarlyExitNetwork, pixels: np.ndarray, labels: np.ndarray) -> list[str]:
    """One line for each confidence: where images leave, how deep they go on average, and how often that is right."""
    answers = [probabilities(logits) for logits in network.forward(pixels / np.float32(255))]
    right = [(answer.argmax(axis=1) == labels).mean() for answer in answers]
    lines = ["always at exit " + ", ".join(f"{k}: {part:.1%}" for k, part in enumerate(right, start=1)) + " right"]
    for confidence in (0.6, 0.7, 0.8, 0.9, 0.95, 0.99):
        sure = np.stack([answer.max(axis=1) >= confidence for answer in answers])
        sure[-1] = True
        leaves = sure.argmax(axis=0)
        given = np.stack(answers)[leaves, np.arange(len(labels))]
        shares = " ".join(f"{(leaves == k).mean():6.1%}" for k in range(len(answers)))
        correct = (given.argmax(axis=1) == labels).mean()
        lines.append(
            f"confidence {confidence:.2f}: {shares}   mean depth {leaves.mean() + 1:.2f}   right {correct:.1%}"
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "early_exit.onnx")
    parser.add_argument("--images", type=int, default=5000, help="to train on")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=1, help="of the first weights and of the order of images")
    options = parser.parse_args()
    pixels, labels, _ = images(options.images, TRAINED_ON)
    network = EarlyExitNetwork(options.seed, int(labels.max()) + 1)
    train(network, pixels, labels, options.epochs, options.seed, say=lambda text: print(text, flush=True))
    judged, wanted, _ = images(2000, JUDGED_ON)
    print("\n".join(accuracy_by_depth(network, judged, wanted)))
    write_onnx(network, options.out)
    print(f"wrote {options.out} ({options.out.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
