"""Reasons as a person reads them, in Chinese and English: what raised or lowered the default risk, and by how much."""

from __future__ import annotations

import csv
import math
from functools import cache

from data.codebook import read_codebook, read_credit_facts, reference_path
from models.quota_decision import Reason


@cache
def feature_names() -> dict[str, tuple[str, str]]:
    """Chinese and English name of every risk feature, by key."""
    with reference_path("feature_names.csv").open(encoding="utf-8", newline="") as handle:
        derived = {row["key"]: (row["zh"], row["en"]) for row in csv.DictReader(handle)}
    book = {item.key: (item.zh, item.en) for item in read_codebook()}
    return book | {fact.key: (fact.zh, fact.en) for fact in read_credit_facts()} | derived


def driver_reason(key: str, contribution: float, value: float, median: float | None) -> Reason:
    """A model's reason: ``contribution`` is the exact share of the log-odds, positive where it raises the risk."""
    zh, en = feature_names()[key]
    raises = contribution > 0
    told = "缺失" if math.isnan(value) else f"{value:.4g}"
    told_en = "missing" if math.isnan(value) else f"{value:.4g}"
    peer = "" if median is None else f"（同阶段中位数 {median:.4g}）"
    peer_en = "" if median is None else f" (stage median {median:.4g})"
    return Reason(
        code=f"risk.{key}",
        indicator=key,
        direction="negative" if raises else "positive",
        contribution=contribution,
        value=None if math.isnan(value) else value,
        peer_median=median,
        text_zh=f"{zh}：{told}{peer}，{'推高' if raises else '降低'}违约风险",
        text_en=f"{en}: {told_en}{peer_en} {'raises' if raises else 'lowers'} default risk",
    )


def veto_reason(key: str, zh: str, en: str) -> Reason:
    """A rule's reason: the flag excludes a loan whatever the score."""
    return Reason(
        code=f"veto.{key}",
        indicator=key,
        direction="negative",
        contribution=0.0,
        value=1.0,
        peer_median=None,
        text_zh=f"{zh}：一票否决",
        text_en=f"{en}: excludes a loan by rule",
    )
