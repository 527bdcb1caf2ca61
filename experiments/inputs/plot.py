#!/usr/bin/env python3
"""Draws what `run` found: exits_*.png (partita exits), values.png (partita values), cases.png (the other three), and
images.png: examples.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools" / "plot"))
import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure

from choose import mean_times
from figures import style
from images import images

POLICIES = ("exit by exit", "one plan", "shuffled", "analyzer", "oracle")
PS = 1e-9  # in ms


def exits(found: dict) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.6))
    effects, policies = figure.subplots(1, 2, gridspec_kw={"wspace": 0.62, "width_ratios": [1, 1.25]})
    rows = found["effects"]
    for number, row in enumerate(rows):
        scale = 100 / row["without"]
        effects.plot([value * scale for value in row["shuffled"]], [number] * len(row["shuffled"]), "|",
                     color=style.GREY, markersize=6, alpha=0.5)  # fmt: skip
        effects.plot(100, number, "s", color=style.ORANGE, markersize=4)
        effects.plot(row["with"] * scale, number, "o", color=style.BLUE, markersize=4.5)
        verdict = "present" if row["present"] else "absent"
        effects.annotate(f"{verdict}, p = {row['p_value']:.2g}", (1.02, number), xycoords=("axes fraction", "data"),
                         va="center", fontsize=5.5)  # fmt: skip
    effects.set_yticks(range(len(rows)), [f"{row['what']}\n({row['source']}), {row['model']}" for row in rows])
    effects.invert_yaxis()
    effects.set_xlabel("error, % of the error without features")
    effects.set_title("with features (blue), without (orange), shuffled (grey)", loc="left")
    by_name = {each["name"]: each for each in found["policies"]}
    kinds = [("simulated", style.SKY), ("replayed", style.BLUE)]
    kinds = [kind for kind in kinds if by_name["analyzer"][kind[0]]]
    width = 0.8 / len(kinds)
    for k, (kind, colour) in enumerate(kinds):
        at = np.arange(len(POLICIES)) + (k - (len(kinds) - 1) / 2) * width
        means = [by_name[name][kind]["mean_ps"] * PS for name in POLICIES]
        tails = [by_name[name][kind]["p95_ps"] * PS for name in POLICIES]
        policies.bar(at, means, width * 0.9, color=colour, label=f"{kind}, mean")
        policies.plot(at, tails, "_", color=style.VERMILLION, markersize=9, label="p95" if k == 0 else None)
    policies.set_xticks(range(len(POLICIES)), [name.replace(" ", "\n", 1) for name in POLICIES])
    policies.set_ylabel("an image takes, ms")
    policies.legend(ncols=2)
    policies.set_ylim(0, policies.get_ylim()[1] * 1.2)
    return figure


def values(pairs: list[tuple[dict, dict]]) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 2.2 * len(pairs)))
    axes = figure.subplots(len(pairs), 2, squeeze=False,
                           gridspec_kw={"wspace": 0.22, "hspace": 0.45, "width_ratios": [1, 1.1]})  # fmt: skip
    for (times, choices), pair in zip(axes, pairs, strict=True):
        draw_values(times, choices, *pair)
        rows, length = pair[0]["shape"]
        times.set_title(f"rows: {rows}, each of {length} numbers", loc="left")
    return figure


def draw_values(times, choices, dense: dict, skipping: dict) -> None:
    zeros = np.array([point["zero_share"] for point in dense["points"]])
    measured = []
    for name, one, colour in (("dense", dense, style.ORANGE), ("skipping zeros", skipping, style.BLUE)):
        measured.append(np.array([point["measured_ps"] * PS for point in one["points"]]))
        verdicts = {each["model"]: "present" if each["present"] else "absent" for each in one["effects"]}
        text = ", ".join(f"{model}: {verdict}" for model, verdict in verdicts.items())
        times.plot(100 * zeros, measured[-1], "o", color=colour, markersize=2, alpha=0.7, label=f"{name} ({text})")
    times.set_xlabel("zeros among the input's values, %")
    times.set_ylabel("measured time, ms")
    times.set_ylim(0, 1.35 * max(each.max() for each in measured))
    times.legend()
    found = mean_times(zeros, *measured)
    print(json.dumps({name: np.median(value) for name, value in found.items()}))
    choices.bar(range(len(found)), [np.median(value) for value in found.values()], 0.7, color=style.BLUE)
    choices.set_xticks(range(len(found)), [name.replace(" for ", "\nfor ") for name in found], fontsize=6)
    choices.set_ylabel("mean of measured times, ms")


def relative(axis, groups: list[tuple[str, dict, str]], names: list[str], base: str) -> None:
    """Bars of mean costs in % of that of `base`, a colour for each group; of shuffles the median."""
    width = 0.8 / len(groups)
    for k, (label, means, colour) in enumerate(groups):
        heights = [100 * np.median(means[name]) / np.median(means[base]) for name in names]
        at = np.arange(len(names)) + (k - (len(groups) - 1) / 2) * width
        axis.bar(at, heights, width * 0.9, color=colour, label=label)
        for x, height in zip(at, heights, strict=True):
            axis.annotate(f"{height:.0f}", (x, height), ha="center", va="bottom", fontsize=4.5)
    labels = [name.replace("placed for ", "").replace(" ", "\n") for name in names]
    axis.set_xticks(range(len(names)), labels, fontsize=5.5)
    axis.set_ylabel(f"mean time,\n% of {base}")
    axis.set_ylim(0, axis.get_ylim()[1] * 1.25)
    axis.legend(ncols=len(groups))


def draw_shapes(times, choices, found: dict) -> None:
    lengths = [point["length"] for point in found["points"]]
    times.plot(lengths, [point["predicted_ms"] for point in found["points"]], color=style.ORANGE,
               label="simulated")  # fmt: skip
    times.plot(lengths, [point["measured_ms"] for point in found["points"]], "o", color=style.BLUE, markersize=2,
               label="replayed")  # fmt: skip
    times.set_xlabel("tokens of a text")
    times.set_ylabel("time, ms")
    times.legend(loc="upper left")
    kinds = {"here, replayed": style.BLUE, "laptop, simulated": style.SKY}
    groups = [(kind, found["policies_ms"][kind], colour) for kind, colour in kinds.items()]
    names = ["padded to the class", "one for all", "shuffled", "plan of the class", "analyzer", "oracle"]
    relative(choices, groups, names, "one for all")
    times.set_title("texts of any length through BERT (profiled: 8, 32, 128, 256)", loc="left")


def draw_experts(times, choices, found: dict) -> None:
    measured = "here, replayed" in found["policies_ms"]
    cost, real = ("measured_ms", "replayed") if measured else ("simulated_ms", "simulated")
    for topic, colour in enumerate((style.BLUE, style.ORANGE, style.VERMILLION)):
        points = [point for point in found["points"] if point["topic"] == topic]
        times.plot([point["predicted_ms"] for point in points], [point[cost] for point in points], "o", color=colour,
                   markersize=2, label=f"topic {topic + 1}")  # fmt: skip
    predicted = [point["predicted_ms"] for point in found["points"]]
    times.plot([min(predicted), max(predicted)], [min(predicted), max(predicted)], color=style.GREY, linewidth=0.7)
    times.set_xlabel("simulated with the loads that features tell, ms")
    times.set_ylabel(f"{real} with\nthe true loads, ms")
    times.legend()
    colours = {"here, replayed": style.BLUE, "laptop, simulated": style.SKY}
    groups = [(kind, found["policies_ms"][kind], colours[kind]) for kind in colours if kind in found["policies_ms"]]
    names = ["placed for equal loads", "placed for mean loads", "shuffled", "analyzer", "oracle"]
    relative(choices, groups, names, "placed for equal loads")
    times.set_title("eight experts, placed for equal loads", loc="left")


def draw_compressible(times, choices, found: dict) -> None:
    points = found["points"]
    true = [point["true_ratio"] for point in points]
    dots = times.scatter([point["predicted_ratio"] for point in points], true, s=4,
                         c=[point["difficulty"] for point in points], cmap="cividis")  # fmt: skip
    times.figure.colorbar(dots, ax=times, label="difficulty")
    times.plot([min(true), max(true)], [min(true), max(true)], color=style.GREY, linewidth=0.7)
    times.set_xlabel("ratio of an image that its features tell")
    times.set_ylabel("deflate's ratio")
    times.set_title("images and activations through a link that compresses", loc="left")
    peaks = [float(kind.split(" of ")[1].split()[0]) for kind in found["policies_ms"]]
    for name, colour in (("planned without compression", style.ORANGE), ("planned for the mean ratio", style.SKY),
                         ("shuffled", style.GREY), ("analyzer", style.BLUE)):  # fmt: skip
        over = [100 * np.median(means[name]) / means["oracle"] for means in found["policies_ms"].values()]
        choices.plot(peaks, over, "o-", color=colour, markersize=3, label=name)
    choices.set_xlabel("peak of the camera's processor, GFLOP/s")
    choices.set_ylabel("mean time, simulated,\n% of the oracle's")
    choices.set_yscale("log")
    choices.set_yticks([100, 125, 150, 200], ["100", "125", "150", "200"])
    choices.minorticks_off()
    choices.legend()


def cases(shapes: dict, experts: dict, compressible: dict) -> Figure:
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 6.6))
    axes = figure.subplots(3, 2, gridspec_kw={"wspace": 0.28, "hspace": 0.5, "width_ratios": [1, 1.2]})
    for row, draw, found in zip(axes, (draw_shapes, draw_experts, draw_compressible),
                                (shapes, experts, compressible), strict=True):  # fmt: skip
        draw(*row, found)
    return figure


def examples() -> Figure:
    pixels, _, difficulties = images(400, seed=3)
    order = np.argsort(difficulties)
    figure = Figure(figsize=(style.DOUBLE_COLUMN, 1.9))
    axes = figure.subplots(2, 10, gridspec_kw={"wspace": 0.06, "hspace": 0.25})
    for axis, at in zip(axes.T.flat, np.linspace(0, len(order) - 1, axes.size).astype(int), strict=True):
        axis.imshow(pixels[order[at]], cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{difficulties[order[at]]:.2f}", pad=2)
        axis.set_axis_off()
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--exits", type=Path, nargs="+", default=[], metavar="JSON", help="of partita exits")
    parser.add_argument("--values", type=Path, nargs=2, action="append", default=[], metavar=("DENSE", "SKIPPING"),
                        help="JSON of partita values; again for other inputs")  # fmt: skip
    parser.add_argument("--cases", type=Path, nargs=3, metavar=("SHAPES", "EXPERTS", "COMPRESSIBLE"),
                        help="JSON of dynamic_shapes.py, experts.py, compressible.py")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="folder")
    options = parser.parse_args()
    with rc_context(style.RC):
        examples().savefig(options.out / "images.png", dpi=200, bbox_inches="tight")
        for file in options.exits:
            figure = exits(json.loads(file.read_text()))
            figure.savefig(options.out / f"{file.stem}.png", dpi=200, bbox_inches="tight")
        if options.values:
            pairs = [tuple(json.loads(file.read_text()) for file in pair) for pair in options.values]
            values(pairs).savefig(options.out / "values.png", dpi=200, bbox_inches="tight")
        if options.cases:
            found = [json.loads(file.read_text()) for file in options.cases]
            cases(*found).savefig(options.out / "cases.png", dpi=200, bbox_inches="tight")


if __name__ == "__main__":
    main()
