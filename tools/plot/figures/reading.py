"""The files that figures are drawn from, read into typed values. A wrong file is an InputError of one line."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FAMILIES = ("conv", "matmul", "norm", "elementwise", "pool", "softmax", "movement", "recurrent")
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


@dataclass(frozen=True)
class Leg:
    """One copy: queued, taken up (start), set up (data), arrived (finish). Nobody copies a tensor of given time."""

    tensor: str
    src: str
    dst: str
    engine: str | None
    processor: str | None
    size: int
    queued: int
    start: int
    data: int
    finish: int


@dataclass(frozen=True)
class Timeline:
    origin: str
    network: str
    machine: str
    plan: str
    makespan: int
    streams: dict[str, int]  # of each processor, in file order
    layers: list[Layer]
    legs: list[Leg]


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
            raise InputError(f"{self.where}: {key} is '{value}' (one of {', '.join(allowed)})")
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

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.value.get(key) is not None else None

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

    def objects(self, key: str) -> list["Reader"]:
        values = self._typed(key, list, "a list")
        return [Reader(value, f"{self.where}: {key}[{i}]") for i, value in enumerate(values)]

    def _typed(self, key: str, kind: type, what: str) -> Any:
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


def read_json(file: Path) -> Reader:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: this is no text file") from error
    try:
        return Reader(json.loads(text), str(file))
    except json.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}:{error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{file}: nested too deep") from error


def read_timeline(file: Path) -> Timeline:
    top = read_json(file)
    if "timeline" not in top.value:
        raise InputError(f"{file}: this is no timeline (key 'timeline' is missing)")
    version = top.integer("timeline")
    if version != 1:
        raise InputError(f"{file}: timeline version {version}; this program reads version 1")
    streams = {p.text("name"): p.integer("streams") for p in top.objects("processors")}
    layers = [
        Layer(
            name=layer.text("name"),
            family=layer.text("family", FAMILIES),
            processor=layer.text("processor", tuple(streams)),
            stream=layer.integer("stream"),
            start=layer.time("start_ps"),
            finish=layer.time("finish_ps"),
        )
        for layer in top.objects("layers")
    ]
    legs = [
        Leg(
            tensor=leg.text("tensor"),
            src=leg.text("src"),
            dst=leg.text("dst"),
            engine=leg.optional_text("engine"),
            processor=leg.optional_text("processor"),
            size=leg.integer("size_bytes"),
            queued=leg.time("queued_ps"),
            start=leg.time("start_ps"),
            data=leg.time("data_ps"),
            finish=leg.time("finish_ps"),
        )
        for leg in top.objects("legs")
    ]
    for number, layer in enumerate(layers):
        if not 0 <= layer.stream < streams[layer.processor]:
            raise InputError(
                f"{file}: layers[{number}]: stream {layer.stream} of processor '{layer.processor}', "
                f"which has {streams[layer.processor]}"
            )
    return Timeline(
        origin=top.text("origin", ORIGINS),
        network=top.text("network"),
        machine=top.text("machine"),
        plan=top.text("plan"),
        makespan=top.time("makespan_ps"),
        streams=streams,
        layers=layers,
        legs=legs,
    )


def read_summary(file: Path) -> Summary:
    top = read_json(file)
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
