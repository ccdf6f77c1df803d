"""Reasons and outcome of a decision in sentences: vetoes, rules, what bounds the amount, what the firm can change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import compress
from math import ceil, isfinite
from typing import Any

import numpy as np

from data.codebook import Codebook, CreditFact, Indicator, read_credit_facts
from data.money import CNY_PER_WAN
from data.requests import BANK_FACTS
from data.texts.figures import Text, write_figure
from data.texts.quantities import read_quantities
from data.texts.sentences import joined, label, read_sentences, sentence
from models.quota.advice import MAX_ADVICE, OFFERS, amount_advice, loan_term, offer_advice, plain_advice
from models.quota.constraints import CONSTRAINTS, need_wan
from models.quota.decide import AMOUNT_RULES, MUST_BE_KNOWN, Decided
from models.quota.drivers import reason
from models.quota.levers import Situation
from models.quota.measure import BANK_OVERDUE, ranges, veto_facts
from models.quota.rules import RULES, counted
from models.quota.warnings import outside_texts
from models.risk.interval import interval_at

AMOUNT_CODES = tuple(f"rule.{name}" for name in AMOUNT_RULES)  # one reason for both
DATA_RULES = ("coverage", "stage_unknown", "facts_missing")
BUREAU_OVERDUE = BANK_FACTS["overdue_days"]
RULE_NAMES = tuple(RULES)


def summary(outcome: str, reason_text: Text = ("", ""), **figures: Any) -> Text:
    """The outcome in one sentence.

    figures : of an approval amount (10,000 yuan), rate and date; of missing data the list
    """
    return sentence(f"outcome.{outcome}", reason=reason_text, **figures)


@dataclass(frozen=True)
class Explanation:
    """Everything that the sentences of one decision take.

    row : the case; case : the same as measured, alone; decided : decisions, of which the one at ``at`` is on it
    """

    row: Mapping[str, Any]
    case: Situation
    decided: Decided
    at: int
    codebook: Codebook

    @cached_property
    def hit(self) -> tuple[str, ...]:
        """The rules that were hit, in their order."""
        return tuple(compress(RULE_NAMES, self.decided.hit[self.at].tolist()))

    @cached_property
    def counted(self) -> tuple[str, ...]:
        """Those of them that count: where figures are void, none that reads them."""
        return tuple(compress(RULE_NAMES, counted(self.decided.hit[self.at : self.at + 1])[0].tolist()))

    @cached_property
    def explained(self) -> tuple[str, ...]:
        """The rules that get a sentence, the deciding one first: those that lead to this outcome, and no milder ones.

        Without a stage the coverage counts as 0, so it gets no sentence of its own; beside a value out of range a rule
        that reads the models' figures gets no sentence where another rule leads to the same.
        """
        outcome = str(self.decided.outcome[self.at])
        names = [name for name in self.counted if RULES[name].outcome == outcome]
        plain = [name for name in names if RULES[name].figures != "reads"]
        if "out_of_range" in self.hit and plain:
            names = plain
        if "stage_unknown" in names and "coverage" in names:
            names.remove("coverage")
        return tuple(names)

    @cached_property
    def on_outside_values(self) -> bool:
        """Whether figures alone decide that were made from a value out of range."""
        return "out_of_range" in self.hit and all(RULES[name].figures == "reads" for name in self.explained)

    @cached_property
    def bound(self) -> str:
        """The constraint that bounds the amount, rules aside; nothing where an amount cannot be known."""
        terms = self.decided.terms[self.at]
        known = not np.isnan(self.decided.smallest[self.at])
        return CONSTRAINTS[int(np.nanargmin(terms))] if known else ""

    def reasons(self) -> list[dict[str, Any]]:
        """The deciding reason first: vetoes, rules, then the one sentence about the amount."""
        if self.on_outside_values:
            outside = joined(label("rule.on_outside_values"), *self._outside())
            return [reason(f"rule.{self.explained[0]}", self.explained[0], outside)]
        found: list[dict[str, Any]] = [] if self.hit else [self._limit()]
        for name in self.explained:
            if name == "veto":
                found += [
                    reason(f"veto.{fact.key}", fact.key, sentence(f"veto.{fact.key}", agency=_agency(fact)), value=1.0)
                    for fact in self._vetoes()
                ]
            elif name not in AMOUNT_RULES:
                found += [reason(f"rule.{name}", name, text)] if (text := self._rule(name)) is not None else []
            elif self.bound and not any(one["code"] in AMOUNT_CODES for one in found):
                found.append(self._too_little())
        return found

    def summary(self, reasons: list[dict[str, Any]], valid_until: date | None) -> Text:
        """The outcome in one sentence, by its first reason."""
        first = (reasons[0]["text_zh"], reasons[0]["text_en"]) if reasons else ("", "")
        return summary(
            str(self.decided.outcome[self.at]), first, amount=float(self.decided.amount_wan[self.at]),
            rate=float(self.decided.annual_rate[self.at]), date=valid_until, list=self._missing(DATA_RULES),
        )  # fmt: skip

    def advice(self) -> list[dict[str, Any]]:
        """What the firm can change, at most MAX_ADVICE."""
        names = ("out_of_range",) if self.on_outside_values else self.explained
        found = [advice for name in names if name not in AMOUNT_RULES for advice in self._rule_advice(name)]
        if found:
            return found[:MAX_ADVICE]
        if not self.bound or not set(names) <= set(AMOUNT_RULES):
            return [plain_advice(self.hit[0], label("advice.review"))]
        least = max(self.case.policy.min_quota_wan, float(np.nan_to_num(self.decided.least_wan[self.at])))
        unearning = self.bound in ("max_profit", "raroc") and self._allows_none(self.bound)
        return amount_advice(
            self.case, int(self.decided.amount_wan[self.at]), self.bound, least, unearning=unearning
        )  # fmt: skip

    def _allows_none(self, name: str) -> bool:
        """Whether a constraint leaves nothing, and has a sentence for it."""
        x = float(self.decided.terms[self.at][CONSTRAINTS.index(name)])
        return f"constraint.{name}.none" in read_sentences() and write_figure("offer", x)[0] == "0"

    def constraint(self, name: str) -> Text:
        """The sentence of a constraint that bounds the amount; what it allows is rounded down."""
        case, decided, policy = self.case, self.decided, self.case.policy
        x = float(decided.terms[self.at][CONSTRAINTS.index(name)])
        revenue, growth, research = (case.measured[key] for key in ("revenue_wan", "revenue_growth", "rd_expense"))
        points, end = case.figure("total"), case.issued.taper_end_pd or 0.0
        kind = f"constraint.{name}" + (".none" if self._allows_none(name) else "")
        return sentence(
            kind, x=x, debt=case.figure("existing_debt_wan"), guarantees=case.figure("guarantees_wan"),
            capacity=case.figure("capacity_low_wan"), need=float(need_wan(revenue, growth, research, policy)[0]),
            base=policy.base_need_wan, pd=case.figure("pd_12m"), pd_tenor=float(decided.pd_tenor[self.at]),
            tenor=float(case.requested["tenor_months"]), product=loan_term(case.requested["product"]),
            lgd=policy.lgd, budget=policy.el_budget_wan,
            points=points, full=policy.full_points, share=min(points / policy.full_points, 1.0),
            stage=label(f"stage.{case.measured['growth_stage'][0]}"), min_raroc=policy.min_raroc,
            cap=policy.exposure_cap_wan if name == "exposure_cap" else float(decided.cap_wan[self.at]),
            factor=float(decided.share[self.at]), start=end / 2.0, end=end,
        )  # fmt: skip

    def _limit(self) -> dict[str, Any]:
        """What an approved amount is bounded by."""
        amount, requested = (
            float(self.decided.amount_wan[self.at]),
            self.case.requested["requested_amount_cny"] / CNY_PER_WAN,
        )
        if amount == requested:
            return reason(
                "constraint.requested", "requested", sentence("constraint.requested", x=requested), raises=False
            )
        if self.bound == "requested":
            text = sentence("constraint.requested.whole", x=requested, amount=amount)
        else:
            text = joined(sentence("constraint.cut", requested=requested, amount=amount), self.constraint(self.bound))
        return reason(f"constraint.{self.bound}", self.bound, text)

    def _too_little(self) -> dict[str, Any]:
        """Why the amount is not enough to lend: what bounds it, then the bank's least; one sentence where none is."""
        policy, bound = self.case.policy, self.bound
        code = "min_quota" if "min_quota" in self.hit else "min_raroc"
        x = float(self.decided.smallest[self.at])
        if write_figure("offer", x)[0] == "0":
            return reason(f"rule.{'min_raroc' if bound == 'raroc' else code}", bound, self.constraint(bound))
        if bound == "requested" and code == "min_quota":
            return reason("rule.min_quota", bound, sentence("rule.min_quota.requested", x=x, min=policy.min_quota_wan))
        least = sentence(f"rule.{code}", x=x, min=policy.min_quota_wan, least=float(self.decided.least_wan[self.at]))
        return reason(f"rule.{code}", bound, least if bound == "requested" else joined(self.constraint(bound), least))

    def _rule(self, name: str) -> Text | None:
        """The sentence of a rule; None where another rule's sentence covers it."""
        case, policy = self.case, self.case.policy
        low, high = self._interval()
        offered = policy.products.get(case.requested["product"])
        if name == "out_of_range":
            return joined(*self._outside())
        if name == "facts_missing" and not self._missing((name,)):
            return None
        if name == "overdue_decline" and not isfinite(case.figure("overdue_days")):
            return sentence("rule.overdue_decline.outside", limit=policy.overdue_decline_days)
        return sentence(
            f"rule.{name}", list=self._missing((name,)), industry=_industry(self.row["industry"]),
            coverage=case.figure("coverage"), min=policy.min_coverage if name == "coverage" else policy.min_points,
            pd=case.figure("pd_12m"), low=low, high=high, level=policy.refer_level, cutoff=policy.pd_cutoff,
            points=case.figure("total"), product=loan_term(case.requested["product"]),
            purpose=loan_term(case.requested["purpose"]), tenor=float(case.requested["tenor_months"]),
            shortest=offered and offered.min_tenor_months, longest=offered and offered.max_tenor_months,
            days=case.figure("overdue_days"),
            limit=policy.overdue_decline_days if name == "overdue_decline" else policy.overdue_refer_days,
        )  # fmt: skip

    def _outside(self) -> list[Text]:
        return outside_texts(self.row, self.case.measured.outside[0], self.codebook)

    def _interval(self) -> tuple[float, float]:
        """The interval of default risk at the level at which the bank's policy refers."""
        low, high = interval_at(self.case.measured.columns, self.case.policy.refer_level)
        return float(low[0]), float(high[0])

    def _rule_advice(self, name: str) -> list[dict[str, Any]]:
        """What would meet a rule; of the bank's offers another is tried, else the amount depends on what meets it."""
        case, policy = self.case, self.case.policy
        if name == "veto":
            keys = [(fact, f"advice.veto.{fact.key}") for fact in self._vetoes()]
            texts = [(key if key in read_sentences() else "advice.veto", fact) for fact, key in keys]
            return [plain_advice(name, sentence(key, agency=_agency(fact))) for key, fact in texts]
        if name in DATA_RULES:
            return self._supply(name)
        if name == "out_of_range":
            outside = compress(ranges(self.codebook), case.measured.outside[0].tolist())
            items = [self._item(one.key) for one in outside]
            names = read_quantities()
            return [
                plain_advice(name, sentence("advice.out_of_range", name=names[item.key].name, agency=_agency(item)))
                for item in items
            ]
        if name in ("pd_cutoff", "pd_interval"):
            return [plain_advice(name, label(f"advice.{name}"))]
        if name == "min_points":
            total, needed = case.figure("total"), policy.min_points
            change, stop = sentence("advice.points", now=total, needed=needed), label("advice.stop")
            return [plain_advice(name, (change[0] + stop[0], change[1] + stop[1]), "points", total, needed)]
        if name == "purpose" and "tenor" in self.explained:
            return []  # said with the tenor
        if name in OFFERS:
            return [offer_advice(case, name)]
        if name == "overdue_decline":
            return [plain_advice(name, self._overdue_advice())]
        reviewed = RULES[name].outcome == "manual_review"
        return [plain_advice(name, label("advice.review" if reviewed else "advice.bank_rule"))]

    def _overdue_advice(self) -> Text:
        """Whose figure has to fall: the bank's own where it is the longest, the credit bureau's, or both."""
        limit = float(self.case.policy.overdue_refer_days)
        agency = _agency(self._item(BUREAU_OVERDUE))
        own, longest = (
            0.0 if self._is_missing(key) else float(self.row[key]) for key in (BANK_OVERDUE, BUREAU_OVERDUE)
        )
        reported = sentence("advice.overdue", limit=limit, agency=agency)
        if own < limit:
            return reported
        if own >= longest:  # the bank's own finding stands in the case in place of a shorter one
            return sentence("advice.overdue.bank", days=own, limit=limit, agency=agency)
        return joined(reported, sentence("advice.overdue.both", days=own, limit=limit))

    def _supply(self, name: str) -> list[dict[str, Any]]:
        """The data that the rule needs; of missing indicators as many as it takes, those that weigh most first."""
        case, items = self.case, self._missing_items(name)
        if name == "coverage":
            count = len(self.codebook)
            known = round(case.figure("coverage") * count)
            stage = str(case.measured["growth_stage"][0])
            weights = {item.key: item.weights.get(stage, 0.0) for item in self.codebook}
            items = sorted(items, key=lambda item: -weights[item.key])
            items = items[: max(ceil(case.policy.min_coverage * count - 1e-9) - known, 1)]
        names = [read_quantities()[item.key].name for item in items]
        agencies = list(dict.fromkeys(_agency(item) for item in items))
        if name == "stage_unknown" and not items:
            names, agencies = [label("data.founding_date")], [label("agency.market_regulation")]
        if not names:
            return []
        return [plain_advice(name, sentence("advice.supply", list=names, agency=agencies))]

    def _missing(self, rules: tuple[str, ...]) -> list[Text]:
        """Names of the data that these rules, where they were hit, need."""
        found: list[Text] = []
        for name in rules:
            if name in self.explained and name in DATA_RULES:
                items = self._missing_items(name)
                found += [read_quantities()[item.key].name for item in items]
                found += [label("data.founding_date")] if name == "stage_unknown" and not items else []
        if found or rules != DATA_RULES:
            return list(dict.fromkeys(found))
        return [label("data.model_figures")]

    def _missing_items(self, name: str) -> list[Indicator | CreditFact]:
        if name == "coverage":
            return [item for item in self.codebook if self._is_missing(item.key)]
        keys = MUST_BE_KNOWN[:1] if name == "stage_unknown" else (*MUST_BE_KNOWN, *(fact.key for fact in veto_facts()))
        return [self._item(key) for key in keys if self._is_missing(key)]

    def _is_missing(self, key: str) -> bool:
        value = self.row.get(key)
        return value is None or value != value

    def _item(self, key: str) -> Indicator | CreditFact:
        if key in self.codebook.keys:
            return self.codebook[key]
        return next(fact for fact in read_credit_facts() if fact.key == key)

    def _vetoes(self) -> list[CreditFact]:
        return list(compress(veto_facts(), self.case.measured.veto[0].tolist()))


def _agency(item: Indicator | CreditFact) -> Text:
    return label(f"agency.{item.agency}")


def _industry(name: str) -> Text:
    return label(f"industry.{name}") if f"industry.{name}" in read_sentences() else (name, name)
