"""A small convolutional network with three exits, in numpy: forwards, backwards, and as an ONNX file.

Exits as in BranchyNet (Teerapittayanon, McDanel, Kung, ICPR 2016): all are trained together, the loss is the sum of
their cross entropies. An early exit has convolutions of its own, as in MSDNet (Huang et al., ICLR 2018, section 4):
so it sees more of the image, and deciding costs something.
"""

from pathlib import Path

import numpy as np


class Convolution:
    """3 x 3, padding 1, with bias, then the rectifier. Values are batch x rows x columns x channels."""

    def __init__(self, rng: np.random.Generator, name: str, inputs: int, outputs: int, stride: int):
        self.name, self.stride = name, stride
        # He et al., "Delving deep into rectifiers", ICCV 2015, eq. 10.
        weight = rng.normal(0, np.sqrt(2 / (9 * inputs)), (9 * inputs, outputs))
        self.parameters = [weight.astype(np.float32), np.zeros(outputs, np.float32)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        rows, columns = x.shape[1] // self.stride, x.shape[2] // self.stride
        taps = [self._tap(padded, tap, rows, columns) for tap in range(9)]
        self.patches = np.concatenate(taps, axis=3).reshape(-1, 9 * x.shape[3])
        weight, bias = self.parameters
        y = np.maximum(self.patches @ weight + bias, 0)
        self.active = y > 0
        return y.reshape(len(x), rows, columns, -1)

    def _tap(self, padded: np.ndarray, tap: int, rows: int, columns: int) -> np.ndarray:
        step, (row, column) = self.stride, divmod(tap, 3)
        return padded[:, row : row + step * rows : step, column : column + step * columns : step]

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        batch, rows, columns, outputs = gradient.shape
        gradient = gradient.reshape(-1, outputs) * self.active
        self.gradients = [self.patches.T @ gradient, gradient.sum(axis=0)]
        patches = (gradient @ self.parameters[0].T).reshape(batch, rows, columns, 9, -1)
        padded = np.zeros((batch, self.shape[1] + 2, self.shape[2] + 2, self.shape[3]), np.float32)
        for tap in range(9):
            self._tap(padded, tap, rows, columns)[...] += patches[:, :, :, tap]
        return padded[:, 1:-1, 1:-1]


class Classifier:
    """Mean over the image, then a matrix."""

    def __init__(self, rng: np.random.Generator, name: str, inputs: int, classes: int):
        self.name = name
        weight = rng.normal(0, np.sqrt(1 / inputs), (inputs, classes))
        self.parameters = [weight.astype(np.float32), np.zeros(classes, np.float32)]

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.shape, self.mean = x.shape, x.mean(axis=(1, 2))
        return self.mean @ self.parameters[0] + self.parameters[1]

    def backward(self, gradient: np.ndarray) -> np.ndarray:
        self.gradients = [self.mean.T @ gradient, gradient.sum(axis=0)]
        each = gradient @ self.parameters[0].T / (self.shape[1] * self.shape[2])
        return np.broadcast_to(each[:, None, None, :], self.shape)


class EarlyExitNetwork:
    """Three stages. `trunks[k]` leads on to the next stage, `heads[k]` to the k-th exit."""

    def __init__(self, seed: int, classes: int):
        rng = np.random.default_rng(seed)

        def convolution(name: str, inputs: int, outputs: int, stride: int) -> Convolution:
            return Convolution(rng, name, inputs, outputs, stride)

        self.trunks = [
            [convolution("conv1", 1, 12, 2), convolution("conv2", 12, 12, 1)],
            [convolution("conv3", 12, 32, 2), convolution("conv4", 32, 32, 1)],
            [convolution("conv5", 32, 48, 1), convolution("conv6", 48, 48, 1)],
        ]
        self.heads = [
            [
                convolution("exit1_conv1", 12, 24, 2),
                convolution("exit1_conv2", 24, 32, 2),
                Classifier(rng, "exit1", 32, classes),
            ],
            [convolution("exit2_conv", 32, 32, 2), Classifier(rng, "exit2", 32, classes)],
            [Classifier(rng, "exit3", 48, classes)],
        ]

    def layers(self) -> list:
        return [layer for part in self.trunks + self.heads for layer in part]

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """Logits of each exit, for values of batch x 32 x 32 in 0 .. 1."""
        x, logits = x[..., None].astype(np.float32), []
        for trunk, head in zip(self.trunks, self.heads, strict=True):
            for layer in trunk:
                x = layer.forward(x)
            y = x
            for layer in head:
                y = layer.forward(y)
            logits.append(y)
        return logits

    def backward(self, gradients: list[np.ndarray]) -> None:
        """Sets every layer's `gradients`, given those of each exit's logits."""
        behind: np.ndarray | float = 0
        for trunk, head, of_logits in zip(self.trunks[::-1], self.heads[::-1], gradients[::-1], strict=True):
            of_features = of_logits
            for layer in head[::-1]:
                of_features = layer.backward(of_features)
            behind = of_features + behind
            for layer in trunk[::-1]:
                behind = layer.backward(behind)


def probabilities(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def train(network: EarlyExitNetwork, pixels: np.ndarray, labels: np.ndarray, epochs: int, seed: int, say=None) -> None:
    """Adam (Kingma, Ba, ICLR 2015) with the rate falling as a half cosine; batches of 50."""
    rng, batch, top_rate = np.random.default_rng(seed), 50, 3e-3
    places = [(layer, i) for layer in network.layers() for i in range(2)]
    first = [np.zeros_like(layer.parameters[i]) for layer, i in places]
    second = [np.zeros_like(layer.parameters[i]) for layer, i in places]
    step, steps = 0, epochs * (len(labels) // batch)
    for epoch in range(epochs):
        order, loss = rng.permutation(len(labels)), 0.0
        for start in range(0, len(labels) - batch + 1, batch):
            chosen = order[start : start + batch]
            wanted = np.eye(network.heads[0][-1].parameters[1].size, dtype=np.float32)[labels[chosen]]
            answers = [probabilities(logits) for logits in network.forward(pixels[chosen] / np.float32(255))]
            loss -= sum(np.log((answer * wanted).sum(axis=1) + 1e-12).mean() for answer in answers)
            network.backward([(answer - wanted) / batch for answer in answers])
            step += 1
            rate = top_rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            for k, (layer, i) in enumerate(places):
                gradient = layer.gradients[i]
                first[k] = 0.9 * first[k] + 0.1 * gradient
                second[k] = 0.999 * second[k] + 0.001 * gradient**2
                change = first[k] / (1 - 0.9**step) / (np.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
                layer.parameters[i] -= (rate * change).astype(np.float32)
        if say:
            say(f"epoch {epoch + 1} of {epochs}: loss {loss / (len(labels) // batch):.3f}")


def write_onnx(network: EarlyExitNetwork, file: Path) -> None:
    """One file: input "pixels" (1 x 1 x 32 x 32, values 0 .. 255), outputs "logits1", "features1", "logits2", ..."""
    from onnx import TensorProto, helper, numpy_helper, save

    nodes, constants, outputs = [], [], []

    def add(kind: str, layer, source: str, target: str, weight: np.ndarray, **attributes) -> str:
        for name, value in (("weight", weight), ("bias", layer.parameters[1])):
            constants.append(numpy_helper.from_array(np.ascontiguousarray(value), f"{layer.name}.{name}"))
        operands = [source, f"{layer.name}.weight", f"{layer.name}.bias"]
        nodes.append(helper.make_node(kind, operands, [target], name=layer.name, **attributes))
        return target

    def convolution(layer: Convolution, source: str, target: str) -> str:
        weight = layer.parameters[0].reshape(3, 3, -1, layer.parameters[1].size).transpose(3, 2, 0, 1)
        if source == "pixels":
            weight = weight / np.float32(255)  # it was trained on 0 .. 1
        stride = layer.stride
        before = add(
            "Conv",
            layer,
            source,
            f"{layer.name}.out",
            weight,
            kernel_shape=[3, 3],
            strides=[stride, stride],
            pads=[1] * 4,
        )
        nodes.append(helper.make_node("Relu", [before], [target], name=f"{layer.name}_relu"))
        return target

    source = "pixels"
    for k, (trunk, head) in enumerate(zip(network.trunks, network.heads, strict=True), start=1):
        for layer in trunk:
            target = f"features{k}" if layer is trunk[-1] else f"{layer.name}.relu"
            source = convolution(layer, source, target)
        inner = source
        for layer in head[:-1]:
            inner = convolution(layer, inner, f"{layer.name}.relu")
        last = head[-1]
        nodes.append(helper.make_node("GlobalAveragePool", [inner], [f"{last.name}.mean"], name=f"{last.name}_mean"))
        nodes.append(
            helper.make_node("Flatten", [f"{last.name}.mean"], [f"{last.name}.flat"], name=f"{last.name}_flat")
        )
        add("Gemm", last, f"{last.name}.flat", f"logits{k}", last.parameters[0])
        outputs.append(helper.make_tensor_value_info(f"logits{k}", TensorProto.FLOAT, [1, last.parameters[1].size]))
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, [1, 1, 32, 32])
    graph = helper.make_graph(nodes, "early_exit", [pixels], outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8, producer_name="partita")
    save(model, file)
