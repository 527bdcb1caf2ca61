"""What was measured on GPUs is judged anew: experiments/gpu/README.md prints what its archives say."""

import json
import tarfile

import pytest
from test_pipeline import last_json, ok

from conftest import ROOT

GPU = ROOT / "experiments/gpu"


def table() -> dict[str, dict[str, str]]:
    """The README's, by the archive that a column names and the beginning of a row's first cell; without stars."""
    lines = [line for line in (GPU / "README.md").read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]
    head, rows = cells[0], cells[2:]
    return {
        title.rpartition("`")[0].rpartition("`")[2]: {row[0]: row[column] for row in rows}
        for column, title in enumerate(head)
        if column > 0
    }


def told(column: dict[str, str], begin: str) -> str:
    (cell,) = (cell for name, cell in column.items() if name.removeprefix("... ").startswith(begin))
    return cell


def test_each_archive_has_a_column():
    assert set(table()) == {file.name for file in (GPU / "h100").glob("*.tar.xz")}


@pytest.mark.parametrize("archive", ["graphs.tar.xz", "launches.tar.xz"])
def test_the_figures_of_the_readme_are_those_of_its_data(partita, tmp_path, archive):
    with tarfile.open(GPU / "h100" / archive) as tar:
        tar.extractall(tmp_path, filter="data")
    exam = archive.partition(".")[0]
    line = last_json(
        ok(partita("calibrate", "--exam", exam, "--plans", 20, "--repetitions", 10, "--json", timeout=600))
    )
    verdict = json.loads((tmp_path / exam / "verdict.json").read_text())
    column = table()[archive]
    assert told(column, "held-out plans") == f"{line['held_out_plans']}"
    assert told(column, "profile of layers and copies alone") == f"{verdict['before']['mape_percent']:.1f} %"
    assert told(column, "calibrated to other plans") == f"{line['makespan_mape_percent']:.1f} %"
    assert told(column, "Kendall's tau") == f"{line['kendall_tau']:.2f}"
    apart = verdict["told_apart"]
    assert told(column, "of those pairs of plans") == (
        f"{line['kendall_tau_told_apart']:.2f} ({apart['pairs']} of {apart['all_pairs']})"
    )
