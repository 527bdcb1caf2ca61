"""What the numbers of a column are in: axes are told by the results file, results by the ends of their names."""

from answers.quantities import ending_of

# The units of a name's ending, as they are written behind a number.
WRITTEN = {
    "bytes_per_s": "B/s", "flop_per_s": "FLOP/s", "per_s": "/s", "bytes": "B", "ps": "ps", "ns": "ns", "us": "us",
    "ms": "ms", "seconds": "s", "s": "s", "mw": "mW", "w": "W", "nj": "nJ", "uj": "uJ", "mj": "mJ", "j": "J",
    "percent": "%",
}  # fmt: skip


def unit_of(name: str, told: str) -> str:
    """ "predicted_ps", "" -> "ps"; "machine.links.pcie.bandwidth", "B/s" -> "B/s"."""
    ending = ending_of(name)
    return told or (WRITTEN.get(ending[0], "") if ending else "")
