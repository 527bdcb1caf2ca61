"""An ONNX file without the onnx package: a handful of protobuf fields (numbers: onnx.proto3)."""


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def value_info(name: str, shape: list[int]) -> bytes:
    dims = b"".join(field(1, field(1, extent)) for extent in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def convolution_with_weights_in(location: str) -> bytes:
    """y = Conv(x, w); the values of w stand in another file."""
    external = field(13, field(1, "location") + field(2, location)) + field(14, 1)
    dims = b"".join(field(1, extent) for extent in (4, 3, 1, 1))
    weight = dims + field(2, 1) + field(8, "w") + external
    node = field(1, "x") + field(1, "w") + field(2, "y") + field(3, "conv") + field(4, "Conv")
    graph = field(1, node) + field(2, "tiny") + field(5, weight)
    graph += field(11, value_info("x", [1, 3, 8, 8])) + field(12, value_info("y", [1, 4, 8, 8]))
    return field(1, 8) + field(7, graph) + field(8, field(2, 17))
