"""ONNX files without the onnx package: protobuf fields, whose numbers are those of onnx.proto3."""

FLOAT, FLOAT16 = 1, 10


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor_info(name: str, shape: tuple[int, ...], element: int = FLOAT) -> bytes:
    """Of an input or output of a graph."""
    extents = b"".join(field(1, field(1, extent)) for extent in shape)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, extents)))
