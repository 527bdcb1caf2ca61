"""Results files of sweeps, read: what comes back is what was stored, and what is asked wrongly is named."""

import sqlite3

import numpy as np
import pytest

from report.sweeps import read_sweeps
from results.reading import Results, ResultsError
from sweep_results import SweepFile, usual, usual_rows, with_seeds

BANDWIDTH = "machine.links.pcie.bandwidth"
RESULT = [("predicted_ps", "integer", "")]


@pytest.fixture
def results(tmp_path):
    with Results(usual(tmp_path)) as opened:
        yield opened


def test_a_sweep_comes_as_columns_with_their_units(results):
    sweep = results.sweep()
    assert (sweep.name, sweep.question, sweep.points) == ("pays", "Does it pay?", 18)
    table = results.table(sweep)
    assert [(each.name, each.role, each.unit) for each in table.columns] == [
        ("number", "fixed", ""),
        ("repetition", "fixed", ""),
        ("status", "fixed", ""),
        (BANDWIDTH, "axis", "B/s"),
        ("model", "axis", ""),
        ("busiest", "result", ""),
        ("energy_j", "result", ""),  # its name says the unit
        ("predicted_ps", "result", ""),
    ]
    assert len(table) == 18
    assert list(table["number"]) == list(range(18))
    assert list(table["repetition"][:4]) == [0, 1, 2, 0]
    assert list(table["model"][2:4]) == ["zoo:bert?layers=4", "zoo:resnet50"]
    assert table[BANDWIDTH].dtype == float and table["number"].dtype == np.int64


def test_an_axis_is_what_its_own_sweep_makes_of_it(tmp_path):
    """Two sweeps of one file: whoever comes second changes nothing for the first."""
    file = SweepFile(tmp_path / "r.db")
    file.add("numbers", [(0, "done", None, value, value) for value in (1, 2)], [("batch", "integer", "B")], RESULT)
    file.add("texts", [(0, "done", None, value, 1) for value in ("all", "none")], [("batch", "text", "")], RESULT)
    file.run("UPDATE columns SET type = 'text' WHERE name = 'batch'")  # as the second sweep leaves it
    file.run("UPDATE sweeps SET description = json_set(description, '$.axes[0].numbers', json('[null]')) WHERE id = 2")
    file.database.commit()
    with Results(tmp_path / "r.db") as results:
        numbers, texts = results.sweeps
        assert results.column(numbers, "batch").is_number and results.column(numbers, "batch").unit == "B"
        assert list(results.table(numbers, ["batch"])["batch"]) == [1, 2]
        assert len(results.table(numbers, ["number"], where=["batch>=2 B"])) == 1
        assert (results.column(texts, "batch").type, results.column(texts, "batch").unit) == ("TEXT", "")
        assert list(results.table(texts, ["batch"])["batch"]) == ["all", "none"]


def test_missing_results_are_not_numbers_and_no_texts(results):
    table = results.table(results.sweep(), ["predicted_ps", "busiest", "energy_j"])
    assert table["predicted_ps"].dtype == float  # integers have no NaN
    assert np.isnan(table["predicted_ps"][15:]).all() and not np.isnan(table["predicted_ps"][:15]).any()
    assert np.isnan(table["energy_j"][15:]).all()
    assert list(table["busiest"][14:16]) == ["cpu", None]
    complete = results.table(results.sweep(), ["predicted_ps"], where=["status=done"])
    assert complete["predicted_ps"].dtype == np.int64
    assert list(complete["predicted_ps"][:4]) == [10**11, 2 * 10**11, 4 * 10**11, 2 * 10**11]


# Of 18 places, 6 are at each bandwidth and 9 of each model; 15 are done; 3 at 100 GB/s of resnet are not.
@pytest.mark.parametrize(
    ("where", "count"),
    [
        ([], 18),
        (["model=zoo:bert?layers=4"], 9),
        (["model=zoo:*"], 18),
        (["model!=*50"], 9),
        ([f"{BANDWIDTH}=10 GB/s"], 6),
        ([f"{BANDWIDTH}=80Gb/s"], 6),
        ([f"{BANDWIDTH} >= 10 GB/s"], 12),
        ([f"{BANDWIDTH}<10 GB/s"], 6),
        ([f"{BANDWIDTH}!=1e10 B/s", "model=zoo:resnet50"], 6),
        (["repetition=0"], 6),
        (["repetition>0", "status=done"], 10),
        (["predicted_ps="], 3),
        (["predicted_ps!="], 15),
        (["busiest!=cpu"], 9),  # 6 npu, and 3 that are neither
        (["predicted_ps!=100000000000"], 17),
        (["predicted_ps<=2 ms"], 3 - 1),  # 1 and 2 ms of the first model at 100 GB/s; 10 ms and more elsewhere
        (["seconds<=500 ms"], 18),
        (["seconds<0.5"], 0),
        (["host=there"], 9),
    ],
)
def test_conditions_choose_rows(results, where, count):
    assert len(results.table(results.sweep(), ["number"], where)) == count
    assert sum(results.count(results.sweep(), where).values()) == count


def test_rows_are_sorted_and_limited(results):
    sweep = results.sweep()
    assert list(results.table(sweep, ["number"], sort="predicted_ps", limit=3)["number"]) == [12, 13, 6 + 6 + 2]
    # Places 6 to 8 are at 10 GB/s (10, 20, 40 ms), 3 to 5 at 1 GB/s of the other model (200, 400, 800 ms).
    last = results.table(sweep, ["number"], sort="predicted_ps", descending=True)["number"]
    assert list(last[:3]) == [5, 2, 4] and list(last[15:]) == [15, 16, 17]


def test_several_sweeps_in_a_file_are_told_apart(tmp_path):
    made = SweepFile(tmp_path / "two.db")
    made.add("pays", usual_rows())
    made.add("half", list(usual_rows())[:9])
    with Results(made.file) as results:
        with pytest.raises(ResultsError, match=r"several sweeps; which one\? \(pays, half\)"):
            results.sweep()
        with pytest.raises(ResultsError, match=r"no sweep 'hafl': did you mean 'half'\?"):
            results.sweep("hafl")
        # Nine of the eighteen points are in both.
        assert results.count(results.sweep("half")) == {"done": 9}
        assert results.count(results.sweep("pays")) == {"done": 15, "failed": 1, "no": 2}


def test_of_several_sweeps_of_one_name_the_last_counts(tmp_path):
    made = SweepFile(tmp_path / "same.db")
    made.add("pays", usual_rows())
    made.add("pays", list(usual_rows())[:4])
    with Results(made.file) as results:
        assert results.sweep().points == 4
        assert [sweep.points for sweep in results.sweeps] == [18, 4]


def test_an_axis_named_like_a_fixed_column_is_itself(tmp_path):
    made = SweepFile(tmp_path / "two.db")
    with_seeds(made)
    made.add("pays", usual_rows())
    with Results(made.file) as results:
        sweep = results.sweep("seeds")
        assert [column.name for column in results.columns(sweep).values() if column.role == "axis"] == ["seed", "model"]
        assert list(results.table(sweep)["seed"]) == [7, 7, 8, 8]
        assert list(results.table(sweep, ["number"], where=["seed=8"])["number"]) == [2, 3]
        # In a sweep without such an axis it is what the point records.
        assert list(results.table(results.sweep("pays"), ["seed"], limit=2)["seed"]) == [0, 1]


def test_a_report_has_the_axis_too_beside_a_sweep_without_it(tmp_path):
    made = SweepFile(tmp_path / "two.db")
    with_seeds(made)
    made.add("pays", usual_rows())
    seeds, pays = read_sweeps(made.file, [], [], None, 100)
    assert (seeds.axes()[0].name, seeds.axes()[0].values) == ("seed", [7, 7, 8, 8])
    assert seeds.seeds == [0, 1, 2, 3]
    assert "seed" not in [column.name for column in pays.columns]


def test_points_that_two_places_share_count_twice(tmp_path):
    made = SweepFile(tmp_path / "twice.db")
    rows = list(usual_rows())
    made.add("twice", [*rows[:2], rows[0]])
    with Results(made.file) as results:
        assert results.count(results.sweep()) == {"done": 3}
        assert list(results.table(results.sweep(), ["predicted_ps"])["predicted_ps"]) == [10**11, 2 * 10**11, 10**11]


def test_provenance_is_there_where_it_is_asked_for(results):
    table = results.table(results.sweep(), ["command", "seconds", "host"], limit=2)
    assert list(table["command"]) == ["partita partition --model zoo:bert?layers=4"] * 2
    assert list(table["host"]) == ["here", "there"]
    assert results.hosts(results.sweep()) == {"here": 9, "there": 9}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("modle=x", r"sweep 'pays' has no column 'modle': did you mean 'model'\? \(there are machine.*predicted_ps\)"),
        ("model", "'model' is no condition"),
        ("model<x", "the values of 'model' are texts, which '<' does not compare"),
        (f"{BANDWIDTH}=10", "'10' is no number in B/s, with its unit"),
        (f"{BANDWIDTH}=10 s", "'10 s' is no number in B/s"),
        ("repetition>=", "a number is missing"),
        ("repetition=inf", "'inf' is no number"),
    ],
)
def test_wrong_conditions_are_named(results, where, message):
    with pytest.raises(ResultsError, match=message):
        results.table(results.sweep(), where=[where])


def test_other_files_are_refused_by_what_they_are(tmp_path):
    with pytest.raises(ResultsError, match="no such file"):
        Results(tmp_path / "absent.db")
    (tmp_path / "text.db").write_text("a,b\n1,2\n" * 200)
    with pytest.raises(ResultsError, match="file is not a database"):
        Results(tmp_path / "text.db")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t(x)").connection.close()
    with pytest.raises(ResultsError, match="no results of a sweep"):
        Results(tmp_path / "other.db")
    for schema, age in ((2, "a newer"), (0, "an older")):
        file = usual(tmp_path / f"{schema}") if (tmp_path / f"{schema}").mkdir() is None else None
        database = sqlite3.connect(file)
        database.execute(f"PRAGMA user_version = {schema}")
        database.close()
        with pytest.raises(ResultsError, match=f"written by {age} version .schema {schema}; this one reads 1"):
            Results(file)


def test_a_file_on_a_read_only_file_system_is_read(tmp_path, monkeypatch):
    """There SQLite opens a file of WAL only where it is told that it cannot change."""
    file = usual(tmp_path)
    connect = sqlite3.connect

    def of_read_only(address, **options):
        if "immutable=1" not in address:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(address, **options)

    monkeypatch.setattr("results.reading.sqlite3.connect", of_read_only)
    with Results(file) as results:
        assert results.count(results.sweep())["done"] == 15
    # Somebody's last changes stand in the -wal only.
    (tmp_path / "results.db-wal").touch()
    with pytest.raises(ResultsError, match="unable to open database file"):
        Results(file)


def test_a_file_is_read_while_somebody_writes(tmp_path):
    file = usual(tmp_path)
    writer = sqlite3.connect(file)
    writer.execute("PRAGMA journal_mode = WAL")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE points SET status = 'failed'")
    with Results(file) as results:
        assert results.count(results.sweep())["done"] == 15
    writer.commit()
    with Results(file) as results:
        assert results.count(results.sweep()) == {"failed": 18}
    writer.close()
