"""The answer as it is sent: every member of two answers, worked out by hand on the firm of tests/models/conftest.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import log, nan

import numpy as np
import orjson
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.requests import QuotaRequest
from features.invoices.features import INVOICE_FEATURES
from models.quota.answer import Prepared, Wording, answer_json, dispute_channel, plain_day
from models.quota.certificate import not_assessed
from models.quota.decide import REQUEST_MEMBERS, decide_columns
from models.quota.decision import QuotaDecision
from models.quota.measure import Measured
from models.quota.peers import Peers

pytestmark = pytest.mark.law
BOOK = read_codebook()
DAY = date(2024, 6, 30)
NAMES = ("revenue_log_wan", "debt_to_asset_ratio", "inv_sales_void_share")
PEERS = Peers(
    median={"growth": {"revenue_log_wan": log(1006.0)}, "startup": {"patent_quality_index": 0.9}},
    p95={"startup": {"other_ip_count": 5.0}},
    low={"debt_to_asset_ratio": 0.1},
    high={"debt_to_asset_ratio": 0.9},
)
VERSIONS = {
    "points_card": "p1", "points_reference": "r1", "risk_model": "m1", "debt_capacity_model": "l1", "policy": "",
    "codebook": "b1", "data": "d1", "code": "c1",
}  # fmt: skip
DISPUTE = {
    "zh": "如对数据或原因有异议，可向园区积分主管部门提出。",
    "en": "Objections to data or reasons go to the zone's points office.",
}
TAX_DAY, EARLIER = date(2024, 5, 31), date(2023, 12, 31)


@pytest.fixture
def answers(measured, bank, firm_row):
    """Two firms of one batch: the second is approved, the first has an unknown stage and a value out of range."""
    unknown = {
        "growth_stage": "startup", "revenue_band": "seed", "size_class": "micro", "rd_staff_ratio": 7.0,
        "headcount_growth": None,
        "vc_funding_3y": nan, "other_ip_count": 6.0, "uscc": "9144030071526726XG", "as_of": pd.Timestamp("2024-03-31"),
        "dishonest_debtor": 1.0, "litigation_count_24m": None, INVOICE_FEATURES[0]: nan,
    }  # fmt: skip
    rows = [firm_row | unknown, firm_row | {INVOICE_FEATURES[-1]: 3.0}]
    days = dict.fromkeys(BOOK.keys, pd.Timestamp(EARLIER)) | {"revenue_growth": TAX_DAY, "headcount_growth": pd.NaT}
    known = [days | {"rd_staff_ratio": None}, days | {"tax_credit_grade": DAY}]
    blank = {"total": nan, "base": nan, "bonus": nan, "percentile": nan} | {
        f"dim_{name}": nan for name in BOOK.dimensions
    }
    one = measured(rows[0], pd_12m=0.04, pd_low=0.03, pd_high=0.05, risk_grade="C", peer_group="", n_peers=0, **blank)
    two = measured(rows[1])
    both = Measured(
        {name: np.concatenate([one[name], two[name]]) for name in two.columns},
        *(np.concatenate([getattr(one, name), getattr(two, name)]) for name in ("veto", "flags_known", "outside")),
        values=np.array([[log(101.0), 0.5, 0.1], [log(31.0), 0.95, 0.1]]),
        shares=np.array([[0.01, 0.0, 0.1], [0.3, -0.1, 0.01]]),
        capacity_factor=two.capacity_factor,
    )
    requests = [
        QuotaRequest(
            request_id="r-1", bank_id="b-1", uscc=rows[0]["uscc"], requested_amount_cny=1_234_500, tenor_months=24
        ),
        QuotaRequest(request_id="r-2", uscc=rows[1]["uscc"], requested_amount_cny=3_000_000),
    ]  # fmt: skip
    requested = {name: np.array([getattr(request, name) for request in requests]) for name in REQUEST_MEMBERS}
    issued = not_assessed(bank.bank_id, bank.version, bank.digest)
    decided = decide_columns(both, requested, bank, issued)
    words, cases = Wording(BOOK, NAMES, PEERS, VERSIONS, 0.9, None), Prepared(rows, known, both)
    return [words.answer(at, cases, decided, request, bank, issued, 0) for at, request in enumerate(requests)]


def test_every_member_of_an_approval(answers, bank):
    """200 wan of need at 5 %: profit .0047 x 200 - .00002 x 200^2 / 2 - .038 = .502 wan; RAROC .502 / (8 % x 200)."""
    result = answers[1]
    advice, reasons = result["advice"], result["reasons"]
    assert result == {
        "request_id": "r-2",
        "bank_id": "standard",
        "uscc": "914403001922038216",
        "as_of": DAY,
        "outcome": "preapproved",
        "summary_zh": "预授信通过：测算额度 200 万元，参考年利率 5.00%，有效期至 2024年9月28日。"
        "以银行尽职调查和审批结果为准。",
        "summary_en": "Pre-approved: indicative quota CNY 2,000,000, indicative rate 5.00% a year, valid until "
        "28 September 2024. Subject to the bank's due diligence and approval.",
        "indicative": True,
        "needs_onsite_dd": True,
        "quota": {
            "amount_wan": 200,
            "amount_cny": 2_000_000,
            "base_need_wan": 50.0,
            "cap_wan": 300.0,
            "requested_cny": 3_000_000,
            "tenor_months": 12,
            "currency": "CNY",
            "valid_until": date(2024, 9, 28),  # 90 days
            "limited_by": "need",
            "marginal_profit_cny": pytest.approx(7.0),  # (.0047 - .00002 x 200) x 10,000
            "annual_rate": 0.05,
            "instalment_cny": 171_214.96,
            "expected_profit_cny": 5_020.0,
            "raroc": pytest.approx(0.031375),
        },
        "quota_trace": [
            {"name": name, "amount_wan": amount, "limiting": name == "need", "zh": zh, "en": en}
            for name, amount, zh, en in [
                ("debt_capacity", 300.0, "可承受债务余量", "debt capacity left"),
                ("need", 200.0, "资金需求缺口", "unmet funding need"),
                ("expected_loss_cap", 400.0, "预期损失上限", "expected-loss cap"),
                ("stage_cap", 300.0, "阶段额度上限", "cap by growth stage"),
                ("points_cap", 250.0, "积分对应额度", "quota by points"),
                ("exposure_cap", 1900.0, "单户敞口余量", "exposure left"),
                ("requested", 300.0, "申请金额", "amount requested"),
                ("max_profit", 235.0, "预期收益最高点", "amount of highest expected profit"),
                ("raroc", 380.0, "资本收益率要求", "RAROC requirement"),
            ]
        ],
        "advice": advice,
        "loss_certificate": not_assessed(bank.bank_id, bank.version, bank.digest).answer(False, 0.0),
        "points": {
            "total": 50.0,
            "base": 40.0,
            "bonus": 10.0,
            "dimensions": {"innovation_input": 1.0, "innovation_output": 2.0, "operations": 3.0, "auxiliary": 4.0},
            "percentile": 0.75,
            "peer_group": "growth|software",
            "n_peers": 30,
            "coverage": 1.0,
            "revenue_band": "growth",
            "growth_stage": "growth",
            "size_class": "small",
        },
        "risk": {
            "pd_12m": 0.02,
            "pd_low": 0.01,
            "pd_high": 0.03,
            "interval_level": 0.9,
            "pd_tenor": 0.02,
            "risk_grade": "B",
            "lgd": 0.5,
            "ead_cny": 2_000_000,
            "expected_loss_cny": 20_000.0,
        },
        "reasons": reasons,
        "constraints_hit": [],
        "missing": [],
        "freshness": dict.fromkeys(BOOK.keys, EARLIER)
        | {"revenue_growth": TAX_DAY, "headcount_growth": None, "tax_credit_grade": DAY},
        "sources": {
            "tax": DAY,
            "social_security": EARLIER,
            "talent_office": EARLIER,
            "science_technology": EARLIER,
            "intellectual_property": EARLIER,
            "market_regulation": EARLIER,
        },
        "warnings": [
            {
                "code": "outside_training",
                "zh": "资产负债率为 95.0%，超出建模样本范围 10.0%–90.0%，结果仅供参考。",
                "en": "Debt-to-asset ratio: 95.0%, outside the range the model learned from (10.0%–90.0%); "
                "treat the result with care.",
            }
        ],
        "versions": {**VERSIONS, "policy": bank.version},
        "dispute_channel": DISPUTE,
    }
    assert [(one["constraint"], one["quota_wan"]) for one in advice] == [("need", 235)]
    assert [(one["code"], one["contribution"], one["value"], one["peer_median"]) for one in reasons] == [
        ("constraint.need", 0.0, None, None),
        ("risk.revenue_log_wan", 0.3, log(31.0), log(1006.0)),
        ("risk.debt_to_asset_ratio", -0.1, 0.95, None),
    ]
    assert list(result) == list(QuotaDecision.model_fields)
    assert QuotaDecision.model_validate(result).quota.amount_wan == 200


def test_every_member_of_a_refusal_that_knows_little(answers, bank):
    """A veto, an unknown score, a value out of range, odd rights: nothing is offered, and what is unknown is None."""
    result = answers[0]
    unknown = dict.fromkeys(("marginal_profit_cny", "annual_rate", "instalment_cny", "expected_profit_cny", "raroc"))
    assert result == {
        "request_id": "r-1",
        "bank_id": "b-1",
        "uscc": "9144030071526726XG",
        "as_of": date(2024, 3, 31),
        "outcome": "declined",
        "summary_zh": "未通过：企业被列入失信被执行人名单（人民法院），按该行政策不予授信。"
        "如对数据或原因有异议，可向园区积分主管部门申请复核。",
        "summary_en": "Declined: The firm is on the list of dishonest judgment debtors (court); the bank's policy "
        "excludes it. The firm may ask the zone's points office to check any figure or reason.",
        "indicative": True,
        "needs_onsite_dd": True,
        "quota": {
            "amount_wan": 0,
            "amount_cny": 0,
            "base_need_wan": 50.0,
            "cap_wan": 100.0,
            "requested_cny": 1_234_500,
            "tenor_months": 24,
            "currency": "CNY",
            "valid_until": None,
            "limited_by": "veto",
            **unknown,
        },
        "quota_trace": result["quota_trace"],
        "advice": result["advice"],
        "loss_certificate": not_assessed(bank.bank_id, bank.version, bank.digest).answer(False, 0.0),
        "points": {
            "total": None,
            "base": None,
            "bonus": None,
            "dimensions": dict.fromkeys(BOOK.dimensions),
            "percentile": None,
            "peer_group": "",
            "n_peers": 0,
            "coverage": 22 / 24,
            "revenue_band": "seed",
            "growth_stage": "startup",
            "size_class": "micro",
        },
        "risk": {
            "pd_12m": 0.04,
            "pd_low": 0.03,
            "pd_high": 0.05,
            "interval_level": 0.9,
            "pd_tenor": pytest.approx(1 - 0.96**2),
            "risk_grade": "C",
            "lgd": 0.5,
            "ead_cny": 0,
            "expected_loss_cny": 0.0,
        },
        "reasons": result["reasons"],
        "constraints_hit": ["veto", "stage_unknown", "out_of_range"],  # no hurdle: its figures are void
        "missing": ["headcount_growth", "vc_funding_3y", "litigation_count_24m", "invoices"],
        "freshness": dict.fromkeys(BOOK.keys, EARLIER)
        | {"revenue_growth": TAX_DAY, "headcount_growth": None, "rd_staff_ratio": None},
        "sources": {
            "tax": TAX_DAY,
            "social_security": EARLIER,
            "talent_office": EARLIER,
            "science_technology": EARLIER,
            "intellectual_property": EARLIER,
            "market_regulation": EARLIER,
        },
        "warnings": result["warnings"],
        "versions": {**VERSIONS, "policy": bank.version},
        "dispute_channel": DISPUTE,
    }
    trace = {one["name"]: one["amount_wan"] for one in result["quota_trace"]}
    assert "points_cap" not in trace  # unknown, so it is left out
    assert (trace["requested"], trace["stage_cap"], trace["expected_loss_cap"]) == (123.45, 100.0, 102.04)
    assert not any(one["limiting"] for one in result["quota_trace"])
    assert [one["code"] for one in result["reasons"]] == [
        "veto.dishonest_debtor", "risk.inv_sales_void_share",
    ]  # fmt: skip
    assert [one["constraint"] for one in result["advice"]] == ["veto"]
    assert [one["code"] for one in result["warnings"]] == ["out_of_range", "points_padding"]
    assert result["warnings"][0] == {
        "code": "out_of_range",
        "zh": "科研人员占比为 700.0%，超出合理范围 0.0%–100.0%，需核实。",
        "en": "R&D staff share: 700.0%, outside the plausible range 0.0%–100.0%; please verify.",
    }
    assert QuotaDecision.model_validate(result).quota.valid_until is None


def answer_of(measured, bank, firm_row, issued=None, **figures):
    """One answer whose reasons were not requested."""
    issued = issued or not_assessed(bank.bank_id, bank.version, bank.digest)
    request = QuotaRequest(request_id="r", uscc=firm_row["uscc"], requested_amount_cny=3_000_000)
    case = replace(measured(firm_row, **figures), values=np.array([[log(501.0), 0.5, 0.1]]))
    decided = decide_columns(case, {name: np.array([getattr(request, name)]) for name in REQUEST_MEMBERS}, bank, issued)
    cases = Prepared([firm_row], [dict.fromkeys(BOOK.keys)], case)
    return Wording(BOOK, NAMES, PEERS, VERSIONS, 0.9, None).answer(0, cases, decided, request, bank, issued, 0)


def test_without_drivers_the_reasons_of_the_amount_remain(measured, bank, firm_row):
    """Nothing is known of any day either: no source has one."""
    result = answer_of(measured, bank, firm_row)
    assert [one["code"] for one in result["reasons"]] == ["constraint.need"]
    assert set(result["sources"].values()) == set(result["freshness"].values()) == {None}


def test_a_certified_amount_says_what_of_it_is_covered(measured, bank, firm_row, certificate):
    """PD 1.5 %: half of 200, all within 150; PD 1 %: 200, of which 150 are covered, the rest by expert caps."""
    result = answer_of(measured, bank, firm_row, certificate, pd_12m=0.015)
    assert result["loss_certificate"] == certificate.answer(True, 100.0)
    assert (result["quota"]["amount_wan"], result["quota"]["cap_wan"], result["loss_certificate"]["covered"]) == (
        100,
        600.0,
        True,
    )
    result = answer_of(measured, bank, firm_row, certificate, pd_12m=0.01)
    assert result["loss_certificate"] == certificate.answer(False, 150.0)
    assert (result["quota"]["amount_wan"], result["quota"]["cap_wan"], result["loss_certificate"]["covered"]) == (
        200,
        300.0,
        False,
    )
    assert [one["name"] for one in result["quota_trace"]][-1] == "taper"


@pytest.mark.contract
def test_a_case_without_a_day_is_an_error(measured, bank, firm_row):
    """No answer without its date."""
    with pytest.raises(ValueError, match=r"^the case has no day \(as_of\)$"):
        answer_of(measured, bank, firm_row | {"as_of": None})


@pytest.mark.parametrize(
    ("value", "day"),
    [
        (None, None), (DAY, DAY), (pd.NaT, None), (pd.Timestamp("2024-06-30 23:59"), DAY),
    ],
)  # fmt: skip
def test_a_day_is_a_plain_date(value, day):
    """From a date, a time or nothing."""
    assert plain_day(value) == day
    assert type(plain_day(value)) in (date, type(None))


def test_one_of_several_prepared_cases_is_taken_whole(measured, firm_row):
    """Its row, its days and its measures."""
    one, two = measured(firm_row), measured(firm_row, pd_12m=0.03)
    both = replace(
        one, columns={name: np.concatenate([one[name], two[name]]) for name in one.columns},
        **{name: np.concatenate([getattr(one, name)] * 2) for name in ("veto", "flags_known", "outside", "values")},
    )  # fmt: skip
    cases = Prepared([{"uscc": "one"}, {"uscc": "two"}], [{"day": 1}, {"day": 2}], both)
    first, second = cases.take(0), cases.take(1)
    assert (first.rows, first.known, first.measured["pd_12m"].tolist()) == ([{"uscc": "one"}], [{"day": 1}], [0.02])
    assert (second.rows, second.known, second.measured["pd_12m"].tolist()) == ([{"uscc": "two"}], [{"day": 2}], [0.03])


def test_an_answer_is_sent_as_json(answers):
    """Days as ISO dates, Chinese as it is; the dispute channel is the same for all."""
    sent = answer_json(answers[1])
    assert orjson.loads(sent)["quota"]["valid_until"] == "2024-09-28"
    assert "预授信通过".encode() in sent
    assert dispute_channel() == DISPUTE
