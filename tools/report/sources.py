"""What is reported on: results files, the folder of a demo, timelines, analyses and machines, told apart by content."""

from dataclasses import dataclass, field
from pathlib import Path

from figures.reading import InputError, Summary, read_json, read_summary
from report.program import Program
from report.runs import Run, load_analysis, load_shown
from report.sweeps import Sweep, is_results_file, names_of_sweeps, read_sweeps

EXPECTED = (
    "results of partita sweep, the folder of partita demo, timelines and analyses of partita simulate or replay "
    "(.json), machines (.yaml)"
)
# How the demo names the timelines of a plan, and what they are.
EXECUTIONS = [
    ("simulated", "simulated"),
    ("calibrated", "simulated, calibrated machine"),
    ("measured", "measured"),
]


@dataclass
class Demo:
    """The folder of the main job."""

    folder: Path
    summary: Summary
    content: dict  # of summary.json
    best: str  # name of the plan that was predicted to be the fastest


@dataclass
class Group:
    """Runs among which the reader chooses."""

    title: str
    runs: list[Run]
    chosen: int = 0


@dataclass
class Sources:
    sweeps: list[Sweep] = field(default_factory=list)
    demos: list[Demo] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    machines: list[tuple[str, dict]] = field(default_factory=list)  # file, what was understood
    files: list[Path] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_machine(program: Program, file: Path, sources: Sources) -> dict | None:
    if program.path is None:
        sources.warnings.append(f"{file}: not drawn, because the partita command is not known")
        return None
    return program.machine(file, [])


def read_demo(folder: Path, program: Program, sources: Sources) -> None:
    summary_file = folder / "summary.json"
    summary = read_summary(summary_file)
    content = read_json(summary_file).value
    plans = [plan for plan in summary.plans if not plan.random]
    if not plans:
        raise InputError(f"{summary_file}: it has no plans")
    best = min(plans, key=lambda plan: plan.predicted).name
    sources.demos.append(Demo(folder, summary, content, best))
    machine = folder / "machine.yaml"
    drawn = read_machine(program, machine, sources) if machine.exists() else None
    runs = []
    for plan in plans:
        run = Run(title=f"plan {plan.name}", machine=drawn)
        for ending, title in EXECUTIONS:
            file = folder / "timelines" / f"{plan.name}.{ending}.json"
            if file.exists():
                run.shown.append(load_shown(file, title))
        if plan.name == best:
            for name in ("analysis.json", "analysis_measured.json"):
                if (folder / name).exists():
                    run.analyses.append((name, load_analysis(folder / name)))
        if run.shown:
            runs.append(run)
    if runs:
        chosen = next((i for i, run in enumerate(runs) if run.title == f"plan {best}"), 0)
        sources.groups.append(Group(f"Plans of {summary.network} on {summary.machine}", runs, chosen))


def kind_of(file: Path) -> str:
    """results, machine, timeline, analysis or summary. Raises InputError for anything else."""
    if is_results_file(file):
        return "results"
    if file.suffix in (".yaml", ".yml"):
        return "machine"
    if file.suffix != ".json":
        raise InputError(f"{file}: unknown kind of file (expected {EXPECTED})")
    content = read_json(file).value
    kind = next((kind for kind in ("timeline", "analysis", "summary") if kind in content), None)
    if kind is None:
        first = next(iter(content), None)
        found = f"its first key is '{first}'" if first else "it is empty"
        raise InputError(f"{file}: no file that a report can show ({found}; expected {EXPECTED})")
    return kind


def place_in_run(sources: Sources, loose: dict[tuple[str, str, str], Run], run: Run) -> None:
    """Timelines and analyses of one plan of one network on one machine belong together."""
    known = loose.get(run.key())
    if known is None:
        loose[run.key()] = run
        run.title = ", ".join(filter(None, [run.network, f"plan {run.plan}" if run.plan else "", run.machine_name]))
        sources.groups.append(Group(run.title, [run]))
        return
    known.shown += run.shown
    known.analyses += run.analyses


@dataclass(frozen=True)
class Choice:
    """What is taken of results files: sweeps by name (none: all), points by conditions, the answer's column, about how
    many points of each sweep.
    """

    sweeps: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    answer: str | None = None
    most: int = 50_000


def read_sources(files: list[Path], program: Program, choice: Choice) -> Sources:
    """Raises InputError; all that is shown has been checked."""
    sources = Sources(files=files)
    loose: dict[tuple[str, str, str], Run] = {}
    for file in files:
        if file.is_dir():
            if not (file / "summary.json").exists():
                raise InputError(f"{file}: this folder is not one of partita demo (it has no summary.json)")
            read_demo(file, program, sources)
            continue
        if not file.exists():
            raise InputError(f"{file}: No such file or directory")
        kind = kind_of(file)
        if kind == "results":
            sweeps = read_sweeps(file, choice.sweeps, choice.where, choice.answer, choice.most)
            sources.sweeps += sweeps
            sources.warnings += [f"{file}: {text}" for sweep in sweeps for text in sweep.warnings]
        elif kind == "machine":
            machine = read_machine(program, file, sources)
            if machine is not None:
                sources.machines.append((file.name, machine))
        elif kind == "timeline":
            place_in_run(sources, loose, Run("", shown=[load_shown(file)]))
        elif kind == "analysis":
            place_in_run(sources, loose, Run("", analyses=[(file.name, load_analysis(file))]))
        else:
            raise InputError(f"{file}: name the folder of the demo, not its summary: {file.parent}")
    found = {name for sweep in sources.sweeps for name in (sweep.name, f"{sweep.name}@{sweep.id}")}
    for name in choice.sweeps:
        if name not in found:
            known = [one for file in files if is_results_file(file) for one in names_of_sweeps(file)]
            raise InputError(f"--sweep {name}: no such sweep (one of {', '.join(dict.fromkeys(known)) or 'none'})")
    give_machines(sources)
    return sources


def give_machines(sources: Sources) -> None:
    """A machine that is named by a run is drawn there, with its loads; others stand alone."""
    alone = []
    for file, machine in sources.machines:
        users = [
            run
            for group in sources.groups
            for run in group.runs
            if run.machine is None and run.machine_name == machine["machine"]
        ]
        for run in users:
            run.machine = machine
        if not users:
            alone.append((file, machine))
    sources.machines = alone
