"""Reports for everybody: dark and light, by keys, by screen readers, without scripts."""

import itertools
import re

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

import browser as headless
from reports import needs_browser


def background(page):
    return page.value("getComputedStyle(document.body).backgroundColor")


def plot_background(page):
    return page.value("getComputedStyle(document.querySelector('#sweep0-plot .main-svg')).backgroundColor")


def brightness(colour):
    red, green, blue = map(int, re.findall(r"\d+", colour)[:3])
    return (red + green + blue) / 3


def test_dark_follows_the_system_and_the_switch(chromium, pages):
    page = chromium.open(pages)
    assert brightness(background(page)) > 200
    assert brightness(plot_background(page)) > 200
    page.media(is_dark=True)
    page.wait("getComputedStyle(document.querySelector('.part')).backgroundColor !== 'rgb(255, 255, 255)'")
    assert brightness(background(page)) < 60
    # Plots are drawn anew in the colours of the page.
    page.wait("document.querySelector('#sweep0-plot .plot-area').dataset.drawn > 1")
    assert brightness(plot_background(page)) < 60
    page.run("theme.value = 'light'; theme.dispatchEvent(new Event('change'))".replace("theme", "arguments[0]"),
             page.one("#theme"))  # fmt: skip
    assert brightness(background(page)) > 200
    page.run("localStorage.clear()")


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_nothing_is_wrong_for_those_who_cannot_see_it(chromium, pages, is_dark):
    page = chromium.open(pages, is_dark)
    page.run("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.faults() == []
    levels = page.value("[...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(f"body > {landmark}, .frame > {landmark}")) == 1
    assert page.value("[...document.querySelectorAll('table')].every((one) => one.caption !== null)")


def test_every_control_is_reached_by_the_tab_key(page):
    """Of tables one page is enough; Plotly's own buttons are for the mouse, and all that they do the page's do, too."""
    page.run(
        """document.querySelectorAll('.part details').forEach((one) => (one.open = true));
           window.left = new Set([...document.querySelectorAll(arguments[0])].filter((one) =>
             one.tabIndex >= 0 && !one.disabled && one.checkVisibility() && !one.closest('.plot-area')));
           window.first = window.left.size;
           document.addEventListener('focusin', (event) => window.left.delete(event.target));""",
        headless.CONTROLS,
    )
    keys = ActionChains(page.driver, duration=0)
    page.one("body").send_keys(Keys.TAB)
    assert page.value("document.activeElement.className") == "skip"
    for _ in range(page.value("window.first") // 20 + 3):
        keys.send_keys(Keys.TAB * 20).perform()
        keys.reset_actions()
    assert page.value("[...window.left].map((one) => one.outerHTML.slice(0, 200))") == []
    assert page.value("window.first") > 70


@needs_browser
def test_without_scripts_the_answer_can_be_read(chromium, pages):
    chromium.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.driver.get(pages.as_uri())
        text = chromium.one("body").text
    finally:
        chromium.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    assert "The shortest predicted time is 2 ms" in text
    assert "are switched off" in re.sub(r"\s+", " ", text).replace("which are switched off", "are switched off")
    assert "2 x bandwidth of link pcie0" in text


def test_paper_is_white_and_plots_fit_on_it(chromium, pages):
    page = chromium.open(pages, is_dark=True)
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.wait("theme.printing && document.documentElement.dataset.ready === 'yes'")
    assert background(page) == "rgb(255, 255, 255)"
    assert page.value("document.querySelector('#sweep0-plot .main-svg').width.baseVal.value") <= 700
    assert plot_background(page) == "rgb(255, 255, 255)"
    # Nobody turns pages of paper: more rows stand on it.
    assert len(page.all(".points[data-sweep] tbody tr")) == 18
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    page.wait("!theme.printing && document.documentElement.dataset.ready === 'yes'")
    assert len(page.all(".points[data-sweep] tbody tr")) == 10
