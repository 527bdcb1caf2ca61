#!/usr/bin/env python3
"""Random costed graphs of several shapes and sizes, the same on any computer.

Model: a layer's time is drawn log-normal around 50 us (sigma 0.8), on each processor times a factor of the processor
(1 to 4: kinds of processors) and one of layer and processor (0.5 to 2: what suits whom). The size of a result is drawn
so that sending it at 10 GB/s takes CCR times 50 us on average (the communication-to-computation ratio of the
literature on list schedules, 0.5 here).

Shapes. wide: 16 layers abreast, each reads one to three of the rank before. narrow: 3 abreast. branches: blocks of four
branches of one to four layers that part and meet again, as in Inception.
"""

import argparse
import json
import random
from pathlib import Path

MEAN = 50.0  # us
SPREAD = 0.8  # sigma of the logarithm
CCR = 0.5
BANDWIDTH = 10_000  # bytes in a microsecond
PROCESSORS = 16
KINDS = (1.0, 1.5, 2.5, 4.0)  # of processors, in turn: how much slower than the fastest

Edges = list[tuple[int, int]]


def ranks(size: int, width: int, dice: random.Random) -> Edges:
    edges = []
    for layer in range(width, size):
        first = (layer // width - 1) * width
        edges += [
            (source, layer) for source in dice.sample(range(first, first + width), dice.randint(1, min(3, width)))
        ]
    return edges


def branches(size: int, dice: random.Random) -> Edges:
    edges, last, layer = [], 0, 1
    while layer < size:
        ends = []
        for _ in range(4):
            before = last
            for _ in range(dice.randint(1, 4)):
                if layer >= size - 1:
                    break
                edges.append((before, layer))
                before, layer = layer, layer + 1
            ends.append(before)
        edges += [(end, layer) for end in dict.fromkeys(ends)]
        last, layer = layer, layer + 1
    return edges


SHAPES = {
    "wide": lambda size, dice: ranks(size, 16, dice),
    "narrow": lambda size, dice: ranks(size, 3, dice),
    "branches": branches,
}


def graph(shape: str, size: int) -> dict:
    dice = random.Random(f"{shape} {size}")
    names = [f"p{number}" for number in range(PROCESSORS)]
    layers = []
    for number in range(size):
        base = MEAN * dice.lognormvariate(-SPREAD * SPREAD / 2, SPREAD)
        times = {
            name: f"{base * KINDS[at % len(KINDS)] * 2 ** dice.uniform(-1, 1):.3f} us" for at, name in enumerate(names)
        }
        layers.append({"name": f"n{number}", "times": times})
    sizes = [f"{round(CCR * MEAN * BANDWIDTH * dice.uniform(0.2, 1.8))} B" for _ in range(size)]
    edges = [
        {"from": f"n{source}", "to": f"n{target}", "tensor": f"t{source}", "size": sizes[source]}
        for source, target in SHAPES[shape](size, dice)
    ]
    return {"costed_graph": 1, "name": f"{shape}_{size}", "processors": names, "layers": layers, "edges": edges}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="+", type=int, help="numbers of layers")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        for shape in SHAPES:
            made = graph(shape, size)
            (options.out / f"{made['name']}.json").write_text(json.dumps(made, separators=(",", ":")))


if __name__ == "__main__":
    main()
