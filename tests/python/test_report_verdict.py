"""What a report says of a sweep, against results whose answers follow by hand."""

import pytest

import sweep_results
from report import verdict
from report.errors import InputError
from report.sweeps import Answer, asked_answer, choose_answer, declared_answer, read_sweeps
from results.reading import SweepInfo

MS = 10**9


def read(file, **choice):
    choice = {"wanted": [], "where": [], "asked": None, "most": 1000, **choice}
    return read_sweeps(file, **choice)


@pytest.fixture
def usual(tmp_path):
    """3 bandwidths x 2 networks x 3 repetitions: 100, 10, 1 ms by bandwidth, twice that for resnet, and 1, 2, 4 times
    that by repetition; resnet at the highest bandwidth has no result: one failed, two have no answer."""
    return sweep_results.usual(tmp_path)


def test_all_points_are_counted_by_what_became_of_them(usual):
    (sweep,) = read(usual)
    assert sweep.counts == {"done": 15, "no": 2, "failed": 1}
    assert (sweep.planned, sweep.shown, sweep.verb) == (18, 18, "partition")
    assert sweep.reasons_without == {("no", "no memory"): 2, ("failed", "took longer than 60 s by the clock"): 1}


def test_columns_have_titles_units_and_labels(usual):
    (sweep,) = read(usual)
    assert [(one.title, one.unit, one.label, one.is_number) for one in sweep.columns] == [
        ("bandwidth of link pcie", "B/s", "", True),
        ("network", "", "", False),
        ("predicted time", "ps", "predicted", True),
        ("busiest", "", "predicted", False),
        ("energy", "J", "predicted", True),
    ]


def test_the_best_point_is_the_one_with_the_best_median(usual):
    """Medians by bandwidth and network: bert 200, 20, 2 ms; resnet 400, 40, none. The fastest single run, 1 ms, is the
    first repetition of the best, whose middle is 2 ms."""
    judged = verdict.judge(read(usual)[0])
    assert (judged.best_value, judged.worst_value, judged.median) == (2 * MS, 400 * MS, 40 * MS)
    assert (judged.compared, judged.near) == (5, 1)
    assert judged.spread == verdict.Spread(3, 1 * MS, 2 * MS, 4 * MS)
    assert judged.usual_spread == pytest.approx((4 - 1) / 2)
    assert verdict.factor_text(judged) == "200 \N{MULTIPLICATION SIGN}"


def test_the_verdict_is_a_sentence(usual):
    (sweep,) = read(usual)
    assert verdict.sentence(sweep, verdict.judge(sweep)) == (
        "The shortest predicted time is 2 ms, with bandwidth of link pcie 100 GB/s and network zoo:bert?layers=4."
    )


def test_where_larger_is_better_the_other_end_wins(usual):
    (sweep,) = read(usual, asked="predicted_ps:larger")
    judged = verdict.judge(sweep)
    assert (judged.best_value, judged.worst_value) == (400 * MS, 2 * MS)
    assert verdict.sentence(sweep, judged).startswith("The longest predicted time is 400 ms")


def test_an_axis_matters_as_much_as_medians_differ(usual):
    """Over all repetitions and networks, in ms: at 1 GB/s 100 200 400 and 200 400 800, median 300; at 10 a tenth of it;
    at 100 only bert's 1 2 4: 2. So 150 x. By network: bert 1 2 4 10 20 40 100 200 400, median 20; resnet 20 40 80 200
    400 800: 140, 7 x."""
    bandwidth, network = verdict.judge(read(usual)[0]).effects
    assert (bandwidth.axis.title, bandwidth.ratio) == ("bandwidth of link pcie", pytest.approx(150))
    assert (bandwidth.best, bandwidth.worst) == ("100 GB/s", "1 GB/s")
    assert (network.axis.title, network.ratio) == ("network", pytest.approx(7))
    assert network.best == "zoo:bert?layers=4"


def test_of_many_axes_those_that_matter_are_named(tmp_path):
    """Only the last of seven changes the time, by 2 x."""
    axes = [(f"axis_{i}", "real", "") for i in range(7)]
    rows = [(0, "done", None, *[float(value)] * 7, "cpu", 1.0, (1 + value) * MS) for value in range(2)]
    # Each changes with the others, but the last one is nearly all of it.
    rows += [(0, "done", None, *[float(other)] * 6, 1.0, "cpu", 1.0, 2 * MS) for other in range(2)]
    file = sweep_results.SweepFile(tmp_path / "wide.db")
    file.add("wide", rows, axes)
    file.database.close()
    (sweep,) = read(tmp_path / "wide.db")
    words = verdict.sentence(sweep, verdict.judge(sweep))
    assert words == "The shortest predicted time is 1 ms, with axis 6 0, axis 0 0, axis 1 0 and 4 others."


def test_only_points_that_meet_the_conditions_are_taken(usual):
    (sweep,) = read(usual, where=["model=zoo:resnet*"])
    assert (sweep.shown, sweep.planned) == (9, 9)
    assert verdict.judge(sweep).best_value == 40 * MS


def test_of_many_points_a_sample_is_taken_that_keeps_the_best(tmp_path):
    """2000 points whose time is 1000 + their number, in ps, the best at an odd place: number 1234 takes 1."""
    file = sweep_results.SweepFile(tmp_path / "many.db")
    file.add("many", ((0, "done", None, 1e9 + i, "zoo:bert", "cpu", 0.5, 1 if i == 1234 else 1000 + i)
                      for i in range(2000)))  # fmt: skip
    file.database.close()
    (sweep,) = read(tmp_path / "many.db", most=200)
    assert 150 <= sweep.shown <= 270
    assert sweep.counts == {"done": 2000}
    assert verdict.judge(sweep).best_value == 1
    assert verdict.judge(sweep).worst_value == 2999
    # Every part of the axis is there.
    parts = [number * 10 // 2000 for number in sweep.numbers]
    assert min(parts.count(part) for part in range(10)) >= 10


def test_without_any_result_there_is_no_verdict(tmp_path):
    file = sweep_results.SweepFile(tmp_path / "none.db")
    file.add("none", [(0, "failed", "took longer than 60 s by the clock", 1e9, "zoo:bert", None, None, None)])
    file.database.close()
    assert verdict.judge(read(tmp_path / "none.db")[0]) is None


def info(**answer):
    described = {"answer": answer} if answer else {}
    return SweepInfo(1, "a", "", "", 1, "", "", "partition", described)


def test_the_answer_is_what_was_asked_then_what_the_file_says_then_what_is_usual():
    larger = info(column="energy_nj", better="larger")
    columns = ["gap", "energy_nj", "predicted_ps"]
    assert declared_answer(larger.description) == Answer("energy_nj", smaller_is_better=False)
    assert choose_answer(larger, columns, "gap") == Answer("gap", smaller_is_better=True)
    assert choose_answer(larger, columns, None) == Answer("energy_nj", smaller_is_better=False)
    assert choose_answer(larger, ["gap"], None) == Answer("gap", smaller_is_better=True)
    assert choose_answer(info(), columns, None) == Answer("predicted_ps", smaller_is_better=True)
    assert choose_answer(info(), [], None) is None
    assert asked_answer("throughput:larger") == Answer("throughput", smaller_is_better=False)
    with pytest.raises(InputError, match="no result of numbers 'speed'"):
        choose_answer(info(), ["gap"], "speed")
