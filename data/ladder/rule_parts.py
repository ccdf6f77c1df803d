"""From the parts of a rule's file to conditions; every error names the file, the key, what was found and is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from data.ladder.conditions import (
    WAYS,
    AllOf,
    AnyOf,
    Band,
    Branch,
    ByValue,
    Category,
    Condition,
    Scored,
    ScoredIndicator,
    Threshold,
    Way,
    thresholds,
)

LEAST: tuple[Way, ...] = ("at_least", "above")  # of points
FORMS = ("fact", "all", "any", "cases", "score")


class LadderError(ValueError):
    """A file of the ladder, or a value of a fact, breaks its rules."""


@dataclass(frozen=True)
class PartReader:
    """Reads the parts of one file; ``where`` is the file and, further in, the key.

    fact : fact of a band that names none
    """

    where: str
    facts: Mapping[str, object]
    confidence: float
    fact: str = ""

    def inside(self, key: object, row: Mapping[str, Any]) -> PartReader:
        """The reader of a part that may have a confidence and a fact of its own."""
        confidence = self.number(row, "confidence", self.confidence)
        if not 0.0 <= confidence <= 1.0:
            raise self.error("confidence", confidence, "0 to 1")
        return PartReader(f"{self.where}, {key}", self.facts, confidence, row.get("fact", self.fact))

    def error(self, key: str, found: object, allowed: object) -> LadderError:
        """The error of one key."""
        return LadderError(f"{self.where}: {key} is {found!r}, allowed: {allowed}")

    def keys(self, row: object, *allowed: str) -> Mapping[str, Any]:
        """The row, which may have these keys alone."""
        if not isinstance(row, Mapping):
            raise self.error("a part", row, f"a mapping with {list(allowed)}")
        if alien := sorted(str(key) for key in row if key not in allowed):
            raise self.error("key", alien[0], list(allowed))
        return row

    def rows(self, row: Mapping[str, Any], key: str) -> Sequence[Any]:
        """A list that is not empty."""
        found = row.get(key)
        if not isinstance(found, list) or not found:
            raise self.error(key, found, "a list with one row or more")
        return found

    def text(self, row: Mapping[str, Any], key: str) -> str:
        """A text that is not empty."""
        found = row.get(key)
        if not isinstance(found, str) or not found.strip():
            raise self.error(key, found, "a text")
        return found

    def number(self, row: Mapping[str, Any], key: str, default: float | None = None) -> float:
        """A finite number, which true and false are not."""
        found = row.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < float("inf"):
            raise self.error(key, found, "a number")
        return float(found)

    def condition(self, row: object) -> Condition:
        """A condition in any of its forms, with its shortcuts."""
        if not isinstance(row, Mapping):
            raise self.error("a condition", row, f"a mapping with one of {list(FORMS)}")
        forms = [form for form in FORMS if form in row]
        if len(forms) != 1:
            raise self.error("form", forms or sorted(row), f"one of {list(FORMS)}")
        reader = self.inside(row.get("key", forms[0]), row)
        found: Condition
        if forms == ["fact"]:
            found = reader.threshold(row)
        elif forms == ["all"]:
            found = AllOf(tuple(reader.condition(part) for part in reader.rows(row, "all")))
        elif forms == ["any"]:
            found = AnyOf(tuple(reader.condition(part) for part in reader.rows(row, "any")))
        elif forms == ["cases"]:
            found = reader.cases(row)
        else:
            found = reader.scored(row["score"])
        if "shortcuts" in row:
            found = AnyOf((found,), tuple(reader.condition(part) for part in reader.rows(row, "shortcuts")))
        return found

    def threshold(self, row: Mapping[str, Any]) -> Threshold:
        """``{fact, at_least|above|at_most|below: number}`` or ``{fact, is: yes|no}``."""
        fact = row.get("fact", self.fact)
        if fact not in self.facts:
            raise self.error("fact", fact, sorted(self.facts))
        given = [way for way in (*WAYS, "is") if way in row]
        if len(given) != 1:
            raise self.error(f"comparison of {fact}", given, f"one of {[*WAYS, 'is']}")
        confidence, note = self.number(row, "confidence", self.confidence), str(row.get("note", ""))
        if given == ["is"]:
            if not isinstance(row["is"], bool):
                raise self.error("is", row["is"], "yes or no")
            way: Way = "at_least" if row["is"] else "at_most"
            return Threshold(fact, way, float(row["is"]), confidence, note)
        return Threshold(fact, cast(Way, given[0]), self.number(row, given[0]), confidence, note)

    def cases(self, row: Mapping[str, Any]) -> ByValue:
        """Branches in order, of which the last one alone has no ``when``."""
        branches = []
        rows = self.rows(row, "cases")
        for position, one in enumerate(rows):
            self.keys(one, "when", "then")
            if ("when" in one) == (position == len(rows) - 1) or "then" not in one:
                raise self.error("cases", one, "when and then, and then alone in the last row")
            when = self.threshold(self.keys(one["when"], "fact", "is", "confidence", *WAYS)) if "when" in one else None
            branches.append(Branch(when, self.condition(one["then"])))
        return ByValue(tuple(branches))

    def scored(self, row: object) -> Scored:
        """The total, the minima and caps of its categories, and its indicators."""
        given = self.keys(row, "indicators", "categories", "given", *LEAST)
        if given.get("given") is not None and given["given"] not in self.facts:
            raise self.error("given", given["given"], sorted(self.facts))
        ways = [way for way in LEAST if way in given]
        if len(ways) != 1:
            raise self.error("score", sorted(given), f"one of {list(LEAST)}")
        indicators = tuple(self.indicator(one) for one in self.rows(given, "indicators"))
        keys = [one.key for one in indicators]
        if len(set(keys)) < len(keys):
            raise self.error("indicators", keys, "each key once")
        limits = given.get("categories", {})
        names = tuple(dict.fromkeys(one.category for one in indicators))
        if alien := sorted(set(limits) - set(names)):
            raise self.error("category", alien[0], list(names))
        return Scored(
            ways[0],
            self.number(given, ways[0]),
            indicators,
            tuple(self.category(name, limits.get(name, {}), indicators) for name in names),
            given.get("given"),
        )

    def category(self, name: str, row: object, indicators: Sequence[ScoredIndicator]) -> Category:
        """One category's cap and minimum."""
        given = self.inside(name, {}).keys(row, "most", *LEAST)
        most = sum(one.most for one in indicators if one.category == name)
        way = next((way for way in LEAST if way in given), None)
        return Category(name, self.number(given, "most", most), way, self.number(given, way) if way else 0.0)

    def indicator(self, row: object) -> ScoredIndicator:
        """One indicator with its bands, best first; ``unread`` instead of bands where they are not known."""
        given = self.keys(row, "key", "zh", "en", "category", "most", "fact", "bands", "unread", "confidence", "note")
        reader = self.inside(given.get("key"), given)
        most = reader.number(given, "most")
        if ("unread" in given) == ("bands" in given):
            raise reader.error("bands", sorted(given), "bands, or why they are unread")
        bands = tuple(
            reader.band(one, most)
            for one in ([{"points": [0, most]}] if "unread" in given else reader.rows(given, "bands"))
        )
        texts = {key: reader.text(given, key) for key in ("key", "zh", "en", "category")}
        return ScoredIndicator(
            **texts,
            most=most,
            bands=bands,
            confidence=min([reader.confidence, *(t.confidence for t in _of_bands(bands))]),
            unread=reader.text(given, "unread") if "unread" in given else "",
            note=str(given.get("note", "")),
        )

    def band(self, row: object, most: float) -> Band:
        """Points, or a range of points, under a condition or always."""
        given = self.keys(row, "points", "fact", "is", "any", "all", "confidence", "note", *WAYS)
        points = given.get("points")
        low, high = points if isinstance(points, list) and len(points) == 2 else (points, points)
        ends = {"low": low, "high": high}
        low, high = self.number(ends, "low"), self.number(ends, "high")
        if not 0.0 <= low <= high <= most:
            raise self.error("points", points, f"0 to {most:g}, the lower first")
        rest = {key: value for key, value in given.items() if key != "points"}
        if rest and not {"any", "all"} & set(rest):
            rest.setdefault("fact", self.fact)
        return Band(low, high, self.condition(rest) if rest else None)


def _of_bands(bands: Sequence[Band]) -> list[Threshold]:
    return [one for band in bands if band.when is not None for one in thresholds(band.when)]
