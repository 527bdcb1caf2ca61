"""How reports name things and write numbers."""

import pytest

from report import naming


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (12_300_000_000, "ps", "12.3 ms"),
        (999_600, "ps", "1 µs"),  # 999.6 ns is 1000 ns with three digits
        (1, "ps", "1 ps"),
        (0, "ps", "0 s"),
        (4.2e12 * 90, "ps", "378 s"),  # nobody writes kiloseconds
        (1e12 * 7200, "ps", "7200 s"),
        (16e9, "B/s", "16 GB/s"),
        (6.5e12, "FLOP/s", "6.5 TFLOP/s"),
        (2_500_000, "nJ", "2.5 mJ"),
        (700_000, "mW", "700 W"),
        (12.345, "%", "12.3 %"),
        (0.02045, "", "0.02045"),
        (8, "", "8"),
        (1500, "ms", "1.5 s"),
        (2000, "us", "2 ms"),
        (-1500, "ns", "-1.5 µs"),
        (None, "ps", "\N{EN DASH}"),
    ],
)
def test_a_number_has_three_digits_and_a_prefix(value, unit, text):
    assert naming.quantity(value, unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234, "1230"), (0.00123, "0.00123"), (9.996, "10"), (1e-7, "1.00e-07"), (2.5e15, "2.50e+15")],
)
def test_digits_are_written_out_where_that_can_be_read(value, text):
    assert naming.digits(value) == text


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("machine.links.nvlink.bandwidth", "bandwidth of link nvlink"),
        ("machine.processors.npu.peak.int8", "peak int8 of processor npu"),
        ("machine.dma_engines.dma0.setup", "setup of DMA engine dma0"),
        ("machine.host", "host of the machine"),
        ("model.batch", "batch of the network"),
        ("model", "network"),
        ("bind.N", "dimension N"),
        ("scenario.requests", "requests of the scenario"),
        ("method", "method"),
    ],
)
def test_an_axis_is_named_in_words(name, title):
    assert naming.title_of_axis(name) == title


@pytest.mark.parametrize(
    ("name", "title", "unit"),
    [
        ("predicted_ps", "predicted time", "ps"),
        ("lower_bound_ps", "lower bound", "ps"),
        ("energy_nj", "energy", "nJ"),
        ("sent_bytes", "sent", "B"),
        ("p99_ms", "p99 time", "ms"),
        ("latency.mean_ms", "latency: mean time", "ms"),
        ("busiest", "busiest", ""),
        ("pcie0_bytes_per_s", "pcie0", "B/s"),
    ],
)
def test_a_result_is_named_without_its_unit(name, title, unit):
    assert (naming.title_of_result(name), naming.unit_of(name)) == (title, unit)


def test_a_label_comes_from_the_name_else_from_what_was_run():
    assert naming.label_of("measured_ps", "partition") == "measured"
    assert naming.label_of("energy_nj", "partition") == "predicted"
    assert naming.label_of("energy_nj", "simulate") == "simulated"
    assert naming.label_of("mean_ms", "runtime") == "simulated"
    assert naming.label_of("mean_ms", "runtime", real=True) == "measured"
    assert naming.label_of("unmeasured_ps", "check") == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (2**30, "B", "1 GiB"),
        (48 * 2**30, "B/s", "48 GiB/s"),
        (2048, "B", "2 KiB"),
        (512_000, "B", "512 kB"),  # 500 KiB, but nobody wrote that
        (16 * 10**9, "B", "16 GB"),
        (2**30 + 1, "B", "1.07 GB"),
        (2**30, "FLOP", "1.07 GFLOP"),
    ],
)
def test_sizes_are_written_as_the_sweep_writes_them(value, unit, text):
    assert naming.quantity(value, unit) == text
