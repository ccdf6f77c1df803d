from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import lightgbm as lgb
import numpy as np
import orjson
import pandas as pd
import pytest

from data.codebook import read_credit_facts
from data.requests import BANK_FACTS
from features.quota import capacity_matrix
from models.quota.constraints import cents, profit_wan
from models.quota.decide import decide_columns
from models.quota.engine import QuotaDecision, read_policies
from models.risk.model import ModelFileError
from tests.models.quota.conftest import AMOUNT, BOOK, MONTHS, ask_all, request

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def trained(trained, in_climate):
    """The small cohort's models where defaults are as frequent as in the zone, so that a bank lends at all."""
    return SimpleNamespace(**vars(trained) | {"engine": in_climate(trained.engine, trained.snapshot.frame, 0.025)})


def test_one_row_is_the_published_type_to_the_byte(trained, certified_engine, odd_rows):
    """An answer has the decision's own fields, order and JSON bytes."""
    for engine in (trained.engine, certified_engine):
        for result in engine.answers(
            engine.prepare(*zip(*odd_rows[::9], strict=True)), [request(row["uscc"]) for row, _ in odd_rows[::9]],
            trained.policy,
        ):  # fmt: skip
            assert QuotaDecision.model_validate(result).model_dump_json().encode() == orjson.dumps(result)
            assert list(result) == list(QuotaDecision.model_fields)


def test_one_request_a_batch_and_a_table_give_the_same_bits(trained, certified_engine, odd_frame, odd_rows):
    """Outcome, amount, limiting constraint, every constraint, price, profit, loss and risk, without a tolerance.

    The table is of all rows; a batch of every third of them, others for each of the two policies.
    """
    requested = pd.DataFrame({"requested_amount_cny": np.full(len(odd_frame), AMOUNT), "tenor_months": MONTHS})
    requests = [request(row["uscc"]) for row, _ in odd_rows]
    for first, (engine, policy) in enumerate(
        [(certified_engine, trained.policy), (trained.engine, read_policies()[3])]
    ):
        table = engine.decide_table(odd_frame, requested, policy)
        columns = {name: table[name].tolist() for name in table}
        places = range(first, len(odd_rows), 3)
        rows = [odd_rows[position] for position in places]
        batch = engine.answers(engine.prepare(*zip(*rows, strict=True)), [requests[at] for at in places], policy)
        for position, result in zip(places, batch, strict=True):
            if position % 31 == 0:
                assert orjson.dumps(engine.decide_row(*odd_rows[position], requests[position], policy)) == orjson.dumps(
                    result
                )
            quota, risk = result["quota"], result["risk"]
            pairs = {
                "outcome": result["outcome"], "expected_loss_cny": risk["expected_loss_cny"],
                "points": result["points"]["total"], "coverage": result["points"]["coverage"],
                **{name: risk[name] for name in ("pd_12m", "pd_low", "pd_high", "risk_grade")},
                **{name: quota[name] for name in ("amount_wan", "limited_by", "marginal_profit_cny", "annual_rate",
                                                  "expected_profit_cny", "requested_cny")},
                **{f"constraint_{term['name']}_wan": term["amount_wan"] for term in result["quota_trace"]},
            }  # fmt: skip
            for name, value in pairs.items():
                other = columns[name][position]
                other = cents(other).item() if name.startswith("constraint_") else other
                assert value == other or (value is None and other != other), (name, value, other, result["uscc"])


def unworded(answer):
    """The answer without the texts of its advice."""
    advice = [{name: value for name, value in one.items() if not name.startswith("text_")} for one in answer["advice"]]
    return answer | {"advice": advice}


@pytest.mark.parametrize("facts", [(0.0, 0, 250.0), (30.0, 3, 0.0), (1e-9, 0, 0.0), (1e7, 3_650, 250.0)])
def test_a_banks_own_facts_added_to_a_prepared_case_are_as_if_known_from_the_start(trained, odd_rows, facts):
    """A packed enterprise is measured ahead; a bank's worse facts change the answer as if they had been in its case.

    Advice alone differs in words: it names whose record of an overdue period decides.
    """
    policy, engine, taken = read_policies()[0], trained.engine, 0
    for row, known in odd_rows[::97]:
        requested = request(row["uscc"], existing_debt_wan=facts[0], overdue_days=facts[1], guarantees_wan=facts[2])
        later = engine.decide_prepared(
            engine.with_facts(engine.prepare([row], [known]), requested.bank_facts), requested, policy
        )
        assert orjson.dumps(later) == orjson.dumps(engine.decide_row(row, known, requested, policy))
        worse = {key: max(row[key], value) if row[key] >= 0.0 else row[key]
                 for key, value in zip(BANK_FACTS.values(), facts, strict=True)}  # fmt: skip
        recorded = engine.decide_row(row | worse, known, request(row["uscc"]), policy)
        assert orjson.dumps(unworded(later)) == orjson.dumps(unworded(recorded))
        taken += worse != {key: row[key] for key in worse}
    assert taken > 5


def test_a_stream_of_chunks_gives_the_table(trained):
    """However the table is cut and by however many workers it is done, in order."""
    frame = trained.snapshot.frame
    requested = pd.DataFrame({"requested_amount_cny": np.full(len(frame), AMOUNT), "existing_debt_wan": 40.0})
    whole = trained.engine.decide_table(frame, requested, trained.policy)
    cut = ((frame[at : at + 171], requested[at : at + 171]) for at in range(0, len(frame), 171))
    joined = pd.concat(list(trained.engine.decide_stream(cut, trained.policy, workers=2)), ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole)


def test_what_a_bank_may_add_never_moves_the_debt_capacity(trained, odd_frame):
    """Debt and guarantees are taken off the limit, overdue days raise the risk; in the limit they would count twice."""
    limit = trained.engine.limit
    worse = odd_frame.assign(existing_debt_wan=1e6, overdue_days_max_24m=3_000.0, guarantees_wan=1e6)
    assert not capacity_matrix(worse, BOOK).equals(capacity_matrix(odd_frame, BOOK))
    pd.testing.assert_frame_equal(limit.predict(worse, BOOK), limit.predict(odd_frame, BOOK))


def test_a_debt_capacity_model_that_reads_what_a_bank_may_add_is_refused_by_name(trained, tmp_path):
    """An older or foreign file cannot bring the double counting back."""
    names, rng = trained.engine.limit.feature_names, np.random.default_rng(1)
    x = rng.random((400, len(names)))
    result = names.index("debt_to_revenue_ratio")
    settings = {"verbosity": -1, "num_threads": 1, "seed": 1}
    booster = lgb.train(settings, lgb.Dataset(x, x[:, result], feature_name=list(names)), 3)
    replace(trained.engine.limit, median_text=booster.model_to_string()).save(tmp_path)
    with pytest.raises(ModelFileError, match="debt_to_revenue_ratio"):
        type(trained.engine.limit).load(tmp_path, BOOK)


def test_every_bank_answers_one_call_and_each_as_if_requested_alone(trained, odd_rows):
    """Ten indications, the largest first, then the cheapest."""
    policies = read_policies()
    for row, known in odd_rows[:200:10]:
        requested = request(row["uscc"])
        indications = trained.engine.indications(row, known, requested, policies)
        assert len(indications) == 10
        order = [(-one["quota"]["amount_wan"], one["quota"]["annual_rate"] or 0.0) for one in indications]
        assert order == sorted(order)
        for policy in policies:
            alone = trained.engine.decide_row(row, known, requested, policy) | {"bank_id": policy.bank_id}
            assert alone in indications


def test_the_marginal_profit_is_the_finite_difference_of_the_margin(trained, odd_frame):
    """Yuan a year per 10,000 yuan more of the limiting constraint; nothing where the profit itself limits."""
    engine, policy = trained.engine, trained.policy
    requested = {
        "requested_amount_cny": np.full(len(odd_frame), AMOUNT),
        "tenor_months": np.full(len(odd_frame), MONTHS),
    }
    decided = decide_columns(engine.measure(odd_frame), requested, policy, engine.certificate(policy))
    approved = decided.outcome == "preapproved"
    step = np.where(approved, 1e-4 * decided.smallest, 1.0)
    above, below = (profit_wan(decided.smallest + way * step, decided.economics) for way in (1, -1))
    slope = np.where(decided.limited_by == "max_profit", 0.0, (above - below) / (2 * step))
    assert decided.marginal_profit_cny[approved] == pytest.approx(slope[approved] * 10_000, rel=1e-5, abs=1e-4)
    assert len(set(decided.limited_by[approved])) >= 5


def test_nothing_broken_is_ever_approved(trained, odd_frame, odd_rows):
    """Infinite and out-of-range values go to a human, missing facts to "too little data"; the rule is named."""
    ranges = {item.key: (item.low, item.high) for item in (*BOOK, *read_credit_facts())}
    needed = ("revenue_wan", "existing_debt_wan", "guarantees_wan", *(f.key for f in read_credit_facts() if f.veto))
    rows = odd_rows[len(trained.snapshot.frame) :]
    for (row, _), result in zip(rows, ask_all(trained.engine, rows, trained.policy), strict=True):
        outside = any(not low <= row[key] <= high for key, (low, high) in ranges.items() if row[key] == row[key])
        if outside or any(row[key] != row[key] for key in needed) or row["growth_stage"] == "unknown":
            assert result["outcome"] != "preapproved"
            assert result["quota"]["amount_wan"] == 0
            assert result["constraints_hit"]
            assert any(reason["direction"] == "negative" for reason in result["reasons"])


def test_freshness_is_reported_by_indicator_and_by_source(trained, odd_rows):
    """The newest delivery of an agency is that of its indicators."""
    row, known = odd_rows[0]
    result = trained.engine.decide_row(row, known, request(row["uscc"]), trained.policy)
    for agency, day in result["sources"].items():
        days = [result["freshness"][item.key] for item in BOOK if item.agency == agency]
        assert day == max((one for one in days if one), default=None)
        assert day is None or type(day) is date


@pytest.mark.truth
def test_the_padding_warning_points_at_firms_that_were_planted_to_game(trained, cohort, odd_rows):
    """Of those it names at least four times as many game as among all, and it finds at least half of them."""
    planted = cohort.latent.sort_values("period_end").groupby("uscc")["padding"].last()
    named, padding = [], []
    rows = odd_rows[: len(trained.snapshot.frame)]
    for (row, _), result in zip(rows, ask_all(trained.engine, rows, trained.policy), strict=True):
        named.append(any(one["code"] == "points_padding" for one in result["warnings"]))
        padding.append(bool(planted.get(row["uscc"], False)))
    named, padding = np.array(named), np.array(padding)
    assert padding[named].mean() >= 4 * padding.mean()
    assert named[padding].mean() >= 0.5
