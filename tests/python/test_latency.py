"""The figure of latency: what a reader sees stands in its objects."""

import copy

import pytest
from samples import MS, WORKLOAD, write

from figures.latency import binned, counts, latency, shares
from figures.reading import InputError, read_workload


@pytest.fixture
def workload(tmp_path):
    """Reads a workload given as a dict."""

    def read(content=WORKLOAD):
        return read_workload(write(tmp_path, "requests.json", content))

    return read


def corners(line):
    return list(line.get_xdata()), list(line.get_ydata())


def test_shares_rise_by_one_request_at_a_time():
    assert shares([3, 1, 2, 2]) == ([1, 1, 2, 2, 3], [0, 25, 50, 75, 100])


def test_what_ends_as_another_begins_is_not_counted_with_it():
    assert counts([0, 5], [5, 9]) == ([0, 5, 9], [1, 1, 0])
    assert counts([2], [3]) == ([0, 2, 3], [0, 1, 0])


def test_bins_hold_the_mean_and_the_most():
    # 2 from 0 to 5, 4 from 5 to 8, 0 until 12; bins of 6: (5 x 2 + 1 x 4) / 6 and 2 x 4 / 6.
    means, most = binned([0, 5, 8], [2, 4, 0], 12, 2)
    assert means == pytest.approx([14 / 6, 8 / 6])
    assert most == [4, 4]


def test_very_many_requests_are_drawn_as_means(workload):
    content = copy.deepcopy(WORKLOAD)
    count = 2000
    times = [i * MS for i in range(count)]
    content["requests"] = dict.fromkeys(("arrival_ps", "admitted_ps", "start_ps"), times)
    content["requests"]["finish_ps"] = [time + MS // 2 for time in times]
    content["makespan_ps"] = count * MS
    axes = latency(workload(content)).axes[1]
    assert axes.get_ylabel() == "requests (mean, most)"
    assert len(axes.lines[0].get_xdata()) < 200


def test_latency_and_wait_count_from_the_arrival(workload):
    axes = latency(workload()).axes[0]
    waits, whole, marks = axes.lines
    # 40 - 0, 70 - 10, 100 - 20 ms; starts after 0, 10 and 20 ms.
    assert corners(whole)[0] == [40, 40, 60, 80]
    assert corners(waits)[0] == [0, 0, 10, 20]
    assert corners(marks) == ([60, 80, 80], [50, 95, 99])
    assert marks.get_label() == "p50 60.0 ms  p95 80.0 ms  p99 80.0 ms"


def test_the_queue_is_who_has_arrived_and_who_was_admitted(workload):
    present, admitted = latency(workload()).axes[1].lines
    assert corners(present) == ([0, 10, 20, 40, 70, 100], [1, 2, 3, 2, 1, 0])
    assert corners(admitted) == ([0, 10, 40, 70, 100], [1, 2, 2, 1, 0])


def test_the_heading_says_what_arrives_how(workload):
    text = latency(workload()).texts[0].get_text()
    assert "every 10 ms" in text
    assert "at most 2 in flight" in text
    unlimited = copy.deepcopy(WORKLOAD)
    del unlimited["in_flight"]
    assert "in flight" not in latency(workload(unlimited)).texts[0].get_text()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: content.pop("requests"), "requests: expected an object"),
        (lambda content: content["requests"]["start_ps"].pop(), "the columns have 3, 3, 2, 3 entries"),
        (lambda content: content["requests"].update(finish_ps=[1, 2, "3"]), 'finish_ps holds "3"'),
        (lambda content: content["requests"].update(start_ps=[0, 0, 40 * MS]), "request 1 has its times out of order"),
        (lambda content: content.update(latency_ps={}), "key 'p50' is missing"),
    ],
)
def test_a_wrong_file_is_one_clear_line(workload, spoil, message):
    content = copy.deepcopy(WORKLOAD)
    spoil(content)
    with pytest.raises(InputError, match=message):
        workload(content)


def test_nothing_to_draw(workload):
    content = copy.deepcopy(WORKLOAD)
    content["requests"] = {key: [] for key in content["requests"]}
    with pytest.raises(InputError, match="no requests"):
        latency(workload(content))
