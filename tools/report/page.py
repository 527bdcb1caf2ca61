"""The page: templates filled with what was read, its own styles and scripts inlined, a policy that forbids all else."""

import base64
import gzip
import hashlib
import importlib.util
from dataclasses import dataclass, field
from pathlib import Path

import jinja2

from report import naming
from report.errors import EnvironmentFailedError
from report.machine_picture import LOAD_STEPS, Picture, picture_of
from report.runs import Run, Spent, WhatIf, spent_of, timelines_for_page, what_ifs_of
from report.sources import Demo, Group, Sources
from report.sweeps import Sweep, stored_point
from report.timelines import Names, compact
from report.verdict import Verdict, factor_text, judge, sentence, settings_of, shown_value

HERE = Path(__file__).resolve().parent
STYLES = ("report.css",)
# In this order: each uses only what stands before it.
SCRIPTS = ("base.js", "table.js", "plot.js", "timeline.js", "main.js")


@dataclass(frozen=True)
class Tile:
    """One number that the reader sees first."""

    value: str
    words: str
    label: str = ""


@dataclass
class SweepPart:
    """What the template shows of one sweep, and what the page's scripts get of it."""

    key: str
    sweep: Sweep
    verdict: Verdict | None
    headline: str
    tiles: list[Tile]
    settings: list[tuple[str, str, str]]
    command: str
    options: list[tuple[str, str]]
    inputs: list[tuple[str, str, str]]
    failures: list[tuple[str, str, int]]
    data: dict
    run: Run | None = None


@dataclass
class Viewer:
    """Runs among which the reader chooses, drawn by the page's scripts."""

    key: str
    group: Group
    data: dict
    pictures: list[Picture | None] = field(default_factory=list)
    spent: list[list[Spent]] = field(default_factory=list)
    what_ifs: list[list[WhatIf]] = field(default_factory=list)


@dataclass
class DemoPart:
    key: str
    demo: Demo
    tiles: list[Tile]
    rows: list[dict]
    headline: str
    notes: list[str]
    data: dict


def plotly_source() -> str:
    """Plotly's script as its package ships it. Raises EnvironmentFailedError where the package is missing."""
    found = importlib.util.find_spec("plotly")
    if found is None or found.origin is None:
        raise EnvironmentFailedError("the Python package plotly is missing (tools/setup installs it)")
    file = Path(found.origin).parent / "package_data" / "plotly.min.js"
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise EnvironmentFailedError(f"{file}: {error.strerror}") from error


def packed(text: str) -> str:
    """Compressed, for a page that many will send by mail; the browser unpacks it."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def hash_of(script: str) -> str:
    """As a content security policy names a script."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def column_for_page(column) -> dict:
    base, factor = naming.base_of(column.unit)
    one = {
        "name": column.name,
        "title": column.title,
        "role": column.role,
        "number": column.is_number,
        "unit": base,
        "factor": factor,
        "prefixes": base in naming.PREFIXED,
        "label": column.label,
        "logarithmic": column.is_logarithmic,
    }
    if column.is_number:
        return {**one, "values": column.values}
    texts = Names()
    index = [-1 if value is None else texts.number(str(value)) for value in column.values]
    return {**one, "texts": texts.all, "index": index}


def indexed(values: list[str]) -> dict:
    texts = Names()
    index = [texts.number(value) for value in values]
    return {"texts": texts.all, "index": index}


def sweep_data(sweep: Sweep, verdict: Verdict | None, title: str) -> dict:
    return {
        "title": title,
        "name": sweep.name,
        "answer": sweep.answer.column if sweep.answer else None,
        "smaller": sweep.answer.smaller_is_better if sweep.answer else True,
        "best": verdict.best if verdict else None,
        "first": [effect.axis.name for effect in verdict.effects] if verdict else [],
        "columns": [column_for_page(column) for column in sweep.columns],
        "number": sweep.numbers,
        "repetition": sweep.repetitions,
        "repeated": any(sweep.repetitions),
        "status": indexed(sweep.statuses),
        "reason": indexed(sweep.reasons),
        "command": sweep.commands,
    }


def sweep_tiles(sweep: Sweep, verdict: Verdict | None) -> list[Tile]:
    tiles = []
    if verdict:
        answer = sweep.column(sweep.answer.column)
        tiles.append(Tile(naming.quantity(verdict.best_value, answer.unit), f"best {answer.title}", answer.label))
        tiles.append(
            Tile(naming.quantity(verdict.median, answer.unit), "in the middle of all points (median)", answer.label)
        )
        if factor_text(verdict):
            tiles.append(Tile(factor_text(verdict), "between the best and the worst point", answer.label))
    tiles.append(Tile(f"{sweep.counts['done']:,} of {sweep.planned:,}", "points have a result"))
    if sweep.counts["no"]:
        tiles.append(Tile(f"{sweep.counts['no']:,}", "points have no answer (nothing fits)"))
    if sweep.counts["failed"]:
        tiles.append(Tile(f"{sweep.counts['failed']:,}", "points failed"))
    return tiles


def sweep_part(sweep: Sweep, number: int, run: Run | None) -> SweepPart:
    verdict = judge(sweep)
    best = verdict.best if verdict else None
    stored = stored_point(sweep.file, sweep.points[best]) if best is not None else None
    return SweepPart(
        key=f"sweep{number}",
        sweep=sweep,
        verdict=verdict,
        headline=sentence(sweep, verdict) if verdict else "No point has a result to compare.",
        tiles=sweep_tiles(sweep, verdict),
        settings=settings_of(sweep, best) if best is not None else [],
        command=sweep.commands[best] if best is not None else "",
        options=[(name, ", ".join(values) or "yes") for name, values in stored.options.items()] if stored else [],
        inputs=[
            (
                file.path or file.name,
                naming.quantity(file.size, "B") if file.size is not None else "too large",
                file.sha256,
            )
            for file in (stored.inputs if stored else [])
        ],
        failures=[(status, reason, count) for (status, reason), count in sweep.reasons_without.most_common(20)],
        data=sweep_data(sweep, verdict, sweep.question or sweep.name),
        run=run,
    )


def viewer(group: Group, number: int) -> Viewer:
    names = Names()
    runs = [{"title": run.title, "timelines": timelines_for_page(run, names)} for run in group.runs if run.shown]
    found = Viewer(key=f"run{number}", group=group, data={"runs": runs, "names": names.all, "chosen": group.chosen})
    drawn: dict[str, Picture | None] = {}
    for run in group.runs:
        found.spent.append([spent_of(content) for _, content in run.analyses])
        simulated = next((content for _, content in run.analyses if content.get("what_if")), None)
        found.what_ifs.append(what_ifs_of(simulated) if simulated else [])
        # Plans of one machine share its picture, unless their loads are known.
        key = run.title if run.analysis() else run.machine_name
        if key not in drawn:
            drawn[key] = run.picture()
            found.pictures.append(drawn[key])
        else:
            found.pictures.append(None)
    if any(found.pictures[i] and group.runs[i].analysis() for i in range(len(group.runs))):
        found.pictures = [picture if group.runs[i].analysis() else None for i, picture in enumerate(found.pictures)]
    return found


def change_text(value: float, reference: float) -> str:
    """How far a prediction is from what was measured: "+2.1 %"."""
    return f"{100 * (value - reference) / reference:+.1f} %".replace("-", "\N{MINUS SIGN}") if reference else ""


def demo_part(demo: Demo, number: int) -> DemoPart:
    plans = [plan for plan in demo.summary.plans if not plan.random]
    best = next(plan for plan in plans if plan.name == demo.best)
    single = plans[0]
    label = "measured" if best.measured and single.measured else "simulated"

    def time(plan) -> int:
        return plan.measured if label == "measured" else plan.simulated or plan.predicted

    if best is single or time(best) >= time(single):
        headline = f"Splitting does not pay here: {single.name} takes {naming.quantity(time(single), 'ps')}."
    else:
        headline = (
            f"Splitting pays: plan {best.name} takes {naming.quantity(time(best), 'ps')}, the best single processor "
            f"{naming.quantity(time(single), 'ps')}: {naming.ratio(time(single) / time(best))} faster ({label})."
        )
    rows = []
    for plan in plans:
        row = {"name": plan.name, "best": plan is best, "fit": plan.used_in_fit, "measured_range": ""}
        for key in ("predicted", "simulated", "measured", "calibrated"):
            row[key] = naming.quantity(getattr(plan, key), "ps")
        if plan.measured_low is not None and plan.measured_high is not None:
            low, high = naming.quantity(plan.measured_low, "ps"), naming.quantity(plan.measured_high, "ps")
            row["measured_range"] = f"{low} to {high}"
        row["before"] = change_text(plan.predicted, plan.measured) if plan.measured else ""
        row["after"] = change_text(plan.calibrated, plan.measured) if plan.measured and plan.calibrated else ""
        rows.append(row)
    content = demo.content
    tiles = [Tile(naming.quantity(time(best), "ps"), f"fastest plan ({best.name})", label)]
    if demo.summary.lower_bound:
        tiles.append(
            Tile(naming.quantity(demo.summary.lower_bound, "ps"), "no plan can be faster (bound)", "predicted")
        )
    for key, words in (
        ("error_before_percent", "mean error of predictions before calibration"),
        ("error_after_percent", "and after it"),
    ):
        if isinstance(content.get(key), (int, float)):
            tiles.append(Tile(f"{naming.digits(content[key])} %", words, "measured"))
    notes = [str(note) for note in content.get("notes") or []]
    if isinstance(content.get("output_difference"), (int, float)):
        notes.append(
            "Outputs of the real runs differ from the reference by at most "
            f"{content['output_difference']:.1e} (relative, measured)."
        )
    data = {
        "plans": [
            {
                "name": plan.name,
                "predicted": plan.predicted,
                "simulated": plan.simulated,
                "measured": plan.measured,
                "low": plan.measured_low,
                "high": plan.measured_high,
                "calibrated": plan.calibrated,
            }
            for plan in plans
        ],
        "bound": demo.summary.lower_bound,
        "series": [
            {
                "policy": one.policy,
                "execution": one.execution,
                "latency": one.latency_ms,
                "disturbed": one.disturbed_from,
                "switched": one.switched_at,
                "disturbance": one.disturbance or "",
            }
            for one in demo.summary.series
        ],
    }
    return DemoPart(f"demo{number}", demo, tiles, rows, headline, notes, data)


@dataclass
class Report:
    """All that the templates need."""

    title: str
    subtitle: str
    sweeps: list[SweepPart]
    demos: list[DemoPart]
    viewers: list[Viewer]
    machines: list[tuple[str, Picture, dict]]
    warnings: list[str]
    files: list[str]
    version: str
    command: str


def environment() -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "template"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals["counted"] = naming.counted
    templates.globals["quantity"] = naming.quantity
    templates.globals["shown_value"] = shown_value
    templates.globals["load_steps"] = LOAD_STEPS
    templates.filters["digits"] = naming.digits
    return templates


def render(report: Report) -> str:
    data = {
        "sweeps": {part.key: part.data for part in report.sweeps},
        "runs": {one.key: one.data for one in report.viewers if one.data["runs"]},
        "demos": {part.key: part.data for part in report.demos},
    }
    plotly = plotly_source() if report.sweeps or report.demos else ""
    scripts = [(HERE / "static" / name).read_text(encoding="utf-8") for name in SCRIPTS]
    script = "\n".join(scripts)
    policy = "; ".join(
        [
            "default-src 'none'",
            # Only these scripts run, whatever a name in a results file says.
            f"script-src {hash_of(script)}" + (f" {hash_of(plotly)}" if plotly else ""),
            "style-src 'unsafe-inline'",  # plots position their parts by style attributes
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return (
        environment()
        .get_template("page.html")
        .render(
            report=report,
            policy=policy,
            # Ours, and without markup in it: must not be escaped.
            styles=[
                jinja2.utils.markupsafe.Markup((HERE / "static" / name).read_text(encoding="utf-8")) for name in STYLES
            ],
            script=jinja2.utils.markupsafe.Markup(script),
            plotly=packed(plotly) if plotly else "",
            data=packed(compact(data)),
        )
    )


def make_report(sources: Sources, runs: dict[int, Run], title: str | None, version: str, command: str) -> Report:
    """`runs`: of a sweep's number, its best point."""
    sweeps = [sweep_part(sweep, i, runs.get(i)) for i, sweep in enumerate(sources.sweeps)]
    demos = [demo_part(demo, i) for i, demo in enumerate(sources.demos)]
    groups = [Group(run.title, [run]) for run in runs.values()] + sources.groups
    viewers = [viewer(group, i) for i, group in enumerate(groups)]
    if title is None:
        named = [part.sweep.name for part in sweeps] + [
            f"{demo.summary.network} on {demo.summary.machine}" for demo in sources.demos
        ]
        named += [] if named else [group.title for group in groups]
        named += [] if named else [machine["machine"] for _, machine in sources.machines]
        title = ", ".join(dict.fromkeys(named)) or "Report"
    questions = list(dict.fromkeys(part.sweep.question for part in sweeps if part.sweep.question))
    return Report(
        title=title,
        subtitle=questions[0] if len(questions) == 1 else "",
        sweeps=sweeps,
        demos=demos,
        viewers=viewers,
        machines=[(file, picture_of(machine, None), machine) for file, machine in sources.machines],
        warnings=sources.warnings,
        files=[str(file) for file in sources.files],
        version=version,
        command=command,
    )
