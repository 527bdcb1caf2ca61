#!/usr/bin/env python3
"""How far makespans of flows are from those of packets, where, and whether that changes which plan is better."""

import itertools
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

COLOURS = [style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE]  # of machines, in their order
LEAST = 1e-4  # %, where a logarithmic axis begins
SIZES = {"4KiB": "4 KiB", "64KiB": "64 KiB", "1MiB": "1 MiB", "mixed": "mixed"}  # of copies, in files and figures
METHODS, RANDOM = "methods", "random"
PROBLEM = ("model", "model.batch")
CLOSE = 1  # %, of two plans
SAYS = {
    METHODS: "plans of methods",
    RANDOM: "random plans",
    "pairs": "pairs",
    "one_to_many": "one to many",
    "many_to_one": "many to one",
    "all_to_all": "all to all",
}


@dataclass(frozen=True)
class Pair:
    """One plan, simulated twice."""

    machine: str
    problem: str  # plans of one problem can be compared
    kind: str
    size: str  # of copies, of traffic
    plan: str  # file or method
    fluid: float  # s
    packet: float
    seconds: tuple[float, float]  # of this computer
    bytes: int

    @property
    def error(self) -> float:
        """Of the makespan, %; above 0: packets take longer."""
        return 100 * (self.packet / self.fluid - 1)

    @property
    def slower(self) -> float:
        """How many times as long packets take to simulate."""
        return self.seconds[1] / self.seconds[0]


def both(rows: list[dict], key: Callable) -> Iterator[tuple[dict, dict]]:
    for same in study.grouped(rows, key).values():
        by = {row["fidelity"]: row for row in same}
        if len(by) == 2:
            yield by["fluid"], by["packet"]


def pair(fluid: dict, packet: dict, **more: str) -> Pair:
    return Pair(
        machine=Path(fluid["machine"]).stem,
        fluid=fluid["simulated_ps"] / 1e12,
        packet=packet["simulated_ps"] / 1e12,
        seconds=(fluid["seconds"], packet["seconds"]),
        bytes=fluid["copied_bytes"],
        **more,
    )


def by_methods(rows: list[dict]) -> list[Pair]:
    """Those that copy: where a method keeps to one processor, there is nothing to compare."""
    found = []
    for fluid, packet in both(rows, lambda row: tuple(row[name] for name in ("machine", *PROBLEM, "method"))):
        if fluid["copied_bytes"] > 0:
            problem = " ".join(str(fluid[name]) for name in PROBLEM)
            found.append(pair(fluid, packet, problem=problem, kind=METHODS, size="", plan=fluid["method"]))
    return found


def drawn(rows: list[dict]) -> list[Pair]:
    """Files are named by what was drawn: many_to_one_64KiB_3, random_bert_3."""
    found = []
    for fluid, packet in both(rows, lambda row: row["plan"]):
        kind, _, rest = Path(fluid["plan"]).stem.rpartition("_")[0].rpartition("_")
        problem = fluid["model"] if kind == RANDOM else f"{kind} {rest}"
        found.append(pair(fluid, packet, problem=problem, kind=kind, size=rest, plan=fluid["plan"]))
    return found


def grouped(pairs: Iterable[Pair], key: Callable) -> dict:
    groups: dict = {}
    for each in pairs:
        groups.setdefault(key(each), []).append(each)
    return groups


def machines_of(pairs: list[Pair]) -> list[str]:
    return list(dict.fromkeys(each.machine for each in pairs))


def cell(pairs: list[Pair]) -> str:
    errors = [abs(each.error) for each in pairs]
    return f"{median(errors):.4f} / {max(errors):.2f} ({len(errors)})" if errors else "-"


def tell_errors(pairs: list[Pair]) -> None:
    machines = machines_of(pairs)
    print("makespan of packets against flows, median / largest % (plans)")
    print(f"{'':18}" + "".join(f"{machine:>26}" for machine in machines))
    for kind, own in grouped(pairs, lambda each: each.kind).items():
        cells = [cell([each for each in own if each.machine == machine]) for machine in machines]
        print(f"{SAYS[kind]:18}" + "".join(f"{text:>26}" for text in cells))
    far = [each.error for each in pairs if abs(each.error) > 1]
    print(f"of {len(far)} plans that are over 1 % off, packets are slower in {sum(error > 0 for error in far)}")


def tell_sizes(pairs: list[Pair]) -> None:
    print("copies that meet, by their size, median / largest % (plans)")
    print(f"{'':34}" + "".join(f"{size:>22}" for size in SIZES.values()))
    traffic = [each for each in pairs if each.size in SIZES]
    for (machine, kind), own in grouped(traffic, lambda each: (each.machine, each.kind)).items():
        cells = [cell([each for each in own if each.size == size]) for size in SIZES]
        print(f"{machine:20}{SAYS[kind]:14}" + "".join(f"{text:>22}" for text in cells))


def tau(pairs: list[Pair]) -> float:
    """Kendall's: the share of two plans whose order both agree on, less the share where they do not."""
    signs = [
        math.copysign(1, (a.fluid - b.fluid) * (a.packet - b.packet))
        for a, b in itertools.combinations(pairs, 2)
        if a.fluid != b.fluid and a.packet != b.packet
    ]
    return sum(signs) / len(signs) if signs else math.nan


def tell_order(pairs: list[Pair], kind: str) -> None:
    """Whether who trusts flows takes another plan."""
    problems = grouped((each for each in pairs if each.kind == kind), lambda each: (each.machine, each.problem))
    count, close, swapped, losses = 0, 0, [], []
    for plans in problems.values():
        for a, b in itertools.combinations(plans, 2):
            apart = 100 * (max(a.fluid, b.fluid) / min(a.fluid, b.fluid) - 1)
            count += 1
            close += 0 < apart < CLOSE
            if (a.fluid - b.fluid) * (a.packet - b.packet) < 0:
                swapped.append(apart)
        chosen = min(plans, key=lambda each: each.fluid)
        losses.append(100 * (chosen.packet / min(each.packet for each in plans) - 1))
    taus = [each for each in map(tau, problems.values()) if not math.isnan(each)]
    print(f"{SAYS[kind]}: {len(swapped)} of {count} pairs change places ({close} are less than {CLOSE} % apart by "
          f"flows); tau of a problem {min(taus):.3f} or more")  # fmt: skip
    if swapped:
        print(f"  those that do are {median(swapped):.4f} % apart by flows in the median, {max(swapped):.3f} % at most")
    print(f"  who takes the best by flows loses something in {sum(loss > 0 for loss in losses)} of {len(losses)} "
          f"problems, {max(losses):.3f} % at most")  # fmt: skip


def tell_warned(pairs: list[Pair], warned: set[str]) -> None:
    """What `partita simulate` says beforehand."""
    all_drawn = [each for each in pairs if each.kind != METHODS]
    for name, is_so in (("warned of", True), ("others", False)):
        errors = sorted(abs(each.error) for each in all_drawn if (each.plan in warned) == is_so)
        if errors:
            print(f"drawn plans, {name}: {len(errors)}, {median(errors):.3f} % off in the median, {errors[-1]:.2f} % "
                  f"at worst, {sum(error > 1 for error in errors)} of them over 1 %")  # fmt: skip


def tell_cost(pairs: list[Pair]) -> None:
    """What a point took on this computer; of drawn plans, as those of methods are searched first."""
    print("time of a simulation on this computer, measured (medians: others may have used it meanwhile)")
    for machine, own in grouped((each for each in pairs if each.kind != METHODS), lambda each: each.machine).items():
        fluid, packet = (1e3 * median(each.seconds[at] for each in own) for at in (0, 1))
        print(f"{machine:20}{fluid:7.1f} ms by flows{packet:9.1f} ms by packets; of a plan "
              f"{median(each.slower for each in own):.2g} times as long")  # fmt: skip
    for low, high in itertools.pairwise((0, 1, 10, 100, math.inf)):
        own = [each.slower for each in pairs if each.kind != METHODS and low <= each.bytes / 1e6 < high]
        if own:
            print(f"  {low} to {high} MB copied: {median(own):.2g} times as long")


def lanes(machines: list[str]) -> list[tuple[str, str, float]]:
    """Each machine with its colour, and how far it is moved aside in a lane of width 1."""
    return [(name, COLOURS[at], 0.18 * (at - (len(machines) - 1) / 2)) for at, name in enumerate(machines)]


def draw_errors(axes, pairs: list[Pair], machines: list[str]) -> None:
    kinds = [kind for kind in SAYS if any(each.kind == kind for each in pairs)]
    for machine, colour, shift in lanes(machines):
        for at, kind in enumerate(kinds):
            errors = [max(LEAST, abs(each.error)) for each in pairs if (each.kind, each.machine) == (kind, machine)]
            if not errors:
                continue
            axes.plot(errors, [at + shift] * len(errors), "|", color=colour, markersize=3.5, markeredgewidth=0.5,
                      alpha=0.45)  # fmt: skip
            axes.plot([median(errors)], [at + shift], "o", color=colour, markersize=3.4, markeredgecolor="white",
                      markeredgewidth=0.4, label=machine if at == 0 else None)  # fmt: skip
    axes.set_xscale("log")
    axes.set_yticks(range(len(kinds)), [SAYS[kind] for kind in kinds])
    axes.invert_yaxis()
    axes.set_xlabel("makespan, packets against flows (%)")


def draw_sizes(axes, pairs: list[Pair], machines: list[str]) -> None:
    """Where it is worst, by size: the median, and from the least to the largest."""
    sizes = [size for size in SIZES if any(each.size == size for each in pairs)]
    for machine, colour, shift in lanes(machines):
        own = [each for each in pairs if (each.kind, each.machine) == ("many_to_one", machine)]
        errors = [[max(LEAST, abs(each.error)) for each in own if each.size == size] for size in sizes]
        places = [at + shift for at in range(len(sizes))]
        axes.vlines(places, [min(each) for each in errors], [max(each) for each in errors], color=colour, linewidth=1)
        axes.plot(places, [median(each) for each in errors], "o", color=colour, markersize=3)
    axes.set_yscale("log")
    axes.set_xticks(range(len(sizes)), [SIZES[size] for size in sizes])
    axes.set(xlabel="each copy, many to one", ylabel="packets against flows (%)")


def draw_cost(axes, pairs: list[Pair], machines: list[str]) -> None:
    """Medians of plans of a kind."""
    for machine, colour, _ in lanes(machines):
        own = [each for each in pairs if each.machine == machine and each.kind != METHODS]
        alike = list(grouped(own, lambda each: each.problem).values())
        sent = [median(each.bytes for each in some) / 1e6 for some in alike]
        axes.plot(sent, [median(each.slower for each in some) for some in alike], "o", color=colour, markersize=3)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axhline(1, color=style.QUIET, linewidth=0.6, zorder=0)
    axes.set(xlabel="copied (MB)", ylabel="time to simulate, packets / flows")


def figure_of(pairs: list[Pair]):
    machines = machines_of(pairs)
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 2.6))
    panels = figure.subplots(1, 3, width_ratios=[1.5, 1, 1])
    for panel, part in zip(panels, (draw_errors, draw_sizes, draw_cost), strict=True):
        part(panel, pairs, machines)
    figure.subplots_adjust(top=0.88, wspace=0.42)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 1),
                  ncols=len(machines), columnspacing=1.4, handletextpad=0.1)  # fmt: skip
    return figure


def draw(results: Path) -> dict:
    pairs = by_methods(study.read(results, "fidelity", ["seconds"])) + drawn(study.read(results, "drawn", ["seconds"]))
    print(f"simulated: {len(pairs)} plans, each by flows and by packets")
    tell_errors(pairs)
    tell_sizes(pairs)
    for kind in (METHODS, RANDOM):
        tell_order(pairs, kind)
    tell_warned(pairs, set(json.loads((results.parent / "warned.json").read_text())))
    tell_cost(pairs)
    return {"fidelity": figure_of(pairs)}


if __name__ == "__main__":
    study.main(__doc__, draw)
