#!/usr/bin/env python3
"""Published results of others beside what is simulated here: GPipe and Megatron-LM."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

# Huang and others, "GPipe", NeurIPS 2019, table 2, Transformer-48 on TPUs: normalized throughput by cores K and
# micro-batches M; and table 3, 24 layers on GPUs without NVLink, 32 micro-batches.
GPIPE = {
    (2, 1): 1.0, (4, 1): 1.07, (8, 1): 1.3,
    (2, 4): 1.7, (4, 4): 3.2, (8, 4): 4.8,
    (2, 32): 1.8, (4, 32): 3.4, (8, 32): 6.3,
}  # fmt: skip
GPIPE_PCIE = {(2, 32): 1.0, (4, 32): 1.8, (8, 32): 3.3}
# Shoeybi and others, "Megatron-LM", arXiv 1909.08053v4: figure 5 and table 7 (share of linear scaling, by width, heads
# and GPUs), table 8 (speed-up of the smallest), section 5.1.1 (TFLOP/s of the smallest on one GPU).
WEAK = {(1536, 16, 1): 1.0, (1920, 20, 2): 0.95, (2304, 24, 4): 0.82, (3072, 32, 8): 0.77}
HEADS = {(3072, 24, 8): 0.80, (3072, 16, 8): 0.82}
STRONG = {1: 1.0, 2: 1.64, 4: 2.34, 8: 2.98}
FITTED = 39e12  # FLOP/s

SEQUENCES = 32  # of a mini-batch of GPipe
BATCH, TOKENS, WORDS = 8, 1024, 51200  # of Megatron-LM
# A layer is computed four times in training: forward, again (its activations were not kept), and backward, which is
# twice as much. What ranks exchange forward, they exchange again in the second and in the third.
COMPUTED, EXCHANGED = 4, 3


@dataclass
class Cell:
    name: str
    published: float
    simulated: float
    ideal: float = math.nan

    @property
    def error(self) -> float:
        return self.simulated / self.published - 1


def report(title: str, cells: Sequence[Cell]) -> None:
    """The first cell is what the others are relative to."""
    print(title)
    for cell in cells:
        ideal = "" if math.isnan(cell.ideal) else f", ideal pipeline {cell.ideal:.2f}"
        print(f"  {cell.name:34} published {cell.published:.2f}, simulated {cell.simulated:.2f} "
              f"({100 * cell.error:+.0f} %){ideal}")  # fmt: skip
    errors = [abs(cell.error) for cell in cells[1:]]
    print(f"  mean error of the {len(errors)} cells that are not 1 by definition: "
          f"{100 * sum(errors) / len(errors):.0f} %")  # fmt: skip
    beyond = [cell.name for cell in cells if cell.published > 1.1 * cell.ideal]
    if beyond:
        print(f"  published is more than 10 % above what an ideal pipeline could: {'; '.join(beyond)}")
        errors = [abs(cell.error) for cell in cells[1:] if cell.name not in beyond]
        print(f"  mean error of the others: {100 * sum(errors) / len(errors):.0f} %")


# GPipe


def ideal(cores: int, batches: int) -> float:
    """Stages of equal length, nothing to send: M micro-batches through K stages take M + K - 1 steps, of which each is
    1 / (M K) of the work. Relative to two cores and one micro-batch."""
    return cores * batches / (batches + cores - 1)


def cores_of(row: study.Row) -> int:
    """Cores that have memory for more than a byte."""
    return (
        2 + 2 * (row["machine.memories.hbm[2..3].capacity"] > 1) + 4 * (row["machine.memories.hbm[4..7].capacity"] > 1)
    )


def gpipe_cells(rows: Sequence[study.Row], published: dict[tuple[int, int], float]) -> dict[tuple[int, int], Cell]:
    speed = {(cores_of(row), int(row.get("requests") or 32)): 1 / row["simulated_ps"] for row in rows}
    first = next(iter(published))
    return {
        (cores, batches): Cell(
            f"K = {cores}, M = {batches}", value, speed[cores, batches] / speed[first],
            ideal(cores, batches) / ideal(*first),
        )
        for (cores, batches), value in published.items()
        if (cores, batches) in speed
    }  # fmt: skip


# Megatron-LM


def work(hidden: int, layers: int) -> float:
    """FLOP of one forward pass: products of a layer, of attention, and with the table of words."""
    return BATCH * TOKENS * (layers * (24 * hidden**2 + 4 * TOKENS * hidden) + 2 * WORDS * hidden)


@dataclass
class Run:
    """One model on some GPUs, forward. Times in s."""

    hidden: int
    heads: int
    layers: int
    gpus: int
    seconds: float
    computing: float  # the busiest GPU; the rest of the time it waits for what others send

    @property
    def training(self) -> float:
        """Of a step, from forward passes."""
        return COMPUTED * self.computing + EXCHANGED * (self.seconds - self.computing)

    def rate(self, seconds: float, times: float = 1.0) -> float:
        """FLOP/s of a GPU."""
        return times * work(self.hidden, self.layers) / seconds / self.gpus


def runs_of(rows: Sequence[study.Row]) -> dict[tuple[int, int, int], Run]:
    found: dict[tuple[int, int, int], Run] = {}
    for row in rows:
        hidden, heads, layers, gpus = (
            int(row[f"model.{name}"]) for name in ("hidden", "heads", "layers", "tensor_parallel")
        )
        times = (1e-12 * row[name] for name in ("simulated_ps", "simulated_busiest_busy_ps"))
        found[hidden, heads, gpus] = Run(hidden, heads, layers, gpus, *times)
    return found


def scaling(runs: dict, published: dict, training: bool) -> list[Cell]:
    """Share of linear scaling."""
    base = runs[1536, 16, 1]
    one = base.rate(base.training, COMPUTED) if training else base.rate(base.seconds)
    return [
        Cell(
            f"{run.gpus} GPUs, width {run.hidden}, {run.heads} heads", value,
            (run.rate(run.training, COMPUTED) if training else run.rate(run.seconds)) / one,
        )
        for key, value in published.items()
        if (run := runs.get(key))
    ]  # fmt: skip


def speedups(runs: dict, training: bool) -> list[Cell]:
    seconds = {key[2]: run.training if training else run.seconds for key, run in runs.items() if key[:2] == (1536, 16)}
    return [
        Cell(f"{gpus} GPUs", value, seconds[1] / seconds[gpus]) for gpus, value in STRONG.items() if gpus in seconds
    ]


def tell_megatron(runs: dict) -> None:
    base = runs[1536, 16, 1]
    print(
        f"fitted: matmul efficiency, to {FITTED / 1e12:.0f} TFLOP/s on one GPU; "
        f"simulated {base.rate(base.seconds) / 1e12:.1f}"
    )
    for training, how in ((False, "forward"), (True, "training")):
        report(f"Megatron-LM, share of linear scaling, {how}", scaling(runs, WEAK | HEADS, training))
        report(f"Megatron-LM, speed-up of the smallest, {how}", speedups(runs, training))
    for run in runs.values():
        print(f"  width {run.hidden}, {run.heads} heads, {run.gpus} GPUs: forward {1e3 * run.seconds:.1f} ms, of it "
              f"{100 * (1 - run.computing / run.seconds):.0f} % sending")  # fmt: skip


# Figure

COLOURS = {1: style.GREY, 4: style.SKY, 32: style.BLUE}


def draw_gpipe(axes, cells: dict[tuple[int, int], Cell], title: str) -> None:
    for batches in dict.fromkeys(batches for _, batches in cells):
        colour = COLOURS[batches]
        own = {cores: cell for (cores, count), cell in cells.items() if count == batches}
        at = [math.log2(cores) for cores in own]
        axes.plot(at, [cell.simulated for cell in own.values()], "-", color=colour, label=f"M = {batches}")
        axes.plot(at, [cell.ideal for cell in own.values()], ":", color=colour, linewidth=0.9)
        axes.plot(at, [cell.published for cell in own.values()], "o", color=colour, markersize=4)
    axes.set_xticks([1, 2, 3], ["2", "4", "8"])
    axes.set(xlabel="cores K" if len(cells) > 3 else "GPUs K", title=title, xlim=(0.8, 3.2), ylim=(0, None))
    axes.legend(loc="upper left", handlelength=1.2)


def draw_megatron(axes, cells: Sequence[Cell], training: Sequence[Cell], labels: Sequence[str], title: str) -> None:
    for number, (colour, values, label) in enumerate(
        (
            (style.ORANGE, [cell.published for cell in cells], "published"),
            (style.SKY, [cell.simulated for cell in cells], "simulated, forward"),
            (style.BLUE, [cell.simulated for cell in training], "simulated, training"),
        )
    ):
        axes.bar([at + 0.27 * (number - 1) for at in range(len(cells))], values, 0.25, color=colour, label=label)
    axes.set_xticks(range(len(cells)), labels)
    axes.set(title=title)


def draw(results: Path) -> dict:
    rows = study.read(results, "gpipe")
    cells = gpipe_cells(rows, GPIPE)
    report("GPipe, Transformer on TPUs: throughput over that of two cores and one micro-batch", list(cells.values()))
    pcie = gpipe_cells(study.read(results, "gpipe_pcie"), GPIPE_PCIE)
    report("GPipe, Transformer on GPUs without NVLink: throughput over that of two", list(pcie.values()))
    runs = runs_of(study.read(results, "megatron"))
    tell_megatron(runs)

    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.1))
    grid = figure.subplots(1, 4, width_ratios=[1, 0.8, 1.5, 1])
    draw_gpipe(grid[0], cells, "GPipe, TPU")
    draw_gpipe(grid[1], pcie, "GPipe, PCIe")
    grid[0].set_ylabel("throughput, normalized")
    weak = [scaling(runs, WEAK | HEADS, training) for training in (False, True)]
    names = [f"{gpus}\n{heads}" for (_, heads, gpus) in WEAK | HEADS if (_, heads, gpus) in runs]
    draw_megatron(grid[2], *weak, names, "Megatron-LM, weak scaling")
    grid[2].set(xlabel="GPUs, heads", ylabel="share of linear scaling")
    strong = [speedups(runs, training) for training in (False, True)]
    draw_megatron(grid[3], *strong, [cell.name.split()[0] for cell in strong[0]], "strong scaling")
    grid[3].set(xlabel="GPUs", ylabel="speed-up")
    figure.legend(*grid[3].get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.72, 1.07), ncols=3)
    figure.text(0.2, 1.01, "dots: published; lines: simulated; dotted: ideal", ha="center", va="center", size=6.5)
    figure.subplots_adjust(wspace=0.42, bottom=0.2)
    return {"published": figure}


if __name__ == "__main__":
    study.main(__doc__, draw)
