from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import orjson
import pandas as pd
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import BANK_FACTS, BankFacts, QuotaRequest
from features.quota import limit_matrix
from models.quota.certificate import LossCertificate, Statement, read_certificates, write_certificates
from models.quota.counterfactual import raise_points
from models.quota.decide import decide_columns
from models.quota.engine import QuotaDecision, QuotaEngine, case_rows, read_policies
from models.quota.terms import cents, margin_wan
from models.risk.model import ModelFileError

pytestmark = pytest.mark.law
BOOK = read_codebook()
AMOUNT, MONTHS = 10_000_000, 36


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


def request(uscc: str, amount: int = AMOUNT, **facts: float) -> QuotaRequest:
    return QuotaRequest(
        request_id=f"r{uscc}",
        uscc=uscc,
        requested_amount_cny=amount,
        tenor_months=MONTHS,
        bank_facts=BankFacts(**facts),
    )


def ask_all(engine, rows, policy, amount: int = AMOUNT, tenor: int = MONTHS) -> list[dict]:
    """One answer for every case, without drivers."""
    prepared = engine.prepare([row for row, _ in rows], [known for _, known in rows], reasons=False)
    asked = [request(row["uscc"], amount).model_copy(update={"tenor_months": tenor}) for row, _ in rows]
    return engine.answers(prepared, asked, policy)


def certificate(engine: QuotaEngine, policy, **change) -> LossCertificate:
    """A certificate whose taper and largest amount bite, for this policy and these models."""
    given = {
        "models": engine.models_digest, "parameters": "p" * 64, "cohort": "c" * 64, "status": "certified",
        "statements": (
            Statement("expected", True, 0.01, 0.1, 0.9, None, 0.0, None),
            Statement("realised", True, 0.02, 0.1, 0.75, 210, 0.0, None),
            Statement("realised", False, 0.02, 0.1, 0.75, 210, 0.04, 7_000),
            Statement("realised", False, 0.02, 0.1, 0.75, 210, 0.12, None),
        ),
        "n": 2_000, "firms": 700, "vintages": 8, "first_year": 2016, "last_year": 2023, "loss_rate": 0.0048,
        "loss_rate_bound": 0.0083, "taper_end_pd": 0.05, "largest_wan": 260.0, "total_wan": 27_300.0,
        "approved_share": 0.645,
    }  # fmt: skip
    return replace(engine.certificate(policy), **(given | change))


@pytest.fixture(scope="module")
def warranted(trained):
    """A certified policy, which says nothing of more than 12 months."""
    issued = certificate(trained.engine, trained.policy)
    return replace(trained.engine, certificates={trained.policy.digest: issued})


@pytest.fixture(scope="module")
def odd_frame(trained):
    """Every enterprise of the snapshot, and with them values that are missing, infinite or out of range."""
    frame, rng = trained.snapshot.frame.copy(), np.random.default_rng(3)
    broken = frame.sample(500, random_state=1).reset_index(drop=True)
    keys = [*BOOK.keys, *(fact.key for fact in read_credit_facts())]
    for place, key in enumerate(rng.choice(keys, 500)):
        broken.loc[place, key] = rng.choice([np.nan, np.inf, -1e12, 1e12])
    broken.loc[::50, "stage3"] = "unknown"
    return pd.concat([frame, broken], ignore_index=True)


@pytest.fixture(scope="module")
def odd_rows(odd_frame, trained):
    known = trained.snapshot.known_at
    known = known.iloc[np.arange(len(odd_frame)) % len(known)].reset_index(drop=True)
    return case_rows(odd_frame, known)


def test_one_row_is_the_published_type_to_the_byte(trained, warranted, odd_rows):
    """An answer has the decision's own fields, order and JSON bytes."""
    for engine in (trained.engine, warranted):
        for told in engine.answers(
            engine.prepare(*zip(*odd_rows[::9], strict=True)), [request(row["uscc"]) for row, _ in odd_rows[::9]],
            trained.policy,
        ):  # fmt: skip
            assert QuotaDecision.model_validate(told).model_dump_json().encode() == orjson.dumps(told)
            assert list(told) == list(QuotaDecision.model_fields)


def test_one_request_a_batch_and_a_table_give_the_same_bits(trained, warranted, odd_frame, odd_rows):
    """Outcome, amount, what bound, every term, price, margin, loss and risk, without a tolerance."""
    asked = pd.DataFrame({"requested_amount_cny": np.full(len(odd_frame), AMOUNT), "tenor_months": MONTHS})
    requests = [request(row["uscc"]) for row, _ in odd_rows]
    for engine, policy in [(warranted, trained.policy), (trained.engine, read_policies()[3])]:
        table = engine.decide_table(odd_frame, asked, policy)
        columns = {name: table[name].tolist() for name in table}
        batch = engine.answers(engine.prepare(*zip(*odd_rows, strict=True)), requests, policy)
        for place, told in enumerate(batch):
            if place % 31 == 0:
                assert orjson.dumps(engine.decide_row(*odd_rows[place], requests[place], policy)) == orjson.dumps(told)
            quota, risk = told["quota"], told["risk"]
            pairs = {
                "decision": told["decision"], "expected_loss_cny": risk["expected_loss_cny"],
                "points": told["score"]["total"], "coverage": told["score"]["coverage"],
                **{name: risk[name] for name in ("pd_12m", "pd_low", "pd_high", "grade")},
                **{name: quota[name] for name in ("amount_wan", "limited_by", "shadow_price_cny", "annual_rate",
                                                  "expected_margin_cny", "requested_cny")},
                **{f"term_{term['name']}_wan": term["amount_wan"] for term in told["quota_trace"]},
            }  # fmt: skip
            for name, value in pairs.items():
                other = columns[name][place]
                other = cents(other).item() if name.startswith("term_") else other
                assert value == other or (value is None and other != other), (name, value, other, told["uscc"])


@pytest.mark.parametrize("facts", [(0.0, 0, 250.0), (30.0, 3, 0.0), (1e-9, 0, 0.0), (1e7, 3_650, 250.0)])
def test_a_banks_own_facts_added_to_a_prepared_case_are_as_if_known_from_the_start(trained, odd_rows, facts):
    """A packed enterprise is measured ahead; a bank's worse facts change the answer as if they had been in its case."""
    policy, engine, taken = read_policies()[0], trained.engine, 0
    for row, known in odd_rows[::97]:
        asked = request(row["uscc"], existing_debt_wan=facts[0], overdue_days=facts[1], guarantees_wan=facts[2])
        later = engine.decide_prepared(
            engine.with_facts(engine.prepare([row], [known]), asked.bank_facts), asked, policy
        )
        assert orjson.dumps(later) == orjson.dumps(engine.decide_row(row, known, asked, policy))
        worse = {key: max(row[key], value) if row[key] >= 0.0 else row[key]
                 for key, value in zip(BANK_FACTS.values(), facts, strict=True)}  # fmt: skip
        assert orjson.dumps(later) == orjson.dumps(engine.decide_row(row | worse, known, request(row["uscc"]), policy))
        taken += worse != {key: row[key] for key in worse}
    assert taken > 5


def test_a_stream_of_chunks_gives_the_table(trained):
    """However the table is cut and by however many workers it is done, in order."""
    frame = trained.snapshot.frame
    asked = pd.DataFrame({"requested_amount_cny": np.full(len(frame), AMOUNT), "existing_debt_wan": 40.0})
    whole = trained.engine.decide_table(frame, asked, trained.policy)
    cut = ((frame[at : at + 171], asked[at : at + 171]) for at in range(0, len(frame), 171))
    joined = pd.concat(list(trained.engine.decide_stream(cut, trained.policy, workers=2)), ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole)


def test_what_a_bank_may_add_never_moves_the_learned_limit(trained, odd_frame):
    """Debt and guarantees are taken off the limit, overdue days raise the risk; in the limit they would count twice."""
    limit = trained.engine.limit
    worse = odd_frame.assign(existing_debt_wan=1e6, overdue_days_max_24m=3_000.0, guarantees_wan=1e6)
    assert not limit_matrix(worse, BOOK).equals(limit_matrix(odd_frame, BOOK))
    pd.testing.assert_frame_equal(limit.predict(worse, BOOK), limit.predict(odd_frame, BOOK))


def test_a_limit_model_that_reads_what_a_bank_may_add_is_refused_by_name(trained, tmp_path):
    """An older or foreign file cannot bring the double counting back."""
    names, rng = trained.engine.limit.feature_names, np.random.default_rng(1)
    x = rng.random((400, len(names)))
    told = names.index("debt_to_revenue_ratio")
    settings = {"verbosity": -1, "num_threads": 1, "seed": 1}
    booster = lgb.train(settings, lgb.Dataset(x, x[:, told], feature_name=list(names)), 3)
    replace(trained.engine.limit, median_text=booster.model_to_string()).save(tmp_path)
    with pytest.raises(ModelFileError, match="debt_to_revenue_ratio"):
        type(trained.engine.limit).load(tmp_path, BOOK)


def test_every_bank_answers_one_call_and_each_as_if_asked_alone(trained, odd_rows):
    """Ten offers, the largest first, then the cheapest."""
    policies = read_policies()
    for row, known in odd_rows[:200:10]:
        asked = request(row["uscc"])
        offers = trained.engine.offers(row, known, asked, policies)
        assert len(offers) == 10
        order = [(-offer["quota"]["amount_wan"], offer["quota"]["annual_rate"] or 0.0) for offer in offers]
        assert order == sorted(order)
        for policy in policies:
            alone = trained.engine.decide_row(row, known, asked, policy) | {"bank_id": policy.bank_id}
            assert alone in offers


def test_the_shadow_price_is_the_finite_difference_of_the_margin(trained, odd_frame):
    """Yuan a year per 10,000 yuan more of what bound; nothing where the margin itself bound."""
    engine, policy = trained.engine, trained.policy
    asked = {"requested_amount_cny": np.full(len(odd_frame), AMOUNT), "tenor_months": np.full(len(odd_frame), MONTHS)}
    decided = decide_columns(engine.measure(odd_frame), asked, policy, engine.certificate(policy))
    approved = decided.outcome == "indicative_approve"
    step = np.where(approved, 1e-4 * decided.smallest, 1.0)
    above, below = (margin_wan(decided.smallest + way * step, decided.economics) for way in (1, -1))
    slope = np.where(decided.limited_by == "margin", 0.0, (above - below) / (2 * step))
    assert decided.shadow_price_cny[approved] == pytest.approx(slope[approved] * 10_000, rel=1e-5, abs=1e-4)
    assert len(set(decided.limited_by[approved])) >= 5


def test_every_answer_says_whether_it_is_warranted_and_a_refused_one_keeps_the_expert_caps(
    trained, warranted, odd_frame
):
    """Certified, 12 months: the stage caps and the taper; longer or refused: the expert caps, untapered."""
    policy, engine, count = trained.policy, trained.engine, len(odd_frame)
    measured = engine.measure(odd_frame)
    ample = {name: measured[name] * 10 for name in ("limit_low_wan", "limit_median_wan")}
    measured = measured.with_columns(**ample, total=measured["total"] * 1.5)

    def decide(one, months: int):
        columns = {"requested_amount_cny": np.full(count, AMOUNT), "tenor_months": np.full(count, months)}
        return decide_columns(measured, columns, policy, one.certificate(policy))

    plain, sure = decide(trained.engine, 12), decide(warranted, 12)
    expert, whole = (
        np.array([caps.get(stage, 0.0) for stage in odd_frame["stage3"]])
        for caps in (policy.expert_cap_wan, policy.stage_cap_wan)
    )
    assert (plain.amount_wan <= expert).all()
    assert (sure.amount_wan <= whole).all()
    assert (sure.amount_wan[measured["pd_12m"] >= 0.05] == 0).all()
    assert (sure.amount_wan > plain.amount_wan).any()
    assert (decide(trained.engine, 13).amount_wan == decide(warranted, 13).amount_wan).all()
    row = odd_frame.to_dict("records")[0]
    for one, status in ((trained.engine, "refused"), (warranted, "certified")):
        known = dict.fromkeys(BOOK.keys)
        assert one.decide_row(row, known, request(row["uscc"]), policy)["warranty"]["status"] == status


def test_nothing_broken_is_ever_approved(trained, odd_frame, odd_rows):
    """Infinite and out-of-range values go to a human, missing facts to "too little data"; the rule is named."""
    ranges = {item.key: (item.low, item.high) for item in (*BOOK, *read_credit_facts())}
    needed = ("revenue_wan", "existing_debt_wan", "guarantees_wan", *(f.key for f in read_credit_facts() if f.veto))
    rows = odd_rows[len(trained.snapshot.frame) :]
    for (row, _), told in zip(rows, ask_all(trained.engine, rows, trained.policy), strict=True):
        outside = any(not low <= row[key] <= high for key, (low, high) in ranges.items() if row[key] == row[key])
        if outside or any(row[key] != row[key] for key in needed) or row["stage3"] == "unknown":
            assert told["decision"] != "indicative_approve"
            assert told["quota"]["amount_wan"] == 0
            assert told["constraints_hit"]
            assert any(reason["direction"] == "negative" for reason in told["reasons"])


def test_freshness_is_told_by_indicator_and_by_source(trained, odd_rows):
    """The newest delivery of an agency is that of its indicators."""
    row, known = odd_rows[0]
    told = trained.engine.decide_row(row, known, request(row["uscc"]), trained.policy)
    for agency, day in told["sources"].items():
        days = [told["freshness"][item.key] for item in BOOK if item.agency == agency]
        assert day == max((one for one in days if one), default=None)
        assert day is None or type(day) is date


@pytest.mark.contract
def test_a_certificate_is_read_for_its_policy_and_models_to_the_byte_and_never_changed(trained, tmp_path):
    """Other models, another policy or one changed figure lose it; a certificate changed by hand is an error."""
    path = tmp_path / "certificates.json"
    engine, policy = trained.engine, trained.policy
    assert read_certificates(path, engine.models_digest) == {}
    issued = certificate(engine, policy)
    write_certificates(path, [issued])
    assert read_certificates(path, engine.models_digest) == {policy.digest: issued}
    assert read_certificates(path, "other models") == {}
    written = path.read_text(encoding="utf-8")
    for before, after in (('"cap": 0.02', '"cap": 0.002'), ('"largest_wan": 260.0', '"largest_wan": 2600.0')):
        assert before in written
        path.write_text(written.replace(before, after), encoding="utf-8")
        with pytest.raises(ModelFileError, match=r"certificates\.json.*changed after it was issued"):
            read_certificates(path, engine.models_digest)
    path.write_text('{"x": {"status": "certified"}}', encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"certificates\.json"):
        read_certificates(path, engine.models_digest)


@pytest.mark.law
def test_one_changed_figure_of_a_policy_or_of_the_models_loses_the_certificate(trained, warranted):
    """Also with the same version number: two banks' policies of one version never meet."""
    policy = trained.policy
    assert warranted.certificate(policy).status == "certified"
    for change in ({"el_budget_wan": policy.el_budget_wan + 0.001}, {"bank_id": "another"}, {"min_points": 20.5}):
        other = policy.model_copy(update=change)
        assert other.version == policy.version
        assert warranted.certificate(other).status == "not_assessed"
    grades = trained.engine.risk.grades
    moved = replace(trained.engine.risk, grades=(replace(grades[0], upper_pd=grades[0].upper_pd * 1.001), *grades[1:]))
    assert replace(trained.engine, risk=moved).models_digest != trained.engine.models_digest


@pytest.mark.law
def test_a_loan_beyond_the_limits_gets_the_expert_caps_and_is_answered_without_the_certificate(trained, odd_rows):
    """Covered: at most the largest amount, twelve months. Eighteen months, or more by the expert caps: not covered."""
    policy, seen = trained.policy, set()
    small = certificate(trained.engine, policy, largest_wan=40.0)
    warranted = replace(trained.engine, certificates={policy.digest: small})
    rows = odd_rows[: len(trained.snapshot.frame) : 3]
    every = zip(
        rows,
        ask_all(trained.engine, rows, policy, tenor=12),
        ask_all(warranted, rows, policy, tenor=12),
        ask_all(warranted, rows, policy, tenor=18),
        ask_all(trained.engine, rows, policy, tenor=18),
        ask_all(warranted, rows, policy, tenor=12, amount=400_000),
        strict=True,
    )
    for (row, _), plain, told, long, plain_long, asked_less in every:
        stage = row["stage3"]
        assert not plain["warranty"]["covered"]
        assert not long["warranty"]["covered"]
        assert long["quota"] == plain_long["quota"]
        assert asked_less["quota"]["amount_wan"] <= told["quota"]["amount_wan"]
        seen.add((told["warranty"]["covered"], told["quota"]["amount_wan"] > 0))
        if told["warranty"]["covered"]:
            assert told["quota"]["amount_wan"] <= 40
            assert told["quota"]["cap_wan"] == policy.stage_cap_wan[stage]
            assert "超出验证范围" not in told["warranty"]["text_zh"]
        elif told["decision"] == "indicative_approve":
            assert told["quota"]["cap_wan"] == policy.expert_cap_wan[stage]
            assert 40 <= told["quota"]["amount_wan"] <= plain["quota"]["amount_wan"]
            assert told["warranty"]["covered_wan"] == 40
            assert "expert caps apply" in told["warranty"]["text_en"]
    assert {(True, True), (False, True)} <= seen


@pytest.mark.surface
def test_the_two_certificates_are_two_sentences_and_each_says_what_it_is_about(trained):
    """The expected rate never reads as a promise on a portfolio; the realised one names N, correlation and total."""
    issued = certificate(trained.engine, trained.policy)
    zh, en = issued.text(covered=True)
    expected, realised = en.index("Expected loss rate certified"), en.index("Realised loss rate certified")
    assert "one portfolio or one year can lose more" in en[expected:realised]
    assert "average of the years 2016–2023" in en[expected:realised]
    for part in (
        "next 210 loans", "correlation 0.00", "75% confidence", "more than 2.00%", "at most 10%",
        "total at least CNY 273,000,000", "each counted up to CNY 2,600,000", "a downturn is not covered",
    ):  # fmt: skip
        assert part in en[realised:]
    assert "about 7,000 in all" in en
    assert "more loans would not help" in en
    assert "at least 64.5% of the applications" in en
    for part in ("预期损失率不高于 1.00%（置信度 90%）", "今后 210 笔贷款，违约相关系数 0.00", "合计不少于 27,300 万元",
                 "单笔以 260 万元为限", "不适用于经济下行"):  # fmt: skip
        assert part in zh
    void = replace(trained.engine.certificate(trained.policy))
    assert void.answer()["status"] == "refused"
    assert "void" in void.answer()["text_en"]


@pytest.mark.truth
def test_the_gaming_warning_points_at_firms_that_were_planted_to_game(trained, cohort, odd_rows):
    """Of those it names at least four times as many game as among all, and it finds at least half of them."""
    planted = cohort.latent.sort_values("period_end").groupby("uscc")["gaming"].last()
    named, gaming = [], []
    rows = odd_rows[: len(trained.snapshot.frame)]
    for (row, _), told in zip(rows, ask_all(trained.engine, rows, trained.policy), strict=True):
        named.append(any(one["code"] == "gaming_suspected" for one in told["warnings"]))
        gaming.append(bool(planted.get(row["uscc"], False)))
    named, gaming = np.array(named), np.array(gaming)
    assert gaming[named].mean() >= 4 * gaming.mean()
    assert named[gaming].mean() >= 0.5


def test_points_advice_that_is_taken_yields_the_quota_it_names(trained, warranted, odd_rows):
    """Firms held by their points: the named indicators changed and everything asked again, the amount is there."""
    seen = 0
    for row, known in odd_rows[: len(trained.snapshot.frame) : 2]:
        asked = request(row["uscc"])
        told = raise_points(warranted, row, known, asked, trained.policy)
        if told is None or not told.changes:
            continue
        changed = row | {change.key: change.to for change in told.changes}
        after = warranted.decide_row(changed, known, asked, trained.policy, reasons=False)
        assert after["quota"]["amount_wan"] == told.quota_wan_then >= told.quota_wan_now
        assert after["score"]["total"] == told.points_then > told.points_now
        assert all(BOOK[change.key].actionable for change in told.changes)
        seen += told.reached and told.quota_wan_then > told.quota_wan_now
    assert seen >= 5
