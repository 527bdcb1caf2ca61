"""The page on paper: a headless Chromium opens it, waits until all is drawn, and prints it."""

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import tempfile
import time
from pathlib import Path

from report.errors import EnvironmentFailedError

# Debian's name first, then those of other distributions.
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PATIENCE = 120  # seconds, for everything
GOODBYE = 10  # seconds, for its end
READY = "document.documentElement.dataset.ready === 'yes' && document.querySelector('#trouble').hidden"


def find_browser() -> str:
    """$PARTITA_CHROMIUM, else the first that is installed. Raises EnvironmentFailedError with what to do."""
    chosen = os.environ.get("PARTITA_CHROMIUM")
    if chosen:
        if shutil.which(chosen) is None:
            raise EnvironmentFailedError(f"$PARTITA_CHROMIUM is '{chosen}', which cannot be run")
        return chosen
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise EnvironmentFailedError(
            "--pdf needs Chromium, which is not installed (Debian: apt-get install chromium); the HTML page can be "
            "printed from any browser"
        )
    return found


def above_standard(descriptor: int) -> int:
    """The same file by a number that is none of 0 to 4, where the browser's own will stand."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def start_browser(arguments: list[str], commands: int, answers: int) -> int:
    """Its process; it reads commands as file 3 and answers by file 4."""
    nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0)
    quiet = [(os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
    pipes = [(os.POSIX_SPAWN_DUP2, commands, 3), (os.POSIX_SPAWN_DUP2, answers, 4)]
    try:
        return os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=[nothing, *quiet, *pipes])
    except OSError as error:
        raise EnvironmentFailedError(f"cannot run '{arguments[0]}': {error.strerror}") from error


class Browser:
    """Speaks the DevTools protocol with a headless Chromium over two pipes: no port that anybody else could reach."""

    def __init__(self, program: str, profile: str):
        commands, self._write = map(above_standard, os.pipe())
        self._read, answers = map(above_standard, os.pipe())
        arguments = [
            program,
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={profile}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-extensions",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ]
        # The sandbox refuses to run as root, as in containers; the page is ours and can reach nothing.
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        try:
            self._process = start_browser([*arguments, "about:blank"], commands, answers)
        except EnvironmentFailedError:
            os.close(self._write)
            os.close(self._read)
            raise
        finally:
            os.close(commands)
            os.close(answers)
        self._last = 0
        self._rest = b""
        self._session: str | None = None
        self._deadline = time.monotonic() + PATIENCE

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._send("Browser.close", {}, None)
        os.close(self._write)
        end = time.monotonic() + GOODBYE
        while os.waitpid(self._process, os.WNOHANG) == (0, 0):
            if time.monotonic() > end:
                os.kill(self._process, signal.SIGKILL)
                os.waitpid(self._process, 0)
                break
            time.sleep(0.02)
        os.close(self._read)

    def _send(self, method: str, parameters: dict, session: str | None) -> int:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        return self._last

    def _receive(self) -> dict:
        while b"\0" not in self._rest:
            left = max(0.0, self._deadline - time.monotonic())
            ready, _, _ = select.select([self._read], [], [], left)
            part = os.read(self._read, 1 << 20) if ready else b""
            if not part:
                raise EnvironmentFailedError("Chromium ended, or does not answer")
            self._rest += part
        message, _, self._rest = self._rest.partition(b"\0")
        return json.loads(message)

    def call(self, method: str, **parameters) -> dict:
        number = self._send(method, parameters, self._session)
        while True:
            message = self._receive()
            if message.get("id") == number:
                if "error" in message:
                    raise EnvironmentFailedError(f"Chromium: {method}: {message['error'].get('message')}")
                return message["result"]

    def open(self, address: str) -> None:
        target = next(one for one in self.call("Target.getTargets")["targetInfos"] if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        self.call("Page.enable")
        self.call("Page.navigate", url=address)

    def wait_for(self, expression: str) -> None:
        while time.monotonic() < self._deadline:
            # While the page is being replaced there is nobody to ask.
            with contextlib.suppress(EnvironmentFailedError):
                answer = self.call("Runtime.evaluate", expression=expression)
                if answer.get("result", {}).get("value") is True:
                    return
            time.sleep(0.05)
        raise EnvironmentFailedError(f"the page was not drawn within {PATIENCE} s")

    def print_page(self) -> bytes:
        # Drawn anew in the colours and the width of paper.
        self.call("Emulation.setEmulatedMedia", media="print")
        self.call("Emulation.setDeviceMetricsOverride", width=760, height=1100, deviceScaleFactor=1, mobile=False)
        self.call("Runtime.evaluate", expression="redrawAll()", awaitPromise=True)
        self.wait_for(READY)
        number = (
            '<div style="width:100%;font:8px sans-serif;color:#555;text-align:center">'
            '<span class="pageNumber"></span> / <span class="totalPages"></span></div>'
        )
        printed = self.call(
            "Page.printToPDF",
            printBackground=True,
            preferCSSPageSize=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
            displayHeaderFooter=True,
            headerTemplate="<span></span>",
            footerTemplate=number,
        )
        return base64.b64decode(printed["data"])


def write_pdf(page: Path, pdf: Path) -> None:
    """Prints the HTML file `page`. Raises EnvironmentFailedError, OSError."""
    program = find_browser()
    with tempfile.TemporaryDirectory(prefix="partita-report-", ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            browser.open(page.resolve().as_uri())
            browser.wait_for(READY)
            printed = browser.print_page()
        finally:
            browser.close()
    write_whole(pdf, printed)


def write_whole(file: Path, content: bytes) -> None:
    """Written beside `file` and renamed: nobody ever sees half of it. Raises OSError that names `file`."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from error
