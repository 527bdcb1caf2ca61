"""Copies by their size: what a reader sees stands in the figure's objects."""

import copy

import pytest
from matplotlib.collections import LineCollection, PathCollection
from samples import COPIES, write

from figures.copies import copies, line_of, size_name
from figures.reading import InputError, Piece, read_copies


@pytest.fixture
def measured(tmp_path):
    """Reads the sample after `change` has had its way with it."""

    def read(change=lambda content: None):
        content = copy.deepcopy(COPIES)
        change(content)
        return read_copies(write(tmp_path, "copies.json", content))

    return read


def test_each_direction_has_a_panel_with_medians_intervals_and_the_line(measured):
    figure = copies(measured())
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["mem0 → shared", "shared → mem0"]
    axes = figure.axes[0]
    points = next(one for one in axes.collections if isinstance(one, PathCollection))
    assert points.get_offsets().tolist() == [[4096, 2.0], [65536, 10.0], [1048576, 200.0]]
    intervals = next(one for one in axes.collections if isinstance(one, LineCollection))
    assert intervals.get_segments()[1].tolist() == [[65536, 8.0], [65536, 15.0]]
    line = axes.lines[0]
    assert list(line.get_xdata()) == [4096, 65536, 1048576]
    assert list(line.get_ydata()) == pytest.approx([1.0, 11.0, 220.0])
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_where_a_piece_begins_and_what_its_line_is_stand_in_the_panel(measured):
    first, second = copies(measured()).axes
    assert [text.get_text() for text in first.texts] == ["1.00 µs + n / 1.00 GB/s\n11.0 µs + n / 5.00 GB/s"]
    assert list(first.lines[1].get_xdata()) == [65536, 65536]
    assert not second.texts
    assert len(second.lines) == 1


def test_the_error_is_the_median_over_the_sizes(measured):
    # 50, 10 and 10 %; in the other direction 5 %.
    titles = [axes.get_title(loc="right") for axes in copies(measured()).axes]
    assert titles == ["median error 10.0 %", "median error 5.00 %"]


def test_more_samples_make_larger_points(measured):
    sizes = copies(measured()).axes[0].collections[1].get_sizes()
    assert sizes[0] < sizes[1] < sizes[2]


# 20 us at 10 kB at 1 GB/s, which is 1 ns a byte: 10 us at no size; 5 us would be 5 us below nothing.
def test_lines_are_said_as_what_they_are_at_no_size():
    assert line_of(Piece(10_000, 20_000_000, 10**9)) == "10.0 µs + n / 1.00 GB/s"
    assert line_of(Piece(10_000, 5_000_000, 10**9)) == "\N{MINUS SIGN}5.00 µs + n / 1.00 GB/s"
    assert [size_name(size) for size in (4, 4096, 3 << 20, 1 << 31)] == ["4 B", "4 KiB", "3 MiB", "2 GiB"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c["directions"].clear(), "directions is empty"),
        (lambda c: c["directions"][0]["measured"].clear(), "measured is empty"),
        (lambda c: c["directions"][0]["measured"][0].update(p10_ps=0), "in no time"),
        (lambda c: c["directions"][0]["measured"][0].update(median_ps=1), "median_ps lies before p10_ps"),
        (lambda c: c["directions"][0].update(src=3), "expected a text"),
    ],
)
def test_wrong_files_are_named(measured, change, says):
    with pytest.raises(InputError, match=says):
        measured(change)


def test_directions_without_a_common_size_are_refused(measured):
    with pytest.raises(InputError, match="no copy from mem0 to shared is both"):
        copies(measured(lambda c: c["directions"][0].update(simulated=[[8192, 5]])))
