"""The best point of a sweep, run once more from what its results file holds: for its timeline, and where it went."""

import itertools
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from report import naming
from report.errors import EnvironmentFailedError, InputError
from report.program import Program, last_lines
from report.runs import Run, load_analysis, load_shown
from report.sweeps import StoredPoint, Sweep, stored_point

VERBS = {"partition", "simulate", "replay"}
# Options that change what is printed, or leave out what is wanted here.
NOT_AGAIN = {"json", "no-what-if"}
# Those that say which program runs, and where, which is not for a file to say.
NOT_FROM_FILES = {"worker"}
# Of those that choose a plan; who simulates a plan that was chosen has no use for them.
CHOOSING = {"plan", "method", "steps", "seed", "objective"}
REFERENCE = re.compile(r"@([0-9a-f]{64})/")


@dataclass(frozen=True)
class Command:
    """A verb and its options in order; a flag has no values, a repeated option several."""

    verb: str
    options: dict[str, list[str]]

    def words(self) -> list[str]:
        """With '=', so that no value is taken for an option."""
        words = [self.verb]
        for name, values in self.options.items():
            words += [f"--{name}={value}" for value in values] or [f"--{name}"]
        return words

    def only(self, names: Iterable[str]) -> "Command":
        return Command(self.verb, {name: values for name, values in self.options.items() if name in names})

    def without(self, names: Iterable[str]) -> "Command":
        return Command(self.verb, {name: values for name, values in self.options.items() if name not in names})


def unpack(file: Path, point: StoredPoint, wanted: set[str], folder: Path) -> dict[str, str]:
    """Stored inputs of the folders `wanted`, as files in `folder`; where they were found once, by where they are now.

    Raises InputError.
    """
    found = {}
    for one in point.inputs:
        if one.folder not in wanted:
            continue
        path = folder / one.folder / one.name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = point.content(one.sha256)
        if content is not None:
            path.write_bytes(content)
        elif Path(one.path).is_file():
            path.symlink_to(Path(one.path).resolve())
        else:
            raise InputError(f"'{one.path}' was too large for {file}, and is gone")
        found[str(path)] = one.path or one.name
    return found


def folders_in(values: Iterable[str]) -> set[str]:
    """Folders of stored files that options name."""
    return {folder for value in values for folder in REFERENCE.findall(value)}


class Repeater:
    """One point, run again in a folder of its own; without `again`, of its inputs only the machine is written there."""

    def __init__(self, program: Program, sweep: Sweep, index: int, folder: Path, again: bool):
        self.program = program
        self.folder = folder
        self.point = stored_point(sweep.file, sweep.points[index])
        needed = [values for name, values in self.point.options.items() if again or name in ("machine", "set")]
        self.origins = unpack(sweep.file, self.point, folders_in(itertools.chain(*needed)), folder)
        options = {
            name: [REFERENCE.sub(lambda found: f"{folder}/{found[1]}/", value) for value in values]
            for name, values in self.point.options.items()
        }
        self.command = Command(sweep.verb, options).without(NOT_AGAIN)
        self.run = Run(title=f"Best point of {sweep.name}")

    def machine(self) -> None:
        """What the point's machine was, with the values that the sweep gave it."""
        named = self.command.options.get("machine")
        if named:
            self.run.machine = self.program.machine(Path(named[0]), self.command.options.get("set", []), self.folder)

    def kept(self) -> None:
        """What the sweep kept of the point (keep: files): timelines and analyses among it."""
        for name, digest in self.point.artifacts.items():
            content = self.point.content(digest)
            if content is None or name not in ("out", "analysis"):
                continue
            path = self.folder / f"kept_{name}.json"
            path.write_bytes(content)
            try:
                self.take(path)
            except InputError:
                continue  # a plan, requests: of another kind

    def take(self, path: Path) -> None:
        try:
            self.run.shown.append(load_shown(path))
        except InputError:
            self.run.analyses.append((path.name, load_analysis(path)))

    def execute(self, what: str, words: list[str]) -> None:
        done = self.program.run(words, self.folder)
        if done.returncode != 0:
            raise InputError(f"{what}: {last_lines(done)}")
        self.run.commands.append((what, self.as_typed(words)))

    def as_typed(self, words: list[str]) -> str:
        """For people: files by the names that they were given, not by where they are for a moment."""
        apart = itertools.chain(*(word.split("=", 1) if word.startswith("--") else [word] for word in words))
        shown = [self.origins.get(word, word).replace(f"{self.folder}/", "") for word in apart]
        return shlex.join(["partita", *shown])

    def simulate(self, command: Command, plan: str | None) -> None:
        timeline, analysis = self.folder / "simulated.json", self.folder / "analysis.json"
        given = [f"--plan={plan}"] if plan else []
        written = [f"--out={timeline}", f"--analysis={analysis}"]
        self.execute("Simulate it", [*command.words(), *given, *written])
        self.run.shown.append(load_shown(timeline))
        self.run.analyses.append((analysis.name, load_analysis(analysis)))

    def require_harmless(self, command: Command) -> None:
        """Anybody may have made the file: what it says is read, and written nowhere. Raises InputError."""
        if command.verb not in VERBS:
            raise InputError(f"points of 'partita {command.verb}' have no timeline")
        others = command.options.keys() - self.program.options(command.verb) | command.options.keys() & NOT_FROM_FILES
        if others:
            told = ", ".join(f"'--{name}'" for name in sorted(others))
            raise InputError(f"{told}: no option that 'partita {command.verb}' can be given by a results file")

    def again(self) -> None:
        """Raises InputError with what the command said where it fails."""
        if self.run.shown and self.run.analyses:
            return  # kept by the sweep: nothing has to be run
        self.run.shown.clear()
        self.run.analyses.clear()
        command = self.command
        self.require_harmless(command)
        same_inputs = Command("simulate", command.options).only(self.program.options("simulate"))
        if command.options.get("requests"):
            raise InputError("a stream of requests has no single timeline (partita plot latency draws it)")
        if command.verb == "partition":
            plan = str(self.folder / "plan.json")
            self.execute("Choose the plan", [*command.words(), f"--out={plan}"])
            self.simulate(same_inputs.without(CHOOSING), plan)
        elif command.verb == "simulate":
            self.simulate(command, None)
        else:
            measured = self.folder / "measured.json"
            self.execute("Measure it", [*command.words(), f"--out={measured}"])
            self.simulate(same_inputs, None)
            self.run.shown.append(load_shown(measured))


def best_run(program: Program, sweep: Sweep, index: int, folder: Path, again: bool) -> tuple[Run | None, list[str]]:
    """The run of the point `index` of a sweep, and what could not be shown of it, in words.

    Without `again` only what costs nothing: the machine, and the files that the sweep kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    warnings: list[str] = []

    def tried(what: str, step) -> bool:
        try:
            step()
        except (InputError, EnvironmentFailedError) as error:
            warnings.append(f"Best point of {sweep.name}: {what}: {error}")
            return False
        return True

    made: list[Repeater] = []
    if not tried("its inputs are not there", lambda: made.append(Repeater(program, sweep, index, folder, again))):
        return None, warnings
    repeater = made[0]
    tried("its machine cannot be drawn", repeater.machine)
    tried("what was kept of it cannot be shown", repeater.kept)
    if again:
        tried("it could not be run again", repeater.again)
    run = repeater.run
    run.note = f"Point #{sweep.numbers[index]} of {naming.counted(sweep.planned, 'point')}."
    return (run if run.shown or run.analyses or run.machine else None), warnings
