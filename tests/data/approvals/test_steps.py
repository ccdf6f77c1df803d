"""English names of usual steps."""

from data.approvals.steps import step_names
from data.synthetic.approvals_log import STEPS


def test_every_step_of_the_simulated_log_has_an_english_name():
    names = step_names()
    assert set(STEPS.values()) <= set(names)
    assert names["现场核查"] == "site visit"
    assert all(name.isascii() and name.strip() for name in names.values())
