"""A headless Chromium that opens reports, and what it saw of them: errors, requests, faults of accessibility."""

import json
import shutil
import time
from pathlib import Path

import axe_core_python
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 30  # seconds
# Only these take keys and clicks; a filter or a sort is over when the page says so, not after some time.
CONTROLS = "a[href], button, input, select, summary, [tabindex]"


def installed() -> bool:
    return bool(shutil.which("chromium") and shutil.which("chromedriver"))


class Browser:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium")
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1300,900"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))

    def close(self):
        self.driver.quit()

    def open(self, page: Path, is_dark: bool = False):
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.media(is_dark)
        self.driver.get(page.resolve().as_uri())
        self.wait("document.documentElement.dataset.ready === 'yes'")
        return self

    def media(self, is_dark: bool):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        # Without motion: a page that scrolls slowly is not there yet.
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def run(self, script: str, *arguments):
        return self.driver.execute_script(script, *arguments)

    def value(self, expression: str):
        return self.run(f"return {expression}")

    def wait(self, expression: str):
        end = time.monotonic() + PATIENCE
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)

    def all(self, selector: str):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return self.value(f"document.querySelector({json.dumps(selector)}).textContent")

    def errors(self) -> list[str]:
        """What the page, or the browser about it, said since it was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for since the page was opened, but for the page itself and what it holds."""
        asked = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                parameters = message["params"]
                asked.append(parameters.get("url") or parameters["request"]["url"])
        own = self.driver.current_url.partition("#")[0]
        return [url for url in asked if not url.startswith(("data:", "blob:")) and url.partition("#")[0] != own]

    def faults(self) -> list[str]:
        """What axe-core finds wrong, each with the element that it is about."""
        source = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
        # The page's policy lets no script in; the driver may.
        self.run(source)
        found = self.driver.execute_async_script("axe.run(document).then(arguments[0])")
        assert len(found["passes"]) > 20  # it looked
        return [
            f"{fault['id']}: {node['html'][:200]} ({node['failureSummary']})"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
