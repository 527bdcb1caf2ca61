"""Names and numbers of Partita's files in words that need no knowledge of them: titles, units, labels."""

import math

NOTHING = "\N{EN DASH}"  # where a table has no number
TIMES = "\N{MULTIPLICATION SIGN}"

# What may stand beside a number; ARCHITECTURE.md, Labels.
LABELS = ("measured", "simulated", "predicted", "interpolated", "learned", "estimated", "given")

# The unit that the end of a column's name says, longest first.
ENDINGS = {
    "_bytes_per_s": "B/s",
    "_flop_per_s": "FLOP/s",
    "_percent": "%",
    "_bytes": "B",
    "_flops": "FLOP",
    "_ps": "ps",
    "_ns": "ns",
    "_us": "us",
    "_ms": "ms",
    "_s": "s",
    "_j": "J",
    "_w": "W",
    "_nj": "nJ",
    "_mw": "mW",
    "_per_s": "1/s",
}

# Units that are parts or multiples of one that takes prefixes.
BASES = {
    "ps": ("s", 1e-12),
    "ns": ("s", 1e-9),
    "us": ("s", 1e-6),
    "µs": ("s", 1e-6),
    "ms": ("s", 1e-3),
    "fJ": ("J", 1e-15),
    "pJ": ("J", 1e-12),
    "nJ": ("J", 1e-9),
    "mJ": ("J", 1e-3),
    "mW": ("W", 1e-3),
}
PREFIXED = ("s", "J", "W", "B", "B/s", "FLOP", "FLOP/s", "b/s", "OP/s", "Hz", "1/s", "J s", "J/B")

PREFIXES = {5: "P", 4: "T", 3: "G", 2: "M", 1: "k", 0: "", -1: "m", -2: "µ", -3: "n", -4: "p", -5: "f"}

BINARY = ("Ki", "Mi", "Gi", "Ti", "Pi")

SINGULAR = {
    "processors": "processor",
    "memories": "memory",
    "links": "link",
    "switches": "switch",
    "dma_engines": "DMA engine",
    "packages": "package",
}


def base_of(unit: str) -> tuple[str, float]:
    """The unit that prefixes are put before, and what one of `unit` is in it: ps -> (s, 1e-12)."""
    return BASES.get(unit, (unit, 1.0))


def digits(value: float, count: int = 3) -> str:
    """`count` significant digits, without an exponent where that stays readable."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -4 or exponent > 14:
        return f"{value:.{count - 1}e}"
    rounded = round(value, count - 1 - exponent)
    after = max(0, count - 1 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded:.{after}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def binary_text(value: float, unit: str, count: int) -> str:
    """ "4 GiB", of a whole number of them that is no round number in GB; else ""."""
    if unit not in ("B", "B/s") or value <= 0 or value == float(f"{value:.{count - 1}e}"):
        return ""
    for power in range(len(BINARY), 0, -1):
        whole = value / 1024**power
        if whole == math.floor(whole):
            return f"{whole:.0f} {BINARY[power - 1]}{unit}" if whole < 1024 else ""
    return ""


def quantity(value: float | None, unit: str = "", count: int = 3) -> str:
    """A number a person reads: 12300000000 ps -> "12.3 ms"."""
    if value is None:
        return NOTHING
    base, factor = base_of(unit)
    if base == "":
        return digits(value, max(count, 4))
    if base not in PREFIXED:
        return f"{digits(value, count)} {base}"
    scaled = value * factor
    if scaled == 0:
        return f"0 {base}"
    if binary_text(value, unit, count):
        return binary_text(value, unit, count)
    power = math.floor(math.log10(abs(scaled)) / 3 + 1e-9)
    # 999.7 is 1000 with three digits.
    if round(abs(scaled) / 1000**power, max(0, count - 3)) >= 1000:
        power += 1
    power = min(max(power, -5), 5)
    # Nobody writes kiloseconds.
    if base == "s":
        power = min(power, 0)
    return f"{digits(scaled / 1000**power, count)} {PREFIXES[power]}{base}"


def ratio(value: float) -> str:
    return f"{digits(value)} {TIMES}"


def unit_of(column: str) -> str:
    """What the end of a column's name says its unit is; "" where it says none."""
    last = column.rsplit(".", 1)[-1]
    return next((unit for ending, unit in ENDINGS.items() if last.endswith(ending)), "")


def without_unit(column: str) -> str:
    for ending in ENDINGS:
        if column.endswith(ending) and len(column) > len(ending):
            return column[: -len(ending)]
    return column


def words(name: str) -> str:
    return name.replace("_", " ").strip()


def title_of_axis(name: str) -> str:
    """ "machine.links.pcie0.bandwidth" -> "bandwidth of link pcie0"."""
    first, *rest = name.split(".")
    if first == "machine" and rest:
        if rest[0] in SINGULAR and len(rest) > 2:
            return f"{' '.join(words(part) for part in rest[2:])} of {SINGULAR[rest[0]]} {rest[1]}"
        return f"{' '.join(words(part) for part in rest)} of the machine"
    if first == "model" and rest:
        return f"{' '.join(words(part) for part in rest)} of the network"
    if first == "bind" and rest:
        return f"dimension {'.'.join(rest)}"
    if first == "scenario" and rest:
        return f"{' '.join(words(part) for part in rest)} of the scenario"
    return {"model": "network", "machine": "machine"}.get(name, words(name.replace(".", " ")))


def title_of_result(name: str) -> str:
    """ "predicted_ps" -> "predicted time", "energy_nj" -> "energy", "bytes.sent_bytes" -> "bytes: sent"."""
    *path, last = name.split(".")
    bare = without_unit(last)
    title = words(bare)
    if bare in LABELS or bare in ("makespan", "latency", "mean", "p50", "p90", "p95", "p99", "max", "period"):
        what = {"s": "time", "J": "energy", "W": "power"}.get(base_of(unit_of(last))[0], "")
        title = f"{title} {what}".strip() if bare not in ("makespan", "latency", "period") else title
    return ": ".join([*map(words, path), title]) if path else title


def label_of(column: str, verb: str, real: bool = False) -> str:
    """How a result came about; "" where that cannot be told. `real`: the run used real processors."""
    named = [label for label in LABELS if label in column.replace(".", "_").split("_")]
    if named:
        return named[0]
    return {
        "partition": "predicted",
        "predict": "predicted",
        "simulate": "simulated",
        "replay": "measured",
        "runtime": "measured" if real else "simulated",
    }.get(verb, "")


def counted(count: int, one: str, several: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else several or one + 's'}"
