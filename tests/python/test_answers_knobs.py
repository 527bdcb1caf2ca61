"""Quantities, axes and what people write of them."""

import pytest
from answer_samples import a_list, a_range, described

from answers.errors import InputError
from answers.knobs import Axis, fixed_positions
from answers.outcomes import Column
from answers.quantities import digits, parse, show, show_both, unit_of_column


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2.5e9, "B/s", "2.5 GB/s"),
        (999.7e6, "B/s", "1 GB/s"),  # not 1e+03 MB/s
        (0.25, "B", "0.25 B"),
        (1.2e-6, "s", "1.2 µs"),
        (0.0, "s", "0 s"),
        (-3e-3, "s", "-3 ms"),
        (12345.4, "", "12345"),  # the whole part stays whole
        (37.5, "%", "37.5 %"),
        (120.0, "s", "120 s"),
    ],
)
def test_numbers_are_written_as_people_do(value, unit, text):
    assert show(value, unit) == text


def test_digits_have_no_exponent_where_they_are_short():
    assert digits(1234567.8) == "1234568"
    assert digits(0.0001234) == "0.000123"
    assert digits(1.5e20) == "1.5e+20"


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2.5 GB/s", "B/s", 2.5e9),
        ("80Gb/s", "B/s", 1e10),
        ("4 GiB", "B", 4 * 2**30),
        ("1.2 us", "s", 1.2e-6),
        ("5", "", 5.0),
        ("5", "s", None),
        ("5 GB", "B/s", None),
        ("fast", "B/s", None),
    ],
)
def test_quantities_are_read(text, unit, value):
    assert parse(text, unit) == (None if value is None else pytest.approx(value))


def test_close_values_get_digits_that_tell_them_apart():
    assert show_both(1.0001e9, 1.0002e9, "B/s") == ("1.0001 GB/s", "1.0002 GB/s")


def test_columns_say_what_their_numbers_are():
    assert unit_of_column("predicted_ps", None) == (1e-12, "s")
    assert unit_of_column("sent_bytes_per_s", None) == (1.0, "B/s")
    assert unit_of_column("bytes", None) == (1.0, "")
    assert unit_of_column("workload.latency_ps.p99", None) == (1e-12, "s")
    assert Column("workload.latency_ps.p99", 1e-12, "s").label == "workload latency p99"
    assert unit_of_column("value", "ms") == (1e-3, "s")
    assert unit_of_column("predicted_ps", "s") == (1e-12, "s")
    assert unit_of_column("machine.links.wire.bandwidth", "B/s") == (1.0, "B/s")
    assert Column("predicted_ps", 1e-12, "s").label == "predicted time"
    assert Column("p99_latency_ms", 1e-3, "s").label == "p99 latency"
    assert Column("energy_nj", 1e-9, "J").label == "energy"


def test_positions_of_a_logarithmic_range_are_those_of_the_exponent():
    axis = Axis("machine.bandwidth", "B/s", 1e9, 1e11, logarithmic=True)
    assert axis.value(0.5) == pytest.approx(1e10)
    assert axis.position(1e10) == pytest.approx(0.5)
    assert axis.text(0.5) == "10 GB/s"


def test_whole_numbers_have_equal_shares_of_the_positions():
    """1 to 4: a quarter each."""
    axis = Axis("model.layers", low=1, high=4, integer=True)
    assert [axis.value(at) for at in (0.0, 0.24, 0.26, 0.74, 0.76, 1.0)] == [1, 1, 2, 3, 4, 4]
    assert [axis.position(value) for value in (1, 2, 3, 4)] == [0.125, 0.375, 0.625, 0.875]


def test_whole_numbers_count_their_unit():
    axis = Axis("machine.capacity", "B", 4 * 2**30, 8 * 2**30, integer=True, step=2**30)
    assert axis.text(axis.position(6 * 2**30)) == "6 GiB"


def test_positions_of_knobs_are_those_of_their_values():
    description = described([
        a_range("machine.bandwidth", 1e9, 1e11, 0, "B/s", "log", values=["1 GB/s", "10 GB/s", "100 GB/s"],
                numbers=[1e9, 1e10, 1e11]),
        a_list("method", ["heft", "peft"], 1),
        a_range("model.layers", 1, 3, 2, integer=True),
        a_range("machine.latency", 0, 1, 3, "s"),
    ])  # fmt: skip
    walked, listed, whole, free = description.knobs
    assert walked.positions() == [0, 0.5, 1]
    assert listed.positions() == [0.25, 0.75]
    assert [whole.lead.value(at) for at in whole.positions()] == [1, 2, 3]
    assert free.count is None


def test_axes_of_a_group_are_one_knob():
    description = described([a_range("machine.a", 0, 1, 0), a_range("machine.b", 0, 2, 0), a_list("method", ["x"], 1)])
    assert [[axis.name for axis in one.axes] for one in description.knobs] == [["machine.a", "machine.b"], ["method"]]
    assert description.knobs[0].label == "machine.a (+ 1 with it)"


AXES = [a_range("machine.bandwidth", 1e9, 1e11, 0, "B/s", "log"), a_list("model.batch", ["1", "8"], 1, [1, 8])]


def test_values_are_held_where_people_say():
    assert fixed_positions(described(AXES), ["machine.bandwidth=10 GB/s", "model.batch=8.0"]) == {
        "machine.bandwidth": pytest.approx(0.5),
        "model.batch": 0.75,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("machine.bandwith=1 GB/s", "did you mean 'machine.bandwidth'"),
        ("machine.bandwidth", "expected AXIS=VALUE"),
        ("machine.bandwidth=1 ms", "is no value of it \\(1 GB/s to 100 GB/s\\)"),
        ("machine.bandwidth=1 TB/s", "outside of 1 GB/s to 100 GB/s"),
        ("model.batch=9", "one of 1, 8"),
    ],
)
def test_what_cannot_be_held_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        fixed_positions(described(AXES), [given])
