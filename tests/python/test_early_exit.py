"""The network with exits that experiments/inputs trains: its images, and that its gradients are those of its loss."""

import numpy as np
import pytest

from images import SHAPES, SIZE, images
from network import EarlyExitNetwork, probabilities, train


def test_the_same_seed_gives_the_same_images():
    pixels, labels, difficulties = images(40, seed=5)
    again, labels_again, _ = images(40, seed=5)
    other, _, _ = images(40, seed=6)
    assert pixels.shape == (40, SIZE, SIZE)
    assert pixels.dtype == np.uint8
    assert (pixels == again).all()
    assert (labels == labels_again).all()
    assert (pixels != other).any()
    assert set(labels) == set(range(len(SHAPES)))
    assert ((difficulties >= 0) & (difficulties <= 1)).all()


def test_hard_images_are_rougher_than_easy_ones():
    pixels, _, difficulties = images(400, seed=7)
    steps = abs(np.diff(pixels.astype(float), axis=2)).mean(axis=(1, 2))
    assert steps[difficulties > 0.8].mean() > 2 * steps[difficulties < 0.2].mean()


@pytest.mark.parametrize("name", ["conv1", "conv3", "conv6", "exit1_conv2", "exit2", "exit3"])
def test_gradients_are_those_of_the_loss(name):
    network = EarlyExitNetwork(seed=1, classes=len(SHAPES))
    for each in network.layers():  # central differences of float32 would be rounding
        each.parameters = [values.astype(np.float64) for values in each.parameters]
    pixels, labels, _ = images(4, seed=8)
    x, wanted = pixels / 255, np.eye(len(SHAPES))[labels]

    def loss():
        answers = [probabilities(logits) for logits in network.forward(x)]
        return -sum(np.log((answer * wanted).sum(axis=1)).mean() for answer in answers)

    answers = [probabilities(logits) for logits in network.forward(x)]
    network.backward([(answer - wanted) / len(labels) for answer in answers])
    layer = next(each for each in network.layers() if each.name == name)
    for values, gradients in zip(layer.parameters, layer.gradients, strict=True):
        place = np.unravel_index(abs(gradients).argmax(), gradients.shape)
        step, before = 1e-4, values[place]
        values[place] = before + step
        above = loss()
        values[place] = before - step
        below = loss()
        values[place] = before
        assert (above - below) / (2 * step) == pytest.approx(gradients[place], rel=0.02)


def test_training_lowers_the_loss():
    network = EarlyExitNetwork(seed=1, classes=len(SHAPES))
    pixels, labels, _ = images(100, seed=9)
    said = []
    train(network, pixels, labels, epochs=4, seed=1, say=said.append)
    losses = [float(text.rsplit(" ", 1)[1]) for text in said]
    assert losses[-1] < losses[0]
