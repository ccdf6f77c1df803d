"""The facts of one firm, or of one incubator, written by hand; and one clause of a result."""

from __future__ import annotations

import numpy as np

from data.ladder.facts import LadderFacts


def one_firm(values, day=None, source="", firm_id="", subject="firm"):
    """Facts in their units; a pair is (low, high), None an unknown value or end."""
    pairs = {key: value if isinstance(value, tuple) else (value, value) for key, value in values.items()}
    ends = {
        key: (np.array([-np.inf if low is None else float(low)]), np.array([np.inf if high is None else float(high)]))
        for key, (low, high) in pairs.items()
    }
    return LadderFacts.unknown((firm_id,), subject).with_facts(ends, day, source)


def clause_of(result, key):
    """The result of one clause."""
    return {one.clause.key: one for one in result.clauses}[key]
