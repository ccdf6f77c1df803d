"""Stage medians are recovered from messages that are lost, doubled, late and cut; contradictions are found."""

from __future__ import annotations

from data.synthetic.clearance import demo_cohort
from data.synthetic.clearance_stages import CONTRADICTIONS
from experiments.benchmarks.clearance.medians import TOLERANCE, recover


def test_medians_and_contradictions_are_recovered():
    """600 declarations: found by drawn within 5 % overall; every planted contradiction found, others explained."""
    found = recover(demo_cohort(600, contradiction_share=0.08))
    assert found.largest_error <= TOLERANCE
    assert found.refused
    rows = found.contradictions.set_index("kind")
    planted = rows.loc[list(CONTRADICTIONS)]
    assert (planted["planted"] >= 8).all()
    assert (planted["found"] == planted["planted"]).all()
    assert set(rows.index[rows["elsewhere"] > 0]) <= {
        "completed_without_release",
        "released_and_rejected",
        "stage_after_end",
    }
    record = found.record()
    assert record["within"]
    assert record["messages"] > 4_000
