"""Images of varying difficulty, made from a seed: one shape among noise, clutter and occlusion.

Every image is 32 x 32 pixels of 8 bits and shows one of five shapes at a random place, size, turn and brightness.
Its difficulty d is uniform in 0 .. 1; it bounds the noise (standard deviation up to 90 grey levels), the number of
lines of clutter (up to 8), the bars that cover it (up to 3), and how little the shape stands out. An easy image may
have none of them, a hard one need not have all.
"""

import numpy as np

SIZE = 32
SHAPES = ("disc", "ring", "square", "triangle", "cross")


def _inside(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Which points of the shape's own coordinates (its radius is 1) belong to it."""
    distance = np.hypot(u, v)
    if shape == "disc":
        return distance <= 0.9
    if shape == "ring":
        return (distance <= 1.0) & (distance >= 0.55)
    if shape == "square":
        return np.maximum(abs(u), abs(v)) <= 0.8
    if shape == "triangle":
        return (v >= -0.6) & (v <= 1.0 - 1.7 * abs(u) * 1.0)
    return (np.minimum(abs(u), abs(v)) <= 0.28) & (np.maximum(abs(u), abs(v)) <= 1.0)


def _line(rng: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    angle, offset = rng.uniform(0, np.pi), rng.uniform(-14, 14)
    across = (columns - 15.5) * np.cos(angle) + (rows - 15.5) * np.sin(angle) - offset
    along = -(columns - 15.5) * np.sin(angle) + (rows - 15.5) * np.cos(angle)
    return (abs(across) <= 0.7) & (abs(along - rng.uniform(-12, 12)) <= rng.uniform(3, 10))


def image(rng: np.random.Generator) -> tuple[np.ndarray, int, float]:
    """One image (uint8, 32 x 32), which of SHAPES it shows, and its difficulty."""
    label, difficulty = int(rng.integers(len(SHAPES))), float(rng.uniform())
    rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float64)
    radius = rng.uniform(7, 12)
    x, y = rng.uniform(radius, SIZE - 1 - radius, size=2)
    turn = rng.uniform(0, 2 * np.pi)
    u = ((columns - x) * np.cos(turn) + (rows - y) * np.sin(turn)) / radius
    v = (-(columns - x) * np.sin(turn) + (rows - y) * np.cos(turn)) / radius
    ground = rng.uniform(20, 90)
    contrast = rng.uniform(150, 160) - 110 * difficulty * rng.uniform()
    pixels = np.full((SIZE, SIZE), ground)
    pixels[_inside(SHAPES[label], u, v)] += contrast
    for _ in range(int(rng.integers(0, int(8 * difficulty) + 1))):
        pixels[_line(rng, rows, columns)] = ground + contrast * rng.uniform(0.5, 1.0)
    for _ in range(int(rng.integers(0, int(3 * difficulty) + 1))):
        first = int(rng.integers(0, SIZE - 4))
        bar = (rows if rng.uniform() < 0.5 else columns).astype(int)
        pixels[(bar >= first) & (bar < first + 4)] = ground
    pixels += rng.normal(0, 90 * difficulty * rng.uniform() + 1, size=pixels.shape)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8), label, difficulty


def images(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels (count x 32 x 32), labels, difficulties. The same seed gives the same images."""
    rng = np.random.default_rng(seed)
    made = [image(rng) for _ in range(count)]
    return (
        np.stack([pixels for pixels, _, _ in made]),
        np.array([label for _, label, _ in made]),
        np.array([difficulty for _, _, difficulty in made]),
    )
