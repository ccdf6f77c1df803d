"""Records of the contract's first version, read by the names of this one: the one table of what was renamed.

A record is never rewritten, as its digest covers its bytes; ``Record.content`` is what ``current`` makes of them.
A record of this version comes out as it went in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTRACT = "2.0.0"  # version of the API's contract, and of the names in a record
KINDS = {"bank_application_action": ("order_step",), "indications": ("offers",)}  # kind of record -> as it was before
MEMBERS = {
    "stage3": "growth_stage", "stage5": "revenue_band", "mature": "stable", "dim_growth": "dim_operations",
    "decision": "outcome", "counter": "calculated", "score": "points", "grade": "risk_grade", "peer_key": "peer_group",
    "floor_wan": "base_need_wan", "shadow_price_cny": "marginal_profit_cny",
    "expected_margin_cny": "expected_profit_cny", "binds": "limiting", "warranty": "loss_certificate",
    "pd_zero": "taper_end_pd", "limit_model": "debt_capacity_model", "guard": "safeguard", "offers": "indications",
    "order_id": "bank_application_id", "orders": "bank_applications", "step": "action",
    "base_quota_wan": "base_need_wan", "blacklist": "exclusion_list", "hurdle_raroc": "min_raroc",
    "term_premium": "tenor_premium", "by_principal": "by_caller",
}  # fmt: skip
OUTCOMES = {
    "indicative_approve": "preapproved", "refer_human": "manual_review", "decline": "declined", "approve": "approved"
}  # fmt: skip
CONSTRAINTS = {
    "learned_limit": "debt_capacity", "expected_loss": "expected_loss_cap", "points": "points_cap",
    "exposure": "exposure_cap", "margin": "max_profit", "hurdle": "raroc", "warranty": "taper",
}  # fmt: skip
CHECKS = {
    "blacklist": "exclusion_list", "model_doubt": "invalid_result", "engine_error": "calculation_failed",
    "rules_floor": "rule_conflict", "not_a_number": "invalid_result",
}  # fmt: skip
RULES = {**CHECKS, "points": "min_points", "hurdle": "min_raroc"}
WARNINGS = {**CHECKS, "untrained": "outside_training", "gaming_suspected": "points_padding"}
PREFIXES = {"limit": ("constraint", CONSTRAINTS), "rule": ("rule", RULES), "guard": ("safeguard", CHECKS)}
VALUES = {
    "outcome": OUTCOMES, "calculated": OUTCOMES, "growth_stage": {"mature": "stable"}, "constraints_hit": RULES,
    "kind": {before: kind for kind, earlier in KINDS.items() for before in earlier},
}  # fmt: skip


def current(content: Any) -> Any:
    """A record's content by the names of this version of the contract."""
    if isinstance(content, list):
        return [current(item) for item in content]
    if not isinstance(content, dict):
        return content
    found: dict[str, Any] = {MEMBERS.get(str(key), str(key)): current(value) for key, value in content.items()}
    for member, names in VALUES.items():
        if member in found:
            found[member] = _named(found[member], names)
    if "binding" in found:
        found = {"indicative" if key == "binding" else key: value for key, value in found.items()}
        found["indicative"] = not found["indicative"]
    if "quota_trace" in content and content.keys() & MEMBERS.keys():
        _rename_answer(found, content["constraints_hit"])
    return found


def _rename_answer(answer: dict[str, Any], hit: list[str]) -> None:
    """The constraints, rules and codes of an answer; "points" was both a constraint and a rule."""
    names = {**CONSTRAINTS, **CHECKS, **({"points": "min_points"} if "points" in hit else {})}
    answer["quota"]["limited_by"] = _named(answer["quota"]["limited_by"], names)
    answer["points"]["dimensions"] = {
        "operations" if key == "growth" else key: value for key, value in answer["points"]["dimensions"].items()
    }
    for constraint in answer["quota_trace"]:
        constraint["name"] = _named(constraint["name"], CONSTRAINTS)
    for advice in answer["advice"]:
        advice["constraint"] = _named(advice["constraint"], names)
    for warning in answer["warnings"]:
        warning["code"] = _named(warning["code"], WARNINGS)
    for reason in answer["reasons"]:
        prefix, _, name = reason["code"].partition(".")
        if prefix in PREFIXES:
            to, known = PREFIXES[prefix]
            reason["code"] = f"{to}.{known.get(name, name)}"
            reason["indicator"] = _named(reason["indicator"], names)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value
