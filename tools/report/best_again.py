"""The best point of a sweep, run once more from what its results file holds: for its timeline, and where it went."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from report import naming
from report.errors import EnvironmentFailedError, InputError
from report.program import Program, last_lines
from report.runs import Run, load_analysis, load_shown
from report.sweeps import StoredFile, Sweep, bytes_of, files_of

# Options that write files or change what is printed: a repeated run has its own.
OUTPUTS = {"out", "analysis", "trace", "vcd", "json", "plans", "figure", "machine-out"}


@dataclass
class Command:
    """A command line as its verb and its options in order; a flag has no values."""

    verb: str
    options: list[tuple[str, list[str]]]

    def values(self, name: str) -> list[str]:
        return [value for option, values in self.options if option == name for value in values]

    def words(self) -> list[str]:
        return [self.verb, *(word for name, values in self.options for word in (f"--{name}", *values))]

    def only(self, names: set[str]) -> "Command":
        return Command(self.verb, [(name, values) for name, values in self.options if name in names])

    def without(self, names: set[str]) -> "Command":
        return Command(self.verb, [(name, values) for name, values in self.options if name not in names])


def parse(text: str) -> Command:
    """ "partita partition --model zoo:bert --set a=1 --explain". Raises InputError for no command of partita."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise InputError(f"the stored command cannot be read ({error}): {text}") from error
    while words and ("=" in words[0] or words[0] in ("env", "cd", "&&")):
        words.pop(0)
    if len(words) < 2 or Path(words[0]).name != "partita":
        raise InputError(f"the stored command is none of partita: {text}")
    options: list[tuple[str, list[str]]] = []
    for word in words[2:]:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            options.append((name, [value] if equals else []))
        elif options:
            options[-1][1].append(word)
    return Command(words[1], options)


def unpack(sweep: Sweep, files: list[StoredFile], folder: Path) -> dict[str, Path]:
    """Stored inputs as files again, by the names that the command gives them."""
    placed = {}
    for file in files:
        if file.role != "input":
            continue
        content = bytes_of(sweep.file, file.sha256)
        if content is None:
            continue
        path = folder / file.sha256 / Path(file.name).name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        placed[file.name] = path
    return placed


def with_files(command: Command, placed: dict[str, Path]) -> Command:
    """The command with the names of stored files replaced by where they are now."""
    by_last = {Path(name).name: path for name, path in placed.items()}

    def value(text: str) -> str:
        if text in placed:
            return str(placed[text])
        name = Path(text).name
        return str(by_last[name]) if name in by_last and (text.endswith("/" + name) or text == name) else text

    return Command(command.verb, [(name, [value(one) for one in values]) for name, values in command.options])


def shown_command(words: list[str], placed: dict[str, Path]) -> str:
    """For people: without the folder that the files were put into for a moment."""
    names = {str(path): name for name, path in placed.items()}
    return shlex.join(["partita", *(names.get(word, word) for word in words)])


class Repeater:
    """One point, run again in a folder of its own."""

    def __init__(self, program: Program, sweep: Sweep, index: int, folder: Path):
        self.program = program
        self.sweep = sweep
        self.folder = folder
        self.files = files_of(sweep.file, sweep.points[index])
        self.placed = unpack(sweep, self.files, folder)
        self.command = with_files(parse(sweep.commands[index]).without(OUTPUTS), self.placed)
        self.run = Run(title=f"Best point of {sweep.name}")

    def machine(self) -> None:
        """What the point's machine was, with the values that the sweep gave it."""
        named = self.command.values("machine")
        if named:
            self.run.machine = self.program.machine(Path(named[0]), self.command.values("set"), self.folder)

    def kept(self) -> None:
        """What the sweep kept of the point (keep: files)."""
        for file in self.files:
            if file.role != "artifact":
                continue
            content = bytes_of(self.sweep.file, file.sha256)
            if content is None:
                continue
            path = self.folder / f"{file.name.replace('/', '_')}.json"
            path.write_bytes(content)
            try:
                self.take(path)
            except InputError:
                continue  # a file of another kind

    def take(self, path: Path) -> None:
        """A timeline or an analysis."""
        try:
            self.run.shown.append(load_shown(path))
        except InputError:
            self.run.analyses.append((path.name, load_analysis(path)))

    def execute(self, what: str, words: list[str]) -> None:
        done = self.program.run(words, self.folder)
        if done.returncode != 0:
            raise InputError(f"{what}: {last_lines(done)}")
        self.run.commands.append((what, shown_command(words, self.placed)))

    def simulate(self, plan: str | None, words: list[str]) -> None:
        timeline, analysis = self.folder / "simulated.json", self.folder / "analysis.json"
        given = ["--plan", plan] if plan else []
        self.execute("simulate", [*words, *given, "--out", str(timeline), "--analysis", str(analysis)])
        self.run.shown.append(load_shown(timeline))
        self.run.analyses.append((analysis.name, load_analysis(analysis)))

    def again(self) -> None:
        """Raises InputError with what the command said where it fails."""
        known = self.program.options("simulate")
        same_inputs = Command("simulate", self.command.options).only(known)
        if self.command.verb == "partition":
            plan = str(self.folder / "plan.json")
            self.execute("choose the plan", [*self.command.words(), "--out", plan])
            self.simulate(plan, same_inputs.without({"plan", "method", "steps", "seed", "objective"}).words())
        elif self.command.verb == "simulate":
            if self.command.values("requests"):
                raise InputError("a stream of requests has no single timeline (partita plot latency draws it)")
            self.simulate(None, self.command.words())
        elif self.command.verb == "replay":
            measured = self.folder / "measured.json"
            self.execute("measure", [*self.command.words(), "--out", str(measured)])
            self.simulate(None, same_inputs.words())
            self.run.shown.append(load_shown(measured))
        else:
            raise InputError(f"points of 'partita {self.command.verb}' have no timeline")


def best_run(program: Program, sweep: Sweep, index: int, folder: Path, again: bool) -> tuple[Run | None, list[str]]:
    """The run of the point `index` of a sweep, and what could not be shown of it, in words.

    Without `again` only what costs nothing: the machine, and the files that the sweep kept.
    """
    warnings: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    try:
        repeater = Repeater(program, sweep, index, folder)
    except InputError as error:
        return None, [f"the best point of {sweep.name} cannot be shown: {error}"]
    steps = [("its machine cannot be drawn", repeater.machine), ("", repeater.kept)]
    if again:
        steps.append(("it could not be run again", repeater.again))
    for failed, step in steps:
        if step == repeater.again and repeater.run.shown and repeater.run.analyses:
            continue  # kept by the sweep: nothing has to be run
        try:
            step()
        except (InputError, EnvironmentFailedError) as error:
            warnings.append(f"best point of {sweep.name}: {failed}: {error}")
    run = repeater.run
    number = sweep.numbers[index]
    run.note = f"Point number {number} of {naming.counted(sweep.planned, 'point')}."
    return (run if run.shown or run.analyses or run.machine else None), warnings
