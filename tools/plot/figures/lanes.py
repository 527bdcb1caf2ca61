"""What a timeline's rows are, without a word about how they look."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import groupby

from figures.reading import Layer, Leg, Load, LostWork, Timeline

LARGEST_BLOCK = 0.4  # of all layers


@dataclass
class Lane:
    """One row: a stream of a processor with its layers, or somebody who copies."""

    label: str
    is_processor: bool
    layers: list[Layer] = field(default_factory=list)
    copies: list[Leg] = field(default_factory=list)
    lost: list[LostWork] = field(default_factory=list)
    load: list[Load] = field(default_factory=list)  # of others on the processor

    def busy(self) -> int | None:
        """Time with something to do; None where nobody does it: delays that the network gives overlap freely."""
        if any(leg.engine is None and leg.copier is None for leg in self.copies):
            return None
        return sum(layer.finish - layer.start for layer in self.layers) + sum(
            leg.finish - leg.start for leg in self.copies
        )


def lanes_of(timeline: Timeline) -> list[Lane]:
    """Processors in file order, stream by stream, then those who copy.

    A processor with one stream shows its own copies among its layers, because it computes nothing meanwhile; one with
    more has a row of its own for them.
    """
    streams: dict[tuple[str, int], Lane] = {}
    copiers: dict[str, Lane] = {}
    for processor, count in timeline.streams.items():
        for stream in range(count):
            label = processor if count == 1 else f"{processor} [{stream}]"
            streams[processor, stream] = Lane(label, is_processor=True)
    for layer in sorted(timeline.layers, key=lambda one: one.start):
        streams[layer.processor, layer.stream].layers.append(layer)
    for work in timeline.lost:
        streams[work.processor, work.stream].lost.append(work)
    for load in timeline.load:
        for stream in range(timeline.streams.get(load.processor, 0)):
            streams[load.processor, stream].load.append(load)
    for leg in sorted(made_copies(timeline.legs), key=lambda one: one.start):
        if leg.engine is None and timeline.streams.get(leg.copier or "") == 1:
            streams[leg.copier, 0].copies.append(leg)
            continue
        label = leg.engine or (f"{leg.copier} copies" if leg.copier else "given delays")
        copiers.setdefault(label, Lane(label, is_processor=False)).copies.append(leg)
    return [*streams.values(), *(copiers[label] for label in sorted(copiers))]


def made_copies(legs: list[Leg]) -> list[Leg]:
    """Legs that are one copy as one, which is over when it has arrived everywhere."""
    arrived: dict[int, int] = {}
    for leg in legs:
        if leg.together_with is not None:
            arrived[leg.together_with] = max(arrived.get(leg.together_with, 0), leg.finish)
    return [
        replace(leg, finish=max(leg.finish, arrived.get(leg.transfer, 0))) for leg in legs if leg.together_with is None
    ]


def parts_of(name: str) -> list[str]:
    """The parts of a layer's name: "layer1.0.conv" and "/layer1/0/conv" have three."""
    return re.findall(r"[^/.]+", name)


def block_name(layer: str, depth: int) -> str:
    """The first `depth` parts of a layer's name, as they are written."""
    ends = [part.end() for part in re.finditer(r"[^/.]+", layer)]
    return layer[: ends[min(depth, len(ends)) - 1]].lstrip("/.") if ends else layer


def name_in_block(layer: str, depth: int) -> str:
    """What follows the block's name; the whole name where nothing does."""
    return layer.lstrip("/.")[len(block_name(layer, depth)) :].lstrip("/.") or layer


def last_part(name: str) -> str:
    parts = parts_of(name)
    return parts[-1] if parts else name


def block_depth(names: list[str]) -> int:
    """How many parts of their names make blocks of layers that tell the reader where he is.

    One part mostly ("inception3a.1x1"); more where one word would stand over nearly everything
    ("encoder.layer.0.attention"), as long as there are layers that share them.
    """
    if not names:
        return 1
    deepest = max(len(parts_of(name)) for name in names)
    for depth in range(1, deepest + 1):
        largest = max(Counter(block_name(name, depth) for name in names).values())
        if largest == 1:
            return max(1, depth - 1)
        if largest <= LARGEST_BLOCK * len(names):
            return depth
    return 1


@dataclass(frozen=True)
class Block:
    """Layers that follow each other in one row and whose names begin alike: "inception3a.1x1", "inception3a.3x3"."""

    name: str
    layers: list[Layer]

    @property
    def start(self) -> int:
        return self.layers[0].start

    @property
    def finish(self) -> int:
        return self.layers[-1].finish


def blocks_of(layers: list[Layer], depth: int) -> list[Block]:
    """Runs of at least two layers of one block, in the order of the row."""
    runs = [(name, list(run)) for name, run in groupby(layers, key=lambda layer: block_name(layer.name, depth))]
    return [Block(name, run) for name, run in runs if len(run) > 1]
