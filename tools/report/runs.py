"""Runs: timelines of one plan on one machine, with what is known of where their time went."""

from dataclasses import dataclass, field
from pathlib import Path

from figures.reading import InputError, Timeline, read_analysis, read_document
from report import naming
from report.machine_picture import Picture, percent, picture_of
from report.timelines import Names, for_page, measurement_facts, read_timeline_and_measurement

# What processors do with their time: key, words, class of the page's colours.
WORK = [
    ("busy", "runs layers", "busy"),
    ("slowed", "slowed down by others", "slowed"),
    ("lost", "lost, and done again", "lost"),
    ("copying", "copies by itself", "copying"),
]
WAITS = [
    ("input", "waits: its input is being made", "input"),
    ("processor", "waits: another processor is busy", "processor"),
    ("engine", "waits: queue of a DMA engine", "engine"),
    ("transfer", "waits: a copy is on its way", "transfer"),
    ("link", "waits: a link is shared", "link"),
    ("memory", "waits: a memory is shared", "memory"),
    ("neighbours", "waits: neighbours slow it down", "neighbours"),
    ("others", "waits: load of others", "others"),
    ("requests", "no request to serve", "requests"),
    ("unknown", "unknown", "unknown"),
    ("done", "nothing left to do", "done"),
]
VISIBLE = 0.0005  # of a bar


@dataclass
class Shown:
    """One timeline of a run."""

    title: str
    label: str
    file: str
    timeline: Timeline
    facts: list[str]
    analysis: dict | None = None


@dataclass
class Run:
    title: str
    note: str = ""
    shown: list[Shown] = field(default_factory=list)
    analyses: list[tuple[str, dict]] = field(default_factory=list)  # file, content
    machine: dict | None = None
    commands: list[tuple[str, str]] = field(default_factory=list)  # what it does, the command

    @property
    def network(self) -> str:
        return self.shown[0].timeline.network if self.shown else self.analyses[0][1]["network"]

    @property
    def machine_name(self) -> str:
        named = self.shown[0].timeline.machine if self.shown else self.analyses[0][1].get("machine")
        return named or (self.machine or {}).get("machine", "")

    @property
    def plan(self) -> str:
        return (self.shown[0].timeline.plan if self.shown else self.analyses[0][1].get("method")) or ""

    def key(self) -> tuple[str, str, str]:
        return self.network, self.machine_name, self.plan

    def analysis(self) -> dict | None:
        """What the machine's picture is coloured by: measured, where there is one."""
        of_origin = {content.get("origin"): content for _, content in self.analyses}
        return of_origin.get("measured") or of_origin.get("simulated") or next(iter(of_origin.values()), None)

    def picture(self) -> Picture | None:
        return picture_of(self.machine, self.analysis()) if self.machine else None


def load_shown(file: Path, title: str | None = None) -> Shown:
    timeline, measurement = read_timeline_and_measurement(file)
    return Shown(title or timeline.origin, timeline.origin, file.name, timeline, measurement_facts(measurement))


def load_analysis(file: Path) -> dict:
    """As it stands in the file, once it has been checked."""
    read_analysis(file)
    content = read_document(file, "analysis").value
    for key in ("processors", "channels", "what_if"):
        if not isinstance(content.get(key, []), list):
            raise InputError(f"{file}: {key}: expected a list")
    for one in content["channels"]:
        if not isinstance(one.get("used_percent"), (int, float)):
            raise InputError(f"{file}: channels: used_percent is missing")
    return content


def timelines_for_page(run: Run, names: Names) -> list[dict]:
    found = []
    for one in run.shown:
        analysis = next(
            (
                content
                for _, content in run.analyses
                if content.get("origin") == one.label and content["makespan_ps"] == one.timeline.makespan
            ),
            None,
        )
        found.append(
            {
                **for_page(one.timeline, names, one.title, one.label, analysis),
                "file": one.file,
                "plan": one.timeline.plan,
                "facts": one.facts,
            }
        )
    return found


@dataclass(frozen=True)
class Part:
    """A piece of a bar: its share of the whole, in words, and the class of its colour."""

    share: float
    words: str
    colour: str
    percent: str
    time: str


@dataclass(frozen=True)
class Bar:
    name: str
    parts: list[Part]


@dataclass(frozen=True)
class Spent:
    """Where the time of a run went, for the template."""

    label: str
    makespan: str
    bars: list[Bar]
    idle: int  # processors without work
    legend: list[tuple[str, str]]  # words, colour
    paths: list[tuple[str, str, float, str]]  # part of the critical path: words, time, share, percent
    facts: list[tuple[str, str]]


def spent_of(analysis: dict) -> Spent:
    makespan = analysis["makespan_ps"]
    bars, idle, used = [], 0, set()
    for one in analysis["processors"]:
        if one["busy_ps"] + one["copying_ps"] == 0:
            idle += 1
            continue
        room = makespan * one["streams"]
        times = {
            "busy": one["busy_ps"] - one["slowed_ps"] - one["lost_ps"],
            "slowed": one["slowed_ps"],
            "lost": one["lost_ps"],
            "copying": one["copying_ps"],
            **one["waiting_ps"],
        }
        parts = []
        for key, words, colour in WORK + WAITS:
            share = times.get(key, 0) / room if room else 0
            if share >= VISIBLE:
                used.add(key)
                time = naming.quantity(times[key] / one["streams"], "ps")
                parts.append(Part(share, words, colour, percent(share), time))
        bars.append(Bar(one["name"], parts))
    path_total = sum(part["time_ps"] for part in analysis.get("path_parts", [])) or 1
    paths = [
        (part["part"], naming.quantity(part["time_ps"], "ps"), part["time_ps"] / path_total,
         percent(part["time_ps"] / path_total))
        for part in analysis.get("path_parts", [])[:12]
    ]  # fmt: skip
    facts = []
    if analysis.get("energy_nj"):
        facts.append(("energy", naming.quantity(analysis["energy_nj"], "nJ")))
    if analysis.get("average_power_mw"):
        facts.append(("average power", naming.quantity(analysis["average_power_mw"], "mW")))
    if analysis.get("peak_power_mw"):
        facts.append(("highest power", naming.quantity(analysis["peak_power_mw"], "mW")))
    return Spent(
        label=analysis.get("origin", ""),
        makespan=naming.quantity(makespan, "ps"),
        bars=bars,
        idle=idle,
        legend=[(words, colour) for key, words, colour in WORK + WAITS if key in used],
        paths=paths,
        facts=facts,
    )


@dataclass(frozen=True)
class WhatIf:
    change: str
    time: str
    saves: float  # percent
    saves_text: str
    width: float  # of its bar, percent of the largest


def what_ifs_of(analysis: dict) -> list[WhatIf]:
    """What a better machine would save, the most first; changes that save nothing are counted by the template."""
    found = []
    for one in analysis.get("what_if", []):
        key = next((key for key in ("makespan_ps", "period_ps", "mean_latency_ps") if key in one), None)
        if key is not None:
            found.append((one["saves_percent"], one["change"], one[key]))
    found.sort(key=lambda one: -one[0])
    most = max((saves for saves, _, _ in found), default=0) or 1
    return [
        WhatIf(change, naming.quantity(time, "ps"), saves, f"{saves:.1f} %", max(0.0, 100 * saves / most))
        for saves, change, time in found
    ]
