"""Which number matters most: indices that are known, losses that are said, words that do not promise more."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import pytest
from answer_samples import FAILED, FAKE, NO, ROOT, a_list, a_range, a_sweep, asked, computed, done, in_words, knob

from answers import sensitivity as words
from answers.errors import InputError, NothingEvaluatedError
from answers.knobs import Axis, Knob
from answers.outcomes import NOTHING_LOST, Column
from answers.program import call
from answers.screening import Index, Screening, screening
from answers.tornado import tornado

SCRIPT = ROOT / "tools/answers/answer.py"
ABC = [knob(name, -math.pi, math.pi) for name in "abc"]
Y = Column("y")


def evaluation(knobs, f):
    """f: values -> outcome."""

    def evaluate(rows):
        return [
            f(*(one.text(at) if one.is_list else one.lead.value(at) for one, at in zip(knobs, row, strict=True)))
            for row in rows
        ]

    return evaluate


def ishigami(a, b, c):
    return done(y=math.sin(a) + 7 * math.sin(b) ** 2 + 0.1 * c**4 * math.sin(a))


def ishigami_indices():
    """Ishigami and Homma (1990), by hand: parts of the variance, with A = 7, B = 0.1."""
    first = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2
    second = 7**2 / 8
    both = 0.1**2 * math.pi**8 * (1 / 18 - 1 / 50)  # of a and c together
    total = first + second + both
    return {
        "a": (first / total, (first + both) / total),
        "b": (second / total, second / total),
        "c": (0.0, both / total),
    }


def test_sobol_finds_the_indices_of_ishigami():
    answer, _ = screening("sobol", ABC, 5 * 1024, 1, "y", evaluation(ABC, ishigami))
    assert answer.groups == 1024
    # Mean of 7 sin^2 is 3.5; the rest is odd. Its variance: 13.845.
    assert answer.mean == pytest.approx(3.5, abs=0.1)
    assert answer.deviation**2 == pytest.approx(13.845, rel=0.05)
    for index in answer.indices:
        first, total = ishigami_indices()[index.knob.name]
        assert abs(index.other - first) <= index.other_confidence < 0.08
        assert abs(index.value - total) <= index.confidence < 0.1
    assert [index.knob.name for index in answer.indices] == ["a", "b", "c"]
    assert "the number that matters most is a: it has a part in" in words.screening_verdict(answer, Y)


def test_sobol_counts_points_as_groups_of_a_power_of_two():
    """Three numbers: 5 points a group; 1000 points are 200 groups, of which 128 are a power of two."""
    answer, outcomes = screening("sobol", ABC, 1000, 1, "y", evaluation(ABC, ishigami))
    assert (answer.groups, len(outcomes)) == (128, 640)


LINE = [knob("u", 0, 10), knob("v", 0, 10), knob("w", 0, 10)]


def test_morris_of_a_plane_is_its_slopes():
    """Over its range of 10 each changes the result by 10 x its slope, wherever the others are: no spread at all."""
    answer, _ = screening("morris", LINE, 40, 1, "y", evaluation(LINE, lambda u, v, w: done(y=3 * u - 5 * v + 0 * w)))
    found = {index.knob.name: (index.value, index.mu, index.other) for index in answer.indices}
    assert found["v"] == (pytest.approx(50), pytest.approx(-50), pytest.approx(0, abs=1e-9))
    assert found["u"] == (pytest.approx(30), pytest.approx(30), pytest.approx(0, abs=1e-9))
    assert found["w"] == (0, 0, 0)
    assert answer.groups == 10
    assert words.leads(answer.indices[0], answer.indices[1])
    assert "not certain" not in words.screening_verdict(answer, Y)


def test_morris_sees_what_depends_on_others():
    """u (v - 5): the effect of u is -50 to 50 by where v stands, so it cancels out in mu, not in mu*."""
    answer, _ = screening("morris", LINE, 400, 1, "y", evaluation(LINE, lambda u, v, w: done(y=u * (v - 5))))
    effect = next(index for index in answer.indices if index.knob.name == "u")
    # v at 0, 10/3, 20/3 or 10: |v - 5| x 10 is 50, 16.7, 16.7, 50; 33.3 on average.
    assert effect.value == pytest.approx(100 / 3, abs=effect.confidence)
    assert abs(effect.mu) < effect.value / 2
    assert effect.other > effect.value
    assert "depends on where the others stand" in words.screening_verdict(answer, Y)


def test_who_leads_is_above_the_others_interval():
    one, two = (Index(knob(name), value, 0.1, 0.0) for name, value in (("u", 0.5), ("v", 0.31)))
    assert not words.leads(one, two)  # 0.4 and 0.41
    assert words.leads(one, Index(two.knob, 0.29, 0.1, 0.0))  # 0.4 and 0.39
    answer = Screening("sobol", [one, two], 100, 20, 0, NOTHING_LOST, 1.0, 1.0)
    assert "not certain that it matters more than v (intervals of 95 % overlap)" in words.screening_verdict(answer, Y)


def of_sobol(*indices):
    """(total, its interval, first, its interval) of u, v, ..."""
    made = [Index(knob(name), *values) for name, values in zip("uvw", indices, strict=False)]
    return Screening("sobol", made, 100, 20, 0, NOTHING_LOST, 1.0, 1.0)


def test_no_share_is_above_all_of_it():
    answer = of_sobol((1.35, 0.2, 1.2, 0.3), (0.01, 0.01, 0.0, 0.1))
    assert "u: 100% of the variance of y would go" in words.screening_verdict(answer, Y)
    assert "a total above 1 is no share of the variance but chance" in "\n".join(words.screening_notes(answer))


def test_interaction_is_what_exceeds_its_interval():
    """0.9 - 0.5 = 0.4: more than 0.2 + 0.1, less than 0.2 + 0.3. Totals sum to 1.4 both times."""
    by_chance = of_sobol((0.9, 0.2, 0.5, 0.3), (0.5, 0.1, 0.45, 0.1))
    assert "together" not in words.screening_verdict(by_chance, Y) + "".join(words.screening_notes(by_chance))
    real = of_sobol((0.9, 0.2, 0.5, 0.1), (0.5, 0.1, 0.45, 0.1))
    assert "u: it has a part in 90% of the variance of y: 50% by itself, the rest together" in (
        words.screening_verdict(real, Y)
    )
    assert "act together with others, which counts in the total of each: u" in words.screening_notes(real)


def test_intervals_that_are_too_wide_rank_nothing():
    """0.9 - 0.5 is not above 0.2 + 0.3."""
    wide = of_sobol((0.9, 0.5, 0.5, 0.5), (0.5, 0.4, 0.4, 0.1), (0.2, 0.3, 0.1, 0.1))
    assert words.screening_verdict(wide, Y) == (
        "which number matters most cannot be said: intervals of 95 % are too wide to rank them (w, the last, may "
        "matter as much as u, the first); more --points make them narrower."
    )
    # The last is certainly less; and what is narrow but equal is a tie.
    told_apart = of_sobol((0.9, 0.5, 0.5, 0.5), (0.5, 0.4, 0.4, 0.1), (0.1, 0.2, 0.1, 0.1))
    assert "matters most is u" in words.screening_verdict(told_apart, Y)
    assert "matters most is u" in words.screening_verdict(of_sobol((0.5, 0.05, 0.5, 0), (0.5, 0.05, 0.5, 0)), Y)


@pytest.mark.parametrize(("method", "size"), [("morris", 4), ("sobol", 5)])
def test_groups_with_a_point_that_has_no_result_are_dropped_whole(method, size):
    def plane(u, v, w):
        return NO if u > 9.5 else FAILED if v > 9.9 else done(y=3 * u - 5 * v)

    answer, outcomes = screening(method, LINE, 800, 1, "y", evaluation(LINE, plane))
    lost = [outcome.status != "done" for outcome in outcomes]
    groups = [any(lost[i : i + size]) for i in range(0, len(lost), size)]
    assert 0 < answer.dropped < answer.groups
    assert answer.dropped == sum(groups)
    assert answer.lost.no == sum(outcome.status == "no" for outcome in outcomes)
    assert answer.lost.failed == sum(outcome.status == "failed" for outcome in outcomes)
    note = "\n".join(words.screening_notes(answer))
    assert f"{answer.dropped} of {answer.groups} were dropped" in note
    assert f"{answer.lost.no} infeasible and {answer.lost.failed} failed" in note
    # The complete ones still say the slopes, of the plane where there are results.
    if method == "morris":
        assert answer.indices[0].value == pytest.approx(50)


def test_where_hardly_anything_is_complete_there_is_no_answer():
    with pytest.raises(NothingEvaluatedError, match=r"0 of 100 groups .* infeasible \(it needs 3 GB more\)"):
        screening("morris", LINE, 400, 1, "y", evaluation(LINE, lambda u, v, w: NO))


def test_what_never_changes_matters_to_nothing():
    for method in ("morris", "sobol"):
        answer, _ = screening(method, LINE, 400, 1, "y", evaluation(LINE, lambda u, v, w: done(y=4.2)))
        assert answer.constant
        assert words.screening_verdict(answer, Y) == "nothing of this matters: y is 4.2 everywhere."


@pytest.mark.parametrize(("method", "need"), [("morris", 16), ("sobol", 80)])
def test_too_few_points_are_refused_with_how_many_it_takes(method, need):
    with pytest.raises(InputError, match=rf"so {need}$"):
        screening(method, LINE, need - 1, 1, "y", evaluation(LINE, ishigami))
    screening(method, LINE, need, 1, "y", evaluation(LINE, lambda u, v, w: done(y=u)))


def test_same_seed_same_answer():
    first, _ = screening("sobol", ABC, 320, 3, "y", evaluation(ABC, ishigami))
    again, _ = screening("sobol", ABC, 320, 3, "y", evaluation(ABC, ishigami))
    other, _ = screening("sobol", ABC, 320, 4, "y", evaluation(ABC, ishigami))
    assert first == again != other


# Tornado

LISTED = Knob((Axis("m", values=("one", "two", "three"), is_range=False),))
KNOBS = [knob("u", 0, 10), knob("v", 0, 10), LISTED]
ADDED = {"one": 7.0, "two": 0.0, "three": -1.0}


def mixed(u, v, m):
    return done(y=2 * u + (v - 4) ** 2 + ADDED[m])


def test_tornado_turns_one_at_a_time():
    """In the middle u = v = 5, m = two: 10 + 1 + 0 = 11. u: 1 to 21. v: at 0 26, at 5 11, at 10 46. m: 10 to 18."""
    answer, outcomes = tornado(KNOBS, {}, 3, "y", evaluation(KNOBS, mixed))
    assert answer.middle == 11
    assert [(bar.knob.name, bar.ends, bar.least, bar.most) for bar in answer.bars] == [
        ("v", (26, 46), 11, 46),
        ("u", (1, 21), 1, 21),
        ("m", (10, 18), 10, 18),
    ]
    assert answer.bars[2].texts == ("three", "one")
    assert len(outcomes) == 1 + 3 + 3 + 3
    assert "the number that matters most is v: y goes from 11 to 46" in words.tornado_verdict(answer, Y)
    assert "v: not monotone" in "\n".join(words.tornado_notes(answer))
    assert "u: not monotone" not in "\n".join(words.tornado_notes(answer))


def test_the_middle_belongs_to_what_is_seen():
    """Of v only its ends, 26 and 46, are tried; in the middle it is 11."""
    answer, _ = tornado(KNOBS, {}, 2, "y", evaluation(KNOBS, mixed))
    assert (answer.bars[0].ends, answer.bars[0].least) == ((26, 46), 11)


def test_more_values_see_what_lies_between():
    """(v - 4)^2 is least at 4: of 11 values that is one, and the result there is 10."""
    answer, _ = tornado(KNOBS, {}, 11, "y", evaluation(KNOBS, mixed))
    assert answer.bars[0].least == 10


def test_the_middle_may_stand_elsewhere():
    answer, _ = tornado(KNOBS, {"u": 0.1, "m": 0.9}, 2, "y", evaluation(KNOBS, mixed))
    assert answer.middle == 2 * 1 + 1 - 1
    assert answer.at == {"u": "1", "v": "5", "m": "three"}


def test_an_end_without_a_result_is_named():
    answer, _ = tornado(KNOBS, {}, 3, "y", evaluation(KNOBS, lambda u, v, m: NO if u > 9 else mixed(u, v, m)))
    bar = next(bar for bar in answer.bars if bar.knob.name == "u")
    assert bar.ends == (1, None)
    assert (bar.least, bar.most) == (1, 11)
    assert "u: no result at 10 (its high end): 1 infeasible (it needs 3 GB more)" in "\n".join(
        words.tornado_notes(answer)
    )
    assert words.tornado_verdict(answer, Y).endswith(" There is no result with u at 10 (its high end).")


def test_what_has_no_result_at_its_end_is_not_said_to_be_nothing():
    knobs = [knob("u", 0, 10), LISTED]
    answer, _ = tornado(knobs, {}, 3, "y", evaluation(knobs, lambda u, m: NO if u < 1 or m == "one" else done(y=4)))
    assert words.tornado_verdict(answer, Y) == (
        "y is 4 wherever there is a result, but there is none with u at 0 (its low end); m at one."
    )


def test_without_a_middle_there_is_no_tornado():
    with pytest.raises(NothingEvaluatedError, match=r"u=5, v=5, m=two.*it needs 3 GB more; --at"):
        tornado(KNOBS, {}, 3, "y", evaluation(KNOBS, lambda u, v, m: NO if u == 5 else mixed(u, v, m)))


def test_noise_is_not_taken_for_influence():
    """Repetitions differ by 4, the best of the axes by 2."""
    answer, _ = tornado([knob("u", 0, 1)], {}, 2, "y", lambda rows: [done(y=[2 * u, 2 * u + 4]) for (u,) in rows])
    assert answer.bars[0].swing == 2
    assert "that may be noise" in words.tornado_verdict(answer, Y)


# The program

SWEEP = a_sweep(
    [
        a_range("machine.bandwidth", 1e9, 1e11, 0, "B/s", "log"),
        a_range("machine.latency", 0, 1e-3, 1, "s"),
        a_list("model", ["small", "large"], 2),
    ],
    {"predicted_ps": "1e12 * ((3 if model == 'large' else 1) * 1e7 / bandwidth + latency)"},
    "predicted_ps",
)


def test_tornado_end_to_end(tmp_path):
    """In the middle 10 GB/s, 0.5 ms, large: 3.5 ms; at 1 GB/s 30.5 ms, at 100 GB/s 0.8 ms; latency: 3 to 4 ms."""
    run, told = asked(tmp_path, SWEEP, "sensitivity", "--figure", "t.pdf")
    assert told["middle"] == pytest.approx(3.5e9)
    first, second, third = told["axes"]
    assert (first["axis"], first["values"]) == ("machine.bandwidth", ["1 GB/s", "100 GB/s"])
    assert first["results"] == pytest.approx([30.5e9, 0.8e9])
    assert second["axis"] == "model"
    assert third["results"] == pytest.approx([3e9, 4e9])
    assert "predicted time goes from 800 µs to 30.5 ms" in in_words(run)
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "tried_sensitivity.db").exists()


def test_held_axes_are_not_turned_and_lists_are_warned_of(tmp_path):
    run, told = asked(
        tmp_path, SWEEP, "sensitivity", "--method", "sobol", "--points", 256, "--at", "machine.latency=1 ms",
        "--figure", "s.svg", "--out", "r.db",
    )  # fmt: skip
    assert {axis["axis"] for axis in told["axes"]} == {"machine.bandwidth", "model"}
    assert "warning: model is a list (small, large)" in run.stderr
    assert told["mean"] > 1e9  # the latency
    # The same again is found, not computed.
    before = computed(tmp_path)
    asked(tmp_path, SWEEP, "sensitivity", "--method", "sobol", "--points", 256, "--at", "machine.latency=1 ms",
          "--out", "r.db")  # fmt: skip
    assert computed(tmp_path)[len(before) :] == [0]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--of", "predicted"], "no result has a number in it (there are predicted_ps)"),
        (["--at", "machine.banwidth=1 GB/s"], "did you mean 'machine.bandwidth'"),
        (["--method", "sobol", "--points", "20"], "so 80"),
        (
            ["--points", "1"],
            "arguments: error: argument --points: '1' is less than 2\n  see: partita sensitivity --help",
        ),
    ],
)
def test_mistakes_are_named(tmp_path, words, message):
    run, _ = asked(tmp_path, SWEEP, "sensitivity", *words, fails=True)
    assert run.returncode == 2
    assert message in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("method", ["tornado", "morris", "sobol"])
def test_without_axes_there_is_nothing_to_ask(tmp_path, method):
    run, _ = asked(tmp_path, SWEEP | {"axes": []}, "sensitivity", "--method", method, fails=True)
    assert run.returncode == 2
    assert "error: the sweep has no axes" in run.stderr


def test_no_result_in_the_middle_is_no_answer(tmp_path):
    run, _ = asked(tmp_path, SWEEP | {"no": "True"}, "sensitivity", fails=True)
    assert run.returncode == 1
    assert "no answer: where everything is in the middle" in run.stderr


def test_as_a_program_it_passes_on_what_the_sweep_says(tmp_path):
    """Progress and mistakes of `partita sweep`, and its exit code."""
    run = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, "sensitivity", "gone.json", "--partita", FAKE],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout, run.stderr) == (2, "", "gone.json: error: no such file\n")
    (tmp_path / "sweep.json").write_text(json.dumps(SWEEP))
    run = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, "sensitivity", "sweep.json", "--partita", FAKE],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (0, 2 * "progress of the sweep\n")
    assert "the number that matters most is machine.bandwidth" in run.stdout


def test_a_program_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr("answer_samples.FAKE", tmp_path / "gone")
    run, _ = asked(tmp_path, SWEEP, "sensitivity", fails=True, runs=call)
    assert run.returncode == 3
    assert "cannot run" in run.stderr


def test_ctrl_c_waits_for_the_sweep(tmp_path):
    """Who computes gets it, too, and writes down what it has."""
    program = tmp_path / "sweep.py"
    program.write_text(
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: (time.sleep(0.7), pathlib.Path('kept').touch(), sys.exit(130)))\n"
        "pathlib.Path('ready').touch()\n"
        "time.sleep(30)\n"
    )
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'tools')!r})\nfrom answers.program import call\n"
    code += f"try: call([sys.executable, {str(program)!r}])\nexcept KeyboardInterrupt: sys.exit(7)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, start_new_session=True) as process:
        while not (tmp_path / "ready").exists():
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 7
    assert (tmp_path / "kept").exists()
