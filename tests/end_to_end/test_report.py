"""Sweeps in a report, in a real browser: the answer, the plot, the table of points."""

import csv
import io
import json
import re
import time

import pytest
from samples import MS, TIMELINE, write
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import sweep_results
from report import naming
from reports import made, needs_browser

TIME = ("predicted_ps", "integer", "ps")
HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>\"'&amp; {{7*7}} ünïcödé 🚀"


def rows(page):
    """What the table of points shows, by cells."""
    return page.run(
        "return [...document.querySelectorAll('.points[data-sweep] tbody tr')]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )


def heading(page, name):
    return page.one(f'.points[data-sweep] th[data-name="{name}"]')


def column(page, name):
    place = page.run("return arguments[0].cellIndex", heading(page, name))
    return [row[place] for row in rows(page)]


def status(page):
    return page.text(".points[data-sweep] [role=status]")


def settled(page, *, rows_left):
    page.wait(f"document.querySelector('.points[data-sweep] [role=status]').textContent.includes('{rows_left}')")


def test_nothing_is_asked_of_the_network_and_nothing_goes_wrong(page):
    assert page.errors() == []
    assert page.requests() == []
    assert "default-src 'none'" in page.run(
        "return document.querySelector('meta[http-equiv=Content-Security-Policy]').content"
    )
    assert page.value("document.querySelector('#trouble').hidden")


def test_the_answer_stands_in_words_with_its_label(page):
    words = re.sub(r"\s+", " ", page.text(".headline"))
    assert words.startswith(
        "The shortest predicted time is 2 ms, with bandwidth of link pcie 100 GB/s and network zoo:bert?layers=4. "
        "predicted"
    )
    tiles = [re.sub(r"\s+", " ", tile.text) for tile in page.all("#sweep0 .tiles li")]
    assert tiles == [
        "2 ms best predicted time predicted",
        "40 ms in the middle of all points (median) predicted",
        "200 \N{MULTIPLICATION SIGN} between the best and the worst point predicted",
        "15 of 18 points have a result",
        "2 points have no answer (nothing fits)",
        "1 points failed",
    ]
    assert "partita partition --model" in page.text("#sweep0-answer pre")


def points_drawn(page):
    return page.value("document.querySelectorAll('#sweep0-plot .scatterlayer .points path').length")


def choose(page, label, text):
    """Chooses in the control of the plot that is labelled so; drawn when it comes back."""
    before = page.value("document.querySelector('#sweep0-plot .plot-area').dataset.drawn")
    page.run(
        """for (const label of document.querySelectorAll('#sweep0-plot label')) {
             const select = label.querySelector('select');
             if (!select || !label.textContent.startsWith(arguments[0])) continue;
             select.value = [...select.options].find((one) => one.textContent.startsWith(arguments[1])).value;
             select.dispatchEvent(new Event('change', { bubbles: true }));
           }""",
        label,
        text,
    )
    page.wait(f"document.querySelector('#sweep0-plot .plot-area').dataset.drawn !== '{before}'")


def test_every_point_with_a_result_is_drawn_and_a_map_of_two_axes(page):
    choose(page, "Show", "every point")
    assert points_drawn(page) == 15 + 1  # and a ring around the best
    assert "15 points; 3 points without a value are left out" in page.text("#sweep0-plot figcaption")
    # Of 3 bandwidths for each of 2 networks, but for resnet at the highest.
    choose(page, "Show", "medians")
    assert points_drawn(page) == 5
    choose(page, "Show", "a map")
    page.wait("document.querySelectorAll('#sweep0-plot .heatmaplayer image').length === 1")
    assert page.errors() == []


def test_headings_sort_by_click_and_by_key(page):
    # The best is on top from the beginning.
    assert heading(page, "predicted_ps").get_attribute("aria-sort") == "ascending"
    assert column(page, "predicted_ps")[:4] == ["1 ms", "2 ms", "4 ms", "10 ms"]
    button = heading(page, "machine.links.pcie.bandwidth").find_element("css selector", "button")
    button.click()
    assert heading(page, "machine.links.pcie.bandwidth").get_attribute("aria-sort") == "ascending"
    assert heading(page, "predicted_ps").get_attribute("aria-sort") == "none"
    assert set(column(page, "machine.links.pcie.bandwidth")[:6]) == {"1 GB/s"}
    button.send_keys(Keys.ENTER)
    assert heading(page, "machine.links.pcie.bandwidth").get_attribute("aria-sort") == "descending"
    assert set(column(page, "machine.links.pcie.bandwidth")[:6]) == {"100 GB/s"}
    # What has no value comes last, either way.
    heading(page, "predicted_ps").find_element("css selector", "button").click()
    for _ in range(2):
        page.run("document.querySelector('.points[data-sweep] [data-to=Last]').click()")
        assert column(page, "predicted_ps")[-3:] == ["\N{EN DASH}"] * 3
        heading(page, "predicted_ps").find_element("css selector", "button").click()


def test_filters_choose_rows_of_table_and_plot(page):
    field = page.one('.points[data-sweep] input[aria-label="Filter predicted time"]')
    field.send_keys("< 20 ms")
    settled(page, rows_left="4 of 18")
    # Below 20 ms: bert 10 (of 10 20 40) and 1 2 4; resnet none at 20 40 80. The best are on top.
    assert column(page, "predicted_ps") == ["1 ms", "2 ms", "4 ms", "10 ms"]
    # The plot shows the same points.
    choose(page, "Show", "every point")
    assert points_drawn(page) == 4 + 1
    assert "4 points that pass the filters" in page.text("#sweep0-plot figcaption")
    page.one('.points[data-sweep] input[aria-label="Filter network"]').send_keys("RESNET")
    settled(page, rows_left="No rows of 18")
    assert page.one(".points[data-sweep] tbody").text == "No row passes the filters."
    page.run(
        "[...document.querySelectorAll('.points button')].find((one) => one.textContent === 'Clear filters').click()"
    )
    settled(page, rows_left="all 18")


@pytest.mark.parametrize(
    ("name", "written", "left"),
    [
        ("bandwidth of link pcie", "10 GB/s", 6),
        ("bandwidth of link pcie", ">= 10 GB/s", 12),
        ("bandwidth of link pcie", "5e9 to 1 TB/s", 12),
        ("predicted time", "0.2 s", 2),  # at 1 GB/s bert's second repetition and resnet's first
        ("network", "bert", 9),
    ],
)
def test_a_filter_takes_numbers_with_units(page, name, written, left):
    page.one(f'.points[data-sweep] input[aria-label="Filter {name}"]').send_keys(written)
    settled(page, rows_left=f"{left} of 18")


def test_what_is_no_number_is_said_to_be_none(page):
    field = page.one('.points[data-sweep] input[aria-label="Filter predicted time"]')
    field.send_keys("5 GB")
    settled(page, rows_left='"5 GB" is no number of s')
    assert field.get_attribute("aria-invalid") == "true"
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("5 ms")
    settled(page, rows_left="of 18")
    assert field.get_attribute("aria-invalid") is None


def test_any_text_is_found_in_columns_that_are_not_shown_too(page):
    page.one('.points[data-sweep] input[type="search"]').send_keys("took longer")
    settled(page, rows_left="1 of 18")
    assert column(page, "status") == ["failed"]


def test_pages_are_turned(page):
    page.run("document.querySelector('.points[data-sweep] [data-to=Next]').focus()")
    page.one(".points[data-sweep] [data-to=Next]").send_keys(Keys.ENTER)
    assert status(page) == "Rows 11 to 18 of all 18 rows"
    # The button that was pressed is off now: another one of its kind has the focus.
    assert page.value("document.activeElement.closest('.pager') !== null")


def test_all_of_a_point_is_shown_and_escape_leads_back(page):
    button = page.one(".points[data-sweep] tbody .row-button")
    button.send_keys(Keys.ENTER)
    said = page.text("dialog[open]")
    assert "predicted time1 ms predicted" in said
    assert "partita partition --model zoo:bert?layers=4" in said
    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()
    assert page.all("dialog[open]") == []
    assert page.value("document.activeElement.className") == "row-button"


def test_the_table_is_saved_as_csv(page):
    numbers = {"name": "a", "values": [1.5, None]}
    texts = {"name": "b,c", "texts": ["=1+1", 'x"y'], "index": [0, 1]}
    text = page.run("return csvOf([arguments[0], arguments[1]], [0, 1])", numbers, texts)
    assert list(csv.reader(io.StringIO(text))) == [["a", "b,c"], ["1.5", "'=1+1"], ["", 'x"y']]
    assert text.endswith("\r\n")


def test_numbers_are_written_alike_by_templates_and_scripts(page):
    cases = [(12_300_000_000, "ps"), (999_600, "ps"), (0, "ps"), (4e14, "ps"), (16e9, "B/s"), (0.02045, ""),
             (12.345, "%"), (1e-9, ""), (2_500_000, "nJ"), (123456.7, ""), (-1500, "ns"), (8, ""),
             (2**30, "B"), (3 * 2**34, "B/s"), (2048, "B"), (512_000, "B"), (2**30 + 1, "B")]  # fmt: skip
    for value, unit in cases:
        base, factor = naming.base_of(unit)
        by = {"unit": base, "factor": factor, "prefixes": base in naming.PREFIXED}
        assert page.run("return quantity(arguments[0], arguments[1])", value, by) == naming.quantity(value, unit)


@needs_browser
def test_names_are_texts_whatever_they_are(chromium, tmp_path):
    axes = [("model", "text", ""), (HOSTILE, "real", HOSTILE)]
    points = [(0, "done", None, HOSTILE + str(i % 2), float(i), 10 * MS + i) for i in range(6)]
    file = sweep_results.SweepFile(tmp_path / "results.db")
    file.add("hostile<b>", [*points, (0, "failed", HOSTILE, HOSTILE, 9.0, None)], axes, [TIME], HOSTILE)
    file.database.close()
    timeline = json.loads(json.dumps(TIMELINE).replace("block_a/side", json.dumps(HOSTILE)[1:-1]))
    write(tmp_path, "simulated.json", {**timeline, "network": HOSTILE, "machine": HOSTILE})
    page = chromium.open(made(tmp_path, "results.db", "simulated.json", "--title", HOSTILE))
    for kind in ("medians", "a map", "every point"):
        choose(page, "Show", kind)
    page.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    page.one(".points[data-sweep] tbody .row-button").click()
    assert page.value("window.hacked") is None
    assert page.errors() == []
    assert page.requests() == []
    assert page.value("document.querySelectorAll('main img, main b b').length") == 0
    assert page.text("h1") == HOSTILE
    assert page.text(".question") == HOSTILE
    assert HOSTILE in page.text("#sweep0-without")
    assert HOSTILE + "0" in page.text("dialog[open]")
    # Plotly reads markup in its texts; ours reach it as letters.
    assert "<img" in page.text("#sweep0-plot .legend") or "</script" in page.text("#sweep0-plot .legend")


@needs_browser
def test_one_point_without_axes_is_not_drawn_over_itself(chromium, tmp_path):
    file = sweep_results.SweepFile(tmp_path / "results.db")
    file.add("one", [(0, "done", None, "zoo:bert", 10 * MS)], [("model", "text", "")], [TIME])
    file.database.close()
    page = chromium.open(made(tmp_path, "results.db"))
    assert page.errors() == []
    assert page.text("#sweep0-plot .note") == "There is nothing to draw: no axis of this sweep changes."
    assert page.all("#sweep0-plot select") == []


@needs_browser
def test_ten_thousand_points_open_quickly_and_are_small(chromium, tmp_path):
    """Time is printed, and judged by tools/bench report: computers of tests are busy."""
    axes = [("machine.links.pcie.bandwidth", "real", "B/s"), ("model", "text", "")]
    results = [TIME, *((f"result_{i}_ps", "integer", "ps") for i in range(12))]
    file = sweep_results.SweepFile(tmp_path / "results.db")

    def point(i):
        return (
            0,
            "done",
            None,
            1e9 * (1 + i % 100),
            f"zoo:net{i % 7}",
            *((i * 7919 + k) % 10007 + 1 for k in range(13)),
        )

    file.add("large", map(point, range(10_000)), axes, results)
    file.database.close()
    page = made(tmp_path, "results.db")
    assert page.stat().st_size < 10e6
    begin = time.perf_counter()
    chromium.open(page)
    opened = time.perf_counter() - begin
    drawn = chromium.value("performance.getEntriesByName('drawn')[0].startTime")
    print(
        f"\n10,000 points: {page.stat().st_size / 1e6:.1f} MB, drawn after {drawn / 1e3:.2f} s, {opened:.2f} s in all"
    )
    assert "Rows 1 to 10 of all 10,000 rows" in status(chromium)
    assert chromium.errors() == []
