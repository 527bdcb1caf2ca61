"""Times of layers that others measured on GPUs: their published tables, or the few that stand in this folder."""

import csv
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("PARTITA_DATA", HERE.parents[2] / "shared" / "data")) / "measured"
FEW = HERE / "measured_few.csv"  # see measured_few.txt
MOST = 2000  # shapes of a kind, evenly over their sizes: more say the same

# Names of devices in the tables, and in gpus.yaml.
GPUS = {
    "Tesla P4": "P4",
    "Tesla P100-PCIE-16GB": "P100",
    "Tesla T4": "T4",
    "Tesla V100-PCIE-32GB": "V100",
    "NVIDIA A100-PCIE-40GB": "A100",
    "NVIDIA A100 80GB PCIe": "A100-80",
    "a100": "A100-SXM",
    "a40": "A40",
}
# Columns that are a layer's shape.
SHAPE = {
    "linear": ("B", "M", "N", "K"),  # (B, M, N) by a matrix N x K
    "bmm": ("B", "M", "N", "K"),  # B products of M x N by N x K
    "conv": ("B", "Input_Channel", "Output_Channel", "Kernel_Szie", "Input_Size", "Stride", "Padding"),
    "elementwise": ("B", "H"),
    "norm": ("B", "H"),
    "softmax": ("B", "H"),
}
TABLES = {
    "linear": "train/linear/p2.1.0/*.csv",
    "bmm": "train/bmm/p2.1.0/*.csv",
    "conv": "train/conv/p2.1.0/*.csv",
    "elementwise": "train/elem.csv",
    "norm": "train/ln.csv",
    "softmax": "train/softmax.csv",
}


@dataclass
class Layer:
    """A shape, and how long it took where it was measured."""

    kind: str  # of SHAPE, or "linear f16"
    op: str  # "add", ...; of other kinds as the kind
    shape: tuple[int, ...]
    seconds: dict[str, float] = field(default_factory=dict)  # by GPU

    @property
    def size(self) -> int:
        return math.prod(self.shape)


class MissingDataError(Exception):
    """The published tables are not there."""


def rows_of(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="") as lines:
        yield from csv.DictReader(lines)


def neusight() -> list[Layer]:
    found: dict[tuple, Layer] = {}
    for kind, pattern in TABLES.items():
        for file in sorted((DATA / "neusight").glob(pattern)):
            for row in rows_of(file):
                op = row["OPName"] if kind == "elementwise" else kind
                shape = tuple(int(float(row[column])) for column in SHAPE[kind])
                layer = found.setdefault((kind, op, shape), Layer(kind, op, shape))
                layer.seconds[GPUS[row["Device"]]] = 1e-3 * float(row["Latency"])
    return list(found.values())


def products_of(row: dict[str, str]) -> Iterator[tuple[str, int, int, int]]:
    """Of a row of Vidur: column of its time, rows, depth and columns (experiments/predict/maps/vidur_compute.yaml)."""
    tokens, ranks = int(row["num_tokens"]), int(row["num_tensor_parallel_workers"])
    hidden, wide = int(row["n_embd"]), int(row["n_expanded_embd"])
    heads, key_heads = int(row["n_head"]), int(row["n_kv_head"])
    gated = 1 + (row["use_gated_mlp"] == "True")
    yield "attn_pre_proj", tokens, hidden, (heads + 2 * key_heads) * hidden // heads // ranks
    yield "attn_post_proj", tokens, hidden // ranks, hidden
    yield "mlp_up_proj", tokens, hidden, gated * wide // ranks
    yield "mlp_down_proj", tokens, wide // ranks, hidden


def vidur() -> list[Layer]:
    """Medians, where several models have the same product."""
    found: dict[tuple[int, ...], dict[str, list[float]]] = {}
    for device in ("a100", "a40"):
        for file in sorted((DATA / "vidur" / "compute" / device).glob("*/*/mlp.csv")):
            for row in rows_of(file):
                for name, rows, depth, columns in products_of(row):
                    if time := row[f"time_stats.{name}.median"]:
                        of_shape = found.setdefault((1, rows, depth, columns), {})
                        of_shape.setdefault(GPUS[device], []).append(1e-3 * float(time))
    return [
        Layer("linear f16", "linear", shape, {gpu: median(times) for gpu, times in of_shape.items()})
        for shape, of_shape in found.items()
    ]


def everywhere(layers: list[Layer]) -> list[Layer]:
    """Those that were measured on as many GPUs as any of their kind."""
    most: dict[str, int] = {}
    for layer in layers:
        most[layer.kind] = max(most.get(layer.kind, 0), len(layer.seconds))
    return [layer for layer in layers if len(layer.seconds) == most[layer.kind]]


def evenly(layers: list[Layer], count: int) -> list[Layer]:
    """So many of each kind: all sizes have their share."""
    chosen: list[Layer] = []
    for kind in dict.fromkeys(layer.kind for layer in layers):
        own = sorted((layer for layer in layers if layer.kind == kind), key=lambda at: (at.size, at.op, at.shape))
        step = max(1.0, len(own) / count)
        chosen += [own[int(step * at)] for at in range(min(count, len(own)))]
    return chosen


def published(count: int = MOST) -> list[Layer]:
    """Raises MissingDataError."""
    if not (DATA / "neusight").is_dir() or not (DATA / "vidur").is_dir():
        raise MissingDataError(
            f"no measurements of NeuSight and Vidur in {DATA} (set PARTITA_DATA; experiments/predict/README.md says "
            "what they are). The few in the repository: --small"
        )
    return evenly(everywhere(neusight() + vidur()), count)


# As one table: a line for each shape, a column for each GPU. So the few stand in this folder.

GPU_NAMES = tuple(GPUS.values())


def read(file: Path = FEW) -> list[Layer]:
    return [
        Layer(
            row["kind"],
            row["op"],
            tuple(map(int, row["shape"].split("x"))),
            {gpu: 1e-6 * float(row[f"{gpu}_us"]) for gpu in GPU_NAMES if row[f"{gpu}_us"]},
        )
        for row in rows_of(file)
    ]


def write(layers: list[Layer], file: Path) -> None:
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["kind", "op", "shape", *(f"{gpu}_us" for gpu in GPU_NAMES)])
        for layer in layers:
            times = [f"{1e6 * layer.seconds[gpu]:.5g}" if gpu in layer.seconds else "" for gpu in GPU_NAMES]
            writer.writerow([layer.kind, layer.op, "x".join(map(str, layer.shape)), *times])
