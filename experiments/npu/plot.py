#!/usr/bin/env python3
"""Which number of the NPU matters, for which network: from the answers of `partita sensitivity` beside the results."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from matplotlib.colors import PowerNorm

import study
from study import style

# What the sweeps are called, and what they are about.
NETWORKS = {
    "cnn": "images",
    "prefill": "prompt",
    "decode": "token,\nSRAM",
    "decode_dram": "token,\nDRAM",
    "moe": "experts",
}
TILE, DMA = "machine.processors.tile[0..15]", "machine.dma_engines.dma[0..15]"
TILES = "number of tiles (4, 8, 16)"
NAMES = {
    "pin": TILES,
    "machine.processors.tile[4..7].time_scale": TILES,
    "model.tensor_parallel": TILES,
    f"{TILE}.peak.bf16": "peak rate of a tile",
    f"{TILE}.efficiency.matmul": "share of the peak: products",
    f"{TILE}.efficiency.conv": "share of the peak: convolutions",
    f"{TILE}.efficiency.default": "share of the peak: other layers",
    f"{TILE}.launch_overhead": "launch overhead",
    "machine.memories.sram[0..15].bandwidth": "SRAM bandwidth",
    "machine.memories.sram[0..15].capacity": "SRAM capacity",
    "machine.memories.dram.bandwidth": "DRAM bandwidth",
    "machine.links.port[0..15].bandwidth": "bandwidth of a tile's port",
    "machine.links.dram_port.bandwidth": "bandwidth of the DRAM's port",
    "machine.switches.noc.latency": "latency of the network on the chip",
    f"{DMA}.setup": "DMA set-up",
    f"{DMA}.chunk": "DMA chunk",
    f"{DMA}.channels": "DMA channels (1, 2, 4)",
}
LITTLE = 2.0  # %: less does not matter


@dataclass
class Answer:
    """What `partita sensitivity` said of one network."""

    network: str
    method: str
    told: dict

    @property
    def effects(self) -> dict[str, float]:
        """Of each number, in % of the result in the middle (tornado), of the mean (morris), of the variance (sobol)."""
        keys = {"tornado": ("swing", "middle"), "morris": ("mu_star", "mean"), "sobol": ("total", None)}
        effect, whole = keys[self.method]
        size = abs(self.told[whole]) if whole else 1.0
        return {NAMES[axis["axis"]]: 100 * axis[effect] / size for axis in self.told["axes"]}

    @property
    def lost(self) -> int:
        """Points without a result."""
        own = self.told if self.method != "tornado" else None
        return (own["no"] + own["failed"]) if own else sum(axis["no"] + axis["failed"] for axis in self.told["axes"])


def answers(folder: Path) -> dict[tuple[str, str], Answer]:
    found = {}
    for method in ("tornado", "morris", "sobol"):
        for network in NETWORKS:
            file = folder / f"{method}_{network}.txt"
            if file.exists():
                told = json.loads(file.read_text().splitlines()[-1])
                found[method, network] = Answer(network, method, told)
    return found


def networks_of(found: dict[tuple[str, str], Answer]) -> list[str]:
    """That were asked."""
    return [network for network in NETWORKS if any(of == network for _, of in found)]


def ranked(effects: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(effects.items(), key=lambda item: -item[1])


def tell(found: dict[tuple[str, str], Answer]) -> None:
    for (method, network), answer in found.items():
        first = ", ".join(f"{name} {effect:.0f} %" for name, effect in ranked(answer.effects)[:5])
        print(f"{network}, {method} ({answer.told['points']} points, {answer.lost} without a result): {first}")
    for (method, network), answer in found.items():
        tell_first(method, network, answer.told["axes"][0])
    print(f"less than {LITTLE:g} % wherever it is turned, by tornado and morris:")
    for network in networks_of(found):
        own = [answer.effects for (method, of), answer in found.items() if of == network and method != "sobol"]
        small = [name for name in own[0] if all(each.get(name, 0) < LITTLE for each in own)]
        print(f"  {network}: {', '.join(small) or 'none'}")
    everything = [answer.effects for (method, _), answer in found.items() if method != "sobol"]
    least = {name: max(each.get(name, 0) for each in everything) for name in dict.fromkeys(NAMES.values())}
    print("the most that each does, anywhere: "
          + ", ".join(f"{name} {effect:.1f} %" for name, effect in ranked(least)))  # fmt: skip


def tell_first(method: str, network: str, axis: dict) -> None:
    """More about the number that matters most."""
    name = f"{network}, {NAMES[axis['axis']]}"
    if method == "tornado":
        ends = " to ".join(axis["values"])
        print(f"{name}, {ends}: {axis['least']:.4g} to {axis['most']:.4g} (cnn: s, others: ps)")
    elif method == "sobol":
        shares = [f"{100 * axis[part]:.0f} ± {100 * axis[part + '_confidence']:.0f} %" for part in ("total", "first")]
        print(f"{name}: {shares[0]} of the variance, {shares[1]} by itself")


METHOD_TITLES = {"tornado": "alone, the others in the middle", "morris": "wherever the others are"}


def draw_effects(found: dict[tuple[str, str], Answer]):
    """Rows: numbers; columns: networks; once for each method."""
    names = list(dict.fromkeys(NAMES.values()))
    methods = [method for method in METHOD_TITLES if any(asked == method for asked, _ in found)]
    networks = networks_of(found)
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 0.2 * len(names) + 0.5))
    grid = figure.subplots(1, len(methods), sharey=True, squeeze=False)[0]
    for axes, method in zip(grid, methods, strict=True):
        columns = [found[method, network].effects for network in networks]
        table = [[column.get(name, 0.0) for column in columns] for name in names]
        axes.imshow(table, aspect="auto", cmap="Blues", norm=PowerNorm(0.5, 0, 150))
        for x, column in enumerate(columns):
            places = {name: place for place, (name, _) in enumerate(ranked(column), start=1)}
            for y, name in enumerate(names):
                effect = column.get(name, 0.0)
                text = f"{effect:.0f}" if effect >= LITTLE else "·"
                axes.text(x, y, text, ha="center", va="center", size=6.5, color="white" if effect > 60 else style.INK,
                          weight="bold" if places[name] <= 3 else "normal")  # fmt: skip
        axes.set_xticks(range(len(networks)), [NETWORKS[network] for network in networks], size=6)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.set_title(f"{METHOD_TITLES[method]} ({method})", pad=24)
        for spine in axes.spines.values():
            spine.set_visible(False)
    grid[0].set_yticks(range(len(names)), names)
    figure.text(0.5, 0.02, f"change of the time from half to double of each number, in % of the time; · less than "
                f"{LITTLE:g} %; bold: the first three", ha="center", size=6.5, color=style.QUIET)  # fmt: skip
    figure.subplots_adjust(wspace=0.05, left=0.3)
    return figure


def draw_shares(found: dict[tuple[str, str], Answer]):
    """Of the variance: by itself, and with others."""
    own = [answer for (method, _), answer in found.items() if method == "sobol"]
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.2))
    for axes, answer in zip(figure.subplots(1, len(own), squeeze=False)[0], own, strict=True):
        most = [axis for axis in answer.told["axes"] if axis["total"] > 0.005][:8]
        for y, axis in enumerate(most):
            axes.barh(y - 0.18, axis["total"], 0.34, color=style.BLUE, xerr=axis["total_confidence"],
                      error_kw={"elinewidth": 0.7}, label=None if y else "with all others")  # fmt: skip
            axes.barh(y + 0.18, max(0.0, axis["first"]), 0.34, color=style.SKY, label=None if y else "by itself")
        axes.set_yticks(range(len(most)), [NAMES[axis["axis"]] for axis in most])
        axes.set(
            ylim=(len(most) - 0.5, -0.5),
            xlabel="share of the variance",
            title=NETWORKS[answer.network].replace("\n", " "),
        )
        axes.tick_params(axis="y", length=0)
    figure.axes[0].legend(loc="lower right")
    figure.subplots_adjust(wspace=0.9, left=0.25, bottom=0.18)
    return figure


def draw(results: Path) -> dict:
    found = answers(results.parent)
    print("predicted by `partita sensitivity` from simulated points; changes in % of the time (sobol: of its variance)")
    tell(found)
    figures = {"effects": draw_effects(found)}
    if any(method == "sobol" for method, _ in found):
        figures["shares"] = draw_shares(found)
    return figures


if __name__ == "__main__":
    study.main(__doc__, draw)
