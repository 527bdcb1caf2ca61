#!/usr/bin/env python3
"""A mixture of experts whose routing is skewed: where experts are placed, by how many tokens they will get.

A router, which nobody trained to balance, sends each token to two of eight experts. How many tokens an expert gets
depends on the text. Placements are made for equal loads, for the mean loads of other texts, and for the mean loads of
each topic; the analyzer's token statistics say which of them a text gets. Simulated, and replayed on this computer.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from choose import chosen_means, error_percent, print_found
from command import Partita
from texts import OWN, SHARED, TOPICS, VOCABULARY, texts

TOKENS, HIDDEN, WIDE, EXPERTS, BEST = 256, 256, 1024, 8, 2
EQUAL = TOKENS * BEST // EXPERTS
LEARN, JUDGE, WEIGHTS = 41, 42, 43  # seeds
PROFILED = ((2, 8, 16, 32, 48, 64, 96, 128), (4, 12, 24, 40, 56, 80, 160, 256))


def router(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings of all tokens, which are near the centre of their list of words, and the router's matrix."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(0, 1, (TOPICS + 1, HIDDEN))
    words = np.zeros(VOCABULARY, int)
    for topic, (first, count) in enumerate(zip(SHARED + np.cumsum((0, *OWN[:-1])), OWN, strict=True), start=1):
        words[first : first + count] = topic
    embeddings = 0.5 * centres[words] + rng.normal(0, 1, (VOCABULARY, HIDDEN))
    return embeddings, rng.normal(0, 1 / np.sqrt(HIDDEN), (HIDDEN, EXPERTS))


def routed(ids: np.ndarray, embeddings: np.ndarray, matrix: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Which tokens each expert gets, and the weight of each expert for each token (softmax; Shazeer et al., 2017)."""
    logits = embeddings[ids] @ matrix
    gates = np.exp(logits - logits.max(axis=1, keepdims=True))
    gates /= gates.sum(axis=1, keepdims=True)
    best = np.argsort(-gates, axis=1, kind="stable")[:, :BEST]
    return [np.flatnonzero((best == expert).any(axis=1)) for expert in range(EXPERTS)], gates


def write_experts(tokens: list[np.ndarray], gates: np.ndarray, file: Path) -> None:
    """The experts' part of the layer, for tokens that were routed; an expert without any computes one that weighs 0."""
    from onnx import TensorProto, helper, numpy_helper, save

    nodes, constants = [], []

    def constant(name: str, value: np.ndarray) -> str:
        constants.append(numpy_helper.from_array(value, name))
        return name

    rng = np.random.default_rng(1)
    up, down = (rng.normal(0, 0.05, shape).astype(np.float32) for shape in ((HIDDEN, WIDE), (WIDE, HIDDEN)))
    rows, weights = [], []
    for expert, own in enumerate(tokens):
        chosen = own if len(own) else np.zeros(1, int)
        rows.append(chosen)
        weights.append(gates[chosen, expert] if len(own) else np.zeros(1))
        name = f"expert{expert}"
        steps = [
            ("Gather", ["x", constant(f"{name}.tokens", chosen.astype(np.int64))], "gather"),
            ("MatMul", [f"{name}.gather.out", constant(f"{name}.up.weight", up)], "up"),
            ("Relu", [f"{name}.up.out"], "relu"),
            ("MatMul", [f"{name}.relu.out", constant(f"{name}.down.weight", down)], "down"),
        ]
        nodes += [
            helper.make_node(kind, ins, [f"{name}.{step}.out"], name=f"{name}.{step}") for kind, ins, step in steps
        ]
    column = np.concatenate(rows).astype(np.int64)[:, None]
    weight = np.concatenate(weights).astype(np.float32)[:, None]
    nodes += [
        helper.make_node("Concat", [f"expert{e}.down.out" for e in range(EXPERTS)], ["all"], name="concat", axis=0),
        helper.make_node("Mul", ["all", constant("gates", weight)], ["weighed"], name="weigh"),
        helper.make_node(
            "ScatterND", ["x", constant("rows", column), "weighed"], ["y"], name="combine", reduction="add"
        ),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [TOKENS, HIDDEN]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "experts", ends[:1], ends[1:], constants)
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8), file)


def file_in(partita: Partita, folder: str) -> str:
    """Plans name their network, and a network is called as its file: each has a folder of its own."""
    (partita.folder / folder).mkdir(exist_ok=True)
    return f"{folder}/experts.onnx"


def write_loads(loads: np.ndarray, file: Path) -> None:
    """The same network for loads that were expected, whatever the tokens are."""
    counts = np.clip(np.rint(loads), 1, TOKENS).astype(int)
    write_experts([np.arange(count) for count in counts], np.full((TOKENS, EXPERTS), 1 / EXPERTS), file)


def line_through(rows: np.ndarray, targets: np.ndarray):
    """Least squares on standardised features with a slight ridge, as partita values has it (its model "linear")."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1
    scaled = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    ridge = 1e-3 * len(rows) * np.diag([1.0] * rows.shape[1] + [0.0])
    solved = np.linalg.solve(scaled.T @ scaled + ridge, scaled.T @ targets)
    return lambda row: np.append((row - mean) / spread, 1) @ solved


class Texts:
    """Texts, what the analyzer says of them, and the loads of experts that they lead to."""

    def __init__(self, partita: Partita, name: str, count: int, seed: int):
        self.ids, self.topics = texts(count, seed, TOKENS)
        weights = router(WEIGHTS)
        self.routing = [routed(ids, *weights) for ids in self.ids]
        self.loads = np.array([[len(own) for own in tokens] for tokens, _ in self.routing])
        files = [f"{name}{i}.txt" for i in range(count)]
        for file, ids in zip(files, self.ids, strict=True):
            (partita.folder / file).write_text(" ".join(map(str, ids)) + "\n")
        self.features = partita.features(files, "tokens")
        self.rows = np.array([list(row.values()) for row in self.features])


class Placements:
    """Plans for this computer, by name, each made for some loads."""

    def __init__(self, partita: Partita, loads: dict[str, np.ndarray], limit: float):
        self.partita, self.names = partita, list(loads)
        for name, expected in loads.items():
            model = file_in(partita, "loads")
            write_loads(expected, partita.folder / model)
            partita("partition", *self.asked(model), "--time-limit", limit, "--out", f"{name}.json")

    @staticmethod
    def asked(model: str) -> list:
        return ["--model", model, "--machine", "machine.yaml", "--profile", "profile.csv"]

    def simulated(self, model: str) -> list[float]:
        return [self.partita.simulated_ms(*self.asked(model), "--plan", f"{name}.json") for name in self.names]

    def replayed(self, models: list[str], rounds: int) -> tuple[np.ndarray, int]:
        """Models x plans, and how many were only measured while others disturbed."""
        cases = [
            ["--model", model, "--machine", "machine.yaml", "--plan", f"{name}.json"]
            for model in models
            for name in self.names
        ]
        times, disturbed = self.partita.replayed_ms(cases, rounds)
        return np.reshape(times, (len(models), len(self.names))), disturbed


def run(partita: Partita, learn: int, judge: int, budget: float, limit: float, rounds: int) -> dict:
    for i, loads in enumerate(PROFILED):
        write_loads(np.array(loads), partita.folder / file_in(partita, f"profiled{i}"))
    models = [word for i in range(len(PROFILED)) for word in ("--model", file_in(partita, f"profiled{i}"))]
    partita(
        "profile", *models, "--out", "profile.csv", "--replace", "--machine-out", "machine.yaml", "--budget", budget
    )

    learned, judged = Texts(partita, "learn", learn, LEARN), Texts(partita, "judge", judge, JUDGE)
    plans = {"equal": np.full(EXPERTS, EQUAL), "mean": learned.loads.mean(axis=0)}
    plans |= {f"topic{t}": learned.loads[learned.topics == t].mean(axis=0) for t in range(TOPICS)}
    placements = Placements(partita, plans, limit)

    line = line_through(learned.rows, learned.loads)
    expected = np.array([line(row) for row in judged.rows])
    predicted, simulated, files = [], [], []
    for i, (tokens, gates) in enumerate(judged.routing):
        model = file_in(partita, "expected")
        write_loads(expected[i], partita.folder / model)
        predicted.append(placements.simulated(model))
        files.append(file_in(partita, f"text{i}"))
        write_experts(tokens, gates, partita.folder / files[-1])
        simulated.append(placements.simulated(files[-1]))
    predicted, simulated = np.array(predicted), np.array(simulated)
    replayed, disturbed = placements.replayed(files, rounds) if rounds else (None, 0)
    for file in files:
        (partita.folder / file).unlink()

    def policies(costs: np.ndarray) -> dict:
        found = chosen_means(predicted, costs, placements.names.index("mean"))
        equal = {"placed for equal loads": float(costs[:, 0].mean())}
        return equal | {("placed for mean loads" if name == "one for all" else name): v for name, v in found.items()}

    by_mean = abs(learned.loads.mean(axis=0) - judged.loads).mean() / EQUAL * 100
    effects = {
        "tokens on the largest load": partita.effects("largest", judged.features, judged.loads.max(axis=1)),
        "tokens on the time, equal placement, simulated": partita.effects(
            "simulated", judged.features, simulated[:, 0]
        ),
    }
    errors = {
        "of loads by features (of an equal load)": abs(expected - judged.loads).mean() / EQUAL * 100,
        "of loads by their mean": by_mean,
        "of times by expected loads, simulated": error_percent(predicted, simulated),
    }
    means = {"simulated": policies(simulated)}
    if rounds:
        effects["tokens on the time, equal placement, replayed"] = partita.effects(
            "replayed", judged.features, replayed[:, 0]
        )
        errors["of times by true loads, replayed"] = error_percent(simulated, replayed)
        errors["of times by expected loads, replayed"] = error_percent(predicted, replayed)
        means["replayed"] = policies(replayed)
    return {
        "disturbed": disturbed,
        "loads": {name: np.round(loads, 1).tolist() for name, loads in plans.items()},
        "points": [
            {"topic": int(topic), "predicted_ms": predicted[i, 0], "simulated_ms": simulated[i, 0]}
            | ({"measured_ms": replayed[i, 0]} if rounds else {})
            for i, topic in enumerate(judged.topics)
        ],
        "errors_percent": errors,
        "effects": effects,
        "policies_ms": means,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partita", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--learn", type=int, default=90, help="texts to learn from")
    parser.add_argument("--judge", type=int, default=45, help="texts to judge by")
    parser.add_argument("--budget", type=float, default=40, help="seconds of profiling")
    parser.add_argument("--limit", type=float, default=3, help="seconds for each plan")
    parser.add_argument("--rounds", type=int, default=3, help="of replays; 0: only simulated")
    options = parser.parse_args()
    partita = Partita(options.partita, options.out / "experts")
    found = run(partita, options.learn, options.judge, options.budget, options.limit, options.rounds)
    (options.out / "experts.json").write_text(json.dumps(found) + "\n")
    print_found(found)


if __name__ == "__main__":
    main()
