"""Inputs that a results file holds, as files again: where they are needed, and nowhere else."""

import json
import sqlite3

import pytest

from report.best_again import best_run, folders_in, unpack
from report.errors import InputError
from report.program import Program
from report.sweeps import read_sweeps, stored_point
from sweep_results import usual

MACHINE, NETWORK = "a" * 64, "b" * 64
OPTIONS = {"machine": [f"@{MACHINE}/box.yaml"], "model": [f"@{NETWORK}/parts/net.json"]}


def results_with(folder, *inputs):
    """Results of which every point was made from `inputs`: (folder, name, bytes)."""
    file = usual(folder)
    database = sqlite3.connect(file)
    for number, (of, name, content) in enumerate(inputs):
        database.execute("INSERT INTO inputs VALUES (?, ?, ?, ?)", (of, name, str(number), f"/gone/{name}"))
        database.execute("INSERT INTO files VALUES (?, ?, ?)", (str(number), len(content), content))
    named = {"more": [f"@{of}/x" for of, _, _ in inputs], **OPTIONS}
    database.execute("UPDATE provenance SET configuration = ?", [json.dumps({"options": named})])
    database.commit()
    database.close()
    return file


def first_point(file):
    return read_sweeps(file, [], [], None, 100)[0].points[0]


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("folder", "name", "said"),
    [
        (MACHINE, "../../../x.yaml", r"leads out of its folder: '\.\./\.\./\.\./x\.yaml'"),
        (MACHINE, "parts/../../x.yaml", "leads out of its folder"),
        (MACHINE, "/tmp/x.yaml", "leads out of its folder"),
        (MACHINE, "./x.yaml", "leads out of its folder"),  # another name of x.yaml, which may be a link by then
        (MACHINE, "", "leads out of its folder"),
        (MACHINE, "x\0.yaml", "leads out of its folder"),
        (("../" * 22)[:64], "x.yaml", "no hash: '../"),
        ("A" * 64, "x.yaml", "no hash"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, folder, name, said):
    file = results_with(tmp_path, (folder, name, b"machine:\n"))
    with pytest.raises(InputError, match=rf"results\.db: .*{said}"):
        stored_point(file, first_point(file))


@pytest.mark.parametrize("options", [[], {"steps": 5}, {"steps": [5]}, {"set": "a=1"}])
def test_options_that_nobody_wrote_so_are_refused(tmp_path, options):
    file = usual(tmp_path)
    with sqlite3.connect(file) as database:
        database.execute("UPDATE provenance SET configuration = ?", [json.dumps({"options": options})])
    database.close()
    with pytest.raises(InputError, match=r"results\.db: the configuration of point .* is none that partita writes"):
        stored_point(file, first_point(file))


def test_inputs_are_files_in_their_folders(tmp_path):
    file = results_with(tmp_path, (MACHINE, "box.yaml", b"box"), (NETWORK, "parts/net.json", b"net"))
    point = stored_point(file, first_point(file))
    scratch = tmp_path / "scratch"
    origins = unpack(file, point, folders_in(OPTIONS["machine"]), scratch)
    assert origins == {str(scratch / MACHINE / "box.yaml"): "/gone/box.yaml"}
    assert files_in(scratch) == [f"{MACHINE}/box.yaml"]
    unpack(file, point, {NETWORK}, scratch)
    assert (scratch / NETWORK / "parts/net.json").read_bytes() == b"net"


@pytest.mark.parametrize(("again", "written"), [(False, ["box.yaml"]), (True, ["box.yaml", "net.json"])])
def test_only_the_machine_is_written_where_nothing_is_run_again(tmp_path, again, written):
    file = results_with(tmp_path, (MACHINE, "box.yaml", b"box"), (NETWORK, "net.json", b"net"))
    (sweep,) = read_sweeps(file, [], [], None, 100)
    best_run(Program(None), sweep, 0, tmp_path / "scratch", again)
    assert [name.rpartition("/")[2] for name in files_in(tmp_path / "scratch")] == written
