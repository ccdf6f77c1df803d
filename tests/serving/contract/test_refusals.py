"""A refusal says which, why and what to do, in both languages, without any status."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from data.codebook import read_codebook, read_credit_facts
from data.match_requests import MatchFeedback
from data.requests import PointsRequest, PortfolioRequest, QuotaRequest
from data.texts.sentences import label
from models.quota.policy import CreditPolicy, read_policy
from serving.contract.refusals import Fault, Refusal, faults_of, invalid_request, shown

pytestmark = pytest.mark.contract
HAN = re.compile(r"[\u4e00-\u9fff]")


def broken(kind, **members):
    with pytest.raises(ValidationError) as caught:
        kind.model_validate(members)
    return caught.value


def test_the_text_is_what_to_do_after_what_happened():
    """A detail in English precedes it; a detail in both languages takes its place."""
    zh, en = label("problem.not-yours.action")
    assert Refusal("not-yours").text == (zh, en)
    assert Refusal("not-yours", "sent to the wrong place.").text == (zh, f"sent to the wrong place. {en}")
    assert Refusal("not-yours", ("改", "mend it")).text == ("改", "mend it")
    assert HAN.search(Refusal("not-yours").title[0])
    assert not HAN.search(Refusal("not-yours").title[1])


def test_an_invalid_request_counts_its_faults():
    made = Refusal.invalid(Fault("a", "1", "2"), Fault("b", "3", "4"))
    assert (made.key, made.text[1]) == ("invalid-request", f"2 faults. {label('problem.invalid-request.action')[1]}")
    assert [fault.where for fault in made.faults] == ["a", "b"]


def test_one_of_a_batch_is_named_in_every_fault():
    """The rest of the refusal stays; outside a batch it is the same."""
    refusal = Refusal("not-yours", "d", [Fault("uscc", "a", "b"), Fault("as_of", "c", "d")], retry_after_s=3)
    assert refusal.at("") is refusal
    moved = refusal.at("3.")
    assert [fault.where for fault in moved.faults] == ["3.uscc", "3.as_of"]
    assert (moved.key, moved.detail, moved.retry_after_s) == ("not-yours", "d", 3)


def test_every_fault_of_a_body_is_listed_with_what_was_found():
    """Missing, mistyped and unknown members at once."""
    error = broken(QuotaRequest, request_id="r", requested_amount_cny="many", colour="red")
    found = {fault.where: fault.found for fault in faults_of(error)}
    assert found == {"uscc": "nothing", "requested_amount_cny": "'many'", "colour": "'red'"}
    assert invalid_request(error).key == "invalid-request"


def test_a_wrong_code_alone_has_a_key_of_its_own():
    """Beside any other fault it is an invalid request."""
    error = broken(PointsRequest, uscc="914403001922038217")
    assert invalid_request(error).key == "invalid-uscc"
    assert invalid_request(error, [Fault("uscc", "more than once", "once")]).key == "invalid-request"


def test_the_rule_that_a_code_breaks_is_named_with_what_would_hold():
    """By hand: 19220382 gives 3 + 63 + 18 + 20 + 0 + 24 + 32 + 4 = 164, 164 mod 11 = 10, so its check digit is 1."""
    allowed = {
        "91": "a unified social credit code of 18 characters, not 2",
        "914403001922038226": "after these characters position 17, a check digit, is 1, not 2",
        "914403001922038217": "after these characters position 18, the check digit, is 6, not 7",
        "91440300192203821o": "without o",
    }
    for code, said in allowed.items():
        (fault,) = faults_of(broken(PointsRequest, uscc=code))
        assert fault.texts[1].endswith(said)
        assert HAN.search(fault.texts[0])


@pytest.mark.parametrize(
    ("kind", "member", "value", "allowed"),
    [
        (QuotaRequest, "requested_amount_cny", 0, ("应不小于 10,000", "greater than or equal to 10,000")),
        (QuotaRequest, "requested_amount_cny", 2_000_000_000,
         ("应不大于 1,000,000,000", "less than or equal to 1,000,000,000")),
        (QuotaRequest, "purpose", "fun", (
            "应为其中之一：working_capital、research_development、equipment、patent_commercialisation、"
            "technology_purchase、export_orders、refinancing、equity_investment",
            "one of: working_capital, research_development, equipment, patent_commercialisation, "
            "technology_purchase, export_orders, refinancing, equity_investment",
        )),
        (QuotaRequest, "as_of", "1800-01-01", ("年份应为 1900 至 2199", "a year from 1900 to 2199")),
        (PortfolioRequest, "budget_wan", 0, ("应大于 0", "greater than 0")),
        (PortfolioRequest, "budget_wan", 1e9, ("应不大于 10,000,000", "less than or equal to 10,000,000")),
        (QuotaRequest, "request_id", "", ("应至少有 1 个字符", "at least 1 character")),
    ],
)  # fmt: skip
def test_what_is_allowed_is_written_as_people_write_it(kind, member, value, allowed):
    """Numbers with their thousands and no exponent, lists with their own marks, words as they are typed."""
    found = TypeAdapter(kind)
    with pytest.raises(ValidationError) as caught:
        found.validate_json(json.dumps({member: value}))
    assert next(fault.texts for fault in faults_of(caught.value) if fault.where == member) == allowed


def test_a_check_across_members_says_in_both_languages_what_is_allowed():
    """A policy names both figures, a click its list."""
    caps = read_policy().model_dump(mode="json") | {
        "expert_cap_wan": dict.fromkeys(("startup", "growth", "stable"), 9e6)
    }
    (fault,) = faults_of(broken(CreditPolicy, **caps))
    zh, en = fault.texts
    assert zh.startswith("startup 的 expert_cap_wan 为 9,000,000，应不高于其 stage_cap_wan（300）；growth 的")
    assert en.startswith(
        "expert_cap_wan of startup is 9,000,000, above its stage_cap_wan 300; expert_cap_wan of growth"
    )
    given = {"outcome_id": "o", "kind": "click", "uscc": "914403001922038216", "at": datetime.now(UTC)}
    with pytest.raises(ValidationError) as click:
        MatchFeedback.model_validate(given)
    assert faults_of(click.value)[0].texts == (
        "点击应写明所在名单的 query_id",
        "a click names the query_id of its list",
    )


def test_every_unit_of_a_value_has_words():
    """Of each indicator and credit fact, in both languages."""
    for item in (*read_codebook(), *read_credit_facts()):
        zh, en = label(f"unit.{item.unit}")
        assert HAN.search(zh)
        assert en != item.unit or en == "days"


def test_every_check_of_a_request_has_its_sentence_in_both_languages():
    """No type of a request raises an error whose Chinese is the sentence for all."""
    for path in (*Path("data").glob("*requests.py"), Path("models/quota/policy.py"), Path("data/uscc.py")):
        raised = re.findall(r"raise (ValueError)", path.read_text(encoding="utf-8").partition("def fictitious")[0])
        assert not raised, path


def test_a_value_is_shown_as_a_person_wrote_it():
    """No type of a library, one line, never endless."""
    assert shown(np.float64(-5.0)) == "-5.0"
    assert shown(float("nan")) == "nan"
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 10_000)) <= 200
