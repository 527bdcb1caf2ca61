"""The picture of a machine as shapes for the page's template, and its parts as tables: what it is, how busy it was."""

import math
from dataclasses import dataclass, field

from report import machine_graph, naming

LOAD_STEPS = 5  # colours of the page: 0 to 20 %, ..., 80 to 100 %
THINNEST, THICKEST = 1.5, 11


@dataclass
class Loads:
    """Shares from 0 to 1 of a run; None where it says nothing of a part."""

    label: str = ""  # simulated, measured
    processors: dict[str, float] = field(default_factory=dict)
    channels: dict[str, float] = field(default_factory=dict)  # of links (both directions) and memories, by name
    links: dict[str, list[tuple[str, float]]] = field(default_factory=dict)  # of a link: channel, share

    def of_link(self, name: str) -> float | None:
        shares = [share for _, share in self.links.get(name, [])]
        return max(shares) if shares else None


def loads_of(analysis: dict | None) -> Loads:
    """Of an analysis as `partita simulate --analysis` writes it."""
    if analysis is None:
        return Loads()
    loads = Loads(label=analysis.get("origin", ""))
    for one in analysis["processors"]:
        room = analysis["makespan_ps"] * one["streams"]
        loads.processors[one["name"]] = (one["busy_ps"] + one["copying_ps"]) / room if room else 0
    for one in analysis["channels"]:
        share = one["used_percent"] / 100
        loads.channels[one["name"]] = share
        if "link" in one:
            loads.links.setdefault(one["link"], []).append((one["name"], share))
    return loads


def step_of(share: float | None) -> str:
    """The class of the page's colours."""
    if share is None:
        return "none"
    return str(min(LOAD_STEPS - 1, max(0, int(share * LOAD_STEPS))))


def percent(share: float | None) -> str:
    if share is None:
        return ""
    if 0 < share < 0.01:
        return "< 1 %"
    return f"{100 * share:.0f} %"


def thickness(bandwidth: float, low: float, high: float) -> float:
    """On a logarithmic scale: links of a machine differ by orders of magnitude."""
    if high <= low:
        return (THINNEST + THICKEST) / 3
    place = math.log(bandwidth / low) / math.log(high / low)
    return THINNEST + place * (THICKEST - THINNEST)


def clip(text: str, letters: int) -> str:
    return text if len(text) <= letters else text[: letters - 1] + "…"


@dataclass
class Card:
    """A memory with its processors, or a switch."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    name: str
    full_name: str
    line: str
    title: str
    load: str
    share: str
    bar: float
    rows: list[dict]


@dataclass
class Line:
    path: str
    width: float
    load: str
    title: str
    text: str
    text_x: float
    text_y: float
    anchor: str
    dashed: bool


@dataclass
class Picture:
    name: str
    description: str
    width: float
    height: float
    cards: list[Card]
    lines: list[Line]
    loads: Loads
    widths: list[tuple[float, str]]  # for the legend: thickness, bandwidth
    summary: str  # for those who do not see it


def ports(graph: machine_graph.Graph) -> dict[tuple[int, int], tuple[float, float]]:
    """Where each link meets its nodes, by (edge, node): spread over the side, in the order of the other ends."""
    sides: dict[tuple[int, str], list[tuple[float, int]]] = {}
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for number, edge in enumerate(graph.edges):
        if edge.hangs:
            upper, lower = sorted((edge.a, edge.b), key=lambda node: graph.nodes[node].y)
            x = graph.nodes[upper].box()[2] - graph.nodes[upper].height / 2
            found[number, upper] = (x, graph.nodes[upper].box()[3])
            found[number, lower] = (x, graph.nodes[lower].box()[1])
            continue
        for node, other in ((edge.a, edge.b), (edge.b, edge.a)):
            here, there = graph.nodes[node], graph.nodes[other]
            dx, dy = there.x - here.x, there.y - here.y
            # By the side that the straight line leaves through.
            steep = abs(dy) * here.width > abs(dx) * here.height
            if graph.in_columns:
                steep = abs(dx) < 1
            where = ("bottom" if dy > 0 else "top") if steep else ("right" if dx > 0 else "left")
            sides.setdefault((node, where), []).append((there.x if steep else there.y, number))
    for (node, where), members in sides.items():
        here = graph.nodes[node]
        left, top, right, bottom = here.box()
        for place, (_, number) in enumerate(sorted(members)):
            share = (place + 1) / (len(members) + 1)
            found[number, node] = {
                "left": (left, top + share * here.height),
                "right": (right, top + share * here.height),
                "top": (left + share * here.width, top),
                "bottom": (left + share * here.width, bottom),
            }[where]
    return found


def curve(start: tuple[float, float], end: tuple[float, float], graph: machine_graph.Graph) -> str:
    (x0, y0), (x1, y1) = start, end
    if not graph.in_columns or abs(x1 - x0) < 1:
        return f"M{x0:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}"
    bend = (x1 - x0) * 0.45
    return f"M{x0:.1f} {y0:.1f}C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def line_of(graph: machine_graph.Graph, number: int, ends: dict, loads: Loads, low: float, high: float) -> Line:
    edge = graph.edges[number]
    start, end = ends[number, edge.a], ends[number, edge.b]
    if edge.link is None:
        title = edge.name + " (shares its bandwidth)"
        return Line(curve(start, end, graph), 1.5, "none", title, "", 0, 0, "start", True)
    bandwidth = naming.quantity(edge.link["bandwidth_bytes_per_s"], "B/s")
    share = loads.of_link(edge.name)
    duplex = "each direction" if edge.link["full_duplex"] else "both directions together"
    used = "; ".join(f"{name} used {percent(one)}" for name, one in loads.links.get(edge.name, []))
    title = f"{edge.link['kind'] or 'link'} {edge.name}: {bandwidth} {duplex}" + (f"; {used}" if used else "")
    text = f"{clip(edge.name, 14)} {bandwidth}" + (f" · {percent(share)}" if share is not None else "")
    x, y, anchor, shown = 0.0, 0.0, "middle", graph.in_columns
    if graph.in_columns and abs(start[0] - end[0]) < 1:
        x, y, anchor = start[0] + 7, (start[1] + end[1]) / 2 + 4, "start"
        shown = abs(start[1] - end[1]) > 14
    elif graph.in_columns:
        # Beside the end with fewer links, where labels do not meet.
        few_at_a = len(graph.neighbours(edge.a)) <= len(graph.neighbours(edge.b))
        (x, y), (other, _) = (start, end) if few_at_a else (end, start)
        anchor = "start" if other > x else "end"
        x += 6 if other > x else -6
        y -= 5 + thickness(edge.link["bandwidth_bytes_per_s"], low, high) / 2
    wide = thickness(edge.link["bandwidth_bytes_per_s"], low, high)
    return Line(
        curve(start, end, graph), wide, step_of(share), title, text if shown else "", x, y, anchor, dashed=False
    )


def card_of(node: machine_graph.Node, machine: dict, loads: Loads) -> Card:
    left, top, _, _ = node.box()
    if node.kind == "switch":
        switch = next((one for one in machine.get("switches", []) if one["name"] == node.name), {})
        facts = [naming.quantity(switch["latency_ps"], "ps")] if switch.get("latency_ps") else []
        facts += ["multicast"] if switch.get("multicast") else []
        title = f"switch {node.name}" + (f": {', '.join(facts)}" if facts else "")
        return Card(left, top, node.width, node.height, "switch", clip(node.name, 15), node.name, "", title,
                    "none", "", 0, [])  # fmt: skip
    memory = next(one for one in machine["memories"] if one["name"] == node.name)
    capacity = naming.quantity(memory["capacity_bytes"], "B")
    bandwidth = naming.quantity(memory["bandwidth_bytes_per_s"], "B/s")
    share = loads.channels.get(node.name)
    rows = []
    for i, processor in enumerate(node.processors):
        busy = loads.processors.get(processor["name"])
        peaks = ", ".join(
            f"{naming.quantity(rate, 'FLOP/s')} {kind}" for kind, rate in processor["peak_flop_per_s"].items()
        )
        rows.append(
            {
                "name": clip(processor["name"], 12),
                "kind": processor["kind"],
                "share": percent(busy),
                "bar": busy or 0,
                "load": step_of(busy),
                "y": top + machine_graph.CARD_HEAD + machine_graph.ROW * i,
                "title": f"{processor['kind']} {processor['name']}: {peaks or 'no peak rate given'}"
                + (f"; busy {percent(busy)}" if busy is not None else ""),
            }
        )
    title = f"memory {node.name}: {capacity}, {bandwidth}" + (f"; used {percent(share)}" if share is not None else "")
    return Card(left, top, node.width, node.height, "memory", clip(node.name, 17), node.name,
                f"{capacity} · {bandwidth}", title, step_of(share), percent(share), share or 0, rows)  # fmt: skip


def summary_of(machine: dict, loads: Loads) -> str:
    counts = [
        naming.counted(len(machine["processors"]), "processor"),
        naming.counted(len(machine["memories"]), "memory", "memories"),
        naming.counted(len(machine["links"]), "link"),
        naming.counted(len(machine.get("switches", [])), "switch", "switches"),
    ]
    text = f"{machine['machine']}: {', '.join(counts)}."
    if loads.processors:
        busiest = max(loads.processors, key=lambda name: loads.processors[name])
        text += f" The busiest processor is {busiest} ({percent(loads.processors[busiest])} of the time)."
        links = {name: loads.of_link(name) for name in loads.links}
        if links:
            most = max(links, key=lambda name: links[name])
            text += f" The busiest link is {most} ({percent(links[most])} of what it can carry)."
    return text


def picture_of(machine: dict, analysis: dict | None) -> Picture:
    """`machine` as `partita check --json` says it, `analysis` as `partita simulate --analysis` writes it."""
    graph = machine_graph.layout(machine)
    loads = loads_of(analysis)
    bandwidths = [link["bandwidth_bytes_per_s"] for link in machine["links"]]
    low, high = (min(bandwidths), max(bandwidths)) if bandwidths else (1, 1)
    ends = ports(graph)
    shown = sorted({low, high}) if bandwidths else []
    return Picture(
        name=machine["machine"],
        description=machine.get("description", ""),
        width=graph.width,
        height=graph.height,
        cards=[card_of(node, machine, loads) for node in graph.nodes],
        lines=[line_of(graph, i, ends, loads, low, high) for i in range(len(graph.edges))],
        loads=loads,
        widths=[(thickness(one, low, high), naming.quantity(one, "B/s")) for one in shown],
        summary=summary_of(machine, loads),
    )
