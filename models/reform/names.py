"""What everything in a result is called, and how its figures are written, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from data.codebook import read_codebook, read_loan_terms, reference_path
from data.growth_stages import UNKNOWN
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences
from models.quota.policy import read_policies
from models.reform.result import FEW_REFITS, NOT_GIVEN

# Format of a figure and of its change, and the key of its unit, by measure.
TOTAL_FORMATS: Mapping[str, tuple[str, str, str]] = {
    "credit_cny": ("cny_total", "cny_total_change", "unit.cny_total"),
    "expected_loss_cny": ("cny_total", "cny_total_change", "unit.cny_total"),
    "expected_profit_cny": ("cny_total", "cny_total_change", "unit.cny_total"),
    "preapproved_share": ("share", "percentage_points", "unit.percentage_points"),
    "points_mean": ("points", "points_change", "unit.points"),
}
FIRM_FORMATS: Mapping[str, tuple[str, str, str]] = {
    "points": ("points", "points_change", "unit.points"),
    "quota_cny": ("cny_firm", "cny_firm_change", "unit.cny_firm"),
}
# Where the sentences of decisions have a name for a kind of key already.
_RECORDED: Mapping[str, str] = {
    "growth_stage": "stage.{}",
    "industry": "industry.{}",
    "outcome": "outcome.{}.name",
    "constraint": "constraint.{}.label",
}


@cache
def templates() -> Mapping[str, Sentence]:
    """Every sentence and name of the pages."""
    return read_sentences(reference_path("reform_sentences.csv"))


@cache
def _names() -> Mapping[str, Text]:
    """Names that the reference data have already: banks, indicators, products, purposes."""
    found: dict[str, Text] = {f"bank.{policy.bank_id}": (policy.name_zh, policy.name_en) for policy in read_policies()}
    found |= {f"indicator.{item.key}": (item.zh, item.en) for item in read_codebook()}
    return found | {f"{term.kind}.{term.key}": (term.zh, term.en) for term in read_loan_terms()}


def named(kind: str, key: str) -> Text:
    """The name of a bank, group, indicator, stage, constraint or rule; the key itself where it is a name."""
    if key in (NOT_GIVEN, UNKNOWN):
        return templates()[key].fill({})
    known = _names().get(f"{kind}.{key}")
    if known:
        return known
    for source, name in ((templates(), f"{kind}.{key}"), (read_sentences(), _RECORDED.get(kind, "").format(key))):
        if name in source:
            return source[name].fill({})
    return key, key


def refit_key(refits: int) -> str:
    """Key of what so many refitted models leave out of the intervals; "" where they are enough."""
    if not refits:
        return "no_refit"
    return "few_refits" if refits < FEW_REFITS else ""


def ages_key(cliff: Mapping[str, Any]) -> str:
    """Key of the sentence that says which ages have a border."""
    if cliff["oldest_years"] is None:
        return "cliffs.age_from"
    return "cliffs.age_to" if cliff["below"] == "startup" else "cliffs.age_under"
