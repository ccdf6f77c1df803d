"""A declaration as its rules read it: every element with its path, and findings with their texts.

The rules themselves are rows of ``data/reference/clearance/sentences_checks.csv``: key, severity, source of the rule
and its sentence in Chinese and English. The elements are rows of ``form_elements.csv``: kind of value, table of codes,
in which direction an element is needed, and whether its text is of a person and is never shown. The longest text of
each is that of the message's own table, ``dec_message_elements.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Literal, NamedTuple

from data.clearance.codes import CodesOfDay
from data.clearance.records import Declaration
from data.codebook import read_rows, reference_path
from data.ingest.messages.elements import element_table
from data.texts.figures import Text
from data.texts.sentences import read_sentences

SENTENCES = "clearance/sentences_checks.csv"
Severity = Literal["error", "warning", "not_checked"]
SHOWN = 80  # characters of what was found
CHECKED_LINES = 200  # of each part; a declaration has at most 50 items, so that what is longer is no declaration
# Paths of an element: of the head it stands alone, of a list it carries its position.
PATHS: Mapping[str, str] = {
    "DecHead": "DecHead",
    "DecFreeTxt": "DecFreeTxt",
    "DecList": "DecLists/DecList",
    "LicenseDocu": "DecLicenseDocus/LicenseDocu",
    "Container": "DecContainers/Container",
    "EdocRealation": "EdocRealation",
}
_DECIMAL = re.compile(r"[0-9]{1,19}(\.[0-9]{1,10})?")
_SIGNED = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,10})?")
_WHOLE = re.compile(r"[0-9]{1,19}")


class Rule(NamedTuple):
    """One rule: how grave a breach is, and where the rule comes from."""

    rule_id: str
    severity: Severity
    source: str


class Finding(NamedTuple):
    """One breach of a rule, or one thing that could not be checked.

    where : path of the element, such as ``DecLists/DecList[2]/FirstUnit``; line : number of goods, 0 for the head
    found, allowed : what is there and what could be; never the text of an element that is of a person
    zh, en : the sentence for a person
    """

    rule_id: str
    severity: Severity
    where: str
    line: int
    found: str
    allowed: str
    zh: str
    en: str


class Element(NamedTuple):
    """One element of the form, as its table describes it.

    kind : how its text is read; max_length : in characters, 0 where none is given
    """

    node: str
    name: str
    label: Text
    kind: str
    table: str
    max_length: int
    required: str
    missing_is: str
    hidden: bool


class Position(NamedTuple):
    """One element of one line of a declaration, with its text; empty where it is absent."""

    element: Element
    where: str
    line: int
    text: str


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its id, in the order of their file."""
    rows = read_rows(reference_path(SENTENCES))
    return {row["key"]: Rule(row["key"], _severity(row["severity"]), row["source"]) for row in rows}


def _severity(text: str) -> Severity:
    if text == "error":
        return "error"
    return "warning" if text == "warning" else "not_checked"


@cache
def elements() -> Mapping[tuple[str, str], Element]:
    """Every element of the form by its part and its name."""
    lengths = element_table("dec_message")
    return {
        (row["node"], row["element"]): Element(
            row["node"],
            row["element"],
            (row["zh"], row["en"]),
            row["kind"],
            row["table"],
            lengths[row["node"]][row["element"]].max_len,
            row["required"],
            row["missing_is"],
            bool(row["hidden"]),
        )
        for row in read_rows(reference_path("clearance/form_elements.csv"))
    }


def finding(rule_id: str, where: str, line: int, found: str, allowed: str, **figures: Any) -> Finding:
    """A finding of a rule with its sentence; ``found`` and ``allowed`` are figures of the sentence too."""
    rule = rules()[rule_id]
    shown = found[:SHOWN]
    texts = read_sentences(reference_path(SENTENCES))[rule_id].fill(
        {"found": shown, "allowed": allowed, "line": line, **figures}
    )
    return Finding(rule_id, rule.severity, where, line, shown, allowed, *texts)


@dataclass(frozen=True)
class Form:
    """A declaration and the tables of the day on which it is declared."""

    declaration: Declaration
    tables: CodesOfDay

    @cached_property
    def direction(self) -> str:
        """``import``, ``export``, or empty where the declaration names neither."""
        return {"I": "import", "E": "export"}.get(self.head("IEFlag"), "")

    def head(self, name: str) -> str:
        """Text of an element of the head, without blanks around it; empty where it is absent."""
        return self.declaration.head.get(name, "").strip()

    def rows(self, node: str) -> tuple[tuple[str, int, Mapping[str, str]], ...]:
        """The first lines of a part, at most 200: path, number of goods (0 where the part is not goods), elements."""
        if node in ("DecHead", "DecFreeTxt"):
            return ((PATHS[node], 0, self.declaration.head),)
        lines = {
            "DecList": self.declaration.goods,
            "LicenseDocu": self.declaration.licences,
            "Container": self.declaration.containers,
            "EdocRealation": self.declaration.documents,
        }[node]
        goods = node == "DecList"
        return tuple(
            (f"{PATHS[node]}[{n}]", n if goods else 0, row) for n, row in enumerate(lines[:CHECKED_LINES], start=1)
        )

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """Every element of the form at every line of its part."""
        return tuple(self._positions())

    def _positions(self) -> Iterator[Position]:
        for node in PATHS:
            of_node = [element for element in elements().values() if element.node == node]
            for path, line, row in self.rows(node):
                for element in of_node:
                    yield Position(element, f"{path}/{element.name}", line, row.get(element.name, "").strip())

    def weight(self, name: str) -> Decimal | None:
        """An element of the head as a number; None where it is none."""
        return number(self.head(name))


def number(text: str, kind: str = "number") -> Decimal | None:
    """A text as a number: digits with at most one point, no sign unless the kind is ``signed``; None for all else."""
    form = {"whole": _WHOLE, "signed": _SIGNED}.get(kind, _DECIMAL)
    return Decimal(text.strip()) if form.fullmatch(text.strip()) else None


def label(node: str, name: str) -> Text:
    """Name of an element in both languages."""
    return elements()[node, name].label


def plain(value: Decimal) -> str:
    """A number as it would be written by hand, without zeros at its end."""
    return f"{value.normalize():f}"
