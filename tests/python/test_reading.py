"""The files that figures are drawn from: what they mean, and one clear line for each way of being wrong."""

import copy
import re
from pathlib import Path

import pytest
from samples import MS, SUMMARY, TIMELINE, write

from figures.operators import OPERATORS
from figures.reading import InputError, read_summary, read_timeline

REPOSITORY = Path(__file__).resolve().parents[2]


def test_a_timeline_is_read(tmp_path):
    timeline = read_timeline(write(tmp_path, "t.json", TIMELINE))
    assert (timeline.origin, timeline.network, timeline.plan) == ("simulated", "tiny", "heft")
    assert timeline.streams == {"fast": 1, "slow": 2}
    assert timeline.layers[3].family == "matmul"
    assert timeline.legs[0].data == 12 * MS


def test_a_summary_is_read(tmp_path):
    summary = read_summary(write(tmp_path, "s.json", SUMMARY))
    assert [plan.name for plan in summary.plans] == ["fast alone", "heft", "annealing", "random 1"]
    assert [plan.random for plan in summary.plans] == [False, False, False, True]
    assert summary.series[1].switched_at == 4


def test_what_did_not_run_may_be_null(tmp_path):
    content = copy.deepcopy(SUMMARY)
    content["adapt"] = None
    content["plans"][0]["measured_ps"] = None
    summary = read_summary(write(tmp_path, "s.json", content))
    assert summary.plans[0].measured is None
    assert summary.series == []


def changed(content, path, value):
    """A copy of `content` in which the value at `path` is `value`, or is gone where that is `...`."""
    content = copy.deepcopy(content)
    *parents, last = path
    at = content
    for key in parents:
        at = at[key]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["timeline"], ..., "this is no timeline"),
        (["timeline"], 2, "timeline version 2; this program reads version 1"),
        (["timeline"], "1", 'timeline is "1"; expected a whole number'),
        (["origin"], "simulate", "origin is 'simulate' (did you mean 'simulated'?)"),
        (["layers"], ..., "key 'layers' is missing"),
        (["layers"], {}, "layers is {}; expected a list"),
        (["layers", 1], 7, "layers[1]: expected an object, found 7"),
        (["layers", 1, "operator"], "conv", "layers[1]: operator is 'conv' (did you mean 'Conv'?)"),
        (["layers", 1, "processor"], "gpu7", "layers[1]: processor is 'gpu7' (one of fast, slow)"),
        (["layers", 1, "stream"], 1, "layers[1]: stream 1 of processor 'fast', which has 1"),
        (["layers", 1, "start_ps"], -1, "layers[1]: start_ps is -1; times start at 0"),
        (["layers", 1, "start_ps"], 0.5, "layers[1]: start_ps is 0.5; expected a whole number"),
        (["layers", 1, "start_ps"], True, "layers[1]: start_ps is true; expected a whole number"),
        (["layers", 1, "finish_ps"], 9 * MS, "layers[1]: finish_ps lies before start_ps"),
        (["legs", 0, "queued_ps"], 11 * MS, "legs[0]: start_ps lies before queued_ps"),
        (["legs", 0, "copier"], "gpu7", "legs[0]: copier is 'gpu7' (one of fast, slow)"),
        (["processors", 0, "name"], ..., "processors[0]: key 'name' is missing"),
    ],
)
def test_a_wrong_timeline_is_refused(tmp_path, path, value, expected):
    file = write(tmp_path, "t.json", changed(TIMELINE, path, value))
    with pytest.raises(InputError) as caught:
        read_timeline(file)
    assert str(caught.value).startswith(str(file))
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (["summary"], ..., "this is no summary"),
        (["summary"], 2, "summary version 2; this program reads version 1"),
        (["plans"], ..., "key 'plans' is missing"),
        (["plans", 0, "predicted_ps"], None, "plans[0]: predicted_ps is null; expected a whole number"),
        (["plans", 0, "used_in_fit"], "no", 'plans[0]: used_in_fit is "no"; expected true or false'),
        (["adapt", "series", 0, "policy"], "adaptive", "series[0]: policy is 'adaptive' (did you mean 'adapted'?)"),
        (["adapt", "series", 0, "latency_ms"], [1, "2"], 'series[0]: latency_ms holds "2"; expected numbers'),
    ],
)
def test_a_wrong_summary_is_refused(tmp_path, path, value, expected):
    with pytest.raises(InputError) as caught:
        read_summary(write(tmp_path, "s.json", changed(SUMMARY, path, value)))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "t.json:1:1: Expecting value"),
        (b'{"timeline": 1,\n "layers": [}', "t.json:2:13: Expecting value"),
        (b"[1]", "t.json: expected an object, found [1]"),
        (b'{"timeline": NaN}', "t.json: NaN is no number of JSON"),
        (b"\xff\xfe", "t.json: this is no text file"),
        (b"[" * 100_000, "t.json: nested too deep"),
    ],
)
def test_a_file_that_is_no_object_is_refused(tmp_path, content, expected):
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(InputError, match=re.escape(expected)):
        read_timeline(tmp_path / "t.json")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_timeline(tmp_path / "absent.json")


def test_operator_families_are_those_of_the_sources():
    text = (REPOSITORY / "models/network/operator.h").read_text()
    rows = re.findall(r'OpInfo\{\s*OpKind::\w+,\s*"(\w+)",\s*OpFamily::(\w+)', text)
    assert len(rows) > 50
    in_sources = {(name, family.lower()) for name, family in rows}
    assert {(name, family) for family, names in OPERATORS.items() for name in names} == in_sources
