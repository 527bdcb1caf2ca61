#!/usr/bin/env python3
"""How far each method's plan is from the best that any found, and from what no plan can beat, by size, shape, machine, time."""

import sys
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import study
from study import style

QUICK = ["single", "round_robin", "greedy", "heft", "cpop", "peft", "look_ahead"]
SEARCHES = ["multilevel", "pilot", "exact", "annealing", "ruin_recreate", "genetic", "auto"]
COLOURS = dict(
    zip(
        SEARCHES,
        [style.GREY, style.SKY, style.ORANGE, style.BLUE, style.GREEN, style.PURPLE, style.VERMILLION],
        strict=True,
    )
)
MOST = 64  # %, where the colours end


def judged(rows: list[dict]) -> list[dict]:
    """With what each plan costs over the best of its problem (excess, %), and over its best bound (gap, %)."""
    for problem in study.grouped(rows, lambda row: (row["model"], row["pin"])).values():
        best, bound = min(row["value"] for row in problem), max(row["lower_bound"] for row in problem)
        for row in problem:
            network = study.network(row["model"])
            shape, _, size = network.rpartition("_")
            row["size"] = int(size) if row["model"].endswith(".json") else "zoo"
            row["shape"] = shape if row["model"].endswith(".json") else network
            row["processors"] = row["pin"].count(",") + 1
            row["excess"] = 100 * (row["value"] / best - 1)
            row["gap"] = 100 * (row["value"] / bound - 1)
            row["best_gap"] = 100 * (best / bound - 1)
            quick = row["method"] in QUICK
            row["limit"] = 0 if quick else row.get("time-limit", 1)
    return rows


def label(method: str, limit: float, limits: list) -> str:
    return f"{method}, {limit:.0f} s" if limit and len([each for each in limits if each]) > 1 else method


def lanes(rows: list[dict]) -> list[tuple[str, float]]:
    limits = sorted({row["limit"] for row in rows})
    return [
        (method, limit)
        for limit in limits
        for method in (QUICK if limit == 0 else SEARCHES)
        if any((row["method"], row["limit"]) == (method, limit) for row in rows)
    ]


def draw_table(rows: list[dict]):
    """Methods by classes of problems: the mean excess, in colours and numbers."""
    methods = lanes(rows)
    limits = sorted({row["limit"] for row in rows})
    classes = list(study.grouped(rows, lambda row: (row["size"], row["processors"])))
    cells = study.grouped(rows, lambda row: (row["method"], row["limit"], row["size"], row["processors"]))
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 0.155 * len(methods) + 0.6))
    axes = figure.subplots()
    for line, (method, limit) in enumerate(methods):
        for column, (size, processors) in enumerate(classes):
            own = cells.get((method, limit, size, processors))
            if not own:
                continue
            value = mean(row["excess"] for row in own)
            shade = min(1.0, (value / MOST) ** 0.4)
            best = min(
                mean(row["excess"] for row in cells[other, its, size, processors])
                for other, its in methods
                if its == limit and (other, its, size, processors) in cells
            )
            axes.fill([column, column + 1, column + 1, column], [line, line, line + 1, line + 1],
                      color=style.BLUE, alpha=0.85 * shade, linewidth=0)  # fmt: skip
            axes.text(column + 0.5, line + 0.54, f"{value:.1f}" if value < 9.95 else f"{value:.0f}", ha="center", va="center",
                      size=6, color="white" if shade > 0.6 else style.INK,
                      weight="bold" if value <= best + 0.05 else "normal")  # fmt: skip
    axes.set(xlim=(0, len(classes)), ylim=(len(methods), 0))
    axes.set_yticks([at + 0.5 for at in range(len(methods))], [label(*each, limits) for each in methods])
    axes.set_xticks([at + 0.5 for at in range(len(classes))], [str(processors) for _, processors in classes])
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for line in range(1, len(methods)):
        if methods[line][1] != methods[line - 1][1]:
            axes.axhline(line, color="white", linewidth=3)
    for column in range(1, len(classes)):
        if classes[column][0] != classes[column - 1][0]:
            axes.axvline(column, color="white", linewidth=3)
    for size in dict.fromkeys(size for size, _ in classes):
        at = [column for column, each in enumerate(classes) if each[0] == size]
        name = "zoo" if size == "zoo" else f"{size:,} layers"
        axes.text(mean(at) + 0.5, -1.15, name, ha="center", va="bottom", size=7)
    axes.text(-0.1, -0.25, "processors", ha="right", va="bottom", size=6.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure


def draw_shapes(rows: list[dict]):
    """Searches at their longest, over processors, one panel for each shape of the graphs."""
    longest = max(row["limit"] for row in rows)
    own = [
        row for row in rows if row["size"] != "zoo" and (row["limit"] == longest or row["method"] in ("heft", "peft"))
    ]
    shapes, counts = study.distinct(own, "shape"), sorted({row["processors"] for row in own})
    figure = study.Figure(figsize=(style.DOUBLE_COLUMN, 1.9))
    grid = figure.subplots(1, len(shapes), sharey=True, squeeze=False)[0]
    colours = {"heft": style.INK, "peft": style.YELLOW, **COLOURS}
    for axes, shape in zip(grid, shapes, strict=True):
        for method, colour in colours.items():
            means = [
                [
                    row["gap"]
                    for row in own
                    if (row["shape"], row["processors"], row["method"]) == (shape, count, method)
                ]
                for count in counts
            ]
            at = [place for place, part in enumerate(means) if part]
            if method == "exact" or not at:
                continue  # of the smallest graphs alone
            axes.plot(at, [mean(means[place]) for place in at], "o-", color=colour, markersize=2.5, label=method)
        axes.set_xticks(range(len(counts)), [str(count) for count in counts])
        axes.set_xlim(-0.3, len(counts) - 0.7)
        axes.set(title=shape, xlabel="processors")
        axes.set_ylim(bottom=0)
    grid[0].set_ylabel("above the lower bound (%)")
    figure.legend(*grid[0].get_legend_handles_labels(), loc="center left", bbox_to_anchor=(0.91, 0.5))
    figure.subplots_adjust(wspace=0.08)
    return figure


def tell(rows: list[dict]) -> None:
    problems = study.grouped(rows, lambda row: (row["model"], row["pin"]))
    limits = sorted({row["limit"] for row in rows if row["limit"]})
    proved = sum(problem[0]["best_gap"] < 0.05 for problem in problems.values())
    print(f"simulated; {len(problems)} problems; the best plan that any method found is {proved} times within 0.05 % of the "
          f"bound, on average {mean(problem[0]['best_gap'] for problem in problems.values()):.1f} % above it")  # fmt: skip
    print("use, by the mean excess over the best plan found:")
    print("| layers | processors | quick | " + " | ".join(f"search, {limit:.0f} s" for limit in limits) + " |")
    print("|---|---|---|" + "---|" * len(limits))
    for (size, processors), own in study.grouped(rows, lambda row: (row["size"], row["processors"])).items():
        cells = []
        for limit in (0, *limits):
            part = [row for row in own if row["limit"] == limit]
            means = {method: mean(row["excess"] for row in its) for method, its in
                     study.grouped(part, lambda row: row["method"]).items()}  # fmt: skip
            least = min(means.values())
            names = [method for method, value in means.items() if value <= least + 0.1]
            cells.append(f"{', '.join(names)} (+{least:.1f} %)")
        print(f"| {size} | {processors} | " + " | ".join(cells) + " |")
    print("mean excess over all problems, and how often nobody is better (0.1 %):")
    for method, limit in lanes(rows):
        own = [row for row in rows if (row["method"], row["limit"]) == (method, limit)]
        wins = sum(row["excess"] <= 0.1 for row in own)
        print(
            f"  {label(method, limit, [*limits]):22}{mean(row['excess'] for row in own):>7.1f} %   {wins} of {len(own)}"
        )


def draw(results: Path) -> dict:
    rows = judged(study.read(results, "optimizers"))
    tell(rows)
    return {"methods": draw_table(rows), "shapes": draw_shapes(rows)}


if __name__ == "__main__":
    study.main(__doc__, draw)
