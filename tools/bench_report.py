"""How large reports are and how fast they open: what tools/bench report prints. It needs Chromium.

usage: bench_report.py PARTITA [--points N] [--times N]
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tools/plot")]

from report.errors import EnvironmentFailedError  # noqa: E402
from report.pdf import READY, Browser, find_browser  # noqa: E402

SWEEP = """\
sweep: bench_report
question: From which bandwidth does splitting pay?
body: partition
with: {{model: 'zoo:alexnet?size=64', machine: {machine}}}
axes:
  machine.links.wire.bandwidth: {{from: 1 GB/s, to: 100 GB/s, points: {steps}, scale: log}}
  machine.processors.fast.peak.f32: {{from: 100 GFLOP/s, to: 10 TFLOP/s, points: 25, scale: log}}
  method: [greedy, heft]
  model.batch: [1, 2]
answer: {{column: predicted_ps, better: smaller}}
"""


def computed(partita: str, points: int, folder: pathlib.Path) -> tuple[pathlib.Path, float]:
    """A real sweep of about so many points, and how long it took."""
    sweep = folder / "sweep.yaml"
    machine = ROOT / "hw_configs/two_processors.yaml"
    sweep.write_text(SWEEP.format(machine=machine, steps=max(2, round(points / 100))))
    begin = time.monotonic()
    command = [partita, "sweep", str(sweep), "--out", str(folder / "results.db")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "results.db", time.monotonic() - begin


def opened(page: pathlib.Path) -> dict[str, float]:
    """Seconds from the first byte until the page can be used, and until its plot is drawn; in a browser of its own."""
    with tempfile.TemporaryDirectory(prefix="partita-bench-", ignore_cleanup_errors=True) as profile:
        browser = Browser(find_browser(), profile)
        try:
            browser.open(page.resolve().as_uri())
            browser.wait_for(READY)
            marks = browser.call(
                "Runtime.evaluate",
                expression="JSON.stringify(Object.fromEntries(['interactive', 'drawn'].map("
                "(name) => [name, performance.getEntriesByName(name)[0].startTime / 1000])))",
            )
            return json.loads(marks["result"]["value"])
        finally:
            browser.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("partita")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=5)
    asked = parser.parse_args()
    try:
        find_browser()
        with tempfile.TemporaryDirectory(prefix="partita-bench-") as name:
            folder = pathlib.Path(name)
            results, sweep_seconds = computed(asked.partita, asked.points, folder)
            page = folder / "report.html"
            begin = time.monotonic()
            command = [asked.partita, "report", str(results), "--replay-best", "--out", str(page)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            made = time.monotonic() - begin
            runs = [opened(page) for _ in range(asked.times)]
            size = page.stat().st_size
    except (EnvironmentFailedError, subprocess.CalledProcessError) as error:
        print(f"report: {error}", file=sys.stderr)
        return 3
    usable, drawn = (statistics.median(run[mark] for run in runs) for mark in ("interactive", "drawn"))
    print(f"{asked.points:,} points computed in {sweep_seconds:.1f} s, reported in {made:.1f} s (measured)")
    print(f"the page: {size / 1e6:.1f} MB; opened {asked.times} times (medians, measured): table and timeline after")
    print(f"{usable:.2f} s, plot after {drawn:.2f} s (goals: 10 MB, 2 s)")
    print(
        json.dumps(
            {
                "points": asked.points,
                "report_bytes": size,
                "make_seconds": round(made, 3),
                "usable_seconds": round(usable, 3),
                "drawn_seconds": round(drawn, 3),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
