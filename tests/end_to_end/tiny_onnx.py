"""A tiny network as an ONNX file."""

from onnx_fields import field, tensor_info


def convolution_with_weights_in(location: str) -> bytes:
    """y = Conv(x, w); the values of w stand in another file."""
    external = field(13, field(1, "location") + field(2, location)) + field(14, 1)
    dims = b"".join(field(1, extent) for extent in (4, 3, 1, 1))
    weight = dims + field(2, 1) + field(8, "w") + external
    node = field(1, "x") + field(1, "w") + field(2, "y") + field(3, "conv") + field(4, "Conv")
    graph = field(1, node) + field(2, "tiny") + field(5, weight)
    graph += field(11, tensor_info("x", (1, 3, 8, 8))) + field(12, tensor_info("y", (1, 4, 8, 8)))
    return field(1, 8) + field(7, graph) + field(8, field(2, 17))
