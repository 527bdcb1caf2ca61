"""The Gantt chart, asked through the figure's objects: what a reader sees stands there, where it belongs."""

import copy

import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from samples import MS, TIMELINE, layer, leg, measured, write

from figures import style
from figures.gantt import AWAY, SLOWED, change, crowded_stem, fitting, gantt, names_of_blocks, stem_of, text_width
from figures.lanes import block_depth, block_name, blocks_of, lanes_of, last_part, name_in_block
from figures.reading import InputError, read_timeline


@pytest.fixture
def timeline(tmp_path):
    """Reads a timeline given as a dict."""

    def read(content):
        return read_timeline(write(tmp_path, "timeline.json", content))

    return read


def row_labels(axes):
    return [tick.get_text() for tick in axes.get_yticklabels()]


def texts(axes):
    return [text.get_text() for text in axes.texts]


def spans(axes, colour):
    """(start, end) of each rectangle of that colour."""
    found = []
    for bars in axes.collections:
        if not isinstance(bars, PolyCollection):
            continue
        faces = bars.get_facecolor()
        for number, path in enumerate(bars.get_paths()):
            if to_hex(faces[number % len(faces)]) == to_hex(colour):
                xs = path.vertices[:, 0]
                found.append((round(xs.min(), 6), round(xs.max(), 6)))
    return sorted(found)


def test_rows_are_streams_of_processors_then_engines(timeline):
    lanes = lanes_of(timeline(TIMELINE))
    assert [lane.label for lane in lanes] == ["fast", "slow [0]", "slow [1]", "dma0"]
    assert [len(lane.layers) for lane in lanes] == [4, 1, 0, 0]
    assert [len(lane.copies) for lane in lanes] == [0, 0, 0, 3]


def test_own_copies_stand_among_the_layers_of_a_processor_with_one_stream(timeline):
    content = copy.deepcopy(TIMELINE)
    content["legs"] = [
        leg("a", 50, 50, 52, 60, copier="fast"),
        leg("b", 70, 70, 70, 75, copier="slow"),
        leg("c", 70, 70, 70, 90),
    ]
    lanes = lanes_of(timeline(content))
    assert [lane.label for lane in lanes] == ["fast", "slow [0]", "slow [1]", "given delays", "slow copies"]
    assert [one.tensor for one in lanes[0].copies] == ["a"]
    # Layers 10 + 30 + 10 + 10 ms, and 10 ms of copying.
    assert lanes[0].busy() == 70 * MS
    assert lanes[3].busy() is None


def test_legs_that_are_one_copy_are_one_bar_until_the_last_arrival(timeline):
    content = copy.deepcopy(TIMELINE)
    content["legs"] = [
        leg("a", 50, 50, 52, 55, copier="fast") | {"transfer": 0},
        leg("a", 50, 50, 52, 60, copier="fast") | {"transfer": 1, "with": 0},
        leg("b", 70, 70, 70, 75, copier="fast") | {"transfer": 2},
    ]
    fast = lanes_of(timeline(content))[0]
    assert [(one.start, one.finish) for one in fast.copies] == [(50 * MS, 60 * MS), (70 * MS, 75 * MS)]
    assert fast.busy() == (60 + 10 + 5) * MS  # layers, and both copies


def test_bars_stand_where_the_layers_ran(timeline):
    axes = gantt([timeline(TIMELINE)]).axes[0]
    assert row_labels(axes) == ["fast", "slow [0]", "slow [1]", "dma0"]
    assert spans(axes, style.FAMILY_COLOURS["conv"]) == [(0, 10), (10, 40)]
    assert spans(axes, style.FAMILY_COLOURS["elementwise"]) == [(40, 50)]
    assert spans(axes, style.FAMILY_COLOURS["matmul"]) == [(20, 70)]
    assert spans(axes, style.FAMILY_COLOURS["movement"]) == [(80, 90)]
    assert spans(axes, "white") == [(10, 20), (20, 21), (70, 80)]
    # One idle band a row, as long as the inference.
    assert spans(axes, style.FAINT) == [(0, 90)] * 4


def test_copies_are_hatched_and_a_wait_in_the_queue_is_a_line(timeline):
    axes = gantt([timeline(TIMELINE)]).axes[0]
    assert [bars.get_hatch() for bars in axes.collections if bars.get_hatch()]
    lines = [
        tuple(segment[:, 0])
        for lines in axes.collections
        if isinstance(lines, LineCollection)
        for segment in lines.get_segments()
    ]
    assert (10, 20) in lines


def test_layers_blocks_makespan_and_busy_shares_are_written(timeline):
    figure = gantt([timeline(TIMELINE)])
    written = texts(figure.axes[0])
    assert {"stem", "left", "block_a", "block_a/side", "simulated", "90.0 ms", "busy"} <= set(written)
    # fast: 60 of 90 ms; slow: 50 of 90 and nothing; dma0: 10 + 1 + 10 of 90.
    assert [text for text in written if text.endswith("%")] == ["67 %", "56 %", "0 %", "23 %"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["conv", "matmul", "elementwise", "movement", "copy", "copy waits", "idle"]
    assert figure.texts[0].get_text() == "tiny   ·   plan heft   ·   two processors"


def test_two_timelines_share_the_time_axis(timeline):
    figure = gantt([timeline(TIMELINE), timeline(measured())])
    above, below = figure.axes
    assert above.get_xlim() == below.get_xlim()
    assert above.get_position().y0 > below.get_position().y1
    # 90 ms predicted for 100 ms measured.
    assert {"measured", "100 ms", "simulated \N{MINUS SIGN}10.0 %"} <= set(texts(below))
    assert below.get_xlabel() == "time (ms)"
    marks = {line.get_xdata()[0] for axes in figure.axes for line in axes.lines if len(set(line.get_xdata())) == 1}
    assert marks == {90, 100}


def test_change_is_a_share_of_the_measured_value():
    assert change(90, 100) == "\N{MINUS SIGN}10.0 %"
    assert change(125, 100) == "+25.0 %"


def test_a_row_without_names_needs_no_room_for_them(timeline):
    content = copy.deepcopy(TIMELINE)
    for number, one in enumerate(content["layers"]):
        one["layer"] = f"node{number}"
    assert gantt([timeline(content)]).get_figheight() < gantt([timeline(TIMELINE)]).get_figheight()


def test_blocks_are_runs_of_layers_whose_names_begin_alike(timeline):
    fast, slow, *_ = lanes_of(timeline(TIMELINE))
    (block,) = blocks_of(fast.layers, depth=1)
    assert (block.name, block.start, block.finish) == ("block_a", 10 * MS, 50 * MS)
    assert blocks_of(slow.layers, depth=1) == []  # one layer alone is no block


@pytest.mark.parametrize(
    ("names", "depth"),
    [
        (["conv1", "conv2", "conv3"], 1),
        (["inception3a.1x1", "inception3a.1x1.relu", "inception3b.1x1", "inception3b.1x1.relu", "prob"], 1),
        # "encoder" stands over all layers, "encoder.layer" too: the number below tells them apart.
        ([f"encoder.layer.{i}.{part}" for i in range(3) for part in ("query", "key")], 3),
        ([f"/h/{i}/{part}" for i in range(3) for part in ("query", "key")], 2),
        # No two layers share more than the first word.
        ([f"features.{i}" for i in range(9)] + ["classifier"], 1),
        ([], 1),
    ],
)
def test_blocks_are_as_deep_as_names_tell_layers_apart(names, depth):
    assert block_depth(names) == depth


def test_parts_of_names():
    assert block_name("encoder.layer.0.query", 3) == "encoder.layer.0"
    assert block_name("/h/0/query", 2) == "h/0"
    assert block_name("conv1", 2) == "conv1"
    assert name_in_block("inception3a.3x3.relu", 1) == "3x3.relu"
    assert name_in_block("/h/0/query", 2) == "query"
    assert name_in_block("inception3a", 1) == "inception3a"
    assert [last_part(name) for name in ("a/b/c", "a.b", "a", "a/", "/")] == ["c", "b", "a", "a", "/"]
    names = ("inception3a", "encoder.layer.0", "block_a", "prob")
    assert [stem_of(name) for name in names] == ["inception", "encoder.layer.", "block_", ""]


def test_siblings_without_room_lose_their_common_word(timeline):
    content = copy.deepcopy(TIMELINE)
    content["layers"] = [
        layer(f"{name}.{part}", "Conv", "fast", start + i, start + i + 1)
        for name, start in (("inception3a", 0), ("inception3b", 10), ("norm1", 20))
        for i, part in enumerate(("left", "right"))
    ]
    blocks = blocks_of(lanes_of(timeline(content))[0].layers, depth=1)

    def names(points_per_ps):
        crowded = crowded_stem(blocks, points_per_ps)
        return [name.text for name in names_of_blocks(blocks, crowded, points_per_ps)]

    # Each block is 2 ms wide. "norm1" has no siblings: it stands in full or not at all.
    assert names(100 / (2 * MS)) == ["inception3a", "inception3b", "norm1"]
    assert names(25 / (2 * MS)) == ["3a", "3b", "norm1"]
    assert names(12 / (2 * MS)) == ["3a", "3b"]
    assert names(3 / (2 * MS)) == []
    assert crowded_stem(blocks[2:], 3 / (2 * MS)) is None


def test_a_text_fits_with_a_little_air():
    room = text_width("conv", 5) + 2.5
    assert fitting(["conv"], 5, room) == "conv"
    assert fitting(["conv"], 5, room - 0.1) is None
    assert fitting(["a longer one", "conv"], 5, room) == "conv"


def test_hundreds_of_layers_never_write_over_each_other(timeline):
    content = copy.deepcopy(TIMELINE)
    content["legs"] = []
    content["layers"] = [
        layer(f"block_{i // 10}/conv_{i % 10}", "Conv" if i % 5 else "Relu", "fast", 2 * i, 2 * i + 1 + i % 2)
        for i in range(300)
    ]
    content["makespan_ps"] = 600 * MS
    figure = gantt([timeline(content)])
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
    assert len(boxes) >= 30  # the blocks'
    for number, box in enumerate(boxes):
        for other in boxes[number + 1 :]:
            assert min(box.x1, other.x1) <= max(box.x0, other.x0) or min(box.y1, other.y1) <= max(box.y0, other.y0)


@pytest.mark.parametrize("width", [style.SINGLE_COLUMN, style.DOUBLE_COLUMN])
def test_the_figure_is_as_wide_as_the_column(timeline, width):
    figure = gantt([timeline(TIMELINE), timeline(measured())], width=width)
    figure.draw_without_rendering()
    drawn = figure.get_tightbbox()
    assert width - 0.3 < drawn.width < width + 0.05
    # The shares stand beside the bars, not on them.
    for axes in figure.axes:
        right = axes.get_window_extent().x1
        assert all(
            text.get_window_extent().x0 > right for text in axes.texts if text.get_text().endswith(("7 %", "6 %"))
        )


def test_a_long_name_of_a_processor_leaves_room_for_the_bars(timeline):
    content = copy.deepcopy(TIMELINE)
    name = "a processor whose name never seems to come to an end"
    content["processors"][0]["name"] = name
    for one in content["layers"]:
        if one["processor"] == "fast":
            one["processor"] = name
    axes = gantt([timeline(content)], width=style.SINGLE_COLUMN).axes[0]
    assert row_labels(axes)[0] == "a processor whose n…"
    assert axes.get_position().width > 0.4


def test_nothing_to_draw_is_an_error(timeline):
    content = copy.deepcopy(TIMELINE)
    content.update(layers=[], legs=[], makespan_ps=0)
    with pytest.raises(InputError, match="nothing to draw"):
        gantt([timeline(content)])


def test_timelines_of_one_origin_are_told_apart_by_their_files(tmp_path):
    heft = read_timeline(write(tmp_path, "heft.json", TIMELINE))
    greedy = read_timeline(write(tmp_path, "greedy.json", TIMELINE))
    real = read_timeline(write(tmp_path, "real.json", measured()))
    first = [texts(axes) for axes in gantt([heft, greedy, real]).axes]
    for label, found in zip(["simulated (heft)", "simulated (greedy)", "measured"], first, strict=True):
        assert label in found
    assert "simulated" in texts(gantt([heft, real]).axes[0])


def test_what_others_do_is_shaded_and_lost_work_is_drawn(timeline):
    content = copy.deepcopy(TIMELINE)
    content["load"] = [
        {"name": "crash", "processor": "fast", "what": "lost", "from_ps": 52 * MS, "until_ps": 60 * MS},
        {"name": "hot", "processor": "slow", "what": "slows down 2 x", "from_ps": 0, "until_ps": 30 * MS},
        {"name": "backup", "on": "pcie0, dram - hbm", "what": "6 GB/s each way", "from_ps": 0, "until_ps": 90 * MS},
    ]
    content["interrupted"] = [
        {"layer": "join", "processor": "fast", "stream": 0, "start_ps": 50 * MS, "lost_ps": 52 * MS}
    ]
    figure = gantt([timeline(content)])
    axes = figure.axes[0]
    assert spans(axes, AWAY) == [(52, 60)]
    assert spans(axes, SLOWED) == [(0, 30), (0, 30)]  # both streams
    assert (50, 52) in spans(axes, "white")
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"away", "slowed by others", "lost, done again"} <= set(labels)


def test_lost_work_on_a_stream_that_is_not_there_is_refused(timeline):
    content = copy.deepcopy(TIMELINE)
    content["interrupted"] = [{"layer": "join", "processor": "fast", "stream": 3, "start_ps": 0, "lost_ps": 1}]
    with pytest.raises(InputError, match="'fast' has 1 streams, so there is no stream 3"):
        timeline(content)
