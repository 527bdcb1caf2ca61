"""What came of the points of a sweep, repetitions together."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from answers.quantities import ending_of

DONE, NO, FAILED = "done", "no", "failed"
LEFT_OUT = "left out by exclude: or only: of the sweep"  # the reason of points that nobody computes


@dataclass(frozen=True)
class Outcome:
    """One point: numbers of all its repetitions that are done."""

    values: dict[str, list[float]] = field(default_factory=dict)  # by column, where it has a number
    done: int = 0
    no: int = 0  # a true negative: infeasible
    failed: int = 0
    reason: str = ""  # of the first that is not done
    command: str = ""  # of the first repetition

    @property
    def status(self) -> str:
        """Failed tells less than "no": of repetitions that differ, it is said."""
        if self.done:
            return DONE
        return FAILED if self.failed else NO

    @property
    def is_left_out(self) -> bool:
        return self.status == NO and self.reason == LEFT_OUT

    def repetitions(self, column: str) -> list[float]:
        return self.values.get(column, [])

    def median(self, column: str) -> float | None:
        values = self.repetitions(column)
        return statistics.median(values) if values else None


# Rows of positions, one for each knob -> what came of each.
Evaluate = Callable[[Sequence[Sequence[float]]], list[Outcome]]


@dataclass(frozen=True)
class Column:
    """A column of results, and what its numbers are."""

    name: str
    factor: float = 1.0  # to the base unit
    unit: str = ""

    @property
    def label(self) -> str:
        """For people: without the unit that stands in the name."""
        ending = ending_of(self.name)
        parts = self.name.split(".")
        if ending:
            parts = [part.removesuffix(f"_{ending[0]}") for part in parts]
        words = " ".join(parts).replace("_", " ")
        is_nameless = self.unit == "s" and not any(word in words for word in ("time", "latency", "period", "makespan"))
        return f"{words} time" if is_nameless else words


@dataclass(frozen=True)
class Losses:
    """Points without a result, counted for the reader."""

    no: int = 0
    failed: int = 0
    example: str = ""  # a reason
    left_out: int = 0  # of `no`: the sweep does not allow them

    @property
    def count(self) -> int:
        return self.no + self.failed

    def __str__(self) -> str:
        infeasible = self.no - self.left_out
        parts = [f"{infeasible} infeasible"] if infeasible else []
        parts += [f"{self.failed} failed"] if self.failed else []
        texts = [" and ".join(parts) + (f" ({self.example})" if self.example else "")] if parts else []
        texts += [f"{self.left_out} {LEFT_OUT}"] if self.left_out else []
        return "; ".join(texts)


NOTHING_LOST = Losses()


def losses(outcomes: Sequence[Outcome]) -> Losses:
    lost = [outcome for outcome in outcomes if outcome.status != DONE]
    return Losses(
        no=sum(outcome.status == NO for outcome in lost),
        failed=sum(outcome.status == FAILED for outcome in lost),
        example=next((outcome.reason for outcome in lost if outcome.reason and not outcome.is_left_out), ""),
        left_out=sum(outcome.is_left_out for outcome in lost),
    )


def as_pairs(pairs: Sequence[tuple[Outcome, Outcome]]) -> tuple[Outcome, Outcome]:
    """Two alternatives under the same chances, each chance as one repetition; those that one of them did not survive
    count for neither."""
    both = [pair for pair in pairs if pair[0].status == pair[1].status == DONE]
    if not both:
        # Then one has hardly any, and there is nothing to compare.
        return tuple(together(side, [one for one in side if one.done]) for side in zip(*pairs, strict=True))
    return tuple(together([pair[side] for pair in pairs], [pair[side] for pair in both]) for side in (0, 1))


def together(outcomes: Sequence[Outcome], kept: Sequence[Outcome]) -> Outcome:
    columns = sorted({column for outcome in kept for column in outcome.values})
    return Outcome(
        values={
            column: [value for outcome in kept if (value := outcome.median(column)) is not None] for column in columns
        },
        done=len(kept),
        no=sum(outcome.status == NO for outcome in outcomes),
        failed=sum(outcome.status == FAILED for outcome in outcomes),
        reason=next((outcome.reason for outcome in outcomes if outcome.reason), ""),
        command=outcomes[0].command,
    )
