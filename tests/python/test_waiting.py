"""The figure of waiting: what a reader sees stands in its objects."""

import copy

import pytest
from matplotlib.colors import to_hex
from samples import ANALYSIS, MS, waits, write

from figures import style
from figures.reading import Curve, InputError, read_analysis
from figures.waiting import amount, shares, steps, used, waiting


@pytest.fixture
def analysis(tmp_path):
    """Reads an analysis given as a dict."""

    def read(content=ANALYSIS):
        return read_analysis(write(tmp_path, "analysis.json", content))

    return read


def bar_widths(axes, colour):
    return [round(bar.get_width(), 6) for bar in axes.patches if to_hex(bar.get_facecolor()) == to_hex(colour)]


def test_shares_of_a_processor_add_up_to_the_whole(analysis):
    for processor in analysis().processors:
        assert sum(shares(processor, analysis().makespan).values()) == pytest.approx(100)


def test_bars_are_shares_of_the_makespan_of_all_streams(analysis):
    axes = waiting(analysis()).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["fast", "slow"]
    # fast: 60 of 90 ms busy, 10 of them slowed; slow: 50 of 2 x 90 ms.
    assert bar_widths(axes, style.BLUE) == [round(100 * 50 / 90, 6), round(100 * 50 / 180, 6)]
    assert bar_widths(axes, style.SKY) == [round(100 * 10 / 90, 6), 0]
    assert bar_widths(axes, style.ORANGE) == [0, round(100 * 20 / 180, 6)]


def test_the_legend_names_only_what_happens(analysis):
    legend = [text.get_text() for text in waiting(analysis()).legends[0].get_texts()]
    assert legend == [
        "runs layers", "slowed by others", "waits: its input is made", "waits: transfer", "waits: link shared",
        "nothing left",
    ]  # fmt: skip


def test_panels_show_use_over_time(analysis):
    figure = waiting(analysis())
    link, memory, power = figure.axes[1:]
    assert [axes.get_ylabel() for axes in (link, memory, power)] == ["pcie0>", "hbm", "power"]
    line = link.lines[0]
    assert list(line.get_xdata()) == [0, 10, 20, 90]
    assert list(line.get_ydata()) == [0, 1000, 0, 0]
    # 10 of 90 ms at full rate; 45 of 90 ms at half.
    assert link.texts[0].get_text() == "11 %\nof 1.00 kB/s"
    assert memory.texts[0].get_text() == "25 %\nof 4.00 kB/s"
    assert power.texts[0].get_text() == "mean 10.0 W\npeak 10.0 W"
    assert link.get_xlim() == power.get_xlim() == (0, 90)
    assert power.get_xlabel() == "time (ms)"
    assert figure.texts[0].get_text() == "tiny   ·   plan heft   ·   two processors   ·   simulated, 90.0 ms"


def test_a_machine_without_numbers_of_power_has_no_panel_for_it(analysis):
    content = copy.deepcopy(ANALYSIS)
    content["peak_power_mw"] = 0
    assert [axes.get_ylabel() for axes in waiting(analysis(content)).axes[1:]] == ["pcie0>", "hbm"]


def test_of_many_links_those_that_are_used_most_are_drawn_in_file_order(analysis):
    content = copy.deepcopy(ANALYSIS)
    content["channels"] = [{"name": f"l{i}", "capacity_bytes_per_s": 100} for i in range(20)]
    content["series"] = [
        {"group": "links", "name": f"l{i}", "unit": "B/s", "points": [[0, 7 * i % 20 + 1], [90 * MS, 0]]}
        for i in range(20)
    ]
    content["peak_power_mw"] = 0
    most = sorted(sorted(range(20), key=lambda i: 7 * i % 20)[-8:])
    assert [axes.get_ylabel() for axes in waiting(analysis(content)).axes[1:]] == [f"l{i}" for i in most]


def test_processors_without_work_are_only_counted(analysis):
    content = copy.deepcopy(ANALYSIS)
    content["processors"].append(
        {**content["processors"][0], "name": "third", "busy_ps": 0, "slowed_ps": 0, "waiting_ps": waits(done=90)}
    )
    axes = waiting(analysis(content)).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["fast", "slow"]
    assert axes.get_xlabel() == "share of the makespan (%); 1 more without work"


def test_curves_begin_at_zero_and_end_with_the_run():
    curve = Curve("links", "l", "B/s", [(10, 5), (20, 0), (40, 7)])
    assert steps(curve, 30) == ([0, 10, 20, 30], [0, 5, 0, 0])
    assert used(curve, 30) == 50 / 30


def test_amounts_are_readable():
    assert [amount(16e9, "B/s"), amount(12, "B/s"), amount(1.2e6, "mW")] == ["16.0 GB/s", "12.0 B/s", "1.20 kW"]


@pytest.mark.parametrize("width", [style.SINGLE_COLUMN, style.DOUBLE_COLUMN])
def test_the_figure_is_as_wide_as_the_column(analysis, width):
    figure = waiting(analysis(), width=width)
    figure.draw_without_rendering()
    assert width - 0.4 < figure.get_tightbbox().width < width + 0.05


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda content: content.update(makespan_ps=0), "nothing to draw"),
        (lambda content: content["processors"][0].update(streams=0), "streams is 0; expected 1 or more"),
        (lambda content: content["processors"][0].pop("waiting_ps"), "waiting_ps: expected an object"),
        (lambda content: content["channels"][0].update(capacity_bytes_per_s=0), "expected 1 or more"),
        (lambda content: content["series"][0].update(points=[[1, 2, 3]]), r"expected \[time, value\]"),
        (lambda content: content.pop("series"), "key 'series' is missing"),
    ],
)
def test_a_wrong_file_is_an_error_of_one_line(analysis, change, expected):
    content = copy.deepcopy(ANALYSIS)
    change(content)
    with pytest.raises(InputError, match=expected):
        waiting(analysis(content))
