"""Results as Parquet: types, units and what is missing come through."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from results.parquet import write
from results.reading import Results
from sweep_results import SweepFile, usual, usual_rows, with_seeds

EXPORT = Path(__file__).resolve().parents[2] / "tools/results/parquet.py"
BANDWIDTH = "machine.links.pcie.bandwidth"


def export(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, EXPORT, *arguments], capture_output=True, text=True, check=False)


def test_columns_keep_their_types_and_say_their_units(tmp_path):
    file, out = usual(tmp_path), tmp_path / "new folder/x.parquet"
    made = export(file, "--out", out)
    assert (made.returncode, made.stdout, made.stderr) == (0, f"{out}: 18 rows\n", "")
    table = pq.read_table(out)
    assert {field.name: str(field.type) for field in table.schema} == {
        "number": "int64", "repetition": "int64", "status": "string", BANDWIDTH: "double", "model": "string",
        "busiest": "string", "energy_j": "double", "predicted_ps": "int64",
    }  # fmt: skip
    told = {field.name: field.metadata for field in table.schema}
    assert told[BANDWIDTH] == {b"role": b"axis", b"unit": b"B/s"}
    assert told["predicted_ps"] == {b"role": b"result", b"unit": b"ps"}
    assert told["busiest"] == {b"role": b"result"}
    assert json.loads(table.schema.metadata[b"partita.sweep"])["question"] == "Does it pay?"
    rows = table.to_pylist()
    assert (rows[0]["predicted_ps"], rows[0]["energy_j"], rows[3]["busiest"]) == (10**11, 25.0, "npu")
    assert (rows[15]["predicted_ps"], rows[15]["energy_j"], rows[15]["busiest"]) == (None, None, None)
    assert list(out.parent.iterdir()) == [out]


def test_rows_and_columns_are_chosen_and_many_batches_make_one_file(tmp_path):
    out = tmp_path / "x.parquet"
    made = export(usual(tmp_path), "--columns", "number,command", "--where", "status=done", "--sort", "predicted_ps",
                  "--descending", "--limit", "3", "--out", out)  # fmt: skip
    assert made.returncode == 0
    rows = pq.read_table(out).to_pylist()
    assert [row["number"] for row in rows] == [5, 2, 4]  # 800, 400 and 400 ms
    assert rows[0]["command"] == "partita partition --model zoo:resnet50"
    with Results(tmp_path / "results.db") as results:
        assert write(results, results.sweep(), out, ["number"], size=4) == 18
    assert pq.read_table(out)["number"].to_pylist() == list(range(18))


def test_a_result_that_is_a_number_here_and_a_text_there_is_a_text(tmp_path):
    made = SweepFile(tmp_path / "mixed.db")
    made.add("mixed", [(0, "done", None, 1, 5), (0, "done", None, 2, "five"), (0, "done", None, 3, 5.5)],
             axes=[("batch", "integer", "")], results=[("found", "text", "")])  # fmt: skip
    made.database.close()
    assert export(made.file, "--out", tmp_path / "x.parquet").returncode == 0
    assert pq.read_table(tmp_path / "x.parquet")["found"].to_pylist() == ["5", "five", "5.5"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--columns", "modle"], 2, "did you mean 'model'"),
        (["--where", "model"], 2, "'model' is no condition"),
        (["--sweep", "other"], 2, "no sweep 'other'"),
        (["--columns", ""], 2, "no column"),
    ],
)
def test_mistakes_are_named_and_leave_nothing(tmp_path, arguments, code, message):
    failed = export(usual(tmp_path), *arguments, "--out", tmp_path / "x.parquet")
    assert (failed.returncode, failed.stdout) == (code, "")
    assert message in failed.stderr
    assert not list(tmp_path.glob("*parquet*"))


def test_a_file_that_cannot_be_written_is_the_environments_fault(tmp_path):
    (tmp_path / "x.parquet").mkdir()
    failed = export(usual(tmp_path), "--out", tmp_path / "x.parquet")
    assert failed.returncode == 3
    assert "results: " in failed.stderr and "Traceback" not in failed.stderr
    assert [each.name for each in tmp_path.glob("*parquet*")] == ["x.parquet"]


def test_an_axis_named_like_a_fixed_column_is_a_column(tmp_path):
    made = SweepFile(tmp_path / "two.db")
    with_seeds(made)
    made.add("pays", usual_rows())
    for name, seeds in (("seeds", [7, 7, 8, 8]), ("pays", None)):
        with Results(made.file) as results:
            write(results, results.sweep(name), tmp_path / "x.parquet", None)
        table = pq.read_table(tmp_path / "x.parquet").to_pydict()
        assert table.get("seed") == seeds
