"""Choosing a kernel by the share of zeros, on times that are lines."""

import numpy as np
import pytest

from choose import mean_times

# Dense takes 4 whatever the input, skipping 10 - 10 z: less from z = 0.6 on. At odd places z is 0.9, 0.1, 0.7, 0.3.
ZEROS = np.array([0.0, 0.9, 1.0, 0.1, 0.5, 0.7, 0.25, 0.3])
DENSE = np.full(8, 4.0)
SKIPPING = 10 - 10 * ZEROS


def test_each_input_gets_the_kernel_that_its_zeros_ask_for():
    found = mean_times(ZEROS, DENSE, SKIPPING)
    assert found["dense"] == pytest.approx(4)
    assert found["skipping"] == pytest.approx((1 + 9 + 3 + 7) / 4)
    # At even places skipping takes (10 + 0 + 5 + 7.5) / 4 = 5.625.
    assert found["one for all"] == pytest.approx(4)
    assert found["analyzer"] == pytest.approx((1 + 4 + 3 + 4) / 4)
    assert found["oracle"] == pytest.approx(3)


def test_zeros_of_another_input_choose_worse():
    found = mean_times(ZEROS, DENSE, SKIPPING)
    assert len(found["shuffled"]) == 99
    assert found["shuffled"] == sorted(found["shuffled"])
    assert np.median(found["shuffled"]) > 4
    assert found["shuffled"][0] == pytest.approx(3)  # some permutation is the right one


def test_the_inputs_that_it_judges_by_are_not_learned_from():
    """Skipping is fast only where nobody looks before: then dense is chosen, and costs what it costs."""
    skipping = np.where(np.arange(8) % 2 == 0, 10.0, 1.0)
    found = mean_times(ZEROS, DENSE, skipping)
    assert found["one for all"] == pytest.approx(4)
    assert found["analyzer"] == pytest.approx(4)
    assert found["oracle"] == pytest.approx(1)
