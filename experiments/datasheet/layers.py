#!/usr/bin/env python3
"""Writes the measured layers into a folder: layers.py FOLDER [--small].

measured.csv has their times, layers.onnx is a network of them, side by side, that `partita predict` reads. It is
written without the onnx package.
"""

import argparse
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import measured
from measured import Layer
from onnx_fields import FLOAT, FLOAT16, field, tensor_info

# Operators of elementwise layers; with a `u` at the end of NeuSight's name the second operand is a number.
OPERATORS = {
    "add": "Add", "mul": "Mul", "div": "Div", "pow": "Pow",
    "addu": "Add", "mulu": "Mul", "divu": "Div", "powu": "Pow",
    "relu": "Relu", "gelu": "Gelu", "tanh": "Tanh",
}  # fmt: skip
WITH_TWO = ("add", "mul", "div", "pow")
WITH_NUMBER = ("addu", "mulu", "divu", "powu")
NUMBER = "number"
OPSET = 20  # the first with Gelu
FORMAT = 8  # of the file

Shape = tuple[int, ...]


def attribute(name: str, values: Sequence[int]) -> bytes:
    return field(1, name) + b"".join(field(8, value) for value in values) + field(20, 7)


class Writer:
    """Layers that have nothing to do with each other: each with inputs and a result of its own."""

    def __init__(self):
        number = field(2, FLOAT) + field(8, NUMBER) + field(9, struct.pack("<f", 2.0))
        self.graph = [field(2, "layers"), field(5, number)]

    def add(
        self,
        name: str,
        operator: str,
        operands: Sequence[Shape],
        result: Shape,
        element: int = FLOAT,
        number: bool = False,
        **attributes: Sequence[int],
    ) -> None:
        """With `number` as the last operand, if so."""
        names = [f"{name}.{at}" for at in range(len(operands))]
        for own, shape in zip(names, operands, strict=True):
            self.graph.append(field(11, tensor_info(own, shape, element)))
        self.graph.append(field(12, tensor_info(f"{name}.result", result, element)))
        node = b"".join(field(1, own) for own in [*names, *([NUMBER] if number else [])])
        node += field(2, f"{name}.result") + field(3, name) + field(4, operator)
        node += b"".join(field(5, attribute(key, values)) for key, values in attributes.items())
        self.graph.append(field(1, node))

    def model(self) -> bytes:
        return field(1, FORMAT) + field(7, b"".join(self.graph)) + field(8, field(2, OPSET))


def product(writer: Writer, name: str, layer: Layer) -> None:
    batch, rows, depth, columns = layer.shape
    second = (batch, depth, columns) if layer.kind == "bmm" else (depth, columns)
    element = FLOAT16 if layer.kind.endswith("f16") else FLOAT
    writer.add(name, "MatMul", [(batch, rows, depth), second], (batch, rows, columns), element)


def conv(writer: Writer, name: str, layer: Layer) -> None:
    batch, channels, results, kernel, size, stride, padding = layer.shape
    out = (size + 2 * padding - kernel) // stride + 1
    operands = [(batch, channels, size, size), (results, channels, kernel, kernel)]
    square = {"strides": [stride] * 2, "pads": [padding] * 4, "kernel_shape": [kernel] * 2}
    writer.add(name, "Conv", operands, (batch, results, out, out), **square)


def elementwise(writer: Writer, name: str, layer: Layer) -> None:
    operands = [layer.shape] * (2 if layer.op in WITH_TWO else 1)
    writer.add(name, OPERATORS[layer.op], operands, layer.shape, number=layer.op in WITH_NUMBER)


def norm(writer: Writer, name: str, layer: Layer) -> None:
    writer.add(name, "LayerNormalization", [layer.shape, layer.shape[1:], layer.shape[1:]], layer.shape)


def softmax(writer: Writer, name: str, layer: Layer) -> None:
    writer.add(name, "Softmax", [layer.shape], layer.shape)


WRITE = {
    "linear": product, "linear f16": product, "bmm": product, "conv": conv, "elementwise": elementwise, "norm": norm,
    "softmax": softmax,
}  # fmt: skip


def network(layers: Sequence[Layer]) -> bytes:
    """Layer i is named "Li"."""
    writer = Writer()
    for at, layer in enumerate(layers):
        WRITE[layer.kind](writer, f"L{at}", layer)
    return writer.model()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--small", action="store_true", help="the few layers in this folder")
    options = parser.parse_args()
    try:
        layers = measured.read() if options.small else measured.published()
        measured.write(layers, options.folder / "measured.csv")
        (options.folder / "layers.onnx").write_bytes(network(layers))
    except (measured.MissingDataError, OSError) as error:
        sys.exit(f"layers.py: error: {error}")


if __name__ == "__main__":
    main()
