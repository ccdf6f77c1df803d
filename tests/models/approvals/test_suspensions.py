import numpy as np
import pytest

from models.approvals.suspensions import Spells, union


@pytest.mark.law
def test_a_union_counts_each_day_once():
    """Against a set of days for each case."""
    rng = np.random.default_rng(3)
    case = rng.integers(0, 200, 1000)
    first = rng.integers(0, 60, 1000)
    end = first + rng.integers(0, 12, 1000)
    found = union(case, first, end)
    for one in range(200):
        rows = found.case == one
        lists = [range(f, f + n) for f, n in zip(found.first[rows], found.length[rows], strict=True)]
        days = [day for some in lists for day in some]
        given = [range(f, e) for f, e in zip(first[case == one], end[case == one], strict=True)]
        assert days == sorted(set().union(*given))
        assert found.before[rows].tolist() == (np.cumsum(found.length[rows]) - found.length[rows]).tolist()


@pytest.mark.contract
@pytest.mark.parametrize(("begun", "ended"), [("NaT", "2024-03-02"), ("2024-03-02", "2024-03-01")])
def test_bad_spells_have_their_message(begun, ended):
    begun_at, ended_at = (np.array([one], dtype="datetime64[us]") for one in (begun, ended))
    with pytest.raises(ValueError, match="begins at an instant and does not end before it"):
        Spells(np.zeros(1, dtype=np.int64), begun_at, ended_at, np.array(["test"], dtype=object))
