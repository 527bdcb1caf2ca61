"""Timelines as the page draws them: rows of processors, of those who copy, and of links, as columns of numbers."""

import json
from pathlib import Path

from figures.lanes import Lane, lanes_of
from figures.operators import FAMILIES
from figures.reading import Timeline, read_document, read_timeline
from report import naming

MOST_CURVE_POINTS = 20_000  # of a link's use over time; of more, the page gets means


def read_timeline_and_measurement(file: Path) -> tuple[Timeline, dict]:
    """The timeline, and what its file says of how it was measured (empty where it was not)."""
    top = read_document(file, "timeline")
    measurement = top.value.get("measurement")
    return read_timeline(file), measurement if isinstance(measurement, dict) else {}


class Names:
    """Texts by number, each kept once."""

    def __init__(self) -> None:
        self.all: list[str] = []
        self._number: dict[str, int] = {}

    def number(self, text: str) -> int:
        if text not in self._number:
            self._number[text] = len(self.all)
            self.all.append(text)
        return self._number[text]


def row_of(lane: Lane, names: Names) -> dict:
    layers = {
        "name": [names.number(layer.name) for layer in lane.layers],
        "operator": [names.number(layer.operator) for layer in lane.layers],
        "family": [FAMILIES.index(layer.family) for layer in lane.layers],
        "start": [layer.start for layer in lane.layers],
        "finish": [layer.finish for layer in lane.layers],
    }
    copies = {
        "name": [names.number(leg.tensor) for leg in lane.copies],
        "from": [names.number(leg.src) for leg in lane.copies],
        "to": [names.number(leg.dst) for leg in lane.copies],
        "bytes": [leg.size for leg in lane.copies],
        "queued": [leg.queued for leg in lane.copies],
        "start": [leg.start for leg in lane.copies],
        "data": [leg.data for leg in lane.copies],
        "finish": [leg.finish for leg in lane.copies],
    }
    row = {
        "label": lane.label,
        "kind": "processor" if lane.is_processor else "copies",
        "busy": lane.busy(),
        "layers": layers,
        "copies": copies,
    }
    if lane.lost:
        row["lost"] = {"start": [one.start for one in lane.lost], "finish": [one.lost for one in lane.lost]}
    if lane.load:
        row["load"] = {
            "what": [names.number(one.what) for one in lane.load],
            "start": [one.start for one in lane.load],
            "finish": [one.finish for one in lane.load],
        }
    return row


def thinned(points: list[list[int]], until: int) -> list[list[int]]:
    """A step curve of at most MOST_CURVE_POINTS points; of one with more, its means over equal parts of the time."""
    if len(points) <= MOST_CURVE_POINTS:
        return points
    result, at, value, total, following = [], 0, 0, 0, 0
    for part in range(MOST_CURVE_POINTS):
        begin, end = until * part // MOST_CURVE_POINTS, until * (part + 1) // MOST_CURVE_POINTS
        at, total = begin, 0
        while following < len(points) and points[following][0] < end:
            total += value * (points[following][0] - at)
            at, value = points[following]
            following += 1
        total += value * (end - at)
        result.append([begin, total // max(1, end - begin)])
    return [*result, [until, 0]]


def curves_of(analysis: dict) -> list[dict]:
    """What flows through links and memories over time, of those that were used."""
    limits = {one["name"]: one for one in analysis["channels"]}
    found = []
    for one in analysis.get("series", []):
        channel = limits.get(one["name"])
        if one["unit"] != "B/s" or channel is None or not any(value for _, value in one["points"]):
            continue
        found.append(
            {
                "label": one["name"],
                "kind": "link" if "link" in channel else "memory",
                "capacity": channel["capacity_bytes_per_s"],
                "used": channel["used_percent"],
                "points": thinned(one["points"], analysis["makespan_ps"]),
            }
        )
    return sorted(found, key=lambda curve: curve["kind"])


def for_page(timeline: Timeline, names: Names, title: str, label: str, analysis: dict | None) -> dict:
    """`label` says how its times came about: "simulated", "measured"; `title` tells it from others of its plan."""
    return {
        "title": title,
        "label": label,
        "makespan": timeline.makespan,
        "rows": [row_of(lane, names) for lane in lanes_of(timeline)],
        "curves": curves_of(analysis) if analysis else [],
    }


def measurement_facts(measurement: dict) -> list[str]:
    """What a measured timeline says of how it was measured (exec/replay/measurement.h), as short texts."""
    facts = []
    runs = measurement.get("runs")
    if isinstance(runs, dict) and isinstance(runs.get("clean"), int):
        left_out = sum(count for kind, count in runs.items() if kind != "clean" and isinstance(count, int))
        facts.append(
            f"median of {naming.counted(runs['clean'], 'run')}" + (f", {left_out} left out" if left_out else "")
        )
    low, high, sure = (measurement.get(key) for key in ("low_ps", "high_ps", "confidence"))
    if all(isinstance(one, (int, float)) for one in (low, high, sure)):
        facts.append(f"{naming.quantity(low, 'ps')} to {naming.quantity(high, 'ps')} ({sure:.0%} confidence)")
    if measurement.get("trustworthy") is False:
        facts.append("the computer was too noisy for a number to rely on")
    environment = measurement.get("environment")
    if isinstance(environment, dict):
        cores = environment.get("cores")
        facts += [str(environment[key]) for key in ("cpu", "kernel") if environment.get(key)]
        facts += [naming.counted(cores, "core")] if isinstance(cores, int) else []
        facts += ["a virtual machine"] if environment.get("virtual_machine") is True else []
    notes = measurement.get("notes")
    return facts + [str(note) for note in notes] if isinstance(notes, list) else facts


def compact(value) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
