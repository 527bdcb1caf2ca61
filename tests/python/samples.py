"""Small inputs of the figures, as the commands write them."""

import copy
import json
from pathlib import Path

MS = 10**9  # picoseconds


def layer(name, operator, processor, start, finish, stream=0):
    return {
        "layer": name,
        "operator": operator,
        "processor": processor,
        "stream": stream,
        "start_ps": start * MS,
        "finish_ps": finish * MS,
    }


def leg(tensor, queued, start, data, finish, **who):
    return {
        "transfer": 0,
        "leg": 0,
        "tensor": tensor,
        "bytes": 64,
        "src": "dram",
        "dst": "hbm",
        **who,
        "queued_ps": queued * MS,
        "start_ps": start * MS,
        "data_ps": data * MS,
        "finish_ps": finish * MS,
    }


# fast:  stem 0-10, block a: left 10-40, right 40-50, waits, join 80-90
# slow:  block a: side 20-70; it has two streams, the second is never used
# dma0:  stem 10-20 (set up at 12), side 70-80; a second copy stands in the queue from 10 to 20
TIMELINE = {
    "timeline": 1,
    "origin": "simulated",
    "network": "tiny",
    "machine": "two processors",
    "method": "heft",
    "makespan_ps": 90 * MS,
    "processors": [
        {"name": "fast", "kind": "cpu", "memory": "dram", "streams": 1},
        {"name": "slow", "kind": "gpu", "memory": "hbm", "streams": 2},
    ],
    "engines": [{"name": "dma0", "memory": "hbm"}],
    "memories": [{"name": "dram", "capacity_bytes": 1024}],
    "layers": [
        layer("stem", "Conv", "fast", 0, 10),
        layer("block_a/left", "Conv", "fast", 10, 40),
        layer("block_a/right", "Relu", "fast", 40, 50),
        layer("block_a/side", "MatMul", "slow", 20, 70),
        layer("join", "Concat", "fast", 80, 90),
    ],
    "legs": [
        leg("stem_out", 10, 10, 12, 20, engine="dma0"),
        leg("extra", 10, 20, 20, 21, engine="dma0"),
        leg("side_out", 70, 70, 70, 80, engine="dma0"),
    ],
}


def waits(**times):
    others = ("link", "memory", "neighbours", "others", "requests", "unknown", "done")
    return {cause: times.get(cause, 0) * MS for cause in ("input", "processor", "engine", "transfer", *others)}


# The same run: fast waits for the copy of side and for the link; slow has two streams.
ANALYSIS = {
    "analysis": 1,
    "origin": "simulated",
    "network": "tiny",
    "machine": "two processors",
    "method": "heft",
    "makespan_ps": 90 * MS,
    "processors": [
        {
            "name": "fast",
            "streams": 1,
            "busy_ps": 60 * MS,
            "slowed_ps": 10 * MS,
            "lost_ps": 0,
            "copying_ps": 0,
            "waiting_ps": waits(transfer=25, link=5),
        },
        {
            "name": "slow",
            "streams": 2,
            "busy_ps": 50 * MS,
            "slowed_ps": 0,
            "lost_ps": 0,
            "copying_ps": 0,
            "waiting_ps": waits(input=20, transfer=20, done=90),
        },
    ],
    "channels": [
        {"name": "pcie0>", "link": "pcie0", "capacity_bytes_per_s": 1000},
        {"name": "hbm", "memory": "hbm", "capacity_bytes_per_s": 4000},
    ],
    "peak_power_mw": 10_000,
    "series": [
        {"group": "links", "name": "pcie0>", "unit": "B/s", "points": [[10 * MS, 1000], [20 * MS, 0]]},
        {"group": "memories", "name": "hbm", "unit": "B/s", "points": [[45 * MS, 2000], [90 * MS, 0]]},
        {"group": "power", "name": "power of the machine", "unit": "mW", "points": [[0, 10_000], [90 * MS, 0]]},
    ],
}

# Three requests, two of them in flight at most: the third waits for the first to end.
WORKLOAD = {
    "workload": 1,
    "network": "tiny",
    "machine": "two processors",
    "plan": "heft",
    "arrivals": "every 10 ms",
    "seed": 1,
    "in_flight": 2,
    "makespan_ps": 100 * MS,
    "requests": {
        "arrival_ps": [0, 10 * MS, 20 * MS],
        "admitted_ps": [0, 10 * MS, 40 * MS],
        "start_ps": [0, 20 * MS, 40 * MS],
        "finish_ps": [40 * MS, 70 * MS, 100 * MS],
    },
    "latency_ps": {"p50": 60 * MS, "p90": 80 * MS, "p95": 80 * MS, "p99": 80 * MS, "max": 80 * MS},
}


def measured():
    timeline = copy.deepcopy(TIMELINE)
    timeline["origin"] = "measured"
    timeline["makespan_ps"] = 100 * MS
    timeline["layers"][-1]["finish_ps"] = 100 * MS
    return timeline


def plan(name, predicted, measured, calibrated, used_in_fit=False, **more):
    return {
        "name": name,
        "predicted_ps": predicted * MS,
        "simulated_ps": predicted * MS,
        "measured_ps": measured * MS,
        "measured_low_ps": (measured - 1) * MS,
        "measured_high_ps": (measured + 2) * MS,
        "calibrated_ps": calibrated * MS,
        "used_in_fit": used_in_fit,
        **more,
    }


def series(policy, execution, switched_at):
    after = 30.0 if switched_at is None else 20.0
    return {
        "policy": policy,
        "execution": execution,
        "latency_ms": [10.0, 10.0, 30.0, 30.0, after, after],
        "disturbed_from": 2,
        "switched_at": switched_at,
    }


SUMMARY = {
    "summary": 1,
    "network": "tiny",
    "machine": "two processors",
    "plans": [
        plan("fast alone", 80, 100, 100, used_in_fit=True),
        plan("heft", 40, 50, 51),
        plan("annealing", 30, 40, 38),
        plan("random 1", 60, 80, 79, used_in_fit=True, random=True),
    ],
    "lower_bound_ps": 25 * MS,
    "adapt": {
        "series": [
            series("static", "real", None),
            series("adapted", "real", 4),
            series("static", "simulated", None),
            series("adapted", "simulated", 4),
        ]
    },
}


def write(folder: Path, name: str, content) -> Path:
    file = folder / name
    file.write_text(json.dumps(content))
    return file


# Latency in s against energy in J; no plan is below 10 ms, or below 1.5 J.
FRONT = {
    "front": 1,
    "network": "net",
    "machine": "box",
    "first": "latency",
    "second": "energy",
    "first_bound": 0.010,
    "second_bound": 1.5,
    "points": [
        {"plan": "plan_01.json", "first": 0.012, "second": 4.0},
        {"plan": "plan_02.json", "first": 0.015, "second": 3.0},
        {"plan": "plan_03.json", "first": 0.020, "second": 2.0},
    ],
}


def judged(name, measured, predicted, held_out=True, **error):
    seconds = {"compute": 0.0, "copies": 0.0, "overhead": 0.0, "waiting": 0.0, **error}
    return {
        "name": name,
        "held_out": held_out,
        "predicted_before_ps": 2 * predicted * MS,
        "predicted_ps": predicted * MS,
        "measured_ps": measured * MS,
        "measured_low_ps": (measured - 1) * MS,
        "measured_high_ps": (measured + 2) * MS,
        "error_seconds": seconds,
    }


# Held out: 100 ms predicted 110 (compute 20 ms too long, waiting 10 too short), 40 ms predicted 38 (copies).
VERDICT = {
    "verdict": 1,
    "machine": "box",
    "before": {"mape_percent": 90.0},
    "after": {"mape_percent": 7.5},
    "kendall_tau": 1.0,
    "networks": [
        {
            "network": "net",
            "plans": [
                judged("one", 100, 110, compute=0.02, waiting=-0.01),
                judged("two", 40, 38, copies=-0.002),
                judged("fitted", 60, 60, held_out=False),
            ],
        }
    ],
    "what_ifs": [
        {
            "change": "half the links",
            "plans": [
                {"network": "net", "name": "one", "as_it_was_ps": 100 * MS, "predicted_ps": 150 * MS,
                 "measured_ps": 200 * MS},
                {"network": "net", "name": "two", "as_it_was_ps": 40 * MS, "predicted_ps": 44 * MS,
                 "measured_ps": 40 * MS},
            ],
        },
        {"change": "too noisy", "plans": []},
    ],
}  # fmt: skip


def copied(size, samples, low, median, high):
    times = {"p10_ps": low * 10**6, "median_ps": median * 10**6, "p90_ps": high * 10**6}
    return {"bytes": size, "samples": samples, **times}


# Microseconds. Simulated 1, 11 and 220, of which the first is half of what was measured.
COPIES = {
    "copies": 1,
    "machine": "box",
    "directions": [
        {
            "src": "mem0",
            "dst": "shared",
            "measured": [copied(4096, 10, 1, 2, 3), copied(65536, 40, 8, 10, 15), copied(1048576, 90, 150, 200, 300)],
            "simulated": [[4096, 1 * 10**6], [65536, 11 * 10**6], [1048576, 220 * 10**6]],
            "pieces": [
                {"from_bytes": 4000, "time_ps": 5 * 10**6, "bytes_per_s": 10**9},
                {"from_bytes": 65536, "time_ps": 24_107_200, "bytes_per_s": 5 * 10**9},
            ],
        },
        {
            "src": "shared",
            "dst": "mem0",
            "measured": [copied(4096, 10, 1, 2, 3)],
            "simulated": [[4096, 2_100_000]],
            "pieces": [],
        },
    ],
}
