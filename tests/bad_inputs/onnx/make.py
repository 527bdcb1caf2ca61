"""Writes the bad ONNX files of this folder, each with the error that it must get in FILE.expected.

Run it with the Python package `onnx`: python tests/bad_inputs/onnx/make.py
The files are committed; the script says what is wrong with each.
"""

import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def zeros(name, shape, kind=np.float32):
    return numpy_helper.from_array(np.zeros(shape, kind), name)


def model(nodes, inputs, outputs, initializers=(), opset=17):
    graph = helper.make_graph(nodes, "bad", inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, producer_name="")


def relu(source, result, name=None):
    return helper.make_node("Relu", [source], [result], name=name or result)


def write(name, content, *expected):
    data = content if isinstance(content, bytes) else content.SerializeToString(deterministic=True)
    (HERE / f"{name}.onnx").write_bytes(data)
    (HERE / f"{name}.onnx.expected").write_text("".join(f"{line}\n" for line in expected))


X, Y = tensor("x", [1, 3, 8, 8]), tensor("y", [1, 3, 8, 8])
FINE = model([relu("x", "y")], [X], [Y])

write("empty", b"", "error: the file is empty")
write("not_onnx", b"network: resnet50\nlayers: many\n", "error: is no ONNX model, or only a part of one")
write("truncated", FINE.SerializeToString()[:-9], "error: is no ONNX model, or only a part of one")
write("no_nodes", model([], [X], [X]), "error: is no ONNX model with a graph")

write(
    "cycle",
    model(
        [
            helper.make_node("Add", ["x", "c"], ["a"], name="first"),
            relu("a", "b", "second"),
            relu("b", "c", "third"),
            relu("c", "y"),
        ],
        [X],
        [Y],
    ),
    "error: nodes wait for each other: node 'first' (Add) -> node 'second' (Relu) -> "
    "node 'third' (Relu) -> node 'first' (Add)",
)
write(
    "made_by_nothing",
    model([helper.make_node("Add", ["x", "ghost"], ["y"], name="sum")], [X], [Y]),
    "error: node 'sum' (Add): it reads 'ghost', which nothing makes",
)
write(
    "made_twice",
    model([relu("x", "y", "one"), relu("x", "y", "two")], [X], [Y]),
    "error: node 'two' (Relu): 'y' is made twice, first by node 'one' (Relu)",
)
write(
    "output_made_by_nothing",
    model([relu("x", "z")], [X], [Y]),
    "error: output 'y' is made by nothing",
)
write(
    "unknown_operator",
    model(
        [
            helper.make_node("Rellu", ["x"], ["a"], name="typo"),
            helper.make_node("GridSample", ["x", "x"], ["b"], name="sample"),
            helper.make_node("Add", ["a", "b"], ["y"], name="sum"),
        ],
        [X],
        [Y],
    ),
    "error: node 'typo' (Rellu): the operator is not supported (close: Relu)",
    "error: node 'sample' (GridSample): the operator is not supported",
)
write(
    "foreign_domain",
    model([helper.make_node("FusedConv", ["x"], ["y"], name="fused", domain="com.microsoft")], [X], [Y]),
    "error: node 'fused' (FusedConv): operators of the domain 'com.microsoft' are not supported",
)
write(
    "free_dimensions",
    model(
        [relu("x", "y")],
        [tensor("x", ["batch", 3, "height", 8])],
        [tensor("y", ["batch", 3, "height", 8])],
    ),
    "error: input 'x' leaves dimension 'batch' free (axis 0): give it an extent, for example --bind batch=1",
    "error: input 'x' leaves dimension 'height' free (axis 2): give it an extent, for example --bind height=1",
)
write(
    "input_of_text",
    model([relu("x", "y")], [tensor("x", [1], TensorProto.STRING)], [Y]),
    "error: input 'x' is of type string, which is not supported",
)
write(
    "conv_channels",
    model(
        [helper.make_node("Conv", ["x", "w"], ["y"], name="conv1")],
        [X],
        [Y],
        [zeros("w", (4, 5, 3, 3))],
    ),
    "error: node 'conv1' (Conv): W is [4x5x3x3], but X has 3 channels in 1 group",
)
write(
    "window_too_large",
    model([helper.make_node("MaxPool", ["x"], ["y"], name="pool", kernel_shape=[9, 9])], [X], [Y]),
    "error: node 'pool' (MaxPool): its window reaches 9 elements, its padded operand has 8",
)
write(
    "shapes_that_do_not_fit",
    model(
        [
            helper.make_node("Gemm", ["a", "w"], ["g"], name="gemm"),
            helper.make_node("Add", ["a", "v"], ["y"], name="sum"),
            helper.make_node("Mul", ["g", "y"], ["z"], name="later"),
        ],
        [tensor("a", [2, 3])],
        [tensor("z", [2, 3])],
        [zeros("w", (4, 5)), zeros("v", (7,))],
    ),
    "error: node 'gemm' (Gemm): A [2x3] and B [4x5] cannot be multiplied",
    "error: node 'sum' (Add): shapes [2x3] and [7] do not fit together",
)
write(
    "shape_from_input",
    model(
        [helper.make_node("Reshape", ["x", "s"], ["y"], name="reshape")],
        [X, tensor("s", [2], TensorProto.INT64)],
        [tensor("y", None)],
    ),
    "error: node 'reshape' (Reshape): its shape ('s') is computed from the inputs of the network; "
    "only a constant is understood here",
)
BODY = helper.make_graph([relu("x", "b")], "body", [], [tensor("b", [1, 3, 8, 8])])
write(
    "if_on_an_input",
    model(
        [helper.make_node("If", ["c"], ["y"], name="choice", then_branch=BODY, else_branch=BODY)],
        [X, tensor("c", [], TensorProto.BOOL)],
        [Y],
    ),
    "error: node 'choice' (If): unsupported: control flow whose condition depends on the inputs",
)
write(
    "loop",
    model(
        [
            helper.make_node(
                "Loop",
                ["n", "", "x"],
                ["y"],
                name="again",
                body=helper.make_graph(
                    [
                        relu("v", "w"),
                        helper.make_node("Identity", ["go"], ["on"]),
                    ],
                    "body",
                    [
                        tensor("i", [], TensorProto.INT64),
                        tensor("go", [], TensorProto.BOOL),
                        tensor("v", [1, 3, 8, 8]),
                    ],
                    [tensor("on", [], TensorProto.BOOL), tensor("w", [1, 3, 8, 8])],
                ),
            )
        ],
        [X, tensor("n", [], TensorProto.INT64)],
        [Y],
    ),
    "error: node 'again' (Loop): unsupported: control flow that depends on data",
)
write(
    "opset_too_old",
    model([relu("x", "y")], [X], [Y], opset=6),
    "error: opset 6 is older than 7, the oldest that is understood",
)
write(
    "training_mode",
    model(
        [helper.make_node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], name="norm", training_mode=1)],
        [X],
        [Y],
        [zeros(name, (3,)) for name in "sbmv"],
    ),
    "error: node 'norm' (BatchNormalization): training_mode is not supported",
)
write(
    "mask_of_training",
    model(
        [
            helper.make_node("Dropout", ["x"], ["a", "mask"], name="drop"),
            helper.make_node("Where", ["mask", "a", "x"], ["y"], name="choose"),
        ],
        [X],
        [Y],
    ),
    "error: node 'choose' (Where): 'mask' is a result of node 'drop' (Dropout) that is not supported",
)


def external(location):
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[4, 3, 3, 3])
    weight.data_location = TensorProto.EXTERNAL
    weight.external_data.add(key="location", value=location)
    return model([helper.make_node("Conv", ["x", "w"], ["y"], name="conv1")], [X], [Y], [weight])


write(
    "external_data_outside",
    external("../../../../../../../../etc/passwd"),
    "error: initializer 'w' external data '../../../../../../../../etc/passwd' leaves the folder of the model",
)
write(
    "external_data_absolute",
    external("/etc/passwd"),
    "error: initializer 'w' external data '/etc/passwd' leaves the folder of the model",
)
short = zeros("w", (4, 3, 3, 3))
short.raw_data = short.raw_data[:-4]
write(
    "initializer_too_short",
    model([helper.make_node("Conv", ["x", "w"], ["y"], name="conv1")], [X], [Y], [short]),
    "error: initializer 'w' has 428 bytes of values where f32[4x3x3x3] needs 432",
)
huge = TensorProto(name="s", data_type=TensorProto.INT64, dims=[4])
huge.int64_data.extend([1 << 30, 1 << 30, 1 << 30, 1 << 30])
write(
    "tensor_too_large",
    model(
        [
            helper.make_node("Expand", ["one", "s"], ["big"], name="expand"),
            helper.make_node("Add", ["big", "x"], ["y"], name="sum"),
        ],
        [X, tensor("one", [1])],
        [Y],
        [huge],
    ),
    "error: node 'expand' (Expand): makes a tensor of shape [1073741824x1073741824x1073741824x"
    "1073741824], which is too large",
)
write(
    "empty_tensor",
    model(
        [helper.make_node("Slice", ["x", "b", "e"], ["y"], name="cut")],
        [X],
        [Y],
        [
            numpy_helper.from_array(np.array([5], np.int64), "b"),
            numpy_helper.from_array(np.array([0], np.int64), "e"),
        ],
    ),
    "error: node 'cut' (Slice): makes an empty tensor, of shape [0x3x8x8]",
)
write(
    "several_mistakes",
    model(
        [
            helper.make_node("Softmax", ["x"], ["a"], name="softmax", axis=7),
            helper.make_node("Concat", ["x", "v"], ["b"], name="concat", axis=1),
            helper.make_node("LeakyRelu", ["x"], ["c"], name="leaky", alpha="much"),
            helper.make_node("Sum", ["a", "b", "c"], ["y"], name="sum"),
        ],
        [X],
        [Y],
        [zeros("v", (1, 3, 8, 9))],
    ),
    "error: node 'softmax' (Softmax): axis 7 is outside of a tensor with 4 axes",
    "error: node 'concat' (Concat): [1x3x8x8] and [1x3x8x9] cannot be joined along axis 1",
    "error: node 'leaky' (LeakyRelu): attribute 'alpha' should be a number",
)
