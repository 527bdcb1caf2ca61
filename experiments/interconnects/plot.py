#!/usr/bin/env python3
"""What four GPUs gain over one, and decoders that are cut through each layer lose, by the link between them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

PLACE = "machine.links.link[0..3]"
NAMES = {"pcie": "PCIe", "nvlink": "NVLink"}
LINKS = "link: P3 to P6, sixteen lanes of PCIe; N3 to N5, all NVLinks of a GPU"
COLOURS = [style.SKY, style.BLUE, style.VERMILLION, style.GREEN, style.ORANGE]
NEAR = 0.05  # a link that is so near to the fastest does not matter any more


def link(row: dict) -> str:
    return f"{NAMES[row[f'{PLACE}.kind']]} {row[f'{PLACE}.generation']:.0f}"


def short(name: str) -> str:
    return name.replace("PCIe ", "P").replace("NVLink ", "N")


def ticks(axes, links: list[str]) -> None:
    axes.set_xticks(range(len(links)), [short(name) for name in links])
    axes.set_xlim(-0.4, len(links) - 0.6)


def cases(rows: list[dict]) -> dict[tuple, dict]:
    """(network, objective, batch) -> link -> {single, auto}: seconds."""
    found: dict[tuple, dict] = {}
    for row in rows:
        key = (study.network(row["model"]), row["objective"], int(row["model.batch"]))
        found.setdefault(key, {}).setdefault(link(row), {})[row["method"]] = row["value"]
    return found


def gain(case: dict, name: str) -> float:
    return case[name]["single"] / case[name]["auto"]


def first_near(times: dict[str, float]) -> str:
    """The first link, slowest first, that is nearly as good as the last."""
    least = min(times.values())
    return next(name for name, time in times.items() if time <= (1 + NEAR) * least)


def draw_gains(found: dict[tuple, dict]):
    networks = list(dict.fromkeys(key[0] for key in found))
    objectives = list(dict.fromkeys(key[1] for key in found))
    batches = list(dict.fromkeys(key[2] for key in found))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 1.25 * len(objectives) + 0.5))
    grid = figure.subplots(len(objectives), len(networks), sharex=True, sharey="row", squeeze=False)
    for line, objective in zip(grid, objectives, strict=True):
        for axes, network in zip(line, networks, strict=True):
            for batch, colour in zip(batches, COLOURS, strict=False):
                case = found[network, objective, batch]
                axes.plot(
                    [gain(case, name) for name in case], "o-", color=colour, markersize=2.5, label=f"batch {batch}"
                )
            ticks(axes, list(case))
            axes.axhline(1, color=style.QUIET, linewidth=0.6, zorder=0)
            if line[0] is grid[0, 0]:
                axes.set_title(network)
        line[0].set_ylabel(f"{objective}:\ntimes faster than one")
    figure.legend(
        *grid[0][0].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0.97), ncols=len(batches)
    )
    figure.supxlabel(LINKS, fontsize=7, y=0)
    figure.subplots_adjust(wspace=0.1, hspace=0.14, top=0.91)
    return figure


def work(row: dict) -> str:
    if row["model.mode"] == "decode":
        return f"next token of {row['model.batch']:.0f}"
    return f"prompt of {row['model.tokens']:.0f}"


def decoders(rows: list[dict]) -> tuple[dict[tuple[str, int], float], dict[tuple[str, int], dict[str, float]]]:
    """Seconds by work and width: of one GPU, and of four by link."""
    one, four = {}, {}
    for row in rows:
        key, time = (work(row), int(row["model.hidden"])), row["predicted_with_collectives_ps"] / 1e12
        if row["method"] == "single":
            one[key] = time
        else:
            four.setdefault(key, {})[link(row)] = time
    return one, four


def draw_decoders(one: dict[tuple[str, int], float], four: dict[tuple[str, int], dict[str, float]]):
    works = list(dict.fromkeys(key[0] for key in four))
    widths = list(dict.fromkeys(key[1] for key in four))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 1.9))
    grid = figure.subplots(1, len(works), sharey=True, squeeze=False)[0]
    for axes, name in zip(grid, works, strict=True):
        for width, colour in zip(widths, COLOURS, strict=False):
            times = four[name, width]
            axes.plot([one[name, width] / time for time in times.values()], "o-", color=colour, markersize=2.5,
                      label=f"{width:,} channels")  # fmt: skip
        axes.set_yscale("log")
        axes.set_yticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
        axes.set_ylim(0.4, 4.2)
        axes.minorticks_off()
        ticks(axes, list(times))
        axes.set_title(name)
        axes.axhline(1, color=style.QUIET, linewidth=0.6, zorder=0)
    grid[0].set_ylabel("times faster than one GPU")
    figure.legend(
        *grid[0].get_legend_handles_labels(), loc="lower center", bbox_to_anchor=(0.5, 0.97), ncols=len(widths)
    )
    figure.supxlabel(LINKS, fontsize=7, y=-0.04)
    figure.subplots_adjust(wspace=0.08, top=0.88, bottom=0.16)
    return figure


def tell(found: dict[tuple, dict], one: dict, four: dict) -> None:
    links = list(next(iter(found.values())))
    heads = "".join(f"{name:>10}" for name in links)
    print("times faster than one GPU; four GPUs, cut between layers")
    print(f"{'network':14}{'objective':12}{'batch':>6}{heads}   within {100 * NEAR:.0f} % of the best from")
    for (network, objective, batch), case in found.items():
        gains = "".join(f"{gain(case, name):>10.2f}" for name in case)
        near = first_near({name: pair["auto"] for name, pair in case.items()})
        print(f"{network:14}{objective:12}{batch:>6}{gains}   {near}")
    for objective in dict.fromkeys(key[1] for key in found):
        own = [case for key, case in found.items() if key[1] == objective]
        near = [first_near({name: pair["auto"] for name, pair in case.items()}) for case in own]
        counts = ", ".join(f"{name} in {near.count(name)}" for name in links if name in near)
        print(f"{objective}, {len(own)} cases: the slowest link within {100 * NEAR:.0f} % of the fastest is {counts}")
    print("times faster than one GPU; decoders of which each of four GPUs has a quarter of every layer")
    print(
        f"{'work':20}{'channels':>12}{heads}   within {100 * NEAR:.0f} % from; one GPU; four, {links[0]} to {links[-1]}"
    )
    for (name, width), times in four.items():
        over = "".join(f"{one[name, width] / time:>10.2f}" for time in times.values())
        ms = [1e3 * time for time in (one[name, width], times[links[0]], times[links[-1]])]
        print(f"{name:20}{width:>12}{over}   {first_near(times)}   {ms[0]:.2f} ms; {ms[1]:.2f} to {ms[2]:.2f} ms")


def draw(results: Path) -> dict:
    layers, parts = study.read(results, "interconnects"), study.read(results, "tensor_parallel")
    print(study.origin(layers + parts))
    found, (one, four) = cases(layers), decoders(parts)
    tell(found, one, four)
    return {"gains": draw_gains(found), "tensor_parallel": draw_decoders(one, four)}


if __name__ == "__main__":
    study.main(__doc__, draw)
