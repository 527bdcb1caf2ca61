#!/usr/bin/env python3
"""Texts of any length through BERT: what a length costs, from few profiled ones, and a plan for each class of lengths.

On this computer's processors, simulated (with times interpolated between the profiled lengths) and replayed; and on a
laptop with three processors (datasheet), simulated.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from choose import chosen_means, error_percent, print_found
from command import Partita
from texts import VOCABULARY, lengths, texts

PROFILED = (8, 32, 128, 256)  # also what the plans are made for
LEARN, JUDGE, SAME = 31, 32, 33  # seeds
TOKENS = 64  # of texts that all are as long
ROOT = Path(__file__).resolve().parents[2]


def network(tokens: int) -> str:
    return f"zoo:bert?layers=2&hidden=256&vocabulary={VOCABULARY}&tokens={tokens}"


def class_of(length: int) -> int:
    """The first of PROFILED that is at least so long."""
    return int(np.searchsorted(PROFILED, length))


class Machine:
    """Plans for a machine, and what each text costs with each of them."""

    def __init__(self, partita: Partita, name: str, options: list, limit: float):
        self.partita, self.name, self.options = partita, name, options
        for tokens in PROFILED:
            partita(
                "partition", "--model", network(tokens), *options, "--time-limit", limit, "--out", self.plan(tokens)
            )

    def plan(self, tokens: int) -> str:
        return f"{self.name}{tokens}.json"

    def simulated(self, lengths: set[int]) -> dict[int, list[float]]:
        """Length -> ms with the plan of each of PROFILED."""
        return {
            length: [
                self.partita.simulated_ms("--model", network(length), *self.options, "--plan", self.plan(tokens))
                for tokens in PROFILED
            ]
            for length in sorted(lengths)
        }

    def replayed(self, lengths: set[int], machine: str, rounds: int) -> tuple[dict[int, list[float]], int]:
        """The same, measured; and how many were only measured while others disturbed."""
        cases = [
            ["--model", network(length), "--machine", machine, "--plan", self.plan(tokens)]
            for length in sorted(lengths)
            for tokens in PROFILED
        ]
        times, disturbed = self.partita.replayed_ms(cases, rounds)
        rows = np.reshape(times, (-1, len(PROFILED))).tolist()
        return dict(zip(sorted(lengths), rows, strict=True)), disturbed


def policies(predicted: dict, judged: dict, learned: np.ndarray, texts_of: np.ndarray) -> dict:
    """Mean ms a text; `predicted`, `judged`: length -> ms by plan."""
    one = int(np.argmin(np.mean([predicted[length] for length in learned], axis=0)))
    found = chosen_means(
        np.array([predicted[length] for length in texts_of]), np.array([judged[length] for length in texts_of]), one
    )
    classes = [class_of(length) for length in texts_of]
    padded = {
        "padded to the longest": float(judged[PROFILED[-1]][-1]),
        "padded to the class": float(np.mean([judged[PROFILED[each]][each] for each in classes])),
        "plan of the class": float(np.mean([judged[n][each] for n, each in zip(texts_of, classes, strict=True)])),
    }
    return padded | found | {"plan for all": PROFILED[one]}


def interpolated(simulated: dict, wanted: set[int]) -> dict[int, list[float]]:
    """Straight lines between the profiled lengths, for each plan."""
    columns = np.array([simulated[tokens] for tokens in PROFILED])
    lines = [[float(np.interp(n, PROFILED, column)) for column in columns.T] for n in sorted(wanted)]
    return dict(zip(sorted(wanted), lines, strict=True))


def values_at_one_length(partita: Partita, count: int) -> list:
    """Whether other tokens take another time, where all texts are as long: measured, with the control."""
    np.save(partita.folder / "same_length.npy", np.stack(texts(count, SAME, TOKENS)[0]))
    options = ["--model", network(TOKENS), "--machine", "machine.yaml"]
    partita("partition", *options, "--method", "single", "--out", "single.json")
    return partita.json("values", *options, "--plan", "single.json", "--inputs", "same_length.npy")["effects"]


def run(partita: Partita, learn: int, count: int, budget: float, limit: float, rounds: int) -> dict:
    models = [word for tokens in PROFILED for word in ("--model", network(tokens))]
    partita(
        "profile", *models, "--out", "profile.csv", "--replace", "--machine-out", "machine.yaml", "--budget", budget
    )

    ids, _ = texts(count, JUDGE)
    for i, text in enumerate(ids):
        (partita.folder / f"text{i}.txt").write_text(" ".join(map(str, text)) + "\n")
    features = partita.features([f"text{i}.txt" for i in range(count)], "tokens")
    judged = np.array([int(each["sequence_length"]) for each in features])
    learned = lengths(learn, LEARN)
    wanted = {int(n) for n in (*judged, *learned, *PROFILED)}

    here = Machine(partita, "here", ["--machine", "machine.yaml", "--profile", "profile.csv"], limit)
    simulated = here.simulated(wanted)
    measured, disturbed = here.replayed({int(n) for n in (*judged, *PROFILED)}, "machine.yaml", rounds)
    laptop = Machine(partita, "laptop", ["--machine", ROOT / "hw_configs/laptop.yaml"], limit)
    exact = laptop.simulated(wanted)
    between, replays = interpolated(exact, wanted), interpolated(measured, wanted)

    one = policies(simulated, measured, learned, judged)["plan for all"]
    at = PROFILED.index(one)
    times = np.array([measured[n][at] for n in judged])
    unseen = sorted(set(map(int, judged)) - set(PROFILED))
    tokens_only = [
        {name: row[name] for name in ("distinct_tokens", "type_token_ratio", "token_entropy_bits", "repetition_2")}
        for row in features
    ]
    return {
        "lengths": judged.tolist(),
        "plan_for_all": one,
        "disturbed": disturbed,
        "points": [
            {"length": int(n), "predicted_ms": simulated[n][at], "measured_ms": measured[n][at]}
            for n in sorted(set(judged))
        ],
        "errors_percent": {
            "of lengths never profiled, replayed": error_percent(
                np.array([simulated[n] for n in unseen]), np.array([measured[n] for n in unseen])
            ),
            "of the profiled lengths, replayed": error_percent(
                np.array([simulated[n] for n in PROFILED]), np.array([measured[n] for n in PROFILED])
            ),
            "of lines between replays of the profiled lengths": error_percent(
                np.array([replays[n] for n in unseen]), np.array([measured[n] for n in unseen])
            ),
            "of lines between lengths, laptop, simulated": error_percent(
                np.array([between[n] for n in unseen]), np.array([exact[n] for n in unseen])
            ),
        },
        "effects": {
            "length and tokens": partita.effects("length", features, times),
            "tokens, the length is known": partita.effects("tokens", tokens_only, times, {"length": judged}),
            f"tokens, all {TOKENS} long": values_at_one_length(partita, count),
        },
        "policies_ms": {
            "here, simulated": policies(simulated, simulated, learned, judged),
            "here, replayed": policies(simulated, measured, learned, judged),
            "laptop, simulated": policies(between, exact, learned, judged),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--partita", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--learn", type=int, default=200, help="texts to choose the plan for all by")
    parser.add_argument("--texts", type=int, default=60, help="to judge by")
    parser.add_argument("--budget", type=float, default=60, help="seconds of profiling")
    parser.add_argument("--limit", type=float, default=3, help="seconds for each plan")
    parser.add_argument("--rounds", type=int, default=3, help="of replays")
    options = parser.parse_args()
    partita = Partita(options.partita, options.out / "shapes")
    found = run(partita, options.learn, options.texts, options.budget, options.limit, options.rounds)
    (options.out / "shapes.json").write_text(json.dumps(found) + "\n")
    print_found(found)


if __name__ == "__main__":
    main()
