"""Reasons as a person reads them, in Chinese and English: what raised or lowered the default risk, and by how much."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from data.codebook import read_codebook, read_credit_facts, reference_path
from models.quota_rules import RULES
from models.quota_terms import TERMS

REASONS_EACH_WAY = 4


@cache
def feature_names() -> dict[str, tuple[str, str]]:
    """Chinese and English name of every risk feature, by key."""
    with reference_path("feature_names.csv").open(encoding="utf-8", newline="") as handle:
        derived = {row["key"]: (row["zh"], row["en"]) for row in csv.DictReader(handle)}
    book = {item.key: (item.zh, item.en) for item in read_codebook()}
    return book | {fact.key: (fact.zh, fact.en) for fact in read_credit_facts()} | derived


class ReasonBook:
    """The words of every feature's reason, put together once for a model; a reason then takes a microsecond.

    medians : of each feature by stage, told beside a value
    """

    def __init__(self, names: Sequence[str], medians: Mapping[str, Mapping[str, float]]) -> None:
        told = feature_names()
        self._heads = [(f"risk.{key}", key, f"{told[key][0]}：", f"{told[key][1]}: ") for key in names]
        self._medians = {stage: [of.get(key) for key in names] for stage, of in medians.items()}
        self._places = range(len(self._heads))
        self._nobody: list[float | None] = [None] * len(self._heads)

    def drivers(self, shares: Sequence[float], values: Sequence[float], stage: str) -> list[dict[str, Any]]:
        """The strongest shares of the default log-odds each way, exact; those that raise the risk first."""
        medians = self._medians.get(stage, self._nobody)
        raising = sorted(self._places, key=shares.__getitem__, reverse=True)[:REASONS_EACH_WAY]
        lowering = sorted(self._places, key=shares.__getitem__)[:REASONS_EACH_WAY]
        strongest = [place for place in raising if shares[place] > 0.0]
        strongest += [place for place in lowering if shares[place] < 0.0]
        return [self._driver(place, shares[place], values[place], medians[place]) for place in strongest]

    def _driver(self, place: int, share: float, value: float, median: float | None) -> dict[str, Any]:
        code, key, zh, en = self._heads[place]
        known = value == value  # NaN is not
        told_zh, told_en = (f"{value:.4g}",) * 2 if known else ("缺失", "missing")
        peer_zh, peer_en = ("", "")
        if median is not None:
            peer_zh, peer_en = f"（同阶段中位数 {median:.4g}）", f" (stage median {median:.4g})"
        raises = share > 0.0
        return {
            "code": code,
            "indicator": key,
            "direction": "negative" if raises else "positive",
            "contribution": share,
            "value": value if known else None,
            "peer_median": median,
            "text_zh": f"{zh}{told_zh}{peer_zh}，{'推高' if raises else '降低'}违约风险",
            "text_en": f"{en}{told_en}{peer_en} {'raises' if raises else 'lowers'} default risk",
        }


def veto_reason(key: str, zh: str, en: str) -> dict[str, Any]:
    """A flag's reason: it excludes a loan whatever the score."""
    return _plain_reason(f"veto.{key}", key, 1.0, f"{zh}：一票否决", f"{en}: excludes a loan by rule")


def rule_reason(name: str) -> dict[str, Any]:
    """A rule's reason: what took the decision away from approval."""
    rule = RULES[name]
    return _plain_reason(f"rule.{name}", name, None, rule.zh, rule.en)


def cut_reason(name: str, amount_wan: int, requested_wan: float) -> dict[str, Any]:
    """A term's reason: what held the amount below the one asked for."""
    zh, en = TERMS[name]
    return _plain_reason(
        f"limit.{name}", name, None,
        f"申请 {requested_wan:,.0f} 万元，可给 {amount_wan:,} 万元：受限于{zh}",
        f"asked for {requested_wan:,.0f} wan, {amount_wan:,} wan offered: limited by {en}",
    )  # fmt: skip


def _plain_reason(code: str, indicator: str, value: float | None, zh: str, en: str) -> dict[str, Any]:
    return {
        "code": code,
        "indicator": indicator,
        "direction": "negative",
        "contribution": 0.0,
        "value": value,
        "peer_median": None,
        "text_zh": zh,
        "text_en": en,
    }
