"""The figure of a service over time."""

import json

import pytest

from figures.reading import InputError, Served, read_service
from figures.service import medians, service

MS = 10**9


def served(policy: str, answered: list[int], switches: list[dict] | None = None) -> dict:
    return {
        "policy": policy,
        "execution": "simulated",
        "mean_ms": 2.0,
        "p99_ms": 3.0,
        "shed": 1,
        "first_configuration": "undisturbed",
        "requests": {"arrival_ps": [0, 10 * MS, 20 * MS], "answered_ps": answered},
        "decisions": switches or [],
    }


def document(**changed) -> dict:
    record = {
        "service": 1,
        "scenario": "slow",
        "machine": "pair",
        "network": "zoo:lenet",
        "load": [{"on": "gpu", "what": "slows down 2 x", "windows_ps": [[5 * MS, 15 * MS]]}],
        "policies": [
            served("static", [2 * MS, 13 * MS, -1]),
            served(
                "ours",
                [2 * MS, 12 * MS, 22 * MS],
                [
                    {"when_ps": 11 * MS, "switched": True, "configuration": "gpu 2 x slower", "reason": "it pays"},
                    {"when_ps": 16 * MS, "switched": False, "configuration": "gpu 2 x slower", "reason": "stays"},
                ],
            ),
        ],
    }
    return record | changed


def read(tmp_path, content: dict):
    file = tmp_path / "service.json"
    file.write_text(json.dumps(content))
    return read_service(file)


def test_latency_rows_of_switches_and_of_load(tmp_path):
    figure = service(read(tmp_path, document()))
    upper, lower = figure.axes
    # Those that were answered: two by the static plan, three by ours.
    points = [line for line in upper.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in points] == [2, 3]
    assert list(points[1].get_ydata()) == [2, 2, 2]  # ms
    assert [label.get_text() for label in lower.get_yticklabels()] == ["ours", "gpu: slows down 2 x"]
    # Before the switch, after it; and the load, from 5 to 15 ms.
    spans = [(bar.get_x(), bar.get_width()) for bar in lower.patches]
    assert spans == [(0, 11), (11, 11), (5, 10)]


def test_medians_are_of_those_who_arrived_then():
    one = Served("ours", "simulated", 1, 1, [0, 0, 0, 90], [1, 3, 100, 97], 0, "", [])
    assert medians(one, 90) == ([0.5, 89.5], [3, 7])


def test_without_switches_and_load_there_is_one_panel(tmp_path):
    content = document(load=[], policies=[served("static", [MS, 11 * MS, 21 * MS])])
    assert len(service(read(tmp_path, content)).axes) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (document(policies=[]), "no policies"),
        (document(policies=[served("ours", [-1, -1, -1])]), "no request was answered"),
        (document(policies=[served("ours", [1])]), "3 arrivals and 1 answers"),
        (document(load=[{"on": "a", "what": "b", "windows_ps": [[1]]}]), "expected pairs of times"),
    ],
)
def test_what_cannot_be_drawn_is_said(tmp_path, content, message):
    with pytest.raises(InputError, match=message):
        service(read(tmp_path, content))
