"""Where the parts of a machine stand in its picture: memories with their processors, switches, links between them.

Two layouts are tried, and the one is taken that has fewer crossings and fits a page: columns by the distance from the
processors that hosts are (trees, as most machines), and distances on paper like distances in the graph (meshes). The
second is stress majorization: E. R. Gansner, Y. Koren, S. North, "Graph drawing by stress majorization", GD 2004.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy

# In user units of the SVG, which are pixels where there is room.
CARD_WIDTH = 176
CARD_HEAD = 40
ROW = 24
SWITCH_WIDTH = 116
SWITCH_HEIGHT = 30
COLUMN_GAP = 150
ROW_GAP = 22
GAP = 40  # at least, between parts of a mesh
HANG = 14  # between a switch and the memory that hangs on it
MARGIN = 12
SWEEPS = 12  # of ordering by barycenters
STRESS_STEPS = 300
WIDEST = 1500


@dataclass
class Node:
    name: str
    kind: str  # memory, switch
    width: float
    height: float
    processors: list[dict] = field(default_factory=list)
    x: float = 0  # of the middle
    y: float = 0

    def box(self) -> tuple[float, float, float, float]:
        return self.x - self.width / 2, self.y - self.height / 2, self.x + self.width / 2, self.y + self.height / 2


@dataclass
class Edge:
    name: str
    a: int
    b: int
    link: dict | None  # as `partita check --json` has it; None: a memory that is a part of another
    hangs: bool = False  # from a switch straight down to the memory below it


@dataclass
class Graph:
    nodes: list[Node]
    edges: list[Edge]
    width: float = 0
    height: float = 0
    in_columns: bool = True

    def neighbours(self, node: int) -> list[int]:
        return [edge.b if edge.a == node else edge.a for edge in self.edges if node in (edge.a, edge.b)]


def graph_of(machine: dict) -> Graph:
    """`machine` is what `partita check --json` says of a machine file."""
    nodes, number = [], {}
    for memory in machine["memories"]:
        processors = [one for one in machine["processors"] if one["memory"] == memory["name"]]
        height = CARD_HEAD + ROW * len(processors) + (6 if processors else 0)
        number[memory["name"]] = len(nodes)
        nodes.append(Node(memory["name"], "memory", CARD_WIDTH, height, processors))
    ends = {end for link in machine["links"] for end in link["between"]}
    switches = [one["name"] for one in machine.get("switches", [])]
    for name in dict.fromkeys([*switches, *sorted(ends - set(number))]):
        if name not in number:
            number[name] = len(nodes)
            nodes.append(Node(name, "switch", SWITCH_WIDTH, SWITCH_HEIGHT))
    edges = [
        Edge(link["name"], number[link["between"][0]], number[link["between"][1]], link) for link in machine["links"]
    ]
    for memory in machine["memories"]:
        if memory.get("part_of") in number:
            edges.append(
                Edge(f"{memory['name']} is a part of {memory['part_of']}", number[memory["part_of"]],
                     number[memory["name"]], None)
            )  # fmt: skip
    return Graph(nodes, edges)


def distances(graph: Graph, starts: list[int]) -> list[float]:
    """Links from the nearest of `starts`; infinite where no way leads."""
    reached = [math.inf] * len(graph.nodes)
    front = list(starts)
    for node in front:
        reached[node] = 0
    while front:
        following = []
        for node in front:
            for other in graph.neighbours(node):
                if reached[other] > reached[node] + 1:
                    reached[other] = reached[node] + 1
                    following.append(other)
        front = following
    return reached


def roots_of(graph: Graph, host: str | None) -> list[int]:
    """Memories of CPUs, where columns start; else the host, else the first node."""
    cpus = [i for i, node in enumerate(graph.nodes) if any(processor["kind"] == "cpu" for processor in node.processors)]
    hosts = [i for i, node in enumerate(graph.nodes) if node.name == host]
    if cpus and (not hosts or hosts[0] in cpus):
        return cpus
    return hosts or [0]


def in_columns(graph: Graph, host: str | None) -> None:
    """Columns by distance, each in the order of the barycenters of its neighbours."""
    reached = distances(graph, roots_of(graph, host))
    furthest = max((one for one in reached if math.isfinite(one)), default=0)
    columns: dict[int, list[int]] = {}
    for node, distance in enumerate(reached):
        columns.setdefault(int(distance) if math.isfinite(distance) else int(furthest) + 1, []).append(node)
    ordered = [columns[rank] for rank in sorted(columns)]
    for sweep in range(SWEEPS):
        for column in ordered if sweep % 2 == 0 else reversed(ordered):
            place = {node: i - (len(one) - 1) / 2 for one in ordered for i, node in enumerate(one)}
            centre = {}
            for node in column:
                others = [place[other] for other in graph.neighbours(node) if other not in column]
                centre[node] = sum(others) / len(others) if others else place[node]
            column.sort(key=lambda node: (centre[node], place[node]))
    left = MARGIN
    tallest = max(sum(graph.nodes[node].height + ROW_GAP for node in column) - ROW_GAP for column in ordered)
    for column in ordered:
        width = max(graph.nodes[node].width for node in column)
        height = sum(graph.nodes[node].height for node in column)
        # Few nodes beside many are spread over the height, as far as they can be told to belong together.
        gap = ROW_GAP if len(column) < 2 else min((tallest - height) / (len(column) - 1), 5 * ROW_GAP)
        gap = max(gap, ROW_GAP)
        top = MARGIN + (tallest - height - gap * (len(column) - 1)) / 2
        for node in column:
            one = graph.nodes[node]
            one.x, one.y = left + width / 2, top + one.height / 2
            top += one.height + gap
        left += width + COLUMN_GAP
    graph.width, graph.height = left - COLUMN_GAP + MARGIN, tallest + 2 * MARGIN
    graph.in_columns = True


def hanging(graph: Graph) -> dict[int, int]:
    """Memories that hang on a switch of their own, as tiles of a mesh do: switch -> memory."""
    found: dict[int, list[int]] = {}
    for number, node in enumerate(graph.nodes):
        others = graph.neighbours(number)
        if node.kind == "memory" and len(others) == 1 and graph.nodes[others[0]].kind == "switch":
            found.setdefault(others[0], []).append(number)
    return {switch: memories[0] for switch, memories in found.items() if len(memories) == 1}


def by_stress(graph: Graph) -> None:
    """Positions whose distances are like those in the graph, turned until most links are level or upright.

    What hangs on a switch stands below it; memories with several links, which join what is far apart, stand aside.
    """
    below = hanging(graph)
    aside = [i for i, node in enumerate(graph.nodes) if node.kind == "memory" and len(graph.neighbours(i)) > 1]
    placed = [i for i in range(len(graph.nodes)) if i not in below.values() and i not in aside]
    if len(placed) < 3:
        placed, aside, below = list(range(len(graph.nodes))), [], {}
    inner = Graph(
        [composite(graph, number, below.get(number)) for number in placed],
        [
            Edge(edge.name, placed.index(edge.a), placed.index(edge.b), edge.link)
            for edge in graph.edges
            if edge.a in placed and edge.b in placed
        ],
    )
    positions(inner)
    for number, block in zip(placed, inner.nodes, strict=True):
        node = graph.nodes[number]
        left, top, right, bottom = block.box()
        node.x, node.y = left + node.width / 2, top + node.height / 2
        if number in below:
            memory = graph.nodes[below[number]]
            memory.x, memory.y = right - memory.width / 2, bottom - memory.height / 2
    for edge in graph.edges:
        edge.hangs = edge.b == below.get(edge.a) or edge.a == below.get(edge.b)
    left = min(node.box()[0] for node in inner.nodes)
    bottom = -float("inf")
    for number in sorted(aside, key=lambda one: middle_of(graph, one)):
        node = graph.nodes[number]
        node.x = left - COLUMN_GAP / 2 - node.width / 2
        node.y = max(middle_of(graph, number), bottom + node.height / 2)
        bottom = node.y + node.height / 2 + ROW_GAP
    settle(graph)
    graph.in_columns = False


def composite(graph: Graph, number: int, memory: int | None) -> Node:
    """One block of a switch and what hangs on it, far enough to the right for links that go down from the switch."""
    node = graph.nodes[number]
    if memory is None:
        return Node(node.name, node.kind, node.width, node.height)
    other = graph.nodes[memory]
    width = max(node.width, node.width / 2 + HANG + other.width)
    return Node(node.name, node.kind, width, node.height + HANG + other.height)


def middle_of(graph: Graph, number: int) -> float:
    """Mean height of its neighbours."""
    others = [graph.nodes[other].y for other in graph.neighbours(number)]
    return sum(others) / len(others)


def positions(graph: Graph) -> None:
    """Stress majorization, then as far apart as boxes need."""
    count = len(graph.nodes)
    wanted = numpy.array([distances(graph, [node]) for node in range(count)])
    finite = wanted[numpy.isfinite(wanted)]
    wanted[~numpy.isfinite(wanted)] = finite.max() + 1
    weights = 1 / numpy.maximum(wanted, 1) ** 2
    numpy.fill_diagonal(weights, 0)
    # Classical scaling is a start without chance in it; a mesh comes out of it unfolded.
    centred = numpy.eye(count) - 1 / count
    values, vectors = numpy.linalg.eigh(-0.5 * centred @ wanted**2 @ centred)
    at = vectors[:, -2:] * numpy.sqrt(numpy.maximum(values[-2:], 1e-9))
    at += numpy.random.default_rng(1).normal(0, 1e-3, at.shape)  # equal positions have no direction
    laplacian = numpy.diag(weights.sum(axis=1)) - weights
    inverse = numpy.linalg.pinv(laplacian)
    for _ in range(STRESS_STEPS):
        apart = numpy.linalg.norm(at[:, None] - at[None, :], axis=2)
        ratio = numpy.where(apart > 1e-9, wanted / numpy.maximum(apart, 1e-9), 0)
        pull = weights * ratio
        at = inverse @ (numpy.diag(pull.sum(axis=1)) - pull) @ at
    at = upright(at, graph)
    at = at * spread(at, graph)
    for node, x, y in zip(graph.nodes, in_line(at[:, 0]), in_line(at[:, 1]), strict=True):
        node.x, node.y = x, y


def in_line(places: numpy.ndarray) -> list[float]:
    """Places that are nearly the same as the same."""
    order = numpy.argsort(places, kind="stable")
    starts = [0, *(i for i in range(1, len(order)) if places[order[i]] - places[order[i - 1]] > GAP / 2), len(order)]
    lined = [0.0] * len(order)
    for begin, end in itertools.pairwise(starts):
        for number in order[begin:end]:
            lined[number] = float(places[order[begin:end]].mean())
    return lined


def spread(at: numpy.ndarray, graph: Graph) -> tuple[float, float]:
    """How far positions have to be pulled apart, across and upwards, so that no box lies on another: each pair needs
    one of the two, and takes the one that is cheaper for it."""
    across = upwards = 1.0
    for a, one in enumerate(graph.nodes):
        for b in range(a):
            other = graph.nodes[b]
            dx, dy = abs(at[a] - at[b]) + 1e-9
            wide = (one.width + other.width) / 2 + GAP
            high = (one.height + other.height) / 2 + GAP
            if across * dx >= wide or upwards * dy >= high:
                continue
            if wide / dx <= high / dy:
                across = wide / dx
            else:
                upwards = high / dy
    return across, upwards


def upright(at: numpy.ndarray, graph: Graph) -> numpy.ndarray:
    best, least = at, math.inf
    for degrees in range(0, 180, 3):
        turn = math.radians(degrees)
        turned = at @ numpy.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        leaning = sum(
            min(abs(turned[edge.a] - turned[edge.b])) / (numpy.linalg.norm(turned[edge.a] - turned[edge.b]) + 1e-9)
            for edge in graph.edges
        )
        # Of equals, the one that is wider than high.
        flat = float(numpy.ptp(turned[:, 1]) / (numpy.ptp(turned[:, 0]) + 1e-9))
        if leaning + flat / 100 < least:
            best, least = turned, leaning + flat / 100
    return best


def settle(graph: Graph) -> None:
    """Moves everything to where the picture begins, and says how large it is."""
    boxes = [node.box() for node in graph.nodes]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    for node in graph.nodes:
        node.x += MARGIN - left
        node.y += MARGIN - top
    graph.width = max(box[2] for box in boxes) - left + 2 * MARGIN
    graph.height = max(box[3] for box in boxes) - top + 2 * MARGIN


def crossings(graph: Graph) -> int:
    """Pairs of links that cross, and links that run through a node that is not theirs."""
    lines = [(edge, graph.nodes[edge.a], graph.nodes[edge.b]) for edge in graph.edges]
    found = 0
    for i, (one, a, b) in enumerate(lines):
        for other, c, d in lines[:i]:
            if not {one.a, one.b} & {other.a, other.b} and cross(a, b, c, d):
                found += 1
        for node in graph.nodes:
            if node is not a and node is not b and passes(a, b, node):
                found += 2
    return found


def side(a: Node, b: Node, c: Node) -> float:
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)


def cross(a: Node, b: Node, c: Node, d: Node) -> bool:
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def passes(a: Node, b: Node, node: Node) -> bool:
    """Whether the line from a to b comes through the box of the node."""
    left, top, right, bottom = node.box()
    for step in range(1, 20):
        x, y = a.x + (b.x - a.x) * step / 20, a.y + (b.y - a.y) * step / 20
        if left < x < right and top < y < bottom:
            return True
    return False


def badness(graph: Graph) -> float:
    """Crossings, and how far the picture goes beyond a page."""
    return crossings(graph) + 4 * max(0.0, graph.width / WIDEST - 1)


def layout(machine: dict) -> Graph:
    graph = graph_of(machine)
    in_columns(graph, machine.get("host"))
    if len(graph.nodes) < 4 or badness(graph) == 0:
        return graph
    other = graph_of(machine)
    by_stress(other)
    return other if badness(other) < badness(graph) else graph
