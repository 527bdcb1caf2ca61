"""The partita command as a person runs it: a process, its output, its exit code."""

import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary() -> pathlib.Path:
    """The command under test: $PARTITA_BIN, else the dev build."""
    return pathlib.Path(os.environ.get("PARTITA_BIN", ROOT / "build/dev/bin/partita")).resolve()


@pytest.fixture
def partita(tmp_path):
    """Runs partita in an empty folder; gives the finished process."""
    if not binary().exists():
        pytest.fail(f"{binary()} is not built (run tools/test)")

    def run(*arguments, timeout=600, **options):
        return subprocess.run(
            [str(binary()), *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests of reports."""
    import browser

    if not browser.installed():
        pytest.skip("Chromium and its driver are not installed")
    opened = browser.Browser()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """A report of everything; nobody writes into its folder."""
    from reports import all_parts

    return all_parts(tmp_path_factory.mktemp("report"))


@pytest.fixture
def page(chromium, pages):
    return chromium.open(pages)
