"""The files that figures are drawn from, read into typed values. A wrong file is an InputError of one line."""

import difflib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures.operators import FAMILY_OF

ENDINGS = (".pdf", ".svg", ".png")  # of figures
KINDS = (
    "plan",
    "timeline",
    "analysis",
    "workload",
    "costed_graph",
    "machine",
    "summary",
    "front",
    "verdict",
    "copies",
    "service",
)  # of our files
ORIGINS = ("predicted", "simulated", "measured")


class InputError(Exception):
    """The user's input is wrong: exit code 2."""


@dataclass(frozen=True)
class Layer:
    name: str
    family: str
    processor: str
    stream: int
    start: int
    finish: int
    operator: str = ""


@dataclass(frozen=True)
class Leg:
    """One copy: queued, taken up (start), set up (data), arrived (finish).

    An engine or a processor (copier) makes it; nobody does where the network gives its time. Where switches send one
    copy on to several memories, all but the first name that one's transfer (together_with).
    """

    tensor: str
    src: str
    dst: str
    engine: str | None
    copier: str | None
    size: int
    queued: int
    start: int
    data: int
    finish: int
    transfer: int | None = None
    together_with: int | None = None


@dataclass(frozen=True)
class LostWork:
    """What a processor was doing when it went away."""

    processor: str
    stream: int
    start: int
    lost: int


@dataclass(frozen=True)
class Load:
    """What others do to a processor for some time: "lost", "takes 50 %"."""

    processor: str
    what: str
    start: int
    finish: int


@dataclass(frozen=True)
class Timeline:
    origin: str
    network: str
    machine: str
    plan: str
    name: str  # of the file, without its ending
    makespan: int
    streams: dict[str, int]  # of each processor, in file order
    layers: list[Layer]
    legs: list[Leg]
    lost: list[LostWork] = field(default_factory=list)
    load: list[Load] = field(default_factory=list)


@dataclass(frozen=True)
class PlanResult:
    """Makespans of one plan in picoseconds; None where nobody ran it."""

    name: str
    predicted: int
    simulated: int | None
    measured: int | None
    measured_low: int | None
    measured_high: int | None
    calibrated: int | None
    used_in_fit: bool
    random: bool = False  # drawn at random for the fit; no method proposes it


@dataclass(frozen=True)
class Series:
    """Latency of one inference after the other, under one policy."""

    policy: str
    execution: str
    latency_ms: list[float]
    disturbed_from: int | None
    switched_at: int | None
    disturbance: str | None = None  # what disturbs, in words


@dataclass(frozen=True)
class Summary:
    network: str
    machine: str
    plans: list[PlanResult]
    lower_bound: int | None
    series: list[Series] = field(default_factory=list)


@dataclass(frozen=True)
class ProcessorTime:
    """Picoseconds over all streams: busy + copying + waiting = makespan x streams; busy holds slowed and lost."""

    name: str
    streams: int
    busy: int
    slowed: int
    copying: int
    waiting: dict[str, int]
    lost: int = 0


@dataclass(frozen=True)
class Channel:
    """A direction of a link, or a memory."""

    name: str
    capacity: int  # B/s


@dataclass(frozen=True)
class Curve:
    """Zero before its first point (time, value); each value holds until the next point."""

    group: str
    name: str
    unit: str
    points: list[tuple[int, int]]


@dataclass(frozen=True)
class Analysis:
    origin: str
    network: str
    machine: str
    plan: str
    makespan: int
    processors: list[ProcessorTime]
    channels: list[Channel]
    peak_power: int  # mW
    curves: list[Curve]

    def curve(self, name: str, unit: str) -> Curve | None:
        return next((one for one in self.curves if one.name == name and one.unit == unit), None)


@dataclass(frozen=True)
class Workload:
    """Requests by number; times in picoseconds since the beginning."""

    network: str
    machine: str
    arrivals: str  # in words
    in_flight: int | None
    makespan: int
    arrival: list[int]
    admitted: list[int]
    start: list[int]
    finish: list[int]
    latency: dict[str, int]  # p50, p90, p95, p99, max


@dataclass(frozen=True)
class Served:
    """What one policy made of a scenario; times in picoseconds. Answered -1: never."""

    policy: str
    execution: str
    mean_ms: float
    p99_ms: float
    arrival: list[int]
    answered: list[int]
    shed: int
    first: str  # configuration, until the first switch
    switches: list[tuple[int, str]]  # when, and to which configuration


@dataclass(frozen=True)
class Service:
    """A scenario under several policies."""

    scenario: str
    machine: str
    network: str
    load: list[tuple[str, str, list[tuple[int, int]]]]  # on what, what it does, when
    policies: list[Served]


@dataclass(frozen=True)
class Front:
    """Plans of which none is better in one of two terms without being worse in the other, by the first term.

    Numbers are in the units of the terms: s, J, J s, GB.
    """

    network: str
    machine: str
    terms: tuple[str, str]
    bounds: tuple[float, float]  # that no plan is below
    points: list[tuple[float, float]]


ERROR_CAUSES = ("compute", "copies", "overhead", "waiting")


@dataclass(frozen=True)
class JudgedPlan:
    """Makespans of one plan of an exam in picoseconds; error: predicted - measured by cause, in parts of measured."""

    name: str
    held_out: bool
    before: int
    after: int
    measured: int
    low: int
    high: int
    error: dict[str, float]


@dataclass(frozen=True)
class ChangedPlan:
    network: str
    as_it_was: int
    predicted: int
    measured: int


@dataclass(frozen=True)
class Verdict:
    machine: str
    error_before: float  # percent, of held-out plans
    error_after: float
    tau: float
    networks: dict[str, list[JudgedPlan]]
    what_ifs: dict[str, list[ChangedPlan]]  # by what is changed


@dataclass(frozen=True)
class MeasuredCopy:
    """Times in picoseconds: eight of ten copies took between low and high."""

    size: int  # bytes
    samples: int
    low: int
    median: int
    high: int


@dataclass(frozen=True)
class Piece:
    """From a size on (bytes), until the next: time + (size - start) / rate, in picoseconds and bytes a second."""

    start: int
    time: int
    rate: int


@dataclass(frozen=True)
class CopyDirection:
    src: str
    dst: str
    measured: list[MeasuredCopy]
    simulated: list[tuple[int, int]]  # size, time
    pieces: list[Piece]  # of the link; none: one straight line


@dataclass(frozen=True)
class Copies:
    machine: str
    directions: list[CopyDirection]


class Reader:
    """A JSON object, and where it stands in its file; every reading checks presence and type."""

    def __init__(self, value: Any, where: str):
        if not isinstance(value, dict):
            raise InputError(f"{where}: expected an object, found {json_text(value)}")
        self.value = value
        self.where = where

    def text(self, key: str, allowed: tuple[str, ...] | None = None) -> str:
        value = self._typed(key, str, "a text")
        if allowed and value not in allowed:
            close = difflib.get_close_matches(value, allowed, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"one of {', '.join(allowed)}"
            raise InputError(f"{self.where}: {key} is '{value}' ({hint})")
        return value

    def integer(self, key: str) -> int:
        return self._typed(key, int, "a whole number")

    def time(self, key: str) -> int:
        value = self.integer(key)
        if value < 0:
            raise InputError(f"{self.where}: {key} is {value}; times start at 0")
        return value

    def optional_time(self, key: str) -> int | None:
        return self.time(key) if self.value.get(key) is not None else None

    def times_in_order(self, *keys: str) -> list[int]:
        times = [self.time(key) for key in keys]
        for i in range(1, len(keys)):
            if times[i] < times[i - 1]:
                raise InputError(f"{self.where}: {keys[i]} lies before {keys[i - 1]}")
        return times

    def optional_text(self, key: str, allowed: tuple[str, ...] | None = None) -> str | None:
        return self.text(key, allowed) if self.value.get(key) is not None else None

    def optional_integer(self, key: str) -> int | None:
        return self.integer(key) if self.value.get(key) is not None else None

    def flag(self, key: str) -> bool:
        return self._typed(key, bool, "true or false")

    def optional_flag(self, key: str) -> bool:
        return self.flag(key) if self.value.get(key) is not None else False

    def numbers(self, key: str) -> list[float]:
        values = self._typed(key, list, "a list of numbers")
        for value in values:
            if not isinstance(value, (int, float)) or isinstance(value, bool):
                raise InputError(f"{self.where}: {key} holds {json_text(value)}; expected numbers")
        return [float(value) for value in values]

    def signed(self, key: str) -> float:
        value = self._typed(key, (int, float), "a number")
        if isinstance(value, bool):
            raise InputError(f"{self.where}: {key} is {json_text(value)}; expected a number")
        return float(value)

    def object(self, key: str) -> "Reader":
        return Reader(self._typed(key, dict, "an object"), f"{self.where}: {key}")

    def number(self, key: str) -> float:
        value = self._typed(key, (int, float), "a number")
        if isinstance(value, bool) or value < 0:
            raise InputError(f"{self.where}: {key} is {json_text(value)}; expected a number from 0 on")
        return float(value)

    def objects(self, key: str) -> list["Reader"]:
        values = self._typed(key, list, "a list")
        return [Reader(value, f"{self.where}: {key}[{i}]") for i, value in enumerate(values)]

    def optional_objects(self, key: str) -> list["Reader"]:
        return self.objects(key) if self.value.get(key) is not None else []

    def times(self, key: str) -> list[int]:
        values = self._typed(key, list, "a list of times")
        for value in values:
            if type(value) is not int or value < 0:
                raise InputError(f"{self.where}: {key} holds {json_text(value)}; expected times from 0 on")
        return values

    def integers(self, key: str) -> list[int]:
        values = self._typed(key, list, "a list of whole numbers")
        for value in values:
            if type(value) is not int:
                raise InputError(f"{self.where}: {key} holds {json_text(value)}; expected whole numbers")
        return values

    def points(self, key: str) -> list[tuple[int, int]]:
        values = self._typed(key, list, "a list of points")
        for value in values:
            if not (isinstance(value, list) and len(value) == 2 and all(type(one) is int for one in value)):
                raise InputError(f"{self.where}: {key} holds {json_text(value)}; expected [time, value]")
        return [(at, value) for at, value in values]

    def _typed(self, key: str, kind: type | tuple[type, ...], what: str) -> Any:
        if key not in self.value:
            raise InputError(f"{self.where}: key '{key}' is missing")
        value = self.value[key]
        # bool is an int to Python, not to the reader of a file.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise InputError(f"{self.where}: {key} is {json_text(value)}; expected {what}")
        return value


def json_text(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:37] + "..."


def not_finite(written: str) -> None:
    raise ValueError(f"{written} is no number of JSON")


def read_json(file: Path) -> Reader:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: this is no text file") from error
    try:
        return Reader(json.loads(text, parse_constant=not_finite), str(file))
    except json.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from error
    except ValueError as error:
        raise InputError(f"{file}: {error}") from error
    except RecursionError as error:
        raise InputError(f"{file}: nested too deep") from error


def read_document(file: Path, kind: str) -> Reader:
    """A file that says of what kind and version it is: {"timeline": 1, ...}."""
    top = read_json(file)
    if kind not in top.value:
        first = next(iter(top.value), None)
        what = f"its first key is '{first}'" if first in KINDS else f"key '{kind}' is missing"
        raise InputError(f"{file}: this is no {kind} ({what})")
    version = top.integer(kind)
    if version != 1:
        raise InputError(f"{file}: {kind} version {version}; this program reads version 1")
    return top


def read_layer(layer: Reader, streams: dict[str, int]) -> Layer:
    processor = layer.text("processor", tuple(streams))
    stream = layer.integer("stream")
    if not 0 <= stream < streams[processor]:
        raise InputError(f"{layer.where}: stream {stream} of processor '{processor}', which has {streams[processor]}")
    start, finish = layer.times_in_order("start_ps", "finish_ps")
    operator = layer.text("operator", tuple(FAMILY_OF))
    return Layer(layer.text("layer"), FAMILY_OF[operator], processor, stream, start, finish, operator)


def read_leg(leg: Reader, streams: dict[str, int]) -> Leg:
    queued, start, data, finish = leg.times_in_order("queued_ps", "start_ps", "data_ps", "finish_ps")
    return Leg(
        tensor=leg.text("tensor"),
        src=leg.text("src"),
        dst=leg.text("dst"),
        engine=leg.optional_text("engine"),
        copier=leg.optional_text("copier", tuple(streams)),
        size=leg.integer("bytes"),
        queued=queued,
        start=start,
        data=data,
        finish=finish,
        transfer=leg.optional_integer("transfer"),
        together_with=leg.optional_integer("with"),
    )


def read_lost(one: Reader, streams: dict[str, int]) -> LostWork:
    start, lost = one.times_in_order("start_ps", "lost_ps")
    processor = one.text("processor", tuple(streams))
    stream = one.integer("stream")
    if not 0 <= stream < streams[processor]:
        raise InputError(f"{one.where}: '{processor}' has {streams[processor]} streams, so there is no stream {stream}")
    return LostWork(processor, stream, start, lost)


def read_load(one: Reader, streams: dict[str, int]) -> Load:
    start, finish = one.times_in_order("from_ps", "until_ps")
    return Load(one.text("processor", tuple(streams)), one.text("what"), start, finish)


def read_timeline(file: Path) -> Timeline:
    top = read_document(file, "timeline")
    streams = {p.text("name"): p.integer("streams") for p in top.objects("processors")}
    layers = [read_layer(layer, streams) for layer in top.objects("layers")]
    legs = [read_leg(leg, streams) for leg in top.objects("legs")]
    return Timeline(
        origin=top.text("origin", ORIGINS),
        network=top.text("network"),
        machine=top.optional_text("machine") or "",
        plan=top.optional_text("method") or "",
        name=file.stem,
        makespan=top.time("makespan_ps"),
        streams=streams,
        layers=layers,
        legs=legs,
        lost=[read_lost(one, streams) for one in top.optional_objects("interrupted")],
        load=[read_load(one, streams) for one in top.optional_objects("load") if "processor" in one.value],
    )


def read_summary(file: Path) -> Summary:
    top = read_document(file, "summary")
    plans = [
        PlanResult(
            name=plan.text("name"),
            predicted=plan.time("predicted_ps"),
            simulated=plan.optional_time("simulated_ps"),
            measured=plan.optional_time("measured_ps"),
            measured_low=plan.optional_time("measured_low_ps"),
            measured_high=plan.optional_time("measured_high_ps"),
            calibrated=plan.optional_time("calibrated_ps"),
            used_in_fit=plan.flag("used_in_fit"),
            random=plan.optional_flag("random"),
        )
        for plan in top.objects("plans")
    ]
    series = []
    if top.value.get("adapt") is not None:
        adapt = Reader(top.value["adapt"], f"{file}: adapt")
        series = [
            Series(
                policy=one.text("policy", ("static", "adapted")),
                execution=one.text("execution", ("real", "simulated")),
                latency_ms=one.numbers("latency_ms"),
                disturbed_from=one.optional_integer("disturbed_from"),
                switched_at=one.optional_integer("switched_at"),
                disturbance=one.optional_text("disturbance"),
            )
            for one in adapt.objects("series")
        ]
    return Summary(
        network=top.text("network"),
        machine=top.text("machine"),
        plans=plans,
        lower_bound=top.optional_time("lower_bound_ps"),
        series=series,
    )


CAUSES = ("input", "processor", "engine", "transfer", "link", "memory", "neighbours", "others", "requests", "unknown",
          "done")  # fmt: skip


def read_processor_time(one: Reader) -> ProcessorTime:
    if one.integer("streams") < 1:
        raise InputError(f"{one.where}: streams is {one.integer('streams')}; expected 1 or more")
    waiting = Reader(one.value.get("waiting_ps"), f"{one.where}: waiting_ps")
    return ProcessorTime(
        name=one.text("name"),
        streams=one.integer("streams"),
        busy=one.time("busy_ps"),
        slowed=one.time("slowed_ps"),
        copying=one.time("copying_ps"),
        waiting={cause: waiting.time(cause) for cause in CAUSES},
        lost=one.time("lost_ps"),
    )


def read_channel(one: Reader) -> Channel:
    capacity = one.integer("capacity_bytes_per_s")
    if capacity < 1:
        raise InputError(f"{one.where}: capacity_bytes_per_s is {capacity}; expected 1 or more")
    return Channel(one.text("name"), capacity)


def read_analysis(file: Path) -> Analysis:
    top = read_document(file, "analysis")
    return Analysis(
        origin=top.text("origin", ORIGINS),
        network=top.text("network"),
        machine=top.optional_text("machine") or "",
        plan=top.optional_text("method") or "",
        makespan=top.time("makespan_ps"),
        processors=[read_processor_time(one) for one in top.objects("processors")],
        channels=[read_channel(one) for one in top.objects("channels")],
        peak_power=top.integer("peak_power_mw"),
        curves=[
            Curve(one.text("group"), one.text("name"), one.text("unit"), one.points("points"))
            for one in top.objects("series")
        ],
    )


def read_workload(file: Path) -> Workload:
    top = read_document(file, "workload")
    requests = Reader(top.value.get("requests"), f"{file}: requests")
    columns = [requests.times(f"{key}_ps") for key in ("arrival", "admitted", "start", "finish")]
    for i, (arrival, admitted, start, finish) in enumerate(itertools.zip_longest(*columns, fillvalue=-1)):
        if -1 in (arrival, admitted, start, finish):
            raise InputError(
                f"{requests.where}: the columns have {', '.join(str(len(one)) for one in columns)} entries"
            )
        if not arrival <= admitted <= start < finish:
            raise InputError(f"{requests.where}: request {i} has its times out of order")
    latency = Reader(top.value.get("latency_ps"), f"{file}: latency_ps")
    return Workload(
        network=top.text("network"),
        machine=top.optional_text("machine") or "",
        arrivals=top.text("arrivals"),
        in_flight=top.optional_integer("in_flight"),
        makespan=top.time("makespan_ps"),
        arrival=columns[0],
        admitted=columns[1],
        start=columns[2],
        finish=columns[3],
        latency={key: latency.time(key) for key in ("p50", "p90", "p95", "p99", "max")},
    )


def read_served(one: Reader) -> Served:
    requests = Reader(one.value.get("requests"), f"{one.where}.requests")
    arrival, answered = requests.times("arrival_ps"), requests.integers("answered_ps")
    if len(arrival) != len(answered):
        raise InputError(f"{requests.where}: {len(arrival)} arrivals and {len(answered)} answers")
    return Served(
        policy=one.text("policy"),
        execution=one.text("execution"),
        mean_ms=one.number("mean_ms"),
        p99_ms=one.number("p99_ms"),
        arrival=arrival,
        answered=answered,
        shed=one.integer("shed"),
        first=one.text("first_configuration"),
        switches=[
            (each.time("when_ps"), each.text("configuration"))
            for each in one.objects("decisions")
            if each.value.get("switched") is True
        ],
    )


def read_service(file: Path) -> Service:
    top = read_document(file, "service")
    load = []
    for each in top.objects("load"):
        spans = each.value.get("windows_ps")
        if not isinstance(spans, list) or any(not isinstance(span, list) or len(span) != 2 for span in spans):
            raise InputError(f"{each.where}: windows_ps: expected pairs of times")
        load.append((each.text("on"), each.text("what"), [(int(begin), int(end)) for begin, end in spans]))
    return Service(
        scenario=top.text("scenario"),
        machine=top.text("machine"),
        network=top.text("network"),
        load=load,
        policies=[read_served(one) for one in top.objects("policies")],
    )


TERMS = ("latency", "throughput", "energy", "energy_delay", "imbalance", "transfers")


def read_front(file: Path) -> Front:
    top = read_document(file, "front")
    points = [(one.number("first"), one.number("second")) for one in top.objects("points")]
    for i in range(1, len(points)):
        if not (points[i - 1][0] < points[i][0] and points[i - 1][1] > points[i][1]):
            raise InputError(f"{file}: points[{i}]: it does not lie to the right of the one before, and below it")
    return Front(
        network=top.text("network"),
        machine=top.optional_text("machine") or "",
        terms=(top.text("first", TERMS), top.text("second", TERMS)),
        bounds=(top.number("first_bound"), top.number("second_bound")),
        points=points,
    )


def read_judged_plan(plan: Reader) -> JudgedPlan:
    measured = plan.time("measured_ps")
    if measured == 0:
        raise InputError(f"{plan.where}: measured_ps is 0")
    low, high = plan.times_in_order("measured_low_ps", "measured_high_ps")
    error = plan.object("error_seconds")
    return JudgedPlan(
        name=plan.text("name"),
        held_out=plan.flag("held_out"),
        before=plan.time("predicted_before_ps"),
        after=plan.time("predicted_ps"),
        measured=measured,
        low=low,
        high=high,
        error={cause: error.signed(cause) * 1e12 / measured for cause in ERROR_CAUSES},
    )


def read_changed_plan(plan: Reader) -> ChangedPlan:
    times = [plan.time(key) for key in ("as_it_was_ps", "predicted_ps", "measured_ps")]
    if 0 in times:
        raise InputError(f"{plan.where}: a makespan is 0")
    return ChangedPlan(plan.text("network"), *times)


def read_verdict(file: Path) -> Verdict:
    top = read_document(file, "verdict")
    return Verdict(
        machine=top.text("machine"),
        error_before=top.object("before").number("mape_percent"),
        error_after=top.object("after").number("mape_percent"),
        tau=top.signed("kendall_tau"),
        networks={
            network.text("network"): [read_judged_plan(plan) for plan in network.objects("plans")]
            for network in top.objects("networks")
        },
        what_ifs={
            one.text("change"): [read_changed_plan(plan) for plan in one.objects("plans")]
            for one in top.objects("what_ifs")
        },
    )


def read_direction(direction: Reader) -> CopyDirection:
    measured = []
    for one in direction.objects("measured"):
        size = one.time("bytes")
        low, median, high = one.times_in_order("p10_ps", "median_ps", "p90_ps")
        if size == 0 or low == 0:
            raise InputError(f"{one.where}: a copy of no bytes or in no time")
        measured.append(MeasuredCopy(size, one.time("samples"), low, median, high))
    if not measured:
        raise InputError(f"{direction.where}: measured is empty")
    return CopyDirection(
        src=direction.text("src"),
        dst=direction.text("dst"),
        measured=measured,
        simulated=sorted(direction.points("simulated")),
        pieces=[
            Piece(piece.time("from_bytes"), piece.time("time_ps"), piece.time("bytes_per_s"))
            for piece in direction.objects("pieces")
        ],
    )


def read_copies(file: Path) -> Copies:
    top = read_document(file, "copies")
    directions = [read_direction(direction) for direction in top.objects("directions")]
    if not directions:
        raise InputError(f"{file}: directions is empty")
    return Copies(machine=top.text("machine"), directions=directions)
