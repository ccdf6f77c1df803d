"""Safeguards: whatever the engine decides, an approval is issued only where nothing is against it.

The safeguard never makes a decision milder: it moves up the order approve < refer < decline, and what it found on a
decision that it does not change is a warning. It checks the bank's deterministic rules once more, without any model,
and the age of data, model and reference on the day of the request. The checks work on columns, so one answer and a
table of any length go through the same code. All that they read is in the record (``SafeguardFacts``), so that a replay
comes to the same end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

from data.codebook import Codebook, read_credit_facts
from data.money import CNY_PER_WAN
from data.requests import QuotaRequest
from data.texts.figures import Text
from data.texts.sentences import label
from models.quota.advice import plain_advice
from models.quota.certificate import without_quota
from models.quota.decision import Outcome
from models.quota.policy import CreditPolicy
from models.quota.rules import stricter
from models.quota.warnings import warning
from serving.applications.certificate_count import short_warning
from serving.decide.freshness import is_fresh
from serving.decide.safeguard_facts import SafeguardFacts
from serving.decide.safeguard_texts import finding_text, safeguard_reason, with_summary

Array = npt.NDArray[Any]
Flags = npt.NDArray[np.bool_]
Columns = Mapping[str, Array]
REFER: Outcome = "manual_review"
RULES: Mapping[str, Outcome] = dict.fromkeys(  # their sentences are safeguard.NAME
    (
        "calculation_failed", "no_reasons", "model_stale", "data_stale", "drift_alarm", "out_of_range", "contradiction",
        "unchecked", "low_coverage", "rule_conflict", "invalid_result",
    ),
    REFER,
)  # fmt: skip


class Doubts(NamedTuple):
    """What is against the values of one case.

    outside : whether one lies outside its range, or one that was sent beyond all that the models learned from
    contradictions : a sentence for each value that was sent and contradicts others
    unchecked : the names of what was left out and without which values that were sent cannot be checked
    """

    outside: bool = False
    contradictions: tuple[Text, ...] = ()
    unchecked: tuple[Text, ...] = ()


def out_of_range(values: Columns, codebook: Codebook) -> list[tuple[str, Flags]]:
    """Every indicator and credit fact with the cases, shape (n,), whose known value lies outside its range."""
    found = []
    for item in (*codebook, *read_credit_facts()):
        column = np.asarray(values[item.key], dtype=float)
        found.append((item.key, (column < item.low) | (column > item.high)))  # NaN is neither
    return found


def findings(columns: Columns, policy: CreditPolicy, facts: SafeguardFacts) -> dict[str, Flags]:
    """By rule, the decisions that it is against, shape (n,), in the order of RULES.

    columns : ``answer_columns`` or the table's, each of shape (n,): decision; explained (whether it has reasons);
    as_of and fresh_until (datetime64[D]); outside (whether a value lies outside its range, or one that was sent
    beyond all that the models learned from); contradicts (whether values that were sent contradict others); unchecked
    (whether they cannot be checked, as others were left out); coverage; points; has_risk; pd_low, pd_12m, pd_high;
    amount_wan; amount_cny; requested_cny; least_constraint_wan (the smallest constraint); uscc; industry;
    growth_stage; veto (whether a flag is raised or unknown); product; tenor_months; purpose;
    overdue_days (by the credit bureau or the bank, whichever is more)
    """
    today = np.datetime64(facts.today, "D")
    n, approved = len(columns["outcome"]), columns["outcome"] == "preapproved"
    model_fresh = is_fresh(facts.model_day, facts.model_age_days, today)
    model_fresh &= is_fresh(facts.reference_day, facts.reference_age_days, today)
    age = (today - columns["as_of"]).astype("timedelta64[D]").astype(float)  # NaT is NaN
    with np.errstate(invalid="ignore"):
        data_fresh = (age >= 0.0) & (age <= facts.data_age_days) & ~(columns["fresh_until"] < today)
        found = {
            "no_reasons": ~columns["explained"],
            "model_stale": np.full(n, not model_fresh),
            "data_stale": ~data_fresh,
            "drift_alarm": np.full(n, facts.drift_alarm),
            "out_of_range": columns["outside"],
            "contradiction": columns["contradicts"],
            "unchecked": columns["unchecked"],
            "low_coverage": approved & ~(columns["coverage"] >= policy.min_coverage),
            "rule_conflict": approved & ~_rules_allow(columns, policy),
            "invalid_result": np.where(approved, ~_is_sound(columns), _is_void(columns)),
        }
    return {rule: found[rule] for rule in RULES if rule in found}


def settle(decisions: Array, found: Mapping[str, Flags], rules: Mapping[str, Outcome] = RULES) -> Array:
    """Each decision after its findings, shape (n,): the strictest of it and the outcomes of the rules found."""
    settled = decisions
    for rule, hit in found.items():
        if hit.any():
            settled = stricter(settled, np.where(hit, rules[rule], settled))
    return settled


def answer_columns(
    answer: Mapping[str, Any], row: Mapping[str, Any], doubts: Doubts, until: date | None, request: QuotaRequest
) -> Columns:
    """One answer and its case as columns of one row for ``findings``."""
    quota, risk = answer["quota"], answer["risk"] or {}
    terms = [limit["amount_wan"] for limit in answer["quota_trace"]]
    overdue = row["overdue_days_max_24m"]
    numbers = {
        "coverage": answer["points"]["coverage"],
        "points": answer["points"]["total"],
        "pd_low": risk.get("pd_low"),
        "pd_12m": risk.get("pd_12m"),
        "pd_high": risk.get("pd_high"),
        "amount_wan": quota["amount_wan"] if isinstance(quota["amount_wan"], int) else math.nan,
        "amount_cny": quota["amount_cny"],
        "requested_cny": request.requested_amount_cny,
        "least_constraint_wan": min(terms, default=None),
        "tenor_months": request.tenor_months,
        "overdue_days": overdue if overdue is None else max(overdue, request.bank_facts.overdue_days),
    }
    texts = {
        "outcome": answer["outcome"], "uscc": request.uscc, "industry": row["industry"],
        "growth_stage": row["growth_stage"], "product": request.product, "purpose": request.purpose,
    }  # fmt: skip
    days = {"as_of": row["as_of"].date(), "fresh_until": until}
    return {
        **{key: np.array([math.nan if value is None else value], dtype=float) for key, value in numbers.items()},
        **{key: np.array([value], dtype=object) for key, value in texts.items()},
        **{key: np.array([value], dtype="datetime64[D]") for key, value in days.items()},
        "explained": np.array([bool(answer["reasons"])]),
        "has_risk": np.array([bool(risk)]),
        "outside": np.array([doubts.outside]),
        "contradicts": np.array([bool(doubts.contradictions)]),
        "unchecked": np.array([bool(doubts.unchecked)]),
        "veto": veto_flags({key: np.array([row[key]], dtype=float) for key in veto_keys()}),
    }


def safeguarded(
    answer: dict[str, Any],
    row: Mapping[str, Any],
    doubts: Doubts,
    until: date | None,
    request: QuotaRequest,
    policy: CreditPolicy,
    facts: SafeguardFacts,
) -> dict[str, Any]:
    """The answer that may be issued: the engine's, or a stricter one with the safeguard's reasons.

    doubts : what is against the case's values; until : the last day on which its data are fresh
    An approval is valid from the day of the request on, so it is never issued expired.
    """
    columns = answer_columns(answer, row, doubts, until, request)
    found = findings(columns, policy, facts)
    rules = tuple(rule for rule, hit in found.items() if hit[0])
    decision = str(settle(columns["outcome"], found)[0])
    if facts.warning:
        answer = answer | {"warnings": [*answer["warnings"], facts.warning]}
    if (total_cny := facts.covered_short.get((issued := answer["loss_certificate"])["certificate"])) is not None:
        answer = answer | {"warnings": [*answer["warnings"], short_warning(issued, total_cny)]}
    if rules:
        texts = {rule: finding_text(rule, answer, until, policy, facts, _texts(doubts, rule)) for rule in rules}
        answer = _stricter_answer(answer, decision, texts)
    if decision == "preapproved":
        valid_until = date.fromisoformat(facts.today) + timedelta(days=policy.validity_days)
        answer = answer | {"quota": answer["quota"] | {"valid_until": valid_until}}
        return answer | with_summary(answer)
    return answer


def _texts(doubts: Doubts, rule: str) -> tuple[Text, ...]:
    return doubts.unchecked if rule == "unchecked" else doubts.contradictions


def veto_flags(flags: Columns) -> Flags:
    """Whether any flag is raised or unknown, shape (n,): an unknown one is not clear."""
    clear: Flags = np.all([np.asarray(flags[key], dtype=float) == 0.0 for key in veto_keys()], axis=0)
    return ~clear


@cache
def veto_keys() -> tuple[str, ...]:
    """The credit facts that exclude a loan by rule."""
    return tuple(fact.key for fact in read_credit_facts() if fact.veto)


def _stricter_answer(answer: dict[str, Any], decision: str, found: Mapping[str, Text]) -> dict[str, Any]:
    """The answer with its findings as warnings; one whose decision changes has no amount, and gives the reason.

    found : the sentence of each rule that is against the decision
    Without an amount nothing bounds one: no constraint is limiting or a reason, while what moved the risk still is.
    """
    before, quota, risk = answer["outcome"], answer["quota"], answer["risk"]
    changed = answer | {
        "outcome": decision,
        "warnings": [*answer["warnings"], *(warning(rule, text) for rule, text in found.items())],
    }
    sound = risk is not None and all(math.isfinite(risk[key]) for key in ("pd_12m", "pd_low", "pd_high"))
    changed["risk"] = risk if sound else None
    if not math.isfinite(answer["points"]["coverage"]):
        changed["points"] = answer["points"] | {"coverage": 0.0}
    if decision != before or quota["amount_wan"] != 0:
        changed["quota"] = quota | {
            "amount_wan": 0, "amount_cny": 0, "valid_until": None, "marginal_profit_cny": None, "annual_rate": None,
            "instalment_cny": None, "expected_profit_cny": None, "raroc": None,
        }  # fmt: skip
        changed["loss_certificate"] = without_quota(answer["loss_certificate"])
        if sound:
            changed["risk"] = risk | {"ead_cny": 0, "expected_loss_cny": 0.0}
    if decision != before:
        changed["quota"]["limited_by"] = next(iter(found))
        changed["constraints_hit"] = [*answer["constraints_hit"], *found]
        changed["quota_trace"] = [limit | {"limiting": False} for limit in answer["quota_trace"]]
        kept = (one for one in answer["reasons"] if not one["code"].startswith("constraint."))
        changed["reasons"] = [*(safeguard_reason(rule, text) for rule, text in found.items()), *kept]
        changed["advice"] = [plain_advice(next(iter(found)), label("advice.review"))]
        changed |= with_summary(changed)
    elif "no_reasons" in found:
        changed["reasons"] = [safeguard_reason("no_reasons", found["no_reasons"])]
    return changed


def _rules_allow(columns: Columns, policy: CreditPolicy) -> Flags:
    """What the bank's rules allow with no model at all.

    No veto, not listed, not overdue, an offered product with its tenor and purpose, enough points, within the stage
    cap and the amount requested.
    """
    caps = policy.stage_cap_wan
    cap = np.array([caps.get(str(stage), math.nan) for stage in columns["growth_stage"]], dtype=float)
    listed, excluded = frozenset(policy.exclusion_list), frozenset(policy.excluded_industries)
    barred = [
        uscc in listed or industry in excluded
        for uscc, industry in zip(columns["uscc"], columns["industry"], strict=True)
    ]
    amount = columns["amount_wan"]
    return cast(
        "Flags",
        ~columns["veto"]
        & ~np.array(barred, dtype=bool)
        & _offered(columns, policy)
        & (columns["overdue_days"] < policy.overdue_refer_days)
        & (columns["points"] >= policy.min_points)
        & (amount <= cap)
        & (amount * CNY_PER_WAN <= columns["requested_cny"]),
    )


def _offered(columns: Columns, policy: CreditPolicy) -> Flags:
    """Whether the bank offers the product for this tenor and this purpose, shape (n,)."""
    allowed: Flags = np.zeros(len(columns["product"]), dtype=bool)
    for name, offer in policy.products.items():
        tenor = columns["tenor_months"]
        purpose = np.array([one in offer.purposes for one in columns["purpose"]], dtype=bool)
        within = (offer.min_tenor_months <= tenor) & (tenor <= offer.max_tenor_months)
        allowed |= (columns["product"] == name) & within & purpose
    return allowed


def _is_sound(columns: Columns) -> Flags:
    """Probabilities in order and finite, a positive amount, and no constraint below it; NaN fulfils none of these."""
    low, point, high = columns["pd_low"], columns["pd_12m"], columns["pd_high"]
    amount = columns["amount_wan"]
    return cast(
        "Flags",
        (low > 0.0) & (low <= point) & (point <= high) & (high <= 1.0)
        & (amount > 0.0)
        & (columns["amount_cny"] == amount * CNY_PER_WAN)
        & (columns["least_constraint_wan"] + 0.005 >= amount),
    )  # fmt: skip


def _is_void(columns: Columns) -> Flags:
    """What no decision but an approval may hold: an amount, or a probability that is none."""
    finite = np.isfinite(columns["pd_low"] + columns["pd_12m"] + columns["pd_high"])
    return cast("Flags", (columns["amount_wan"] != 0.0) | (columns["has_risk"] & ~finite))
