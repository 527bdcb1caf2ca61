"""The cheapest machine that reaches goals: by all machines, by evolution, and what is said of it."""

import itertools
import json
import random

import pytest
from answer_samples import NO, a_list, a_range, a_sweep, asked, computed, described, done, fake_run, in_words

from answers import exact
from answers.design import design
from answers.design_text import report
from answers.errors import InputError, NothingEvaluatedError
from answers.evolve import Evolution, hypervolume, snap
from answers.machines import Machine, Workshop, cheapest, closest, front
from answers.outcomes import Column
from answers.polish import moves_of
from answers.task import task_of

BANDWIDTH = a_range("machine.link.bandwidth", 1e10, 8e10, 0, "B/s", values=[f"{i}0 GB/s" for i in range(1, 9)],
                    numbers=[i * 1e10 for i in range(1, 9)])  # fmt: skip
PEAK = a_range("machine.npu.peak", 1e12, 16e12, 1, "FLOP/s", integer=True, step=1e12)
MEMORY = a_list("machine.memory", ["ddr", "hbm"], 2)
PRICES = {
    "currency": "EUR",
    "base": 100,
    "axes": [
        {"axis": "machine.link.bandwidth", "per": 1e10, "price": 5},
        {"axis": "machine.npu.peak", "per": 1e12, "price": 20},
        {"axis": "machine.memory", "table": [50, 300]},
    ],
}
TWO_MS = [{"column": "predicted_ps", "at_most": 2e9, "text": "2 ms"}]
TIME = "1e12 * (1e7 / bandwidth + 1e10 / peak + (5e-4 if memory == 'ddr' else 1e-4))"
DESIGN = a_sweep([BANDWIDTH, PEAK, MEMORY], {"predicted_ps": TIME}, prices=PRICES, goals=TWO_MS, answer=None)
ANSWER = {"column": "predicted_ps", "better": "smaller"}


def time_of(bandwidth, peak, memory):
    return 1e12 * (1e7 / bandwidth + 1e10 / peak + (5e-4 if memory == "ddr" else 1e-4))


def by_brute_force():
    """(price, picoseconds, values) of all 256 machines, without any code of ours."""
    return [
        (100 + 5 * b + 20 * p + (50 if m == "ddr" else 300), time_of(b * 1e10, p * 1e12, m), (b * 1e10, p * 1e12, m))
        for b, p, m in itertools.product(range(1, 9), range(1, 17), ("ddr", "hbm"))
    ]


def front_by_brute_force(machines):
    return sorted(
        {
            (price, time)
            for price, time, _ in machines
            if not any(p <= price and t <= time and (p, t) != (price, time) for p, t, _ in machines)
        }
    )


def test_all_of_a_small_space_against_brute_force(tmp_path):
    """1 ms of computing (10 TFLOP/s) and 0.5 ms of memory leave 0.5 ms for 10 MB: 20 GB/s, 410 EUR, is one of them."""
    run, told = asked(tmp_path, DESIGN, "design", "--figure", "d.pdf")
    machines = by_brute_force()
    price, time, values = min(machine for machine in machines if machine[1] <= 2e9)
    best = told["cheapest"]
    assert told["method"] == "exact"
    assert (told["machines"], told["space"]) == (256, 256)
    assert best["price"] == pytest.approx(price)
    assert best["results"]["predicted_ps"] == pytest.approx(time)
    assert tuple(best["choices"].values()) == pytest.approx(values)
    assert [(m["price"], m["results"]["predicted_ps"]) for m in told["front"]] == [
        pytest.approx(pair) for pair in front_by_brute_force(machines)
    ]
    assert told["confirmed"] is True
    assert "all 256 machines were tried: no cheaper one of this space reaches the goals" in in_words(run)
    # Of the front, the dearest that is cheaper, and what it lacks.
    before = max(pair for pair in front_by_brute_force(machines) if pair[0] < price)
    assert told["next_cheaper"]["price"] == pytest.approx(before[0])
    assert told["lacks"].endswith("%) too much")
    assert computed(tmp_path) == [256, 1]  # the chosen one once more, from nothing
    assert (tmp_path / "d.pdf").read_bytes().startswith(b"%PDF")


def test_prices_are_known_before_anything_is_computed(tmp_path):
    """So whoever asks for the cheapest only need not compute what costs more."""
    run, told = asked(tmp_path, DESIGN, "design", "--until-reached")
    machines = by_brute_force()
    best = min(machine for machine in machines if machine[1] <= 2e9)
    assert told["cheapest"]["price"] == pytest.approx(best[0])
    cheaper = sum(price <= best[0] for price, _, _ in machines)
    assert cheaper <= told["machines"] < cheaper + 40 + 8  # a batch, and equally cheap ones
    assert told["machines"] + told["left_out"] == 256
    assert f"the other {told['left_out']} cost more" in in_words(run)


def test_of_equally_cheap_ones_all_are_tried():
    """x and y cost the same and reach the goal: whichever is tried first, the better one is the answer."""
    axes = [a_list("machine.a", ["x", "y", "z"], 0)]
    prices = {"axes": [{"axis": "machine.a", "table": [5, 5, 7]}]}
    of = task_of(described(axes, prices=prices, goals=TWO_MS), [])
    times = {"x": 1.9e9, "y": 1.5e9, "z": 1e9}
    workshop = Workshop(of, lambda row, _: row, lambda rows: [
        done(predicted_ps=times[of.choices[0].text(at)]) for (at,) in rows
    ])  # fmt: skip
    assert exact.try_until_reached(of, workshop, batch=1) == 1
    assert cheapest(of, workshop.machines()).values == (1.5e9,)


def test_no_machine_is_a_true_negative(tmp_path):
    """The best takes 0.125 + 0.625 + 0.1 = 0.85 ms."""
    goals = [{"column": "predicted_ps", "at_most": 0.8e9, "text": "0.8 ms"}]
    run, told = asked(tmp_path, DESIGN | {"goals": goals}, "design", fails=True)
    assert run.returncode == 1
    assert told["cheapest"] is None
    assert told["closest"]["results"]["predicted_ps"] == pytest.approx(0.85e9)
    assert "no machine reaches predicted time at most 800 µs" in in_words(run)
    assert "lacks: predicted time 850 µs: 50 µs (6.3 %) too much" in in_words(run)


def test_infeasible_machines_are_none(tmp_path):
    """Without high-bandwidth memory nothing fits: then the cheapest needs it."""
    run, told = asked(tmp_path, DESIGN | {"no": "memory == 'ddr'"}, "design")
    assert told["cheapest"]["choices"]["machine.memory"] == "hbm"
    assert told["no"] == 128
    assert "128 points of 256 without a result: 128 infeasible (it needs 3 GB more)" in in_words(run)
    run, _ = asked(tmp_path, DESIGN | {"no": "True"}, "design", "--out", "none.db", fails=True)
    assert run.returncode == 1
    assert "no machine has a result: 256 infeasible" in run.stderr


def test_what_a_machine_has_to_cope_with_is_no_choice(tmp_path):
    """Both networks have to reach the goal; the second takes twice as long. 2 ms of it are 1 ms of the first."""
    both = DESIGN | {
        "axes": [*DESIGN["axes"], a_list("model", ["one", "two"], 3)],
        "columns": {"predicted_ps": f"(2 if model == 'two' else 1) * ({TIME})"},
    }
    run, told = asked(tmp_path, both, "design")
    best = min(machine for machine in by_brute_force() if 2 * machine[1] <= 2e9)
    assert told["cheapest"]["price"] == pytest.approx(best[0])
    assert told["cheapest"]["results"]["predicted_ps"] == pytest.approx(2 * best[1])
    assert "model" not in told["cheapest"]["choices"]
    assert "each machine in 2 situations (model); its results are the worst of them" in in_words(run)
    _, told = asked(tmp_path, both, "design", "--at", "model=one", "--out", "one.db")
    assert told["cheapest"]["price"] < best[0]


def test_goals_of_two_columns_are_all_reached(tmp_path):
    """Throughput grows with the peak alone: 12 TFLOP/s at least."""
    goals = [*TWO_MS, {"column": "served_per_s", "at_least": 600, "text": "600/s"}]
    columns = {"predicted_ps": TIME, "served_per_s": "peak / 2e10"}
    _, told = asked(tmp_path, DESIGN | {"goals": goals, "columns": columns}, "design", "--figure", "d.png")
    best = min(m for m in by_brute_force() if m[1] <= 2e9 and m[2][1] >= 12e12)
    assert told["cheapest"]["price"] == pytest.approx(best[0])
    assert told["cheapest"]["results"]["served_per_s"] == pytest.approx(best[2][1] / 2e10)


# Evolution


def evolved(budget, seed, prices=PRICES, axes=(BANDWIDTH, PEAK, MEMORY), f=None):
    description = described(list(axes), prices=prices, goals=TWO_MS)
    task = task_of(description, [])
    calls = []

    def evaluate(rows):
        calls.append(len(rows))
        return [
            f(
                *(
                    knob.text(at) if knob.is_list else knob.lead.value(at)
                    for knob, at in zip(task.choices, row, strict=True)
                )
            )
            for row in rows
        ]

    answer = design(description, task, lambda name, _: Column(name, 1e-12, "s"), evaluate, evaluate,
                    method="evolve", budget=budget, seed=seed)  # fmt: skip
    return task, answer, calls


def timed(bandwidth, peak, memory):
    return done(predicted_ps=time_of(bandwidth, peak, memory))


# 9216 machines: two things more to pay for, of which only the first helps, and little.
WIDE = [
    BANDWIDTH, PEAK, MEMORY,
    a_range("machine.engines", 1, 6, 3, integer=True), a_range("machine.fans", 1, 6, 4, integer=True),
]  # fmt: skip
WIDE_PRICES = PRICES | {
    "axes": [
        *PRICES["axes"],
        {"axis": "machine.engines", "per": 1, "price": 30},
        {"axis": "machine.fans", "per": 1, "price": 50},
    ]
}


def wide_machines():
    return [
        (price + 30 * engines + 50 * fans, time + 1e8 / engines, ())
        for price, time, _ in by_brute_force()
        for engines, fans in itertools.product(range(1, 7), repeat=2)
    ]


def timed_wide(bandwidth, peak, memory, engines, fans):
    return done(predicted_ps=time_of(bandwidth, peak, memory) + 1e8 / engines)


def test_evolution_reaches_the_front_that_is_known():
    """500 of 9216 machines: they dominate 98 % of what the true front does, at least; of machines drawn at random, as
    many miss twice as much."""
    machines = wide_machines()
    reference = (1.1 * max(price for price, _, _ in machines), 1.1 * max(time for _, time, _ in machines))
    shares = []
    for seed in (1, 2, 3):
        task, answer, _ = evolved(500, seed, WIDE_PRICES, WIDE, timed_wide)
        assert len(answer.machines) <= 500
        true = hypervolume(task, [Machine((), price, (time,)) for price, time, _ in machines], reference)
        shares.append(hypervolume(task, answer.front, reference) / true)
        drawn = random.Random(seed).sample(machines, 500)
        by_chance = hypervolume(task, [Machine((), price, (time,)) for price, time, _ in drawn], reference) / true
        assert 1 - shares[-1] < (1 - by_chance) / 2
    assert min(shares) >= 0.98


def test_a_space_without_end_comes_close_to_the_analytic_best():
    """Price 4e-9 x + 2e-11 y + 150, time 1e7 / x + 1e10 / y + 0.5 ms, at most 2 ms. Lagrange: the cheapest costs
    (sqrt(4e-9 * 1e7) + sqrt(2e-11 * 1e10))^2 / 1.5 ms = 279.3, and 150."""
    axes = [
        a_range("machine.link.bandwidth", 1e9, 1e12, 0, "B/s", "log"),
        a_range("machine.npu.peak", 1e11, 1e14, 1, "FLOP/s", "log"),
        MEMORY,
    ]
    prices = PRICES | {
        "axes": [
            {"axis": "machine.link.bandwidth", "per": 1e9, "price": 4},
            {"axis": "machine.npu.peak", "per": 1e12, "price": 20},
            {"axis": "machine.memory", "table": [50, 300]},
        ]
    }
    hand = ((4e-9 * 1e7) ** 0.5 + (2e-11 * 1e10) ** 0.5) ** 2 / 1.5e-3 + 150
    for seed in (1, 2, 3):
        _, answer, _ = evolved(600, seed, prices, axes, timed)
        assert hand * (1 - 1e-9) <= answer.best.price <= 1.01 * hand
        assert answer.best.values[0] <= 2e9
        assert answer.space is None
        # Of no number of them: what to write, so that there is one, is said instead.
        (said,) = [line for line in report(answer) if "generation" in line]
        assert said.lstrip().startswith(f"{len(answer.machines)} machines were tried (")
        assert "`points: 9` in machine.link.bandwidth, machine.npu.peak gives so many values" in (
            " ".join(" ".join(report(answer)).split())
        )


def test_evolution_asks_for_nothing_twice_and_the_same_each_time():
    _, first, calls = evolved(200, 5, f=timed)
    rows = [machine.row for machine in first.machines]
    assert len(rows) == len(set(rows)) == sum(calls) - 1  # and the chosen one once more
    random.seed("others")
    state = random.getstate()
    _, again, _ = evolved(200, 5, f=timed)
    assert [machine.row for machine in again.machines] == rows
    assert random.getstate() == state  # of others
    _, other, _ = evolved(200, 6, f=timed)
    assert [machine.row for machine in other.machines] != rows


def test_evolution_ends_when_nothing_is_left():
    _, answer, _ = evolved(1000, 1, f=timed)
    assert len(answer.machines) <= 256


def test_evolution_gets_past_what_has_no_result():
    """Half of the space is infeasible."""

    def half(bandwidth, peak, memory):
        return NO if peak < 8.5e12 else timed(bandwidth, peak, memory)

    _, answer, _ = evolved(150, 1, f=half)
    assert answer.best is not None
    assert answer.best.values[0] <= 2e9
    _, answer, _ = evolved(100, 1, f=lambda b, p, m: NO if m == "ddr" or b < 7e10 else timed(b, p, m))
    assert answer.best is not None


def test_a_run_that_was_killed_goes_on(tmp_path):
    """What it asks for the second time is found in the results file, until where it had come."""
    _, whole = asked(tmp_path, DESIGN, "design", "--method", "evolve", "--points", "120", "--out", "whole.db")
    (tmp_path / "sweep.json.computed").unlink()

    class KilledError(BaseException):
        pass

    calls = []

    def killing(command):
        calls.append(command)
        if len(calls) == 4:
            raise KilledError
        return fake_run(command)

    words = ["design", "--method", "evolve", "--points", "120", "--out", "killed.db"]
    with pytest.raises(KilledError):
        asked(tmp_path, DESIGN, *words, runs=killing)
    before = computed(tmp_path)
    _, told = asked(tmp_path, DESIGN, *words)
    again = computed(tmp_path)[2:]
    assert again[:2] == [0, 0]
    assert sum(before) + sum(again) == told["machines"] + 1  # the chosen one once more, from nothing
    assert {**told, "results": ""} == {**whole, "results": ""}


def test_moves_are_steps_exchanges_and_free_ends():
    """Of a list all its values; of 1 to 16 the second next, where a step is an eighth; one for another."""
    of = task()
    _, peak, _ = of.choices
    at = (0.0, peak.lead.position(8e12), 0.25)
    made = [move.made(of, at, 0.125) for move in moves_of(of)]
    found = {(round(7 * b), round(peak.lead.value(p) / 1e12), m) for b, p, m in made}
    assert {(1, 8, 0.25), (0, 10, 0.25), (0, 6, 0.25), (0, 8, 0.75)} <= found
    assert (1, 6, 0.25) in found  # more of the first, less of the second
    free = task_of(described([BANDWIDTH, PEAK | {"integer": False}, MEMORY], goals=TWO_MS,
                             prices=PRICES | {"axes": [PRICES["axes"][0], PRICES["axes"][2]]}), [])  # fmt: skip
    made = [move.made(free, (0.0, 0.4, 0.25), 0.125) for move in moves_of(free)]
    assert {(0.0, 0.0, 0.25), (0.0, 1.0, 0.25)} <= set(made)


def test_where_no_machine_is_good_enough_the_closest_is_looked_for():
    """The best has all that money buys, and none of the delay that costs nothing: 1e10 / 16 TFLOP/s = 0.625 ms."""
    axes = [a_range("machine.npu.peak", 1e12, 16e12, 0, "FLOP/s"), a_range("machine.delay", 0, 5e-3, 1, "s")]
    prices = {"axes": [{"axis": "machine.npu.peak", "per": 1e12, "price": 20}]}
    description = described(axes, prices=prices, goals=[{"column": "predicted_ps", "at_most": 0.5e9}])
    of = task_of(description, [])

    def evaluate(rows):
        return [done(predicted_ps=1e22 / of.choices[0].lead.value(peak) + 5e9 * delay) for peak, delay in rows]

    answer = design(description, of, lambda name, _: Column(name, 1e-12, "s"), evaluate, evaluate,
                    method="evolve", budget=60, population=8)  # fmt: skip
    assert answer.best is None
    assert answer.closest.values[0] == pytest.approx(0.625e9)


def test_what_costs_nothing_is_turned_to_its_good_end():
    """A peak without a price, and no seed that begins there: the best has all of it."""
    prices = PRICES | {"axes": [PRICES["axes"][0], PRICES["axes"][2]]}
    axes = [BANDWIDTH, a_range("machine.npu.peak", 1e12, 16e12, 1, "FLOP/s"), MEMORY]
    for seed in (1, 2, 3):
        _, answer, _ = evolved(120, seed, prices, axes, timed)
        # 0.5 ms + 0.625 ms leave 0.875 ms for 10 MB: 11.4 GB/s, so 20 GB/s; on paper 30 of them are 16 TFLOP/s.
        assert answer.best.price == 100 + 10 + 50


def test_values_of_lists_are_snapped_to_their_middle_and_whole_ones_to_theirs():
    bandwidth, peak, memory = described([BANDWIDTH, PEAK, MEMORY]).knobs
    assert snap(memory, 0.49) == 0.25
    assert bandwidth.lead.value(snap(bandwidth, 0.2)) == pytest.approx(2e10)
    assert peak.lead.value(snap(peak, 0.999)) == 16e12
    assert snap(memory, 1.2) == 0.75


def test_members_are_few_at_first():
    task = task_of(described([BANDWIDTH, PEAK, MEMORY], prices=PRICES, goals=TWO_MS), [])
    search = Evolution(task, 8, 1)
    rows = search.ask()
    assert len(rows) == 8
    search.tell([Machine(row, 1.0, None) for row in rows])
    assert len(search.ask()) == 8
    assert search.members == []


# Of machines


def task(goals=TWO_MS, **more):
    return task_of(described([BANDWIDTH, PEAK, MEMORY], prices=PRICES, goals=goals, **more), [])


def test_prices_are_sums():
    """20 GB/s: 10, 3 TFLOP/s: 60, hbm: 300, base: 100."""
    of = task()
    where = (1 / 7, of.choices[1].lead.position(3e12), 0.75)
    assert of.price(where) == pytest.approx(470)


def test_front_and_cheapest_of_few():
    machines = [Machine((0.1 * i,), price, values) for i, (price, values) in enumerate(
        [(5, (9.0,)), (3, (9.0,)), (4, (1.9e9,)), (4, (1.8e9,)), (9, (1.0,)), (1, None), (2, (3e9,))])]  # fmt: skip
    assert [machine.price for machine in front(task(), machines)] == [2, 3, 9]
    assert cheapest(task(), machines).price == 3
    tight = task([{"column": "y", "at_most": 0.5}])
    assert cheapest(tight, machines) is None
    assert closest(tight, machines).values == (1.0,)


def test_equally_cheap_ones_are_judged_by_what_they_do():
    machines = [Machine((0.0,), 4, (1.9e9,)), Machine((1.0,), 4, (1.8e9,))]
    assert cheapest(task(), machines).values == (1.8e9,)


def test_without_goals_there_is_a_front():
    of = task(goals=[], answer={"column": "served_per_s", "better": "larger"})
    assert of.columns == (("served_per_s", False),)
    machines = [Machine((0.0,), 4, (10.0,)), Machine((1.0,), 5, (20.0,)), Machine((1.0,), 6, (15.0,))]
    assert [machine.price for machine in front(of, machines)] == [4, 5]


@pytest.mark.parametrize(
    ("changed", "words", "message"),
    [
        ({"prices": None}, [], "has no prices:"),
        ({"goals": [], "answer": None}, [], "neither goals: nor answer:"),
        ({"goals": [{"column": "y", "at_most": 1}, {"column": "y", "at_least": 0}]}, [], "at_most and at_least"),
        ({}, ["--at", "machine.memory=ddr"], "machine.memory is a choice"),
        ({}, ["--points", "100", "--method", "exact"], "there are 256 machines, more than --points 100"),
        ({"axes": [BANDWIDTH, PEAK | {"integer": False}, MEMORY]}, ["--method", "exact"], "machine.npu.peak: a range"),
        ({"goals": [], "answer": ANSWER}, ["--until-reached"], "there are no goals:"),
        ({}, ["--points", "100", "--until-reached"], "only where all machines can be put in order"),
        ({"goals": [{"column": "energy_j", "at_most": 1}]}, [], "energy_j: no result has a number in it"),
    ],
)
def test_designs_that_make_no_sense_are_refused(tmp_path, changed, words, message):
    run, _ = asked(tmp_path, DESIGN | changed, "design", *words, fails=True)
    assert run.returncode == 2
    assert message in run.stderr


def test_one_plan_for_all_machines_is_warned_of(tmp_path):
    sweep = DESIGN | {"body": "simulate", "axes": [*DESIGN["axes"], a_list("plan", ["x --plan y"], 3)]}
    run, _ = asked(tmp_path, sweep, "design")
    assert "warning: the sweep gives one plan to all machines" in in_words(run)
    assert json.loads(run.stdout.splitlines()[-1])["cheapest"]


def test_nothing_at_all():
    with pytest.raises(NothingEvaluatedError):
        evolved(40, 1, f=lambda *_: NO)
    with pytest.raises(InputError, match="no axis changes the machine"):
        task_of(described([a_list("model", ["a"], 0)], prices={"axes": []}, goals=TWO_MS), [])


def test_sizes_of_spaces():
    of = task()
    assert exact.size(of.choices) == 8 * 16 * 2
    assert len(set(exact.all_rows(of.choices))) == 256
