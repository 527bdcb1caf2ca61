"""Where packets and flows part: what simulate says of it."""

import json

from conftest import ROOT

TRUNK = ROOT / "experiments/fidelity/oversubscribed.yaml"

# Room for one packet on each way of a ring of five switches.
RING = """
processors: {"p[0..4]": {kind: npu, memory: "m{i}", peak: {f32: 1 TFLOP/s}, efficiency: 0.5}}
memories: {"m[0..4]": {capacity: 1 GiB, bandwidth: 100 GB/s}}
dma_engines: {"dma[0..4]": {memory: "m{i}", direction: out}}
links:
  up[0..4]: {between: ["m{i}", "s{i}"], bandwidth: 1 GB/s}
  ring0: {between: [s0, s1], bandwidth: 1 GB/s, latency: 100 ns, credits: 272 B}
  ring1: {between: [s1, s2], bandwidth: 1 GB/s, latency: 100 ns, credits: 272 B}
  ring2: {between: [s2, s3], bandwidth: 1 GB/s, latency: 100 ns, credits: 272 B}
  ring3: {between: [s3, s4], bandwidth: 1 GB/s, latency: 100 ns, credits: 272 B}
  ring4: {between: [s4, s0], bandwidth: 1 GB/s, latency: 100 ns, credits: 272 B}
switches: {"s[0..4]": {latency: 0 s}}
"""


def graph(processors, copies):
    """A layer on each sender and one on each receiver; copies: (sender, receiver)."""
    layers, edges = {}, []
    for sender, receiver in copies:
        layers[f"send{sender}"] = processors[sender]
        layers[f"receive{receiver}"] = processors[receiver]
        edges.append({"from": f"send{sender}", "to": f"receive{receiver}", "size": "1 MB"})
    return json.dumps({
        "costed_graph": 1,
        "name": "copies",
        "processors": processors,
        "layers": [{"name": name, "times": {processor: "1 us"}} for name, processor in layers.items()],
        "edges": edges,
    })  # fmt: skip


def planned(partita, tmp_path, machine, text):
    (tmp_path / "graph.json").write_text(text)
    model = ["--model", "graph.json", "--machine", machine]
    result = partita("partition", *model, "--method", "heft", "--out", "plan.json")
    assert result.returncode == 0, result.stdout + result.stderr
    return ["simulate", *model, "--plan", "plan.json", "--no-what-if"]


def test_copies_that_packets_would_share_otherwise_are_named(partita, tmp_path):
    gpus = [f"gpu{i}" for i in range(8)]
    # One sender beside the receiver, four behind the trunk.
    run = planned(partita, tmp_path, TRUNK, graph(gpus, [(i, 0) for i in (1, 4, 5, 6, 7)]))
    flows = partita(*run)
    assert "warning: 5 copies meet at port0< and come unevenly by port1>, trunk<" in flows.stdout
    assert "1.1 % off in the median, and 16 % at" in flows.stdout  # as experiments/fidelity says
    assert "--fidelity packet" in flows.stdout
    assert "come unevenly" not in partita(*run, "--fidelity", "packet").stdout


def test_copies_that_share_evenly_are_not(partita, tmp_path):
    gpus = [f"gpu{i}" for i in range(8)]
    run = planned(partita, tmp_path, TRUNK, graph(gpus, [(1, 0), (2, 0), (3, 0), (4, 0)]))
    assert "come unevenly" not in partita(*run).stdout


def test_packets_that_wait_in_a_circle_are_named(partita, tmp_path):
    (tmp_path / "ring.yaml").write_text(RING)
    processors = [f"p{i}" for i in range(5)]
    run = planned(partita, tmp_path, "ring.yaml", graph(processors, [(i, (i + 2) % 5) for i in range(5)]))
    assert partita(*run).returncode == 0
    stuck = partita(*run, "--fidelity", "packet")
    assert stuck.returncode == 3
    assert "deadlock" in stuck.stderr
    assert "waits at ring1> for room that is held by" in stuck.stderr
