"""Pictures of machines: where parts stand, and what colours and widths say."""

import itertools

import pytest
from samples import ANALYSIS, MS

from report import machine_graph, machine_picture


def processor(name, memory, kind="gpu"):
    return {"name": name, "kind": kind, "memory": memory, "peak_flop_per_s": {"f32": 10**12}}


def memory(name, **more):
    return {"name": name, "capacity_bytes": 10**9, "bandwidth_bytes_per_s": 10**11, **more}


def link(name, a, b, bandwidth=10**10):
    return {"name": name, "between": [a, b], "kind": "pcie", "bandwidth_bytes_per_s": bandwidth, "full_duplex": True,
            "latency_ps": 1000}  # fmt: skip


def machine(processors, memories, links, switches=(), **more):
    return {"machine": "box", "processors": processors, "memories": memories, "links": links,
            "switches": [{"name": one, "latency_ps": 0, "multicast": False} for one in switches], **more}  # fmt: skip


# A host, a switch below it, three devices below that.
TREE = machine(
    [processor("cpu", "dram", "cpu"), *(processor(f"gpu{i}", f"hbm{i}") for i in range(3))],
    [memory("dram"), *(memory(f"hbm{i}") for i in range(3))],
    [link("up", "dram", "plx", 4 * 10**10), *(link(f"pcie{i}", "plx", f"hbm{i}") for i in range(3))],
    ["plx"],
    host="dram",
)


def mesh(side):
    names = [f"r{row}_{column}" for row in range(side) for column in range(side)]
    links = [
        link(f"{a}-{b}", a, b)
        for a, b in itertools.combinations(names, 2)
        if sum(abs(int(x) - int(y)) for x, y in zip(a[1:].split("_"), b[1:].split("_"), strict=True)) == 1
    ]
    memories = [memory(f"sram{name}") for name in names]
    links += [link(f"port{name}", name, f"sram{name}") for name in names]
    return machine([processor(f"tile{name}", f"sram{name}", "npu") for name in names], memories, links, names)


def overlaps(graph):
    boxes = [node.box() for node in graph.nodes]
    return [
        (a, b)
        for a, b in itertools.combinations(boxes, 2)
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
    ]


def test_columns_begin_at_the_host_and_go_away_from_it():
    graph = machine_graph.layout(TREE)
    at = {node.name: node for node in graph.nodes}
    assert graph.in_columns
    assert at["dram"].x < at["plx"].x < at["hbm0"].x
    assert at["hbm0"].x == at["hbm1"].x == at["hbm2"].x
    assert at["hbm0"].y < at["hbm1"].y < at["hbm2"].y
    assert machine_graph.crossings(graph) == 0


@pytest.mark.parametrize("described", [TREE, mesh(3), mesh(4)], ids=["tree", "mesh3", "mesh4"])
def test_no_two_parts_lie_on_each_other_and_all_lie_in_the_picture(described):
    graph = machine_graph.layout(described)
    assert overlaps(graph) == []
    for node in graph.nodes:
        left, top, right, bottom = node.box()
        assert left >= 0
        assert top >= 0
        assert right <= graph.width
        assert bottom <= graph.height


def test_a_mesh_is_drawn_as_one():
    """In columns by distance from a corner, links of a 4 x 4 mesh cross; unfolded they do not."""
    graph = machine_graph.layout(mesh(4))
    assert not graph.in_columns
    of_mesh = [edge for edge in graph.edges if not edge.name.startswith("port")]
    lines = [(graph.nodes[edge.a], graph.nodes[edge.b]) for edge in of_mesh]
    assert not any(machine_graph.cross(*one, *other) for one, other in itertools.combinations(lines, 2)
                   if not {id(end) for end in one} & {id(end) for end in other})  # fmt: skip


def test_the_same_machine_is_drawn_the_same():
    first, second = (machine_graph.layout(mesh(4)) for _ in range(2))
    assert [node.box() for node in first.nodes] == [node.box() for node in second.nodes]


def test_a_part_of_a_memory_is_joined_to_it_by_a_dashed_line():
    described = machine([processor("cpu", "dram", "cpu")], [memory("dram"), memory("carveout", part_of="dram")], [])
    (line,) = machine_picture.picture_of(described, None).lines
    assert line.dashed
    assert "part of dram" in line.title


def test_parts_that_nothing_joins_are_drawn_too():
    described = machine([processor("cpu", "a", "cpu")], [memory("a"), memory("b"), memory("c"), memory("d")], [])
    picture = machine_picture.picture_of(described, None)
    assert {card.name for card in picture.cards} == {"a", "b", "c", "d"}
    assert overlaps(machine_graph.layout(described)) == []


def test_widths_grow_with_bandwidth():
    thin, middle, thick = (machine_picture.thickness(rate, 10**9, 10**11) for rate in (10**9, 10**10, 10**11))
    assert thin == machine_picture.THINNEST
    assert thick == machine_picture.THICKEST
    assert middle == pytest.approx((thin + thick) / 2)


def test_loads_are_those_of_the_run():
    """fast is busy 60 of 90 ms with one stream, slow 50 of 180 with two."""
    channels = [{**one, "used_percent": used} for one, used in zip(ANALYSIS["channels"], (37.5, 4.2), strict=True)]
    loads = machine_picture.loads_of({**ANALYSIS, "channels": channels})
    assert loads.label == "simulated"
    assert loads.processors == {"fast": pytest.approx(60 / 90), "slow": pytest.approx(50 / 180)}
    assert loads.of_link("pcie0") == pytest.approx(0.375)
    assert loads.channels["hbm"] == pytest.approx(0.042)
    assert ANALYSIS["makespan_ps"] == 90 * MS


@pytest.mark.parametrize(
    ("share", "step"),
    [(None, "none"), (0, "0"), (0.19, "0"), (0.2, "1"), (0.79, "3"), (0.8, "4"), (1, "4"), (1.2, "4")],
)
def test_a_load_is_one_of_five_colours(share, step):
    assert machine_picture.step_of(share) == step
