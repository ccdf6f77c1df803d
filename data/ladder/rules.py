"""Dated rules of the ladder's tiers, as read: ``data/reference/ladder`` and any folder of the same shape.

``rules/*.yaml`` holds one version of one rule a file, ``local/*.yaml`` what a province adds to a rule that leaves an
indicator to it, ``tiers.csv`` the tiers. All pages read are reprints, so that every rule has its source, the day on
which it was read and a confidence; a changed value, a further zone or a further province is a file and no code.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from data.codebook import read_rows, reference_path
from data.ladder.conditions import AnyOf, Condition, Scored, ScoredIndicator, Threshold, least_confidence, thresholds
from data.ladder.fact_catalogue import FOLDERS, Fact, Subject, read_fact_catalogue
from data.ladder.rule_parts import LadderError, PartReader
from data.yaml_file import read_yaml_file

_HEADER = (
    "key", "region", "version", "zh", "en", "valid_from", "valid_to", "document", "source", "read_on", "confidence",
    "validity_years", "presupposes", "note", "shortcuts", "clauses",
)  # fmt: skip
_CLAUSE = ("key", "zh", "en", "source", "confidence", "note", "shortcuts", "fact", "all", "any", "cases", "score", "is")


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause; ``confidence`` is the least of anything that it reads, ``source`` the pages it was read on."""

    key: str
    zh: str
    en: str
    condition: Condition
    confidence: float
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class TierRule:
    """One version of one tier's rule: met when every clause is met and the presupposed title is held.

    valid_from, valid_to : first and last day in force; None: still
    validity_years : how long a title lasts; None where the document gives no period
    presupposes : key of the tier whose title is needed first
    """

    key: str
    region: str | None
    version: str
    zh: str
    en: str
    valid_from: date
    valid_to: date | None
    document: str
    source: str
    read_on: date
    confidence: float
    validity_years: int | None
    presupposes: str | None
    note: str
    clauses: tuple[Clause, ...]
    digest: str

    @property
    def name(self) -> str:
        """Key, region and version: ``gazelle/jinan 2016-01-01``."""
        return f"{self.key}{f'/{self.region}' if self.region else ''} {self.version}"

    def in_force(self, day: date) -> bool:
        """Whether the rule is in force on the day, both ends included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def thresholds(self) -> Iterator[Threshold]:
        """Every threshold of every clause."""
        for clause in self.clauses:
            yield from thresholds(clause.condition)


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier of the ladder: its track, how high it is there, and the fact that says that a firm holds its title."""

    key: str
    zh: str
    en: str
    track: str
    height: int
    title_fact: str


@dataclass(frozen=True)
class RuleBook:
    """Every rule version that was read, and the tiers."""

    rules: tuple[TierRule, ...]
    tiers: tuple[Tier, ...]

    def tier(self, key: str) -> Tier:
        """The tier of a key; raises LadderError naming those there are."""
        for one in self.tiers:
            if one.key == key:
                return one
        raise LadderError(f"no tier {key!r}; there are {[one.key for one in self.tiers]}")

    def versions(self, key: str, region: str | None = None) -> tuple[TierRule, ...]:
        """The versions of a rule, oldest first; raises LadderError where there is none."""
        found = [rule for rule in self.rules if (rule.key, rule.region) == (key, region)]
        if not found:
            names = sorted({f"{rule.key}{f' in {rule.region}' if rule.region else ''}" for rule in self.rules})
            raise LadderError(f"no rule {key!r}{f' in {region!r}' if region else ''}; there are {names}")
        return tuple(sorted(found, key=lambda rule: rule.valid_from))

    def version(self, key: str, version: str, region: str | None = None) -> TierRule:
        """One version of a rule."""
        found = self.versions(key, region)
        for rule in found:
            if rule.version == version:
                return rule
        raise LadderError(f"{key} has no version {version!r}; it has {[rule.version for rule in found]}")

    def find(self, key: str, on_date: date, region: str | None = None) -> TierRule:
        """The version in force on a day; without a rule of the region, the one of the whole country."""
        regions = {rule.region for rule in self.rules if rule.key == key}
        found = self.versions(key, region if region in regions else None)
        for rule in found:
            if rule.in_force(on_date):
                return rule
        raise LadderError(f"{key}: no version in force on {on_date}; the first is from {found[0].valid_from}")

    def regions(self, key: str) -> tuple[str | None, ...]:
        """Regions with a rule of their own, in order of name; None is the whole country."""
        return tuple(sorted({rule.region for rule in self.rules if rule.key == key}, key=lambda name: name or ""))


def ladder_folder(subject: Subject = "firm") -> Path:
    """The folder that ships with the project."""
    return reference_path(FOLDERS[subject])


def read_rules(*folders: Path, subject: Subject = "firm") -> RuleBook:
    """A subject's rules of the project's folder and of further folders, with what provinces add.

    raises : LadderError on a fault
    """
    roots = (ladder_folder(subject), *folders)
    catalogue = read_fact_catalogue(subject)
    rules = [_rule(path, catalogue) for folder in roots for path in sorted((folder / "rules").glob("*.yaml"))]
    for folder in roots:
        for path in sorted((folder / "local").glob("*.yaml")):
            rules += _with_local(rules, path, catalogue)
    tiers = tuple(tier for folder in roots for tier in _tiers(folder / "tiers.csv"))
    _check(rules, tiers)
    return RuleBook(tuple(rules), tiers)


def _load(path: Path) -> dict[str, Any]:
    try:
        found = read_yaml_file(path)
    except (yaml.YAMLError, ValueError) as fault:
        raise LadderError(f"{path.name} is no YAML in UTF-8: {fault}") from fault
    if not isinstance(found, dict):
        raise LadderError(f"{path.name}: a rule is {type(found).__name__}, allowed: a mapping with {list(_HEADER)}")
    return found


def _digest(*paths: Path) -> str:
    # Line endings are normalised, so that a checkout on another system keeps the digest.
    return hashlib.sha256(b"".join(path.read_bytes().replace(b"\r\n", b"\n") for path in paths)).hexdigest()


def _day(reader: PartReader, row: Mapping[str, Any], key: str) -> date:
    if not isinstance(row.get(key), date):
        raise reader.error(key, row.get(key), "a date as 2022-08-01")
    return date(row[key].year, row[key].month, row[key].day)


def _rule(path: Path, catalogue: Mapping[str, Fact]) -> TierRule:
    row = _load(path)
    reader = PartReader(path.name, catalogue, 1.0).inside(row.get("version", "?"), row)
    reader.keys(row, *_HEADER)
    source = reader.text(row, "source")
    clauses = [_clause(reader, one, source) for one in reader.rows(row, "clauses")]
    if "shortcuts" in row:
        clauses = _shortcuts(reader, row["shortcuts"], clauses)
    keys = [clause.key for clause in clauses]
    if len(set(keys)) < len(keys):
        raise reader.error("clauses", keys, "each key once")
    years = row.get("validity_years")
    first, last = (
        _day(reader, row, "valid_from"),
        None if row.get("valid_to") is None else _day(reader, row, "valid_to"),
    )
    if last is not None and last < first:
        raise reader.error("valid_to", last, f"{first} or later")
    return TierRule(
        key=reader.text(row, "key"),
        region=None if row.get("region") is None else reader.text(row, "region"),
        version=reader.text(row, "version"),
        zh=reader.text(row, "zh"),
        en=reader.text(row, "en"),
        valid_from=first,
        valid_to=last,
        document=reader.text(row, "document"),
        source=source,
        read_on=_day(reader, row, "read_on"),
        confidence=reader.number(row, "confidence"),
        validity_years=None if years is None else int(reader.number(row, "validity_years")),
        presupposes=None if row.get("presupposes") is None else reader.text(row, "presupposes"),
        note=str(row.get("note", "")),
        clauses=tuple(clauses),
        digest=_digest(path),
    )


def _clause(reader: PartReader, row: Any, source: str) -> Clause:
    reader.keys(row, *_CLAUSE, "at_least", "above", "at_most", "below")
    texts = {key: reader.text(row, key) for key in ("key", "zh", "en")}
    condition = reader.condition(row)
    return Clause(
        **texts,
        condition=condition,
        confidence=least_confidence(condition),
        source=reader.text(row, "source") if "source" in row else source,
        note=str(row.get("note", "")),
    )


def _shortcuts(reader: PartReader, row: Any, clauses: list[Clause]) -> list[Clause]:
    """Clauses that one of the rule's shortcuts replaces: (a and b) or s is (a or s) and (b or s)."""
    reader.keys(row, "replaces", "any")
    named = set(reader.rows(row, "replaces"))
    if alien := sorted(named - {clause.key for clause in clauses}):
        raise reader.error("replaces", alien[0], [clause.key for clause in clauses])
    extra = tuple(reader.condition(one) for one in reader.rows(row, "any"))
    return [
        replace(clause, condition=AnyOf((clause.condition,), extra)) if clause.key in named else clause
        for clause in clauses
    ]


def _with_local(rules: list[TierRule], path: Path, catalogue: Mapping[str, Fact]) -> Iterator[TierRule]:
    """The versions of the country's rule, with the bands of the indicator that it leaves to the province."""
    row = _load(path)
    reader = PartReader(path.name, catalogue, 1.0).inside(row.get("region", "?"), row)
    reader.keys(row, "key", "region", "source", "read_on", "confidence", "indicator", "indicators", "note")
    key, region, name = (reader.text(row, item) for item in ("key", "region", "indicator"))
    parts = tuple(reader.indicator(one) for one in reader.rows(row, "indicators"))
    country = [rule for rule in rules if rule.key == key and rule.region is None]
    if not country:
        raise reader.error("key", key, sorted({rule.key for rule in rules if rule.region is None}))
    for rule in country:
        clauses = tuple(_filled(clause, name, parts) for clause in rule.clauses)
        if clauses == rule.clauses:
            raise reader.error("indicator", name, "an indicator whose bands the rule leaves unread")
        source = f"{rule.source}；{reader.text(row, 'source')}"
        yield replace(
            rule, region=region, source=source, clauses=clauses, digest=hashlib.sha256(
                (rule.digest + _digest(path)).encode()
            ).hexdigest(),
        )  # fmt: skip


def _filled(clause: Clause, name: str, parts: tuple[ScoredIndicator, ...]) -> Clause:
    condition = _fill(clause.condition, name, parts)
    return replace(clause, condition=condition, confidence=least_confidence(condition))


def _fill(condition: Condition, name: str, parts: tuple[ScoredIndicator, ...]) -> Condition:
    if isinstance(condition, AnyOf):
        return AnyOf(tuple(_fill(part, name, parts) for part in condition.parts), condition.shortcuts)
    if not isinstance(condition, Scored):
        return condition
    found: list[ScoredIndicator] = []
    for one in condition.indicators:
        if one.key != name or not one.unread:
            found.append(one)
            continue
        if sum(part.most for part in parts) > one.most:
            raise LadderError(f"{name}: full marks of {[part.key for part in parts]} exceed {one.most:g}")
        found += [replace(part, category=one.category) for part in parts]
    return replace(condition, indicators=tuple(found))


def _tiers(path: Path) -> Iterator[Tier]:
    if path.is_file():
        for row in read_rows(path):
            yield Tier(row["key"], row["zh"], row["en"], row["track"], int(row["height"]), row["title_fact"])


def _check(rules: list[TierRule], tiers: tuple[Tier, ...]) -> None:
    names = [tier.key for tier in tiers]
    for position, rule in enumerate(rules):
        if rule.key not in names or (rule.presupposes is not None and rule.presupposes not in names):
            raise LadderError(
                f"{rule.name}: key is {rule.key!r}, presupposes is {rule.presupposes!r}, allowed: {names}"
            )
        for other in rules[:position]:
            same = (rule.key, rule.region) == (other.key, other.region)
            if same and any(one.in_force(two.valid_from) for one, two in ((rule, other), (other, rule))):
                raise LadderError(f"{rule.name} and {other.name} are in force on the same day")
