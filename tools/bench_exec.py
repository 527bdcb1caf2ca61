#!/usr/bin/env python3
"""How fast the CPU executor runs whole networks, against ONNX Runtime on one thread of the same core.

Started by `tools/bench exec`. Both get the same network from the zoo and a core to themselves, and take turns: a clock
that drifts hits both alike. Partita's time is the makespan of a replay by one worker (median of clean runs), ONNX
Runtime's the median of its calls; the ratio is that of the medians over all turns.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import numpy
    import onnx
    import onnxruntime
    from onnx import numpy_helper
except ImportError as missing:
    sys.exit(f"bench exec: {missing.name} is not in .venv (tools/setup --develop installs it)")

MODELS = {
    "resnet50": "zoo:resnet50",
    "inception_v1": "zoo:inception_v1",
    "mobilenet_v2": "zoo:mobilenet_v2",
    "bert_base": "zoo:bert",
    "gpt2_prefill": "zoo:gpt",
}

MACHINE = """\
processors:
  cpu:
    kind: cpu
    memory: ram
    peak: {{f32: 50 GFLOP/s, i32: 5 GFLOP/s, i64: 5 GFLOP/s}}
    execution: {{backend: cpu-onednn, core: {core}}}
memories:
  ram: {{capacity: 8 GiB, bandwidth: 10 GB/s}}
"""


def with_weights(model: onnx.ModelProto, seed: int) -> onnx.ModelProto:
    """The same network with random weights where the exporter left a node that makes them of one value.

    Nobody's kernels shall be timed on zeros. Kernels get a variance of 1 / fan-in, so that activations keep a sane
    size.
    """
    random = numpy.random.default_rng(seed)
    shapes = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept = []
    for node in model.graph.node:
        if node.op_type != "ConstantOfShape" or node.input[0] not in shapes:
            kept.append(node)
            continue
        shape = [int(extent) for extent in shapes[node.input[0]]]
        fan_in = max(1, int(numpy.prod(shape[1:])) if len(shape) > 2 else shape[0] if len(shape) > 1 else 1)
        values = random.standard_normal(shape, dtype=numpy.float32) / numpy.float32(fan_in**0.5)
        # Scales and variances must not be negative.
        values = values if len(shape) > 1 else abs(values) + numpy.float32(0.1)
        model.graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model


def random_inputs(session: onnxruntime.InferenceSession, seed: int) -> dict:
    """One value for each input: normal floats, small whole numbers, masks of ones."""
    random = numpy.random.default_rng(seed)
    types = {"tensor(float)": numpy.float32, "tensor(int64)": numpy.int64, "tensor(int32)": numpy.int32}
    values = {}
    for each in session.get_inputs():
        kind = types.get(each.type, numpy.bool_)
        if kind is numpy.float32:
            values[each.name] = random.standard_normal(each.shape, dtype=numpy.float32)
        else:
            values[each.name] = numpy.ones(each.shape, dtype=kind)
    return values


class Network:
    """One network, ready to run both ways."""

    def __init__(self, name: str, partita: Path, folder: Path, core: int):
        self.name, self.partita, self.folder = name, partita, folder
        self.ours, self.theirs = [], []
        exported = folder / f"{name}.onnx"
        self.run("check", MODELS[name], "--write-onnx", exported)
        self.machine = folder / "machine.yaml"
        self.machine.write_text(MACHINE.format(core=core))
        self.plan = folder / f"{name}.plan.json"
        self.run(
            "partition", "--model", MODELS[name], "--machine", self.machine, "--method", "single", "--out", self.plan
        )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        model = with_weights(onnx.load(exported), seed=1)
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self.inputs = random_inputs(self.session, seed=2)

    def run(self, *arguments) -> str:
        """What the command prints; its own words where it fails."""
        done = subprocess.run(
            [str(self.partita), *map(str, arguments)], capture_output=True, text=True, check=False, cwd=self.folder
        )
        if done.returncode != 0:
            sys.exit(f"bench exec: partita {arguments[0]} failed\n{done.stdout}{done.stderr}")
        return done.stdout

    def turn(self, repetitions: int) -> None:
        """Some runs of each."""
        line = self.run(
            *("replay", "--model", MODELS[self.name], "--machine", self.machine, "--plan", self.plan),
            *("--no-check", "--repetitions", repetitions, "--precision", 0, "--noisy", "--json"),
        ).splitlines()[-1]
        self.ours.append(json.loads(line)["median_ps"] / 1e9)
        for _ in range(2):
            self.session.run(None, self.inputs)
        for _ in range(repetitions):
            begin = time.perf_counter_ns()
            self.session.run(None, self.inputs)
            self.theirs.append((time.perf_counter_ns() - begin) / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("partita", type=Path, help="the command to time")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--repetitions", type=int, default=9, help="in each turn")
    arguments = parser.parse_args()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    rows = []
    print(f"{'network':<14} {'partita ms':>11} {'onnxruntime ms':>15} {'ratio':>7}   (measured, one thread)")
    with tempfile.TemporaryDirectory() as folder:
        for name in MODELS:
            network = Network(name, arguments.partita.resolve(), Path(folder), core)
            for _ in range(arguments.turns):
                network.turn(arguments.repetitions)
            ours, theirs = statistics.median(network.ours), statistics.median(network.theirs)
            print(f"{name:<14} {ours:>11.2f} {theirs:>15.2f} {ours / theirs:>7.3f}", flush=True)
            rows.append(
                {"name": name, "ratio_to_onnxruntime": ours / theirs, "partita_ms": ours, "onnxruntime_ms": theirs}
            )
    print(json.dumps({"models": rows, "onnxruntime": onnxruntime.__version__}))


if __name__ == "__main__":
    main()
