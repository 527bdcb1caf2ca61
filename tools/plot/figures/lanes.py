"""What a timeline's rows are, without a word about how they look."""

from dataclasses import dataclass, field

from figures.reading import Layer, Leg, Timeline


@dataclass
class Lane:
    """One row: a stream of a processor with its layers, or somebody who copies."""

    label: str
    is_processor: bool
    layers: list[Layer] = field(default_factory=list)
    copies: list[Leg] = field(default_factory=list)

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
    for leg in sorted(timeline.legs, key=lambda one: one.start):
        if leg.engine is None and timeline.streams.get(leg.copier or "") == 1:
            streams[leg.copier, 0].copies.append(leg)
            continue
        label = leg.engine or (f"{leg.copier} copies" if leg.copier else "given delays")
        copiers.setdefault(label, Lane(label, is_processor=False)).copies.append(leg)
    return [*streams.values(), *(copiers[label] for label in sorted(copiers))]


@dataclass(frozen=True)
class Block:
    """Layers that follow each other in one row and whose names begin alike: "inception_3a/1x1", ".../relu_1x1"."""

    name: str
    layers: list[Layer]

    @property
    def start(self) -> int:
        return self.layers[0].start

    @property
    def finish(self) -> int:
        return self.layers[-1].finish


def block_name(layer: str) -> str:
    """All but the last part of a layer's name; "" where it has one part only."""
    cut = max(layer.rfind("/"), layer.rfind("."))
    return layer[:cut] if cut > 0 else ""


def short_name(layer: str) -> str:
    cut = max(layer.rfind("/"), layer.rfind("."))
    return layer[cut + 1 :] if 0 <= cut < len(layer) - 1 else layer


def blocks_of(layers: list[Layer]) -> list[Block]:
    """Runs of at least two layers of one block, in the order of the row."""
    blocks: list[Block] = []
    run: list[Layer] = []
    for layer in [*layers, None]:
        if run and (layer is None or block_name(layer.name) != block_name(run[0].name)):
            name = block_name(run[0].name)
            if len(run) > 1 and name:
                blocks.append(Block(name, run))
            run = []
        if layer is not None:
            run = [*run, layer]
    return blocks
