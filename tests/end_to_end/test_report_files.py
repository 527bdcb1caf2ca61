"""What reports are made of and written to: wrong files, paper, places that cannot be written."""

import html
import re
import sqlite3

import pytest
from samples import write

import sweep_results
from reports import made, needs_browser, report


@needs_browser
def test_it_comes_on_paper_too(pages, tmp_path):
    result = report(pages.parent, "results.db", "simulated.json", "analysis.json", "--out", tmp_path / "page.html",
                    "--pdf", tmp_path / "page.pdf")  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [str(tmp_path / "page.html"), str(tmp_path / "page.pdf")]
    printed = (tmp_path / "page.pdf").read_bytes()
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", printed)) >= 3
    # Headings are bookmarks, and tags say what is what.
    assert b"/Outlines" in printed
    assert b"/StructTreeRoot" in printed


def test_without_chromium_paper_is_refused_before_any_work(pages, tmp_path):
    result = report(pages.parent, "results.db", "--out", tmp_path / "page.html", "--pdf", tmp_path / "page.pdf",
                    environment={"PATH": "/nowhere"})  # fmt: skip
    assert result.returncode == 3
    assert "--pdf needs Chromium, which is not installed" in result.stderr
    assert not (tmp_path / "page.html").exists()


def test_the_same_results_give_the_same_bytes(pages):
    again = pages.read_bytes()
    assert made(pages.parent, "results.db", "simulated.json", "measured.json", "analysis.json").read_bytes() == again


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.db"], "none.db: No such file or directory"),
        (["text.txt"], "text.txt: unknown kind of file"),
        (["plan.json"], "plan.json: no file that a report can show (its first key is 'plan'"),
        (["folder"], "folder: this folder is not one of partita demo (it has no summary.json)"),
        (["other.db"], "other.db: no results of a sweep"),
        (["results.db", "--sweep", "pay"], "--sweep pay: no such sweep (one of pays)"),
        (["results.db", "--answer", "speed"], "no result of numbers 'speed' (one of energy_j, predicted_ps)"),
        (["results.db", "--where", "modell=a"], "did you mean 'model'?"),
        (["broken.json"], "broken.json:1:3: Expecting property name"),
    ],
)  # fmt: skip
def test_what_cannot_be_shown_is_said_in_one_line(tmp_path, arguments, said):
    sweep_results.usual(tmp_path)
    (tmp_path / "text.txt").write_text("words")
    (tmp_path / "broken.json").write_text("{ ]")
    (tmp_path / "folder").mkdir()
    write(tmp_path, "plan.json", {"plan": 1})
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t(a)")
    other.commit()
    other.close()
    result = report(tmp_path, *arguments, "--out", "page.html")
    assert result.returncode == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_an_answer_that_no_result_has_is_said(tmp_path):
    file = sweep_results.SweepFile(tmp_path / "results.db")
    file.add("pays", sweep_results.usual_rows(), answer="predicted_sp")
    file.database.close()
    said = "sweep 'pays': answer: names 'predicted_sp', which is no result of numbers: did you mean 'predicted_ps'?"
    result = report(tmp_path, "results.db", "--out", "page.html")
    assert result.returncode == 0
    assert f"report: warning: results.db: {said} Points are compared by 'predicted_ps' instead" in result.stderr
    assert said in html.unescape((tmp_path / "page.html").read_text())
    # Who asks for a column knows what to look at.
    assert report(tmp_path, "results.db", "--answer", "energy_j", "--out", "page.html").stderr == ""


def test_a_page_that_cannot_be_written_is_the_environment_s_fault(tmp_path):
    sweep_results.usual(tmp_path)
    (tmp_path / "page").mkdir()
    result = report(tmp_path, "results.db", "--out", "page")
    assert result.returncode == 3
    assert "page: Is a directory" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page", "results.db"]
