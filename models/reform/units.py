"""The unit of every lever that is a number: what a form, a console and a page write it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.quota.policy import CertificateTerms, CreditPolicy, ProductTerms

Unit = Literal["points", "percent", "wan", "days", "months", "years", "times"]
BY_STAGE = ("stage_cap_wan", "expert_cap_wan")
POINTS = ("min_points", "full_points")
_PARTS: dict[str, type[BaseModel]] = {"products": ProductTerms, "certificate": CertificateTerms}


def unit_of(path: Sequence[str]) -> Unit | None:
    """The unit of a lever by its path, whose bank may be ``*``; None for one that has none.

    A member of a policy that cannot be above 1 is a share, which a person reads in percent.
    """
    section, *inner = path
    if section in ("weights", "weight_bounds"):
        return "points" if section == "weights" else "percent"
    if section == "stages" and inner:
        return "years" if inner[-1].endswith("_years") else "wan"
    if section == "prices" and inner:
        return "percent" if inner[-1] == "revenue_share" else None
    if section != "policies" or len(inner) < 2:
        return None
    name = inner[1] if inner[1] in BY_STAGE else inner[-1]
    info = _PARTS.get(inner[1], CreditPolicy).model_fields.get(name)
    return None if info is None else _unit(name, info)


def lever_format(path: Sequence[str]) -> str:
    """The format of figures that a lever's number is written in where its unit is in its name."""
    return "given_share" if unit_of(path) == "percent" else "as_given"


def _unit(name: str, info: FieldInfo) -> Unit:
    for ending, unit in (("_wan", "wan"), ("_days", "days"), ("_months", "months")):
        if name.endswith(ending):
            return unit  # type: ignore[return-value]  # the literal of the row
    if name in POINTS:
        return "points"
    high = next((getattr(one, end) for one in info.metadata for end in ("le", "lt") if hasattr(one, end)), None)
    return "percent" if high is not None and high <= 1 else "times"
