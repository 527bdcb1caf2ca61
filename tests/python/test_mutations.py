"""The mutations that tools/mutate.py makes still fit the sources: each text stands in its file exactly once."""

from pathlib import Path

import pytest

from mutations import MUTATIONS, Mutation

ROOT = Path(__file__).resolve().parents[2]


def test_there_are_enough() -> None:
    assert len(MUTATIONS) >= 20
    assert len({mutation.what for mutation in MUTATIONS}) == len(MUTATIONS)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.what)
def test_each_fits_the_sources(mutation: Mutation) -> None:
    assert (ROOT / mutation.file).read_text().count(mutation.text) == 1
    assert mutation.instead != mutation.text
