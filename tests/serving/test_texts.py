"""What the service itself says: problems, the guard's findings, and warnings, in both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from data.sentences import label, read_sentences
from experiments.wording import BANNED
from models.quota_policy import read_policy
from serving.guard import RULES, GuardFacts
from serving.guard_texts import finding_text, guard_reason, with_summary
from serving.problems import KINDS, Fault, ProblemError, shown

pytestmark = pytest.mark.contract
POLICY = read_policy()
FACTS = GuardFacts(
    today="2024-06-30", clock_set=True, drift_alarm=False, model_day="2024-06-30", model_age_days=548,
    reference_day="2024-06-30", reference_age_days=1096, data_age_days=548,
)  # fmt: skip
ANSWER = {"as_of": date(2024, 6, 30), "score": {"coverage": 0.55}}


def test_every_problem_has_a_title_and_what_to_do_in_both_languages():
    """The type's address, the status and the texts come from one key; detail holds what to do, whatever happened."""
    for key in KINDS:
        body = ProblemError(key, "sent to the wrong place", [Fault("a", "b", "c")]).body()
        zh, en = label(f"problem.{key}.action")
        assert (body["title_zh"], body["title"]) == label(f"problem.{key}")
        assert body["detail"] == f"sent to the wrong place. {en}"
        assert body["detail_zh"] == zh
        assert ProblemError(key).body()["detail"] == en
        assert not re.search(r"[\u4e00-\u9fff]", f"{body['title']}{en}")
        assert re.search(r"[\u4e00-\u9fff]", body["title_zh"])
    rows = {key.split(".")[1] for key in read_sentences() if key.startswith("problem.")}
    assert rows == set(KINDS)


@pytest.mark.parametrize(
    ("rule", "facts", "answer", "until", "zh"),
    [
        ("model_stale", {"model_day": "2022-06-30"}, {}, None,
         "模型所用数据截至 2022-06-30，距今 731 天，超过规定的 548 天。"),
        ("model_stale", {"reference_day": "2020-06-30"}, {}, None,
         "积分参照企业的数据截至 2020-06-30，距今 1,461 天，超过规定的 1,096 天。"),
        ("model_stale", {"model_day": "2025-06-30"}, {}, None, "数据日期 2025-06-30 晚于决策日期。"),
        ("data_stale", {}, {"as_of": date(2022, 6, 30)}, None,
         "企业数据截至 2022-06-30，距今 731 天，超过规定的 548 天。"),
        ("data_stale", {}, {}, date(2024, 3, 31), "企业部分数据已于 2024-03-31 超过有效期。"),
        ("data_stale", {}, {"as_of": date(2024, 7, 1)}, None, "数据日期 2024-07-01 晚于决策日期。"),
        ("low_coverage", {}, {}, None, "指标完整度 55.0%，低于该行要求的 60.0%。"),
        ("low_coverage", {}, {"score": {"coverage": float("nan")}}, None, "模型结果无效，不能据此决策。"),
    ],
)  # fmt: skip
def test_a_finding_says_what_it_found(rule, facts, answer, until, zh):
    """The day, the age and the limit that it is about."""
    text = finding_text(rule, ANSWER | answer, until, POLICY, replace(FACTS, **facts))
    assert text[0] == zh


def test_every_finding_and_warning_has_its_sentence():
    """Each rule of the guard ends with the referral; none holds a key, a log or the other language."""
    for rule in RULES:
        reason = guard_reason(rule, finding_text(rule, ANSWER, None, POLICY, FACTS, [("矛盾。", "A contradiction.")]))
        assert reason["text_zh"].endswith("已转人工审核。")
        assert reason["text_en"].endswith("Referred to manual review.")
        assert not re.search(r"[\u4e00-\u9fff]", reason["text_en"])
        assert not any(pattern.search(reason["text_en"] + reason["text_zh"]) for pattern in BANNED.values())
    assert FACTS.notice == {
        "code": "clock_set",
        "zh": "运营方已将日期设为 2024-06-30，本次为演示结果。",
        "en": "The operator has set the date to 2024-06-30; this result is a demonstration.",
    }
    assert {f"warning.{code}" for code in ("clock_set", "ledger_off", "legacy_micro", "untrained")} <= set(
        read_sentences()
    )


def test_an_answer_sums_itself_up_by_its_first_reason():
    """An approval by amount, rate and day; a referral by what led to it."""
    reason = guard_reason("engine_error", label("guard.engine_error"))
    answer = {"decision": "refer_human", "reasons": [reason],
              "quota": {"amount_wan": 0, "annual_rate": None, "valid_until": None}}  # fmt: skip
    assert with_summary(answer)["summary_zh"] == (
        "需人工审核：系统测算失败。已转人工审核。系统未给出额度，由银行审核后决定。"
    )
    answer |= {"decision": "indicative_approve",
               "quota": {"amount_wan": 2640, "annual_rate": 0.0487, "valid_until": date(2024, 9, 28)}}  # fmt: skip
    assert with_summary(answer)["summary_en"] == (
        "Pre-approved: indicative quota CNY 26,400,000, indicative rate 4.87% a year, valid until 2024-09-28. Subject "
        "to the bank's due diligence and approval."
    )


def test_a_value_is_shown_as_a_person_wrote_it():
    """No type of a library, one line, never endless."""
    assert shown(np.float64(-5.0)) == "-5.0"
    assert shown("a\nb") == "'a\\nb'"
    assert len(shown("x" * 10_000)) <= 200
