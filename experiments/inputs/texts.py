"""Texts of varying length and topic, made from a seed, as token ids.

Lengths are log-normal with a median of 40 tokens, cut at 4 and 256. Token frequencies follow Zipf's law (exponent 1,
Zipf, Human Behavior and the Principle of Least Effort, 1949). Every text is of one of three topics. Half of its tokens
come from a list that all topics share, half from the topic's own, and a topic has the fewer words the higher its
number: 1,600, 400, 100.
"""

import numpy as np

VOCABULARY = 4096
TOPICS = 3
SHARED = 1024  # tokens that all topics use
OWN = (1600, 400, 100)  # of each topic, in the vocabulary one behind the other


def _zipf(rng: np.random.Generator, words: int, count: int) -> np.ndarray:
    shares = 1 / np.arange(1, words + 1)
    return rng.choice(words, size=count, p=shares / shares.sum())


def lengths(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.clip(np.rint(np.exp(rng.normal(np.log(40), 0.9, count))), 4, 256).astype(int)


def text(rng: np.random.Generator, topic: int, length: int) -> np.ndarray:
    first = SHARED + sum(OWN[:topic])
    own = first + _zipf(rng, OWN[topic], length)
    return np.where(rng.uniform(size=length) < 0.5, own, _zipf(rng, SHARED, length)).astype(np.int64)


def texts(count: int, seed: int, length: int | None = None) -> tuple[list[np.ndarray], np.ndarray]:
    """Token ids of each text and its topic. The same seed gives the same texts."""
    rng = np.random.default_rng(seed)
    topics = rng.integers(TOPICS, size=count)
    sizes = lengths(count, seed + 1) if length is None else np.full(count, length)
    return [text(rng, topic, size) for topic, size in zip(topics, sizes, strict=True)], topics
