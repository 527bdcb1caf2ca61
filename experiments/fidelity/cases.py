#!/usr/bin/env python3
"""Draws plans that no search would choose, the same on any computer, and writes the sweep that simulates them.

Random plans: each layer of a network on any of the machine's accelerators, in an order that the network allows (that of
the plan which `partita partition` finds for one processor).

Traffic: layers that take 0.1 to 2 us and send what they make to layers elsewhere, four copies for each pair of
processors (all to all: one). Sizes are all the same, or from 4 KiB to 4 MiB, spread evenly over powers ("mixed").
"""

import argparse
import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KIB = 1024
SIZES = {"4KiB": 4 * KIB, "64KiB": 64 * KIB, "1MiB": KIB * KIB, "mixed": 0}
EACH = 4  # copies for each pair of processors


@dataclass(frozen=True)
class Machine:
    file: Path
    processors: tuple[str, ...]
    memories: str  # what has to have room for all that is drawn
    networks: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.file.stem

    @property
    def roomy(self) -> str:
        return f"memories.{self.memories}.capacity=1 TiB"


def numbered(name: str, count: int) -> tuple[str, ...]:
    return tuple(f"{name}{number}" for number in range(count))


LARGE = ("zoo:resnet50?batch=4", "zoo:bert?layers=4")
CONFIGS = ROOT / "hw_configs"
MACHINES = (
    Machine(CONFIGS / "dgx_a100.yaml", numbered("gpu", 8), "hbm[0..7]", LARGE),
    Machine(CONFIGS / "pcie5_server_4gpu.yaml", numbered("gpu", 4), "hbm[0..3]", LARGE),
    Machine(CONFIGS / "npu16.yaml", numbered("tile", 16), "sram[0..15]", LARGE),
    Machine(ROOT / "experiments/fidelity/oversubscribed.yaml", numbered("gpu", 8), "hbm[0..7]", LARGE),
)


def ends(kind: str, count: int, dice: random.Random) -> list[tuple[int, int]]:
    """Who sends to whom, by the number of the processor."""
    one, shift = dice.randrange(count), dice.randrange(1, count)
    everybody = range(count)
    return {
        "pairs": [(each, (each + shift) % count) for each in everybody] * EACH,
        "one_to_many": [(one, each) for each in everybody if each != one] * EACH,
        "many_to_one": [(each, one) for each in everybody if each != one] * EACH,
        "all_to_all": [(each, (each + step) % count) for each in everybody for step in range(1, count)],
    }[kind]


KINDS = ("pairs", "one_to_many", "many_to_one", "all_to_all")


def traffic(machine: Machine, kind: str, size: str, number: int) -> tuple[dict, dict]:
    """A graph, and the only plan that it has."""
    dice = random.Random(f"{machine.name} {kind} {size} {number}")
    name = f"{kind}_{size}_{number}"
    layers, edges = [], []
    orders: dict[str, list[str]] = {processor: [] for processor in machine.processors}
    copies = ends(kind, len(machine.processors), dice)
    for what in ("send", "receive"):
        for at, (sender, receiver) in enumerate(copies):
            processor = machine.processors[sender if what == "send" else receiver]
            layers.append({"name": f"{what}{at}", "times": {processor: f"{dice.uniform(0.1, 2):.3f} us"}})
            orders[processor].append(f"{what}{at}")
    for at in range(len(copies)):
        length = SIZES[size] or round(2 ** dice.uniform(12, 22))
        edges.append({"from": f"send{at}", "to": f"receive{at}", "size": f"{length} B"})
    graph = {"costed_graph": 1, "name": name, "processors": list(machine.processors), "layers": layers, "edges": edges}
    return graph, {"plan": 1, "network": name, "method": "drawn", "orders": orders}


def in_order(partita: str, machine: Machine, network: str, folder: Path) -> list[str]:
    """The network's layers, each behind those that it reads."""
    file = folder / "single.json"
    search = [partita, "partition", "--model", network, "--machine", machine.file, "--method", "single", "--out", file]
    subprocess.run(search, check=True, stdout=subprocess.DEVNULL)
    orders = json.loads(file.read_text())["orders"]
    file.unlink()
    return max(orders.values(), key=len)


def random_plan(machine: Machine, network: str, layers: list[str], number: int) -> dict:
    dice = random.Random(f"{machine.name} {network} {number}")
    orders: dict[str, list[str]] = {processor: [] for processor in machine.processors}
    for layer in layers:
        orders[dice.choice(machine.processors)].append(layer)
    return {"plan": 1, "network": "", "method": "drawn", "orders": orders}


def write(file: Path, what: dict) -> str:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(what, separators=(",", ":")))
    return str(file)


def cases(options: argparse.Namespace) -> Iterator[dict[str, str]]:
    """What changes together from point to point, with the files that it names."""
    for machine in MACHINES:
        if options.machines and machine.name not in options.machines:
            continue
        plans, graphs = (options.out / part / machine.name for part in ("plans", "graphs"))
        plans.mkdir(parents=True, exist_ok=True)
        same = {"machine": str(machine.file), "set": machine.roomy}
        for network in options.networks or machine.networks:
            layers = in_order(options.partita, machine, network, plans)
            kind = network.removeprefix("zoo:").partition("?")[0]
            for number in range(options.random):
                plan = write(plans / f"random_{kind}_{number}.json", random_plan(machine, network, layers, number))
                yield {**same, "model": network, "plan": plan}
        for kind in KINDS:
            for size in options.sizes:
                for number in range(options.traffic):
                    graph, plan = traffic(machine, kind, size, number)
                    file = f"{graph['name']}.json"
                    yield {**same, "model": write(graphs / file, graph), "plan": write(plans / file, plan)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partita", required=True, help="the program")
    parser.add_argument("--machines", nargs="*", help="only these")
    parser.add_argument("--networks", nargs="*", help="these instead of the large ones")
    parser.add_argument("--sizes", nargs="*", choices=SIZES, default=list(SIZES), help="of copies: only these")
    parser.add_argument("--random", type=int, default=24, help="random plans of each machine and network")
    parser.add_argument("--traffic", type=int, default=6, help="plans of each machine, kind of traffic and size")
    parser.add_argument("--out", type=Path, required=True, help="folder of the plans, and of drawn.yaml")
    options = parser.parse_args()
    drawn = list(cases(options))
    sweep = {
        "sweep": "drawn",
        "question": "Fluid against packet, for plans drawn at random and copies that meet.",
        "body": "simulate",
        "axes": {
            "zip": {name: [case[name] for case in drawn] for name in drawn[0]},
            "fidelity": ["fluid", "packet"],
        },
    }
    (options.out / "drawn.yaml").write_text(json.dumps(sweep, indent=1))


if __name__ == "__main__":
    main()
