#!/usr/bin/env python3
"""How far the plans of each method are from the best of all: by size, shape, processors and plans evaluated."""

import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

QUICK = ["single", "round_robin", "greedy", "heft", "cpop", "peft", "look_ahead"]
SEARCHES = ["multilevel", "pilot", "exact", "annealing", "ruin_recreate", "genetic", "auto"]
COLOURS = {
    "heft": style.INK,
    "peft": style.YELLOW,
    "multilevel": style.GREY,
    "pilot": style.SKY,
    "annealing": style.BLUE,
    "ruin_recreate": style.GREEN,
    "genetic": style.PURPLE,
    "auto": style.VERMILLION,
}
SHADES = [(0.5, 0.0), (2, 0.08), (5, 0.18), (15, 0.35), (50, 0.55), (float("inf"), 0.8)]  # below so many %: so dark
EVEN = 0.1  # %, below which two methods are as good


def judged(results: Path) -> list[dict]:
    """With what each plan costs over the best of its problem (excess, %) and over its best bound (gap, %)."""
    rows = study.read(results, "optimizers")
    for row in rows:
        row["block"] = "quick" if row["method"] in QUICK else f"{row['steps']:,.0f} plans"
    for problem in study.grouped(rows, lambda row: (row["model"], row["pin"])).values():
        best, bound = min(row["value"] for row in problem), max(row["lower_bound"] for row in problem)
        for row in problem:
            network = study.network(row["model"])
            is_graph = row["model"].endswith(".json")
            row["shape"], row["size"] = network.rsplit("_", 1) if is_graph else (network, "zoo")
            row["processors"] = row["pin"].count(",") + 1
            row["excess"] = 100 * (row["value"] / best - 1)
            row["gap"] = 100 * (row["value"] / bound - 1)
            row["best_gap"] = 100 * (best / bound - 1)
    return rows


def blocks(rows: list[dict]) -> list[str]:
    """Quick methods, then searches by the plans that they may evaluate, fewest first."""
    steps = sorted({row["steps"] for row in rows if row["block"] != "quick"})
    return ["quick", *(f"{each:,.0f} plans" for each in steps)]


def lanes(rows: list[dict]) -> list[tuple[str, str]]:
    there = {(row["block"], row["method"]) for row in rows}
    return [(block, method) for block in blocks(rows) for method in QUICK + SEARCHES if (block, method) in there]


def draw_table(rows: list[dict]):
    """Methods by classes of problems: the mean excess, in colours and numbers."""
    methods = lanes(rows)
    classes = list(study.grouped(rows, lambda row: (row["size"], row["processors"])))
    cells = {
        key: mean(row["excess"] for row in part)
        for key, part in study.grouped(
            rows, lambda row: (row["block"], row["method"], row["size"], row["processors"])
        ).items()
    }
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 0.155 * len(methods) + 0.6))
    axes = figure.subplots()
    for line, (block, method) in enumerate(methods):
        for column, at in enumerate(classes):
            value = cells.get((block, method, *at))
            if value is None:
                continue
            least = min(
                cells[(where, other, *at)]
                for where, other in methods
                if (where, other, *at) in cells and where == block
            )
            dark = next(shade for below, shade in SHADES if value < below)
            axes.fill([column, column + 1, column + 1, column], [line, line, line + 1, line + 1], color=style.BLUE,
                      alpha=dark, linewidth=0)  # fmt: skip
            axes.text(column + 0.5, line + 0.54, f"{value:.1f}" if value < 9.95 else f"{value:.0f}", ha="center",
                      va="center", size=6, color="white" if dark > 0.4 else style.INK,
                      weight="bold" if value <= least + EVEN else "normal")  # fmt: skip
    axes.set(xlim=(0, len(classes)), ylim=(len(methods), 0))
    axes.set_yticks([at + 0.5 for at in range(len(methods))], [method for _, method in methods])
    axes.set_xticks([at + 0.5 for at in range(len(classes))], [str(processors) for _, processors in classes])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for block in blocks(rows):
        at = [line for line, (its, _) in enumerate(methods) if its == block]
        if at:
            axes.axhline(at[-1] + 1, color="white", linewidth=3)
            axes.text(len(classes) + 0.12, mean(at) + 0.5, block, rotation=90, ha="left", va="center", size=7)
    for size in dict.fromkeys(size for size, _ in classes):
        at = [column for column, each in enumerate(classes) if each[0] == size]
        axes.axvline(at[-1] + 1, color="white", linewidth=3)
        name = "zoo" if size == "zoo" else f"{int(size):,} layers"
        axes.text(mean(at) + 0.5, -1.15, name, ha="center", va="bottom", size=7)
    axes.text(-0.1, -0.25, "processors", ha="right", va="bottom", size=6.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def draw_shapes(rows: list[dict]):
    """Over the number of processors, one panel for each shape of the graphs, of the searches that had most plans."""
    last = blocks(rows)[-1]
    own = [row for row in rows if row["size"] != "zoo" and row["block"] in ("quick", last)]
    shapes, counts = study.distinct(own, "shape"), sorted({row["processors"] for row in own})
    means = {
        key: mean(row["excess"] for row in part)
        for key, part in study.grouped(own, lambda row: (row["shape"], row["method"], row["processors"])).items()
    }
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 1.9))
    grid = figure.subplots(1, len(shapes), sharey=True, squeeze=False)[0]
    for axes, shape in zip(grid, shapes, strict=True):
        for method, colour in COLOURS.items():
            axes.plot(range(len(counts)), [means[shape, method, count] for count in counts], "o-", color=colour,
                      markersize=2.5, label=method)  # fmt: skip
        axes.set_xticks(range(len(counts)), [str(count) for count in counts])
        axes.set_xlim(-0.3, len(counts) - 0.7)
        axes.set(title=shape, xlabel="processors")
    grid[0].set_ylim(bottom=-0.5)
    grid[0].set_ylabel("above the best plan found (%)")
    figure.legend(*grid[0].get_legend_handles_labels(), loc="center left", bbox_to_anchor=(0.91, 0.5))
    figure.subplots_adjust(wspace=0.08)
    return figure


def best_of(rows: list[dict]) -> str:
    """Of methods that solved all problems: those that nobody beats on average, and how far they are from the best."""
    parts = study.grouped(rows, lambda row: row["method"])
    most = max(map(len, parts.values()))
    means = {method: mean(row["excess"] for row in part) for method, part in parts.items() if len(part) == most}
    least = min(means.values())
    return f"{', '.join(method for method, value in means.items() if value <= least + EVEN)} (+{least:.1f} %)"


def tell(rows: list[dict]) -> None:
    problems = list(study.grouped(rows, lambda row: (row["model"], row["pin"])).values())
    gaps = [problem[0]["best_gap"] for problem in problems]
    proved, near = sum(gap < 0.05 for gap in gaps), sum(gap < 5 for gap in gaps)
    print(f"{len(problems)} problems; the best plan of all methods is within 0.05 % of the lower bound in {proved}, "
          f"within 5 % in {near}")  # fmt: skip
    each_block = blocks(rows)
    print("use (mean excess over the best plan that any method found):")
    print(f"| layers | processors | {' | '.join(each_block)} |")
    print("|---|---|" + "---|" * len(each_block))
    for (size, processors), own in study.grouped(rows, lambda row: (row["size"], row["processors"])).items():
        parts = [[row for row in own if row["block"] == block and row["method"] != "auto"] for block in each_block]
        print(f"| {size} | {processors} | {' | '.join(map(best_of, parts))} |")
    print("by shape:")
    for shape, own in study.grouped(rows, lambda row: row["shape"]).items():
        parts = [[row for row in own if row["block"] == block and row["method"] != "auto"] for block in each_block]
        print(f"| {shape} | {' | '.join(map(best_of, parts))} |")
    print("mean and worst excess over all problems; how often nobody is better (by 0.1 %):")
    for block, method in lanes(rows):
        own = [row["excess"] for row in rows if (row["block"], row["method"]) == (block, method)]
        first = f"{sum(excess <= EVEN for excess in own)} of {len(own)}"
        print(f"  {block:12}{method:14}{mean(own):>7.1f} %{max(own):>8.1f} %   {first}")


def draw(results: Path) -> dict:
    rows = judged(results)
    print(study.origin(rows))
    tell(rows)
    return {"methods": draw_table(rows), "shapes": draw_shapes(rows)}


if __name__ == "__main__":
    study.main(__doc__, draw)
