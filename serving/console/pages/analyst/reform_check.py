"""A reform as it is filled in: its file, its summary in words, and what is wrong with it before anything runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.reform.levers import Packed
from models.reform.read import RESERVED, StudyError
from models.reform.simulate import LEAST_SAMPLED
from serving.console.page import View
from serving.console.pages.analyst.lever_fields import Field, as_yaml, every_field
from serving.console.pages.analyst.release import lever_fault, study_of
from serving.console.pages.analyst.words import allowed, amount, in_force, lever_name, plain

SAMPLE = (LEAST_SAMPLED, 100_000)
SWEPT = (2, 12)
UNKNOWN = "one of "  # what is allowed in place of a key that no lever has
# What a policy's own check says, and the sentence that says it to a person.
_RULES = {
    "its stage_cap_wan": "expert_cap", "its expert_cap_wan": "expert_cap",
    "must be below lgd": "premium", "must rise in this order": "rates",
    "above its max_tenor_months": "tenors", "above overdue_decline_days": "overdue",
    "could never approve": "min_quota",
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """What is filled in. changes : shown numbers by the key of their field; others : levers without a field

    quick : firms of a sample, 0 for every firm; sweep, values : a field's key and the text of its values
    """

    name: str = ""
    changes: Mapping[str, float] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    void: bool = False
    banks: tuple[str, ...] = ("standard",)
    quick: int = 0
    draws: bool = False
    sweep: str = ""
    values: str = ""

    @property
    def file(self) -> str:
        """The name of its file without .yaml: the reform's, with a hyphen for what a file's name cannot have."""
        return re.sub(r"[^\w .-]+", "-", self.name.strip()).strip(" .-")[:80]

    @property
    def swept(self) -> tuple[str, tuple[float, ...]] | None:
        """The lever that is swept with its values; None where there is none. Raises ValueError where unreadable."""
        if not self.sweep:
            return None
        return self.sweep, tuple(float(one) for one in re.split(r"[,，、;；\s]+", self.values.strip()) if one)

    def yaml(self, packed: Packed) -> str:
        """The file; raises ValueError where the values to sweep cannot be read."""
        return as_yaml(self.name.strip(), self.changes, self.others, packed, void=self.void, sweep=self.swept)


def summary(view: View, filled: Filled, packed: Packed) -> list[str]:
    """What is changed, a line a lever; empty where nothing is."""
    fields = {one.key: one for one in every_field(packed)}
    lines = []
    for key, shown in sorted(filled.changes.items()):
        one = fields[key]
        lines.append(
            view.text("analyst.form.line", lever=lever_name(view, one.path), now=in_force(view, one),
                      new=amount(view, one, shown))
        )  # fmt: skip
    lines += [view.text("analyst.form.other", lever=lever_name(view, path)) for path in _paths(filled.others)]
    if filled.void:
        lines.append(view.text("analyst.form.void_line"))
    if filled.sweep in fields and not _sweep_fault(view, filled, fields):
        _, values = filled.swept or ("", ())
        one = fields[filled.sweep]
        shown_values = ", ".join(amount(view, one, value) for value in values)
        lines.append(view.text("analyst.form.sweep_line", lever=lever_name(view, one.path), values=shown_values))
    return lines


def faults(view: View, filled: Filled, packed: Packed) -> list[str]:
    """Everything that is wrong, in words; what no single field shows is checked by the command's own reader."""
    fields = {one.key: one for one in every_field(packed)}
    found = [
        view.text("analyst.fault.range", lever=lever_name(view, fields[key].path),
                  found=amount(view, fields[key], shown), allowed=allowed(view, fields[key]))
        for key, shown in sorted(filled.changes.items()) if not fields[key].allows(shown)
    ]  # fmt: skip
    if not re.fullmatch(r"\w[\w .-]*", filled.file) or filled.file in (*RESERVED, "baseline"):
        found.append(view.text("analyst.fault.name"))
    if not filled.banks:
        found.append(view.text("analyst.fault.banks"))
    if filled.quick and not SAMPLE[0] <= filled.quick <= SAMPLE[1]:
        found.append(view.text("analyst.fault.sample", low=SAMPLE[0], high=SAMPLE[1]))
    found += _sweep_fault(view, filled, fields)
    if found:
        return found
    try:
        study_of(filled.yaml(packed), filled.file, packed, filled.banks)
    except StudyError as fault:
        return [study_fault(view, fault)]
    return []


def study_fault(view: View, fault: StudyError) -> str:
    """A fault of the reader in the person's language: of the file as such, or by the lever that it is about."""
    if fault.kind:
        return view.text(f"analyst.fault.read.{fault.kind}", **fault.figures)
    found = lever_fault(fault)
    if found is None:  # only the file's own name is left
        return view.text("analyst.fault.name")
    key, given, allowed_ = found
    path = key.split(".")
    if allowed_.startswith(UNKNOWN):
        names = allowed_.removeprefix(UNKNOWN).strip("[]").replace("'", "")
        return view.text("analyst.fault.unknown", member=key, allowed=names)
    if path[0] in ("weights", "stages", "weight_bounds") and len(path) < 3:
        return view.text(f"analyst.fault.{path[0]}", where=lever_name(view, path))
    rule = next((name for words, name in _RULES.items() if words in allowed_), "other")
    where = lever_name(view, path if len(path) > 2 or path[0] != "policies" else [*path, ""]).strip(" ·")
    return view.text(f"analyst.fault.{rule}", where=where, found=given)


def filled_number(one: Field, value: Any) -> float | None:
    """What a field holds as a change; None where it is empty or what is in force."""
    if value in (None, "") or isinstance(value, bool):
        return None
    try:
        shown = float(value)
    except (TypeError, ValueError):
        return None
    now = one.only_value
    return None if now is not None and plain(shown) == plain(now) else shown


def _sweep_fault(view: View, filled: Filled, fields: Mapping[str, Field]) -> list[str]:
    if not filled.sweep:
        return []
    try:
        _, values = filled.swept or ("", ())
        fits = SWEPT[0] <= len(values) <= SWEPT[1] and all(fields[filled.sweep].allows(value) for value in values)
    except (KeyError, ValueError):
        fits = False
    return [] if fits else [view.text("analyst.fault.sweep")]


def _paths(section: Mapping[str, Any], before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for key, value in section.items():
        found += _paths(value, (*before, key)) if isinstance(value, Mapping) else [(*before, key)]
    return found
