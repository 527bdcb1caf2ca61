"""From where on something pays: questions, answers and what is said of them."""

import pytest
from answer_samples import FAILED, NO, a_list, a_range, a_sweep, asked, computed, described, done, in_words

from answers.break_even import alternatives_of, bound_of, question_of
from answers.errors import InputError
from answers.outcomes import Outcome, as_pairs
from results.reading import Results, ResultsError

BANDWIDTH = a_range("machine.links.wire.bandwidth", 1e9, 1e12, 0, "B/s", "log")
SPLIT = a_list("split", ["whole", "split"], 1)
ALONG = ["--along", "machine.links.wire.bandwidth", "--between", "split"]

# Whole: 1 ms. Split: half of it, and 10 MB over the wire. It pays where 10 MB take 0.5 ms: from 20 GB/s on; of a
# network that is three times as large, from 10 MB / 1.5 ms = 6.667 GB/s on.
PAYS = a_sweep(
    [BANDWIDTH, SPLIT, a_list("model", ["small", "large"], 2)],
    {
        "predicted_ps": "1e9 * (3 if model == 'large' else 1) * (0.5 if split == 'split' else 1)"
        " + (1e7 / bandwidth * 1e12 if split == 'split' else 0)"
    },
    "predicted_ps",
)


def only_small(**more):
    return a_sweep([BANDWIDTH, SPLIT], {"predicted_ps": PAYS["columns"]["predicted_ps"].replace("model", "'small'")},
                   "predicted_ps", **more)  # fmt: skip


def test_where_splitting_pays_for_each_network(tmp_path):
    run, told = asked(tmp_path, PAYS, "break-even", *ALONG, "--figure", "b.pdf")
    small, large = told["answers"]
    for answer, model, hand in ((small, "small", 20e9), (large, "large", 20e9 / 3)):
        assert answer["at"] == {"model": model}
        (crossing,) = answer["crossings"]
        assert crossing["low"] <= hand <= crossing["high"] <= 1.01 * crossing["low"]
        assert crossing["estimate"] == pytest.approx(hand, rel=1e-3)
        assert (crossing["before"], crossing["after"]) == ("whole", "split")
    assert "model=small: at 20 GB/s: below, whole has less; from there on, split has less." in run.stdout
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF")
    # Both networks are searched at once: nine values, then halves of 3/8 of a decade down to 1 %, 7 times; two
    # alternatives each.
    assert computed(tmp_path) == [36] + 7 * [4]
    assert told["points"] == 64


def test_one_combination_may_be_held(tmp_path):
    run, told = asked(tmp_path, PAYS, "break-even", *ALONG, "--at", "model=large", "--tolerance", "0.1%")
    (answer,) = told["answers"]
    assert answer["at"] == {}
    assert answer["crossings"][0]["high"] <= 1.001 * answer["crossings"][0]["low"]
    assert "held: model=large" in run.stdout


def test_always_and_never_are_answers(tmp_path):
    """Up to 1 TB/s, 10 MB take 10 us at least."""
    never = only_small() | {"axes": [BANDWIDTH | {"to": 1.9e10}, SPLIT]}
    run, told = asked(tmp_path, never, "break-even", *ALONG)
    assert told["answers"][0]["answer"] == "never"
    assert told["answers"][0]["crossings"] == []
    # At 1 GB/s 1 ms against 10.5 ms; at 19 GB/s against 1.026 ms.
    assert "never: split is better nowhere; whole is ahead, from 1 GB/s (by 90.5 %) to 19 GB/s (by 2.56 %)" in (
        in_words(run)
    )
    always = only_small() | {"axes": [BANDWIDTH | {"from": 2.1e10}, SPLIT]}
    run, told = asked(tmp_path, always, "break-even", *ALONG)
    assert told["answers"][0]["answer"] == "always"
    assert "always: split is better everywhere" in run.stdout


def test_without_any_result_there_is_no_answer(tmp_path):
    run, _ = asked(tmp_path, PAYS | {"no": "True"}, "break-even", *ALONG, fails=True)
    assert run.returncode == 1
    assert "neither alternative has a result anywhere: 36 infeasible (it needs 3 GB more)" in run.stderr


def test_repetitions_give_an_interval(tmp_path):
    """Noise of 5 % of a result; the true answer lies within what is not certain."""
    sweep = only_small(repeat=6)
    sweep["columns"]["predicted_ps"] += " + chance(5e7)"
    run, told = asked(tmp_path, sweep, "break-even", *ALONG, "--figure", "b.png")
    (crossing,) = told["answers"][0]["crossings"]
    assert crossing["certain_low"] < 20e9 < crossing["certain_high"]
    assert 10e9 < crossing["certain_low"] <= crossing["low"] < crossing["high"] <= crossing["certain_high"] < 40e9
    assert "certain (95 %, 6 repetitions) up to" in in_words(run)
    sweep["repeat"] = 3
    run, _ = asked(tmp_path, sweep, "break-even", *ALONG, "--out", "other.db")
    assert "with 3 no difference can be certain (repeat: 4 or more)" in in_words(run)


def test_an_axis_of_seeds_makes_pairs(tmp_path):
    """What a seed does, it does to both: three times as long. Only pairs see through that."""
    seeds = a_list("seed", [str(i) for i in range(1, 9)], 2, list(range(1, 9)))
    sweep = a_sweep(
        [BANDWIDTH, SPLIT, seeds],
        {"predicted_ps": f"(1 + 0.25 * int(seed)) * ({only_small()['columns']['predicted_ps']})"},
        "predicted_ps",
    )
    run, told = asked(tmp_path, sweep, "break-even", *ALONG)
    (answer,) = told["answers"]
    (crossing,) = answer["crossings"]
    assert crossing["certain_low"] == crossing["low"] <= 20e9 <= crossing["high"] == crossing["certain_high"]
    assert "certain (95 %, 8 seeds) up to" in in_words(run)
    _, told = asked(tmp_path, sweep | {"axes": [BANDWIDTH, SPLIT, seeds | {"values": seeds["values"][:5]}]},
                    "break-even", *ALONG, "--out", "five.db")  # fmt: skip
    assert told["answers"][0]["crossings"][0]["certain_low"] is None
    _, told = asked(tmp_path, sweep, "break-even", *ALONG, "--at", "seed=3", "--out", "one.db")
    assert told["answers"][0]["crossings"][0]["certain_low"] is not None


def test_pairs_of_which_one_is_missing_count_for_neither():
    first = [done(y=1), done(y=2), NO]
    second = [done(y=3), FAILED, done(y=5)]
    one, two = as_pairs(list(zip(first, second, strict=True)))
    assert (one.values, one.done, one.no, one.failed) == ({"y": [1]}, 1, 1, 0)
    assert (two.values, two.done, two.no, two.failed) == ({"y": [3]}, 1, 0, 1)
    one, two = as_pairs([(NO, done(y=3)), (NO, done(y=4))])
    assert (one.status, two.status) == ("no", "done")
    assert two.values == {"y": [3, 4]}


def test_lower_bounds_say_what_is_proved(tmp_path):
    """Split is found 10 % above its bound, whole is the best there is: split is proved better where found to be;
    whole only where 0.5 ms / 1.1 + 10 MB / 1.1 / bandwidth is over 1 ms: below 10 MB / 0.6 ms = 16.67 GB/s."""
    sweep = only_small()
    found = sweep["columns"]["predicted_ps"]
    sweep["columns"] |= {
        "value": f"({found}) / 1e12",
        "lower_bound": f"({found}) / 1e12 / (1.1 if split == 'split' else 1)",
    }
    run, told = asked(tmp_path, sweep, "break-even", *ALONG)
    (crossing,) = told["answers"][0]["crossings"]
    assert crossing["proved_low"] == pytest.approx(1e7 / 0.6e-3, rel=0.01)
    assert crossing["proved_low"] < 1e7 / 0.6e-3
    assert crossing["proved_high"] == crossing["high"]
    assert (
        "for the best plans that exist, by lower bounds: proved below, at 16.66 GB/s and above, from 20.12 GB/s on"
        in (in_words(run))
    )
    # Methods are judged by what they find.
    sweep["axes"] = [BANDWIDTH, SPLIT | {"name": "method"}]
    sweep["columns"] = {name: text.replace("split ==", "method ==") for name, text in sweep["columns"].items()}
    run, told = asked(tmp_path, sweep, "break-even", *ALONG[:2], "--between", "method", "--out", "other.db")
    assert told["answers"][0]["crossings"][0]["proved_low"] is None
    assert "best plans that exist" not in run.stdout


def outcomes(*pairs):
    return [Outcome(values={"value": [v], "lower_bound": [v], "y": [y]}, done=1) for v, y in pairs]


def test_bounds_are_those_of_the_column_or_none():
    assert bound_of(outcomes((2e-3, 2e9), (1e-6, 1e6)), "y") == 1e12
    assert bound_of(outcomes((2.5, 2.5)), "y") == 1
    assert bound_of(outcomes((2e-3, 2e9), (1e-6, 2e6)), "y") is None  # another objective
    assert bound_of([Outcome(values={"y": [1.0]}, done=1)], "y") is None


METHODS = a_list("method", ["heft", "peft", "auto"], 1)
LISTS = a_list("model", ["zoo:a?b=1,2", "zoo:a?b=3"], 2)


def test_two_of_more_alternatives_are_named():
    description = described([BANDWIDTH, METHODS, LISTS])
    assert alternatives_of(description, "method=heft,auto")[1] == (pytest.approx(1 / 6), pytest.approx(5 / 6))
    assert alternatives_of(description, "model")[1] == (0.25, 0.75)
    assert alternatives_of(description, "model=zoo:a?b=3,zoo:a?b=1,2")[1] == (0.75, 0.25)


@pytest.mark.parametrize(
    ("along", "between", "at", "message"),
    [
        ("machine.links.wire.bandwith", "method", [], "--along: .*did you mean 'machine.links.wire.bandwidth'"),
        ("method", "model", [], "--along method: it is a list"),
        ("machine.links.wire.bandwidth", "machine.links.wire.bandwidth", [], "it is a range; alternatives are two"),
        ("machine.links.wire.bandwidth", "method", [], "it has 3 values; name two: --between method=FIRST,SECOND"),
        ("machine.links.wire.bandwidth", "method=heft,cpop", [], "expected two of heft, peft, auto"),
        ("machine.links.wire.bandwidth", "method=heft,heft", [], "both are the same"),
        ("machine.links.wire.bandwidth", "model", ["model=zoo:a?b=3"], "model is what --between names"),
    ],
)
def test_questions_that_make_no_sense_are_refused(along, between, at, message):
    with pytest.raises(InputError, match=message):
        question_of(described([BANDWIDTH, METHODS, LISTS]), along, between, at)


def test_too_many_combinations_are_refused():
    many = a_list("model", [f"zoo:{i}" for i in range(65)], 2)
    with pytest.raises(InputError, match="65 combinations, more than 64"):
        question_of(described([BANDWIDTH, SPLIT, many]), "machine.links.wire.bandwidth", "split", [])


def test_a_sweep_that_says_not_what_to_look_at(tmp_path):
    run, _ = asked(tmp_path, PAYS | {"answer": None}, "break-even", *ALONG, fails=True)
    assert run.returncode == 2
    assert "--of COLUMN: neither it nor answer: of the sweep file" in run.stderr
    _, told = asked(tmp_path, PAYS | {"answer": None}, "break-even", *ALONG, "--of", "predicted_ps")
    assert told["column"] == "predicted_ps"


def test_an_alternative_that_is_no_axis_is_written_out(tmp_path):
    """The line that is missing, ready to be copied into the sweep file."""
    methods = ["break-even", "--along", "machine.links.wire.bandwidth", "--between"]
    run, _ = asked(tmp_path, PAYS | {"with": {"method": ["heft"]}}, *methods, "method=heft,auto", fails=True)
    assert run.returncode == 2
    assert run.stderr.endswith(
        "sweep.json: error: --between: no axis is called 'method' (axes of this sweep: machine.links.wire.bandwidth, "
        "split, model); to add it to `axes:`, in place of `method` under `with:`:\n  method: [heft, auto]\n"
    )
    run, _ = asked(tmp_path, PAYS, *methods, "plan=zoo:a?b=1,b c", fails=True)
    assert run.stderr.endswith("; to add it to `axes:`:\n  plan: ['zoo:a?b=1', 'b c']\n")
    run, _ = asked(tmp_path, PAYS, *methods, "pin", fails=True)
    assert run.stderr.endswith("\n  pin: [FIRST, SECOND]\n")
    run, _ = asked(tmp_path, PAYS, "break-even", "--along", "requests", "--between", "split", fails=True)
    assert run.stderr.endswith("\n  requests: {from: LOW, to: HIGH}\n")


def test_in_a_file_with_other_points_of_the_sweep_that_is_said(tmp_path):
    """As where `--out` is the results file of a study: by the name of the sweep, its readers get the newest."""
    run, _ = asked(tmp_path, PAYS, "break-even", *ALONG, "--out", "study.db")
    assert "note:" not in run.stderr
    narrower = PAYS | {"axes": [BANDWIDTH | {"to": 1e11}, *PAYS["axes"][1:]]}
    run, _ = asked(tmp_path, narrower, "break-even", *ALONG, "--out", "study.db")
    with Results(tmp_path / "study.db") as results:
        first, second = results.sweeps
        assert results.sweep("tried") == results.sweep(f"tried@{second.id}") == second
        assert results.sweep(f"tried@{first.id}") == first
        with pytest.raises(ResultsError, match="no sweep 'tried@99'"):
            results.sweep("tried@99")
    assert run.stderr.endswith(
        f"note: study.db holds several sweeps 'tried', and this is tried@{second.id}: partita results shows the "
        f"newest, and with --sweep the others (tried@{first.id})\n"
    )
