"""Banks by name, in the language of the session, and the field that takes a name for an id."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from serving.console.parts.bank_names import bank_name, bank_names, bank_words, caller_field, caller_of


def test_every_bank_with_a_policy_has_its_name_in_both_languages(office):
    view, en = office.view("operator"), office.view("operator", lang="en")
    names = bank_names(view)
    assert set(names) == set(office.shop.worker.policies.banks)
    assert names["standard"] == "标准示例银行"
    assert bank_names(en)["standard"] != names["standard"]
    without = SimpleNamespace(
        lang="en", state=SimpleNamespace(worker=SimpleNamespace(policies=SimpleNamespace(banks={})))
    )
    assert bank_name(without, "standard") == bank_names(en)["standard"]  # no policy in force, a file with its name
    assert (bank_name(view, "closed"), bank_words(view, "closed")) == ("closed", "closed")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_the_field_offers_is_taken_back_as_the_id(office, lang):
    """Each offered name gives its own bank; the zone gives what the caller says; a code stays as it was typed."""
    view = office.view("operator", lang=lang)
    field = caller_field(view, "x", "label", "note", zone=True)
    taken = [caller_of(view, one, "the zone") for one in field.data]
    assert taken == ["the zone", *bank_names(view)]
    assert caller_of(view, " 910000000000002038 ", "z") == "910000000000002038"
    assert caller_of(view, None, "z") == ""
    assert len(caller_field(view, "x", "label", "note").data) == len(bank_names(view))
