"""Indices over whole ranges, by SALib: Morris screening and Sobol indices.

Morris (1991): an elementary effect is how much the result changes when one number moves, per its whole range; mu* is
the mean of their sizes (Campolongo et al. 2007), sigma their spread: large where the effect depends on the other
numbers or is curved. Sobol (Saltelli et al. 2010): which part of the variance of the result goes when a number is
known (first order), and which part stays when all others are known (total: with all interactions).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SALib.analyze.morris
import SALib.analyze.sobol
import SALib.sample.morris
import SALib.sample.sobol

from answers.errors import InputError, NothingEvaluatedError
from answers.knobs import Knob
from answers.outcomes import Evaluate, Losses, Outcome, losses

LEVELS = 4  # of Morris: positions 0, 1/3, 2/3, 1
RESAMPLES = 1000  # of the bootstrap
MOST_RESAMPLED = 4_000_000  # rows x resamples that fit into memory at once
FEWEST_TRAJECTORIES = 4
FEWEST_GROUPS = 16  # of Sobol; the bootstrap of fewer says nothing


@dataclass(frozen=True)
class Index:
    """Of one knob. Confidence: half of the 95 % interval. Morris: mu* and sigma in the unit of the result."""

    knob: Knob
    value: float  # mu*, or total order
    confidence: float
    other: float  # sigma, or first order
    other_confidence: float = 0.0  # of sigma none is known
    mu: float = 0.0  # Morris: with its sign


@dataclass(frozen=True)
class Screening:
    method: str  # "morris", "sobol"
    indices: list[Index]  # the largest first
    points: int
    groups: int  # trajectories of Morris, base samples of Sobol
    dropped: int  # groups with a point that has no result
    lost: Losses
    mean: float
    deviation: float  # of results, over the ranges
    constant: bool = False


def problem_of(knobs: Sequence[Knob]) -> dict:
    return {"num_vars": len(knobs), "names": [knob.name for knob in knobs], "bounds": [[0.0, 1.0]] * len(knobs)}


def morris_rows(knobs: Sequence[Knob], points: int, seed: int) -> np.ndarray:
    """Trajectories of one step for each knob; as many as `points` allow. Raises InputError."""
    count = points // (len(knobs) + 1)
    if count < FEWEST_TRAJECTORIES:
        raise InputError(
            f"--points {points}: morris needs {FEWEST_TRAJECTORIES} trajectories of {len(knobs) + 1} points at least, "
            f"so {FEWEST_TRAJECTORIES * (len(knobs) + 1)}"
        )
    return SALib.sample.morris.sample(problem_of(knobs), count, num_levels=LEVELS, seed=seed)


def sobol_rows(knobs: Sequence[Knob], points: int, seed: int) -> np.ndarray:
    """Saltelli's scheme over a scrambled Sobol sequence, whose length has to be a power of two. Raises InputError."""
    each = len(knobs) + 2
    if points // each < FEWEST_GROUPS:
        raise InputError(
            f"--points {points}: sobol needs {FEWEST_GROUPS} groups of {each} points at least, "
            f"so {FEWEST_GROUPS * each}"
        )
    count = 1 << ((points // each).bit_length() - 1)
    return SALib.sample.sobol.sample(problem_of(knobs), count, calc_second_order=False, seed=seed)


def resamples(rows: int) -> int:
    return max(100, min(RESAMPLES, MOST_RESAMPLED // max(1, rows)))


def whole_groups(results: np.ndarray, size: int) -> np.ndarray:
    """Which rows are of groups that have all their results."""
    return np.repeat(~np.isnan(results.reshape(-1, size)).any(axis=1), size)


def analyse_morris(knobs: Sequence[Knob], rows: np.ndarray, results: np.ndarray, seed: int) -> list[Index]:
    found = SALib.analyze.morris.analyze(
        problem_of(knobs), rows, results, num_levels=LEVELS, num_resamples=resamples(len(rows)), seed=seed
    )
    return [
        Index(
            knob=knob,
            value=float(found["mu_star"][i]),
            confidence=float(found["mu_star_conf"][i]),
            other=float(found["sigma"][i]),
            mu=float(found["mu"][i]),
        )
        for i, knob in enumerate(knobs)
    ]


def analyse_sobol(knobs: Sequence[Knob], results: np.ndarray, seed: int) -> list[Index]:
    found = SALib.analyze.sobol.analyze(
        problem_of(knobs), results, calc_second_order=False, num_resamples=resamples(len(results)), seed=seed
    )
    return [
        Index(
            knob=knob,
            value=float(found["ST"][i]),
            confidence=float(found["ST_conf"][i]),
            other=float(found["S1"][i]),
            other_confidence=float(found["S1_conf"][i]),
        )
        for i, knob in enumerate(knobs)
    ]


def screening(
    method: str, knobs: Sequence[Knob], points: int, seed: int, column: str, evaluate: Evaluate
) -> tuple[Screening, list[Outcome]]:
    """Also all outcomes. Raises InputError, and NothingEvaluatedError where too few groups are whole."""
    rows = morris_rows(knobs, points, seed) if method == "morris" else sobol_rows(knobs, points, seed)
    outcomes = evaluate(rows.tolist())
    medians = [outcome.median(column) for outcome in outcomes]
    results = np.array([np.nan if value is None else value for value in medians])
    lost = losses(outcomes)
    size = len(knobs) + (1 if method == "morris" else 2)
    whole = whole_groups(results, size)
    groups, kept = len(rows) // size, int(whole.sum()) // size
    fewest = FEWEST_TRAJECTORIES if method == "morris" else FEWEST_GROUPS
    if np.isnan(results).all() and not lost.count:
        # The column does not exist; the caller says which there are.
        return Screening(method, [], len(rows), groups, groups, lost, np.nan, np.nan), outcomes
    if kept < fewest:
        raise NothingEvaluatedError(
            f"{kept} of {groups} groups of {size} points have all their results, {fewest} are needed: {lost}; "
            "narrower ranges or --method tornado may help"
        )
    rows, results = rows[whole], results[whole]
    constant = bool(np.ptp(results) <= 1e-12 * np.abs(results).max())
    if constant:
        indices = [Index(knob, 0.0, 0.0, 0.0) for knob in knobs]
    else:
        with warnings.catch_warnings():
            # A resample may hold one value only; its index is then 0, as it should be.
            warnings.filterwarnings("ignore", message="Constant values encountered")
            if method == "morris":
                indices = analyse_morris(knobs, rows, results, seed)
            else:
                indices = analyse_sobol(knobs, results, seed)
    indices.sort(key=lambda index: -index.value)
    return (
        Screening(
            method, indices, len(outcomes), groups, groups - kept, lost, float(results.mean()), float(results.std()),
            constant,
        ),
        outcomes,
    )  # fmt: skip
