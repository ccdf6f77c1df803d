"""What the declaration sheet (报关单) shows, box by box, before it is drawn as a page or as a PDF file.

The layout is that of the form in force since 2018-08-01 (announcement 2018 no. 61 of the customs administration): a
grid of seven rows, the goods, the confirmations and the declarant. Elements of natural persons are not in a
``Declaration``, so the boxes of the declaring person stay empty, to be filled in by hand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from data.clearance.codes import Codes, CodesOfDay
from data.clearance.records import Declaration
from models.clearance.rules.form import CHECKED_LINES, Finding, elements
from models.clearance.sheet.texts import Language, in_language, say, shown, written_day

DIALECT = "single_window"
_CHARGES = {"1": "000", "2": "", "3": ""}


# The elements of each column of the goods.
_GOODS_ELEMENTS = (
    "GNo ContrItem",
    "CodeTS",
    "GName GModel",
    "FirstQty FirstUnit SecondQty SecondUnit GQty GUnit",
    "DeclPrice DeclTotal TradeCurr",
    "OriginCountry",
    "DestinationCountry",
    "DistrictCode",
    "DutyMode",
)


class SheetError(ValueError):
    """A sheet cannot be made: another dialect than the Single Window's, or a part of the installation is absent."""


class Box(NamedTuple):
    """One box: its name, the codes beside it, its lines, its share of the row's width, marks of findings in it."""

    label: str
    code: str
    lines: tuple[str, ...]
    width: float
    marks: tuple[int, ...]


class GoodsLine(NamedTuple):
    """One item: the lines of each column, and the marks of each."""

    cells: tuple[tuple[str, ...], ...]
    marks: tuple[tuple[int, ...], ...]


class Remarked(NamedTuple):
    """One finding as it is listed: its number on the sheet, how grave, where, and its sentence with its rule's id."""

    number: int
    severity: str
    grade: str
    where: str
    text: str


class Sheet(NamedTuple):
    """The whole sheet in one language."""

    lang: Language
    title: str
    numbers: tuple[str, ...]
    rows: tuple[tuple[Box, ...], ...]
    columns: tuple[tuple[str, float], ...]
    goods: tuple[GoodsLine, ...]
    confirmations: tuple[str, ...]
    signatures: tuple[str, ...]
    findings: tuple[Remarked, ...]
    summary: str
    note: str
    simulated: str
    draft: str
    findings_title: str
    finding_columns: tuple[str, ...]


def make_sheet(
    declaration: Declaration,
    codes: Codes,
    findings: Sequence[Finding],
    lang: Language,
    *,
    today: dt.date,
    simulated: bool = False,
) -> Sheet:
    """The sheet of a declaration.

    today : the day on which it is, or was, declared: names of codes are those of the day, else of the newest edition
    findings : what ``check`` gave; each gets a number, which its boxes show
    raises : SheetError for a declaration of another dialect
    """
    if declaration.dialect != DIALECT:
        raise SheetError(f"no sheet for declarations of {declaration.dialect!r}; allowed: {DIALECT}")
    return _Maker(declaration, codes.on(today), findings, lang).sheet(simulated)


class _Maker:
    """Fills the boxes of one declaration."""

    def __init__(
        self, declaration: Declaration, tables: CodesOfDay, findings: Sequence[Finding], lang: Language
    ) -> None:
        self.declaration, self.tables, self.lang = declaration, tables, lang
        self.findings = list(enumerate(findings, start=1))
        self.by_path: dict[str, list[int]] = {}
        for n, finding in self.findings:
            if finding.severity != "not_checked":
                self.by_path.setdefault(finding.where, []).append(n)
        self.direction = "import" if self.head("IEFlag") == "I" else "export"
        self.from_other_days = False

    def sheet(self, simulated: bool) -> Sheet:
        """Every box, in the order of the form."""
        way, lang = self.direction, self.lang
        columns = (("item", 4), ("code", 9), ("goods", 27), ("quantity", 12), ("price", 11), ("origin", 9),
                   ("destination", 9), (f"district_{way}", 12), ("levy", 7))  # fmt: skip
        rows = self._rows()
        lines = self.declaration.goods
        goods = tuple(self._goods(n, line) for n, line in enumerate(lines[:CHECKED_LINES], start=1))
        notes = [say("other_edition", lang, day=self.tables.day)] if self.from_other_days else []
        notes += [say("first_lines", lang, n=len(lines), shown=len(goods))] if len(lines) > len(goods) else []
        counts = {kind: sum(one.severity == kind for _, one in self.findings) for kind in ("error", "warning")}
        return Sheet(
            lang,
            say(f"title_{way}", lang),
            self._numbers(),
            rows,
            tuple((say(f"column_{name}", lang), width / 100) for name, width in columns),
            goods,
            self._confirmations(),
            (
                f"{say('person', lang)}　　　　　{say('person_number', lang)}　　　　　{say('telephone', lang)}",
                say("oath", lang),
                f"{say('declarant', lang)} {self._party('AgentCodeScc', 'AgentCode')} {self.head('AgentName')}",
                say("seal", lang),
                say("customs_seal", lang),
            ),
            tuple(self._remarked(n, finding) for n, finding in self.findings),
            say("summary", lang, errors=counts["error"], warnings=counts["warning"],
                unchecked=len(self.findings) - counts["error"] - counts["warning"]),
            " ".join(notes),
            say("simulated", lang) if simulated else "",
            say("draft", lang),
            say("findings", lang),
            tuple(say(f"findings_{name}", lang) for name in ("number", "severity", "where", "text")),
        )  # fmt: skip

    def head(self, name: str) -> str:
        """Text of an element of the head."""
        return shown(self.declaration.head.get(name, ""))

    def name(self, table: str, code: str) -> str:
        """Name of a code; remembers whether one came from the edition of another day."""
        if not code:
            return ""
        text = self.tables.name(table, code)
        if text and not any(row.on(self.tables.day) for row in [self.tables.find(table, code)] if row):
            self.from_other_days = True
        return text

    def _party(self, *names: str) -> str:
        """The first of several codes of a firm that is there, in brackets."""
        code = next((self.head(name) for name in names if self.head(name)), "")
        return f"({code})" if code else ""

    def _numbers(self) -> tuple[str, ...]:
        lang, office = self.lang, self.head("CustomMaster")
        of_office = f"（{self.name('customs_offices', office) or office}）" if office else ""
        return (
            f"{say('pre_entry', lang)} {self.head('PreEntryId') or self.head('SeqNo')}",
            f"{say('customs_number', lang)} {self.head('EntryId')}{of_office}",
        )

    def _box(self, key: str, width: float, names: str, lines: Sequence[str], code: str = "") -> Box:
        marks = [n for name in names.split() for path in self._paths(name) for n in self.by_path.get(path, [])]
        clean = tuple(shown(line) for line in lines if line)
        return Box(say(key, self.lang), shown(code), clean, width / 100, tuple(dict.fromkeys(marks)))

    def _paths(self, name: str) -> list[str]:
        if "/" not in name:
            return [f"DecHead/{name}", f"DecFreeTxt/{name}"]
        return [path for path in self.by_path if path.split("[")[0].startswith(name.rstrip("/"))]

    def _coded(self, key: str, width: float, element: str, table: str) -> Box:
        code = self.head(element)
        return self._box(key, width, element, [self.name(table, code)], f"({code})" if code else "")

    def _text(self, key: str, width: float, *names: str) -> Box:
        return self._box(key, width, " ".join(names), [" / ".join(filter(None, (self.head(name) for name in names)))])

    def _rows(self) -> tuple[tuple[Box, ...], ...]:
        """The grid of the form; imports have two boxes more than exports."""
        way, imports = self.direction, self.direction == "import"
        overseas = ("OverseasConsignorEname", "OverseasConsignorCname") if imports else ("OverseasConsigneeEname",)
        overseas_code = self._party("OverseasConsignorCode" if imports else "OverseasConsigneeCode")
        transport = [self._coded("transport", 17, "TrafMode", "transport_modes")]
        transport += [
            self._text("vessel", 17 if imports else 34, "TrafName", "VoyNo"),
            self._text("bill", 17, "BillNo"),
        ]
        modes = [self._coded("supervision", 17, "TradeMode", "supervision_modes")]
        modes += [self._coded("levy_nature", 17 if imports else 34, "CutMode", "levy_natures")]
        modes += [self._text("licence", 17, "LicenseNo")]
        if imports:
            transport.append(self._text("storage", 17, "GoodsPlace"))
            modes.append(self._coded("departure_port", 17, "DespPortCode", "ports"))
        return (
            (
                self._box(f"trader_{way}", 32, "TradeName TradeCode TradeCoScc", [self.head("TradeName")],
                          self._party("TradeCoScc", "TradeCode")),
                self._coded(f"office_{way}", 17, "IEPort", "customs_offices"),
                self._box(f"date_{way}", 17, "IEDate", [written_day(self.head("IEDate"))]),
                self._box("declared", 17, "", [self.tables.day.isoformat()]),
                self._text("record", 17, "ManualNo"),
            ),
            (self._box(f"overseas_{way}", 32, " ".join(overseas), [self.head(name) for name in overseas],
                       overseas_code), *transport),
            (self._box(f"owner_{way}", 32, "OwnerName OwnerCode OwnerCodeScc", [self.head("OwnerName")],
                       self._party("OwnerCodeScc", "OwnerCode")), *modes),
            (
                self._text("contract", 32, "ContrNo"),
                self._coded("trading_country", 17, "TradeAreaCode", "countries"),
                self._coded(f"country_{way}", 17, "TradeCountry", "countries"),
                self._coded(f"port_{way}", 17, "DistinatePort", "ports"),
                self._coded(f"entry_{way}", 17, "EntyPortCode", "domestic_ports"),
            ),
            (
                self._coded("packing", 24, "WrapType", "package_types"),
                self._text("packages", 8, "PackNo"),
                self._text("gross", 11, "GrossWet"),
                self._text("net", 11, "NetWt"),
                self._coded("terms", 10, "TransMode", "trade_terms"),
                *(self._charge(*names) for names in (("fee", "Fee"), ("insurance", "Insur"), ("other", "Other"))),
            ),
            (self._box("documents", 100, "DecLicenseDocus/ EdocRealation/", self._documents()),),
            (self._box("remarks", 100, "MarkNo NoteS RelId RelManNo BonNo CusFie DecContainers/", self._remarks()),),
        )  # fmt: skip

    def _charge(self, key: str, name: str) -> Box:
        """Currency, amount or rate, mark, as the form has them; a rate has the currency 000."""
        mark, rate, currency = (self.head(f"{name}{part}") for part in ("Mark", "Rate", "Curr"))
        parts = [currency or _CHARGES.get(mark, ""), rate, mark]
        return self._box(key, 12, f"{name}Mark {name}Rate {name}Curr", ["/".join(parts)] if mark or rate else [])

    def _documents(self) -> list[str]:
        lang = self.lang
        licences = [
            f"{code} {self.name('licences', code)} {row.get('CertCode', '').strip()}"
            for row in self.declaration.licences
            if (code := row.get("DocuCode", "").strip())
        ]
        attached = [self.name("attachments", code) or code for code in self._attachments()]
        lines = [f"{say('documents_1', lang)} {'；'.join(' '.join(text.split()) for text in licences)}"]
        return [*lines, f"{say('documents_2', lang)} {'；'.join(attached)}"]

    def _attachments(self) -> list[str]:
        return [
            row.get("EdocCode", "").strip() for row in self.declaration.documents if row.get("EdocCode", "").strip()
        ]

    def _remarks(self) -> list[str]:
        lang, boxes = self.lang, [row.get("ContainerId", "").strip() for row in self.declaration.containers]
        lines = [self.head("MarkNo"), self.head("NoteS")]
        related = [f"{in_language(elements()['DecFreeTxt', name].label, lang)}: {self.head(name)}"
                   for name in ("RelId", "RelManNo", "BonNo", "CusFie") if self.head(name)]  # fmt: skip
        lines += ["；".join(related)]
        if boxes:
            lines.append(f"{say('containers', lang)} {len(boxes)}；{'；'.join(boxes)}")
        return lines

    def _goods(self, n: int, row: Mapping[str, str]) -> GoodsLine:
        """One item of the goods: nine columns of up to three lines."""

        def get(name: str) -> str:
            return shown(row.get(name, ""))

        def named(table: str, name: str) -> list[str]:
            return [self.name(table, get(name)), f"({get(name)})" if get(name) else ""]

        quantities = [
            f"{get(quantity)}{self.name('units', get(unit)) or get(unit)}" if get(quantity) else ""
            for quantity, unit in (("FirstQty", "FirstUnit"), ("SecondQty", "SecondUnit"), ("GQty", "GUnit"))
        ]
        cells = (
            [get("GNo"), f"({get('ContrItem')})" if get("ContrItem") else ""],
            [get("CodeTS")],
            [get("GName"), get("GModel")],
            quantities,
            [get("DeclPrice"), get("DeclTotal"), self.name("currencies", get("TradeCurr")) or get("TradeCurr")],
            named("countries", "OriginCountry"),
            named("countries", "DestinationCountry"),
            named("domestic_districts", "DistrictCode"),
            named("levy_exemptions", "DutyMode"),
        )
        start = f"DecLists/DecList[{n}]/"
        own = {path.removeprefix(start): marks for path, marks in self.by_path.items() if path.startswith(start)}
        marks = tuple(tuple(mark for name in of.split() for mark in own.get(name, [])) for of in _GOODS_ELEMENTS)
        return GoodsLine(tuple(tuple(line for line in cell if line) for cell in cells), marks)

    def _confirmations(self) -> tuple[str, ...]:
        """Special relation, its influence on the price, royalties: 1 yes, 0 no, in this order."""
        given = [letter for letter in self.head("PromiseItmes") if letter in "019"]
        names = ("relation", "influence", "royalties")
        said = [
            say({"1": "yes", "0": "no"}.get(given[k], "blank"), self.lang) if k < len(given) else "" for k in range(3)
        ]
        return tuple(f"{say(name, self.lang)} {text}".strip() for name, text in zip(names, said, strict=True))

    def _remarked(self, n: int, finding: Finding) -> Remarked:
        text = f"{in_language((finding.zh, finding.en), self.lang)} [{finding.rule_id}]"
        return Remarked(n, finding.severity, say(finding.severity, self.lang), self._where(finding), shown(text))

    def _where(self, finding: Finding) -> str:
        """Name of the box, with the number of the item for goods."""
        part, name = finding.where.rpartition("/")[::2]
        node = part.split("/")[-1].split("[")[0]
        element = elements().get((node, name))
        label = in_language(element.label, self.lang) if element else shown(finding.where)
        return say("item", self.lang, line=finding.line, name=label) if finding.line else label
