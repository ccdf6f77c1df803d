from __future__ import annotations

import pytest

from models.reform.result import BUCKETS, SCHEMA, Method, Population, ReformResult, Scenario


@pytest.mark.surface
def test_a_result_s_json_has_the_fields_in_order():
    """Readers find schema, population, method, banks, baseline, reforms, stack, conditions and certificates."""
    result = ReformResult(
        Population(0, "", {}, 1, 12, "innovation_points", "working_capital"), Method(0.95, 1, 7, 0, None, ()), (),
        Scenario("baseline", "", "", {}), (),
    )  # fmt: skip
    assert list(result.as_dict()) == [
        "population", "method", "banks", "baseline", "reforms", "stack", "conditions", "certificates",
        "schema",
    ]  # fmt: skip
    assert (result.as_dict()["schema"], len(BUCKETS)) == (SCHEMA, 6)
