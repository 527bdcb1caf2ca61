#!/usr/bin/env python3
"""A mixture of experts whose routing is skewed: where experts are placed, by how many tokens they will get.

A router, which nobody trained to balance, sends each token to two of eight experts. How many tokens an expert gets
depends on the text. Placements are made for equal loads, for the mean loads of other texts, and for the mean loads of
each topic; the analyzer's token statistics say which of them a text gets. Simulated on a laptop with three processors
(datasheet); simulated and replayed on this computer.
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
LAPTOP = Path(__file__).resolve().parents[2] / "hw_configs/laptop.yaml"
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


def nearest(rows: np.ndarray, targets: np.ndarray, neighbours: int = 7):
    """The mean target of the nearest rows, features standardised: loads of a topic are no line of its features."""
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    spread[spread == 0] = 1
    scaled = (rows - mean) / spread

    def predicted(row: np.ndarray) -> np.ndarray:
        away = np.linalg.norm(scaled - (row - mean) / spread, axis=1)
        return targets[np.argsort(away, kind="stable")[:neighbours]].mean(axis=0)

    return predicted


class Placements:
    """Plans for a machine, by name, each made for some loads."""

    def __init__(self, partita: Partita, name: str, machine: list, loads: dict[str, np.ndarray], limit: float):
        self.partita, self.machine = partita, machine
        self.plans = {each: f"{name}_{each}.json" for each in loads}
        for each, expected in loads.items():
            asked = [*self.asked("loads", expected), *machine]
            partita("partition", *asked, "--time-limit", limit, "--out", self.plans[each])

    def asked(self, folder: str, loads: np.ndarray) -> list:
        model = file_in(self.partita, folder)
        write_loads(loads, self.partita.folder / model)
        return ["--model", model]

    def simulated(self, loads: np.ndarray) -> np.ndarray:
        """ms of each text with each plan; `loads`: texts x experts."""
        times = []
        for each in loads:
            asked = [*self.asked("simulated", each), *self.machine]
            times.append([self.partita.simulated_ms(*asked, "--plan", plan) for plan in self.plans.values()])
        return np.array(times)

    def replayed(self, texts_of: Texts, rounds: int) -> tuple[np.ndarray, int]:
        """The same, measured, with the tokens that the router sends; how many only while others disturbed."""
        models = [file_in(self.partita, f"text{i}") for i in range(len(texts_of.ids))]
        for model, (tokens, gates) in zip(models, texts_of.routing, strict=True):
            write_experts(tokens, gates, self.partita.folder / model)
        cases = [
            ["--model", model, "--machine", "machine.yaml", "--plan", plan]
            for model in models
            for plan in self.plans.values()
        ]
        times, disturbed = self.partita.replayed_ms(cases, rounds)
        return np.reshape(times, (len(models), len(self.plans))), disturbed

    def policies(self, predicted: np.ndarray, costs: np.ndarray) -> dict:
        names = list(self.plans)
        found = chosen_means(predicted, costs, names.index("mean"))
        equal = {"placed for equal loads": float(costs[:, names.index("equal")].mean())}
        return equal | {"placed for mean loads": found.pop("one for all")} | found


def here(partita: Partita, plans: dict, budget: float, limit: float) -> Placements:
    """This computer, profiled with experts that get few and many tokens."""
    models = []
    for i, loads in enumerate(PROFILED):
        models += ["--model", file_in(partita, f"profiled{i}")]
        write_loads(np.array(loads), partita.folder / models[-1])
    partita(
        "profile", *models, "--out", "profile.csv", "--replace", "--machine-out", "machine.yaml", "--budget", budget
    )
    return Placements(partita, "here", ["--machine", "machine.yaml", "--profile", "profile.csv"], plans, limit)


def run(partita: Partita, learn: int, judge: int, budget: float, limit: float, rounds: int) -> dict:
    learned, judged = Texts(partita, "learn", learn, LEARN), Texts(partita, "judge", judge, JUDGE)
    plans = {"equal": np.full(EXPERTS, EQUAL), "mean": learned.loads.mean(axis=0)}
    plans |= {f"topic{t}": learned.loads[learned.topics == t].mean(axis=0) for t in range(TOPICS)}
    predict = nearest(learned.rows, learned.loads)
    expected = np.array([predict(row) for row in judged.rows])

    laptop = Placements(partita, "laptop", ["--machine", LAPTOP], plans, limit)
    predicted, simulated = laptop.simulated(expected), laptop.simulated(judged.loads)
    errors = {
        "of loads by features (of an equal load)": abs(expected - judged.loads).mean() / EQUAL * 100,
        "of loads by their mean": abs(plans["mean"] - judged.loads).mean() / EQUAL * 100,
        "of times by expected loads, laptop, simulated": error_percent(predicted, simulated),
    }
    largest = np.concatenate([learned.loads, judged.loads]).max(axis=1)
    effects = {"tokens on the largest load": partita.effects("largest", learned.features + judged.features, largest)}
    means = {"laptop, simulated": laptop.policies(predicted, simulated)}
    points = [
        {"topic": int(topic), "predicted_ms": float(before), "simulated_ms": float(after)}
        for topic, before, after in zip(judged.topics, predicted[:, 0], simulated[:, 0], strict=True)
    ]
    disturbed = 0
    if rounds:
        real = here(partita, plans, budget, limit)
        predicted, simulated = real.simulated(expected), real.simulated(judged.loads)
        replayed, disturbed = real.replayed(judged, rounds)
        errors["of times by true loads, here, replayed"] = error_percent(simulated, replayed)
        errors["of times by expected loads, here, replayed"] = error_percent(predicted, replayed)
        effects["tokens on the time, equal placement, replayed"] = partita.effects(
            "replayed", judged.features, replayed[:, 0]
        )
        means["here, simulated"] = real.policies(predicted, simulated)
        means["here, replayed"] = real.policies(predicted, replayed)
        points = [
            {"topic": int(topic), "predicted_ms": float(before), "measured_ms": float(after)}
            for topic, before, after in zip(judged.topics, predicted[:, 0], replayed[:, 0], strict=True)
        ]
    return {
        "disturbed": disturbed,
        "loads": {name: np.round(loads, 1).tolist() for name, loads in plans.items()},
        "points": points,
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
