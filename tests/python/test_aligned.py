"""Two timelines of one plan, aligned: what a reader sees stands in the figure's objects."""

import copy

import pytest
from matplotlib.collections import LineCollection
from samples import MS, TIMELINE, measured, write

from figures.aligned import aligned, drift, pairs_of
from figures.reading import InputError, read_timeline


@pytest.fixture
def pair(tmp_path):
    """Simulated and measured, of which `change` has had its way with the latter."""

    def read(change=lambda content: None):
        content = copy.deepcopy(measured())
        change(content)
        files = [write(tmp_path, "s.json", TIMELINE), write(tmp_path, "m.json", content)]
        return [read_timeline(file) for file in files]

    return read


def later(layer, by):
    def change(content):
        for one in content["layers"]:
            if one["layer"] == layer:
                one["finish_ps"] += by * MS
                content["makespan_ps"] = max(content["makespan_ps"], one["finish_ps"])

    return change


def finishes(timeline):
    return {layer.name: layer.finish for layer in timeline.layers}


def test_rows_of_both_stand_above_each_other(pair):
    rows = pairs_of(*pair())
    assert [upper.label for upper, _ in rows] == [lower.label for _, lower in rows]
    assert {"fast", "slow [0]", "dma0"} <= {upper.label for upper, _ in rows}


def test_the_difference_is_that_of_the_ends(pair):
    simulated, real = pair(later("join", 3))
    fast = next(row for row in pairs_of(simulated, real) if row[0].label == "fast")
    ends = finishes(simulated)
    expected = sorted((end, finishes(real)[name] - end) for name, end in ends.items() if name != "block_a/side")
    assert drift(fast) == expected
    lower = aligned([simulated, real]).axes[1]
    line = next(one for one in lower.lines if one.get_label() == "fast")
    assert list(line.get_xdata()) == pytest.approx([0, *(at / MS for at, _ in expected)])
    assert list(line.get_ydata()) == pytest.approx([0, *(by / MS for _, by in expected)])


def test_every_layer_is_joined_to_itself(pair):
    simulated, real = pair(later("join", 3))
    joints = [one for one in aligned([simulated, real]).axes[0].collections if isinstance(one, LineCollection)]
    ends = {(segment[0][0], segment[1][0]) for some in joints for segment in some.get_segments()}
    want = {(end / MS, finishes(real)[name] / MS) for name, end in finishes(simulated).items()}
    assert want <= ends


def test_both_makespans_and_the_error_are_said(pair):
    simulated, real = pair()
    said = [text.get_text() for text in aligned([simulated, real]).axes[0].texts]
    heading = next(text for text in said if "off" in text)
    error = 100 * (simulated.makespan - real.makespan) / real.makespan
    assert heading.startswith("simulated 90.0 ms")
    assert f"simulated is {error:+.1f} % off".replace("-", "\N{MINUS SIGN}") in heading


def test_timelines_of_different_plans_are_refused(pair):
    def elsewhere(content):
        content["layers"][0]["processor"] = "slow"

    with pytest.raises(InputError, match="not of one plan"):
        aligned(pair(elsewhere))
    with pytest.raises(InputError, match="two of one plan"):
        aligned(pair()[:1])
