"""What the safeguard finds and warns of, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from data.texts.sentences import label, read_sentences, sentence
from data.uscc import fictitious_uscc
from models.quota.policy import read_policy
from serving.decide.safeguard import RULES
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.safeguard_texts import finding_text, safeguard_reason, with_summary

pytestmark = pytest.mark.contract
POLICY = read_policy()
FACTS = SafeguardFacts(
    today="2024-06-30", clock_set=True, drift_alarm=False, model_day="2024-06-30", model_age_days=548,
    reference_day="2024-06-30", reference_age_days=1096, data_age_days=548,
)  # fmt: skip
UNREADABLE = re.compile(  # logarithm, key, no number, exponent, formula, offer of nothing, too many digits, marks
    r"\blog\b|log1p|对数(?!据)|[_{}]|\b(?:nan|NaN|None|inf)\b|\d[eE][+-]?\d|P\(|<=|>=|(?:额度|至|即) 0 万元|CNY 0\b"
    r"|\.\d{3,}|CNY [\d,]*\.\d|。。|，，|。，|，。| {2}|[:,] [:.,]|\( | \)"
)
ANSWER = {"as_of": date(2024, 6, 30), "points": {"coverage": 0.55}}


@pytest.mark.parametrize(
    ("rule", "facts", "answer", "until", "zh"),
    [
        ("model_stale", {"model_day": "2022-06-30"}, {}, None,
         "模型所用数据截至 2022年6月30日，距今 731 天，超过规定的 548 天。"),
        ("model_stale", {"reference_day": "2020-06-30"}, {}, None,
         "积分参照企业的数据截至 2020年6月30日，距今 1,461 天，超过规定的 1,096 天。"),
        ("model_stale", {"model_day": "2025-06-30"}, {}, None, "数据日期 2025年6月30日 晚于决策日期。"),
        ("data_stale", {}, {"as_of": date(2022, 6, 30)}, None,
         "企业数据截至 2022年6月30日，距今 731 天，超过规定的 548 天。"),
        ("data_stale", {}, {}, date(2024, 3, 31), "企业部分数据已于 2024年3月31日 超过有效期。"),
        ("data_stale", {}, {"as_of": date(2024, 7, 1)}, None, "数据日期 2024年7月1日 晚于决策日期。"),
        ("low_coverage", {}, {}, None, "指标完整度 55.0%，低于该行要求的 60.0%。"),
        ("low_coverage", {}, {"points": {"coverage": float("nan")}}, None, "模型结果无效，不能据此决策。"),
    ],
)  # fmt: skip
def test_a_finding_says_what_it_found(rule, facts, answer, until, zh):
    """The day, the age and the limit that it is about."""
    text = finding_text(rule, ANSWER | answer, until, POLICY, replace(FACTS, **facts))
    assert text[0] == zh


def test_every_finding_and_warning_has_its_sentence():
    """Each rule of the safeguard ends with the referral; none holds a key, a log or the other language."""
    for rule in RULES:
        reason = safeguard_reason(
            rule, finding_text(rule, ANSWER, None, POLICY, FACTS, [("矛盾。", "A contradiction.")])
        )
        assert reason["text_zh"].endswith("已转人工审核。")
        assert reason["text_en"].endswith("Referred to manual review.")
        assert not re.search(r"[\u4e00-\u9fff]", reason["text_en"])
        assert not UNREADABLE.search(reason["text_en"] + reason["text_zh"])
    assert FACTS.warning == {
        "code": "clock_set",
        "zh": "系统管理员已将日期设为 2024年6月30日，本次为演示结果。",
        "en": "The operator has set the date to 30 June 2024; this result is a demonstration.",
    }
    assert {f"warning.{code}" for code in ("clock_set", "ledger_off", "legacy_micro", "outside_training")} <= set(
        read_sentences()
    )


def test_an_answer_sums_itself_up_by_its_first_reason():
    """An approval by amount, rate and day; a referral by what led to it."""
    reason = safeguard_reason("calculation_failed", label("safeguard.calculation_failed"))
    answer = {"outcome": "manual_review", "reasons": [reason],
              "quota": {"amount_wan": 0, "annual_rate": None, "valid_until": None}}  # fmt: skip
    assert with_summary(answer)["summary_zh"] == (
        "需人工审核：系统测算失败。已转人工审核。系统未给出额度，由银行审核后决定。"
    )
    answer |= {"outcome": "preapproved",
               "quota": {"amount_wan": 2640, "annual_rate": 0.0487, "valid_until": date(2024, 9, 28)}}  # fmt: skip
    assert with_summary(answer)["summary_en"] == (
        "Pre-approved: indicative quota CNY 26,400,000, indicative rate 4.87% a year, valid until 28 September 2024. "
        "Subject to the bank's due diligence and approval."
    )


@pytest.mark.parametrize(
    ("key", "figures", "en"),
    [
        ("rule.tenor", {"product": "A loan", "shortest": 1, "longest": 1, "tenor": 1},
         "A loan: this bank lends for 1 to 1 month; a tenor of 1 month was requested."),
        ("rule.tenor", {"product": "A loan", "shortest": 1, "longest": 36, "tenor": 60},
         "A loan: this bank lends for 1 to 36 months; a tenor of 60 months was requested."),
        ("rule.overdue_refer", {"days": 1, "limit": 30},
         "The longest overdue period in 24 months was 1 day; the bank reviews from 30 days."),
        ("warning.points_padding", {"n": 1}, "1 other IP right, more than 95% of firms at this stage"),
        ("warning.points_padding", {"n": 11}, "11 other IP rights, more than 95% of firms at this stage"),
    ],
)  # fmt: skip
def test_english_counts_one_in_the_singular(key, figures, en):
    """One rule for every template: the word for what is counted agrees with the figure before it."""
    assert sentence(key, **figures)[1].startswith(en)


def test_every_fault_of_a_body_is_said_in_both_languages(shop):
    """Wrong types, ranges, lengths, forms and unknown members, alone and in a batch: no English in the Chinese."""
    bad = [
        {"request_id": "a b"}, {"request_id": ""}, {"request_id": "x" * 65}, {"uscc": None}, {"uscc": "1" * 18},
        {"requested_amount_cny": 5}, {"requested_amount_cny": 10**10}, {"requested_amount_cny": "much"},
        {"requested_amount_cny": 20_000.5}, {"tenor_months": 0}, {"product": "overdraft"}, {"colour": "red"},
        {"bank_facts": []}, {"bank_facts": {"existing_debt_wan": "x"}}, {"as_of": "30 June"}, {"as_of": "0001-13-01"},
        {"enterprise": {}}, {"enterprise": {"known_at": "2024-06-30", "indicators": {"x": "y"}}},
        {"enterprise": {"known_at": "2024-06-30", "founded_on": 7}}, {"consent": {"scope": "points"}},
    ]  # fmt: skip
    key = shop.key("standard")
    for number, change in enumerate(bad):
        body = shop.body(0, request_id=f"r{number}") | change
        alone = shop.client.post("/v1/quota", json=body, headers=key)
        batch = shop.client.post("/v1/quota/batch", json=[shop.body(1), body], headers=key)
        assert (alone.status_code, batch.status_code) == (alone.status_code, alone.status_code)
        assert alone.status_code in (400, 422), change
        for fault in (*alone.json()["faults"], *batch.json()["faults"]):
            assert re.search(r"[\u4e00-\u9fff]", fault["allowed_zh"]), fault
            assert not re.search(r"[\u4e00-\u9fff]", fault["allowed"]), fault
            assert "Input should" not in fault["allowed"] + fault["allowed_zh"]
        positions = {fault["where"] for fault in alone.json()["faults"]}
        assert {fault["where"] for fault in batch.json()["faults"]} == {f"1.{position}" for position in positions}


def test_a_consents_faults_name_scopes_and_businesses_in_words(shop):
    """No list of Python, no key in the Chinese, no Chinese in the English."""
    uscc, key = shop.codes[0], shop.key("standard")
    refused = {
        "scope": shop.consent(uscc, scope=("points",)),
        "business": shop.consent(uscc, products=("zheke",), purposes=("equipment",)),
        "bank": shop.consent(uscc, "growth"),
        "none": None,
    }
    result = {name: shop.client.post("/v1/quota", json=shop.body(consent=one), headers=key).json()
            for name, one in refused.items()}  # fmt: skip
    assert result["scope"]["detail_zh"] == "企业授权无效：范围不含额度测算、查询。"
    assert result["scope"]["detail"] == "The consent is not valid: lacks quota, query."
    for problem in result.values():
        latin = re.findall(r"[A-Za-z_]{2,}", problem["detail_zh"])
        assert not latin, problem["detail_zh"]
        assert not re.search(r"[\u4e00-\u9fff]", problem["detail"])
        for fault in problem["faults"]:
            assert not re.search(r"[\[\]']", fault["found"] + fault["allowed"] + fault["allowed_zh"]), fault


def test_the_days_of_what_is_sent_are_named_by_their_member(shop):
    """A founding day after it was known, or before the register began, is a fault of that member."""
    uscc, key = fictitious_uscc(900_777), shop.key("standard")
    values = {"industry": "iot", "size_rule": "industrial", "known_at": "2024-06-01"}
    for founded, known, where in (
        ("2024-06-02", "2024-06-01", "enterprise.founded_on"),
        ("1949-09-30", "2024-06-01", "enterprise.founded_on"),
        ("2015-01-01", "2024-06-29", "enterprise.known_at"),
    ):
        sent = values | {"founded_on": founded, "known_at": known}
        body = shop.body(uscc=uscc, enterprise=sent, as_of="2024-06-15", consent=shop.consent(uscc))
        answer = shop.client.post("/v1/quota", json=body, headers=key)
        assert answer.status_code == 422, answer.text
        assert where in [fault["where"] for fault in answer.json()["faults"]]
        points = {"uscc": uscc, "enterprise": sent, "consent": body["consent"]}
        if where == "enterprise.founded_on":
            assert shop.client.post("/v1/points", json=points, headers=key).status_code == 422


CHINESE_IN_CODE = {  # beside the console and the commands, which speak to one person in both languages
    "audit/shadow.py": "the headings that a bank's own file may have",
    "chain/pages.py": "the title of the pages",
    "http/examples.py": "examples of messages and of what a person writes",
}


def test_no_sentence_is_written_in_the_code_of_the_service():
    """Chinese is in the reference texts; a module that has some of its own is named with its reason."""
    found = set()
    for path in sorted(Path("serving").rglob("*.py")):
        code = re.sub(r'""".*?"""', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        if path.parts[1] not in ("console", "cli") and re.search(r"[\u4e00-\u9fff]", code):
            found.add(path.relative_to("serving").as_posix())
    assert found == set(CHINESE_IN_CODE)
