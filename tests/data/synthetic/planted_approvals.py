"""One cohort of simulated cases for several tests."""

from functools import cache

from data.synthetic.approvals import ApprovalsCohort, demo_cohort


@cache
def planted_cohort() -> ApprovalsCohort:
    """Of 900 cases, with enough damage to find some of each kind."""
    return demo_cohort(900, contradictory_share=0.02, unreadable_share=0.01, no_number_share=0.005)
