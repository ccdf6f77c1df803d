"""A form of terms: filled in from what is in force, in the units of the form."""

from __future__ import annotations

import pytest

from serving.console.pages.operator import policy_change
from tests.serving.console.pages.operator.conftest import words

pytestmark = pytest.mark.contract


def test_the_form_is_filled_in_with_the_terms_in_force(operator, shop):
    """Shares as percent: a cut-off of 0.04 is 4."""
    policy = shop.worker.policies.policy_of("standard")
    filled = dict(zip(policy_change.TERMS, policy_change.fill(operator(), "standard"), strict=True))
    assert filled["pd_cutoff"] == pytest.approx(policy.pd_cutoff * 100)
    assert filled["exposure_cap_wan"] == policy.exposure_cap_wan
    assert filled["validity_days"] == policy.validity_days


def test_terms_that_were_not_touched_are_not_changed(operator, shop):
    view = operator("li")
    values = policy_change.fill(view, "standard")
    assert "standard-8.1" in words(policy_change.propose(view, 1, "standard", "standard-8.1", "as it is", *values))
    assert words(policy_change.difference(view, "policy:standard:standard-8.1")) == "与现行政策条款相同。"
    assert "该模型" in words(policy_change.difference(view, "model:*:x"))


def test_every_term_of_the_form_has_words_in_both_languages(operator):
    zh, en = (words(policy_change.form(operator(lang=lang))) for lang in ("zh", "en"))
    assert zh.count("万元") == 2
    assert "PD cut-off (%)" in en
