from __future__ import annotations

import numpy as np
import pytest

from models.remaining_time.ranks import read_through


@pytest.mark.law
def test_chances_are_read_through_where_actual_times_lay():
    """Half of the actual times lay above the forecast's .8 quantile: a chance of .2 was one of .5."""
    ranks = np.array([0.0, 0.8, 1.0])
    found = read_through(np.array([0.0, 0.1, 0.2, 0.6, 1.0]), ranks)
    assert found == pytest.approx([0.0, 0.25, 0.5, 0.75, 1.0])
