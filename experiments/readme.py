"""The figures of every document are written here, from run records, and nowhere by hand.

A block lies between ``<!-- figures:NAME -->`` and ``<!-- /figures -->``. Which figures it shows, and what they are
called in each language, is one row per figure in ``readme_figures.csv``; both languages show the same figures. A block
that is named in ``RECORDS`` quotes that record alone; a block of ``SUMMARIES`` quotes several, and each of its paths
begins with a record's name. A digest of every block as it was written lies in ``quoted_blocks.csv``, so that a block
that was changed by hand is found where its record is not at hand. The tables of ``experiments.model_cards`` are blocks
too, and so is ``answer``: the decision of ``EXAMPLE`` in the batch, abridged.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from experiments.model_cards import CARD_TABLES, CardError, card_table

_BLOCK = re.compile(r"(<!-- figures:(?P<name>[a-z-]+) -->\n).*?(<!-- /figures -->)", re.DOTALL)
_CODE, _ADDRESS = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL), re.compile(r"\]\([^)]*\)|https?://\S+")
_NUMBER = re.compile(r"\d[\d,]*\.\d+")
_TYPED = re.compile(r"(?<![\w.,])(\d[\d,]*\.\d+)( ?%)?")
_NAMED = re.compile(
    r"(?i)\b(?:AUC|KS|Brier|nDCG(?:@\d+)?|recall(?:@\d+)?|ECE|log loss|Spearman|F1|calibration slope)\b[^\n.;|]{0,25}?"
    r"(?<![\d@])(?:0?\.\d+|\d+(?:\.\d+)? ?%)"
)
Record = Mapping[str, Any]
Language = Literal["en", "zh", "both"]
RESULTS: Mapping[str, Language] = {"docs/results.md": "en", "docs/results.zh-CN.md": "zh"}
READMES: Mapping[str, Language] = {"README.md": "en", "README.zh-CN.md": "zh"}
CARDS: Mapping[str, Language] = {
    f"docs/model-cards/{name}.md": "both" for name in ("points", "risk", "quota", "chain", "clearance", "approvals")
}
DOCUMENTS: Mapping[str, Language] = {**READMES, **RESULTS, **CARDS}
EXAMPLE = "910000000000002038"  # the firm of the READMEs' request, whose amount is that of the batch
DECISIONS = "artifacts/decisions/decisions.jsonl"
WRITTEN = "experiments/quoted_blocks.csv"
SUMMARIES = ("headline", "card-points", "card-risk", "card-quota", "card-chain", "card-clearance", "card-approvals")
PUBLIC_LOGS = ("bench-remaining-time", "bench-approvals")  # of real cases, whatever caveat their record has
_HEAD: Mapping[Language, str] = {
    "en": "| figure | value |",
    "zh": "| 指标 | 数值 |",
    "both": "| figure · 指标 | value · 数值 |",
}
_CAVEAT: Mapping[Language, str] = {
    "en": "Synthetic labels: these figures measure the generator, not the world.",
    "zh": "合成标签：这些数字衡量的是生成器，而不是真实世界。",
    "both": "Synthetic labels: these figures measure the generator, not the world. · "
    "合成标签：这些数字衡量的是生成器，而不是真实世界。",
}
_TOO_FEW = {  # in the place of a figure: English, Chinese
    "too_few_defaults": ("too few: defaults {:,}", "过少：违约 {:,} 笔"),
    "too_few_others": ("too few: loans without default {:,}", "过少：未违约 {:,} 笔"),
}
RECORDS: Mapping[str, str] = {  # block -> the run record that it quotes
    "synthetic": "artifacts/synthetic/metrics.json",
    "labels": "artifacts/labels/metrics.json",
    "points": "artifacts/points/metrics.json",
    "risk": "artifacts/risk/metrics.json",
    "quota": "artifacts/quota/metrics.json",
    "decisions": "artifacts/decisions/metrics.json",
    "real-invoices": "experiments/0001-real-invoices/results/metrics.json",
    "polish": "experiments/0003-polish-ratios/results/metrics.json",
    "patents": "experiments/0002-patents-from-rd/results/metrics.json",
    "bench-risk-truth": "artifacts/bench/risk_truth.json",
    "bench-risk-drift": "artifacts/bench/risk_drift.json",
    "bench-risk": "artifacts/bench/risk.json",
    "bench-certificate": "artifacts/bench/certificate.json",
    "bench-wording": "artifacts/bench/wording.json",
    "bench-drift": "artifacts/bench/drift.json",
    "bench-matching": "artifacts/bench/matching.json",
    "bench-comparison": "artifacts/bench/comparison.json",
    "bench-promotion": "artifacts/bench/promotion.json",
    "bench-reform": "artifacts/bench/reform.json",
    "chain-placement": "artifacts/chain/metrics.json",
    "bench-chain": "artifacts/bench/chain.json",
    "bench-node-scores": "artifacts/bench/node_scores.json",
    "clearance-events": "artifacts/clearance/events.json",
    "clearance": "artifacts/clearance/metrics.json",
    "bench-before-after": "artifacts/bench/clearance_before_after.json",
    "bench-clearance-alerts": "artifacts/bench/clearance_alerts.json",
    "bench-clearance": "artifacts/bench/clearance.json",
    "bench-clearance-live": "artifacts/bench/clearance.json",
    "bench-remaining-time": "artifacts/bench/remaining_time.json",
    "approvals-events": "artifacts/approvals/events.json",
    "approvals": "artifacts/approvals/metrics.json",
    "incubators": "artifacts/incubators/metrics.json",
    "bench-approvals": "artifacts/bench/approvals.json",
    "bench-approvals-simulated": "artifacts/bench/approvals.json",
    "mutation": "artifacts/bench/mutation.json",
}


class RecordMissingError(FileNotFoundError):
    """A block needs figures whose run has not been made."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of a block: where the figure lies in the record, and its name in both languages."""

    block: str
    path: str  # steps parted by ">"
    en: str
    zh: str


@cache
def read_figures() -> tuple[Figure, ...]:
    """The rows of readme_figures.csv, in file order."""
    text = (files("experiments") / "readme_figures.csv").read_text(encoding="utf-8")
    return tuple(Figure(**row) for row in csv.DictReader(text.splitlines()))


@dataclass(frozen=True, slots=True)
class Stale:
    """A block that is not what its record gives: where, and what differs first."""

    document: str
    line: int
    block: str
    fault: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: block {self.block}: {self.fault}"


def stale(root: Path = Path()) -> tuple[list[Stale], list[str]]:
    """Every block of a document that differs from its record, and the blocks that no record is at hand for.

    Of these, those that are not as ``python -m experiments readme`` wrote them.
    """
    records, unchecked = read_records(root, partly=True), set()
    with (root / WRITTEN).open(encoding="utf-8") as file:
        written = {(row["document"], row["block"]): row["sha256"] for row in csv.DictReader(file)}
    found: list[Stale] = []
    for document, language in DOCUMENTS.items():
        text = (root / document).read_text(encoding="utf-8")
        for match in _BLOCK.finditer(text):
            line = text[: match.start()].count("\n") + 1
            try:
                expected = match[1] + _block(match["name"], records, language, root / "artifacts") + match[3]
            except FileNotFoundError:
                unchecked.add(match["name"])
                if written.get((document, match["name"])) != _digest(match[0]):
                    fault = "changed by hand, or not written by `python -m experiments readme`"
                    found.append(Stale(document, line, match["name"], fault))
            except (KeyError, CardError) as error:
                found.append(Stale(document, line, match["name"], str(error.args[0])))
            else:
                pairs = zip_longest(match[0].splitlines(), expected.splitlines(), fillvalue="")
                different = [(number, *pair) for number, pair in enumerate(pairs, start=line) if pair[0] != pair[1]]
                for number, given, wanted in different[:1]:
                    differs = f"found {given!r}, the record gives {wanted!r}; run `python -m experiments readme`"
                    found.append(Stale(document, number, match["name"], differs))
    return found + typed_by_hand(root), sorted(unchecked)


def write_digests(root: Path = Path()) -> None:
    """A row for every block of every document as it is now."""
    with (root / WRITTEN).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("document", "block", "sha256"))
        for document in DOCUMENTS:
            for match in _BLOCK.finditer((root / document).read_text(encoding="utf-8")):
                rows.writerow((document, match["name"], _digest(match[0])))


def _digest(block: str) -> str:
    return hashlib.sha256(block.encode()).hexdigest()


def typed_by_hand(root: Path = Path()) -> list[Stale]:
    """Figures outside of the blocks, code and addresses that look like results.

    A number does where a block of some document shows it with three digits or more, as it is or in per cent, and where
    it follows a metric's name. Others, such as a level of 90 %, are no results.
    """
    texts = {document: (root / document).read_text(encoding="utf-8") for document in DOCUMENTS}
    shown = {
        number for text in texts.values() for match in _BLOCK.finditer(text) for number in _NUMBER.findall(match[0])
    }
    shown = {number for number in shown if len(number.replace(".", "").replace(",", "").lstrip("0")) >= 3}
    shares = {
        f"{100 * value:.{digits}f}" for one in shown if (value := float(one.replace(",", ""))) <= 1 for digits in (1, 2)
    }
    found = []
    for document, text in texts.items():
        prose = text
        for hidden in (_BLOCK, _CODE, _ADDRESS):
            prose = hidden.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), prose)
        typed = [match for match in _TYPED.finditer(prose) if match[1] in (shares if match[2] else shown)]
        for match in sorted([*typed, *_NAMED.finditer(prose)], key=lambda one: one.start()):
            line = text[: match.start()].count("\n") + 1
            fault = f"found {match[0].strip()!r} typed by hand; a result is a row of a figures block"
            found.append(Stale(document, line, "none", fault))
    return found


def fill(text: str, records: Mapping[str, Record], language: Language = "en", kept: set[str] | None = None) -> str:
    """Replace every figures block of one document; raises KeyError with the blocks that there are not.

    kept : a set to which the names of blocks without a record are added, which stay as they are; None = that raises
    """
    named = [match["name"] for match in _BLOCK.finditer(text)]
    known = {*RECORDS, *SUMMARIES, *CARD_TABLES, "answer"}
    if unknown := sorted(set(named) - known):
        raise KeyError(f"the document names the blocks {unknown}; there are {sorted(known)}")

    def filled(match: re.Match[str]) -> str:
        try:
            return match[1] + _block(match["name"], records, language) + match[3]
        except FileNotFoundError:
            if kept is None:
                raise
            kept.add(match["name"])
            return match[0]

    return _BLOCK.sub(filled, text)


def read_records(root: Path = Path(), *, partly: bool = False) -> dict[str, Record]:
    """The run records that the documents quote, by name; raises RecordMissingError listing every absent one.

    partly : leave out what is absent
    """
    at_hand = {name: root / path for name, path in RECORDS.items() if (root / path).is_file()}
    absent = [RECORDS[name] for name in RECORDS if name not in at_hand]
    if absent and not partly:
        raise RecordMissingError(f"no record at {absent}; run `make run REAL=...` and the benchmarks first")
    records = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in at_hand.items()}
    if (root / DECISIONS).is_file() or not partly:
        with (root / DECISIONS).open(encoding="utf-8") as lines:
            records["answer"] = next(json.loads(line) for line in lines if EXAMPLE in line)
    return records


def answer(decision: Record, language: Language) -> str:
    """The decision's main members in JSON: the first of a list, texts in one language, numbers to four decimals."""
    text, summary = f"text_{language}", f"summary_{language}"
    quota = ("requested_cny", "amount_cny", "limited_by", "tenor_months", "annual_rate")
    shown = {
        "outcome": decision["outcome"],
        summary: decision[summary],
        "quota": _some(decision["quota"], quota),
        "points": _some(decision["points"], ("total", "coverage")),
        "risk": _some(decision["risk"], ("pd_12m", "pd_low", "pd_high", "risk_grade")),
        "reasons": [_some(decision["reasons"][0], ("code", text))],
        "advice": [_some(decision["advice"][0], ("constraint", text))],
    }
    lines = [f" {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in shown.items()]
    return "\n```json\n{\n" + ",\n".join(lines) + "\n}\n```\n\n"


def _some(members: Record, names: Sequence[str]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value := members[name], float) else value for name in names}


def table(block: str, record: Record, language: Language) -> str:
    """The Markdown table of one block; raises KeyError naming every figure that the record lacks.

    record : the record that the block quotes; for one of SUMMARIES, every record by its name
    """
    wanted = [figure for figure in read_figures() if figure.block == block]
    found = {figure.path: _reach(record, figure.path) for figure in wanted}
    absent = [path for path, value in found.items() if value is None]
    if absent:
        raise KeyError(f"the record of {block!r} has no {absent}; it has {sorted(record)}")
    rows = [f"| {_name(figure, language)} | {_few(found[figure.path], language)} |" for figure in wanted]
    quoted = [record[figure.path.split(">")[0]] for figure in wanted] if block in SUMMARIES else [record]
    caveat = f"\n\n*{_CAVEAT[language]}*" if block not in PUBLIC_LOGS and any("caveat" in one for one in quoted) else ""
    return "\n".join(["", _HEAD[language], "|---|---|", *rows]) + caveat + "\n\n"


def _block(name: str, records: Mapping[str, Record], language: Language, artifacts: Path = Path("artifacts")) -> str:
    if name in CARD_TABLES:
        return card_table(name, artifacts)
    quoted = {figure.path.split(">")[0] for figure in read_figures() if figure.block == name}
    if lost := sorted((quoted if name in SUMMARIES else {name}) - set(records)):
        raise RecordMissingError(f"block {name}: no record of {', '.join(lost)}")
    if name == "answer":
        return answer(records[name], language)
    return table(name, records if name in SUMMARIES else records[name], language)


def _name(figure: Figure, language: Language) -> str:
    return f"{figure.en} · {figure.zh}" if language == "both" else getattr(figure, language)


def _reach(record: Record, path: str) -> Any:
    value: Any = record
    for step in path.split(">"):
        if isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return None
    return value


def _few(value: Any, language: Language) -> str:
    """A figure, or that there were too few outcomes for one, and how many."""
    for key, (en, zh) in _TOO_FEW.items():
        if isinstance(value, Mapping) and key in value:
            texts = {"en": en.format(value[key]), "zh": zh.format(value[key])}
            return " · ".join(texts.values()) if language == "both" else texts[language]
    return _shown(value)


def _shown(value: Any) -> str:
    """A figure with its interval, where it has one."""
    if isinstance(value, Mapping) and {"mean", "low", "high"} <= set(value):
        value = {**value, "value": value["mean"]}
    if isinstance(value, Mapping) and {"value", "low", "high"} <= set(value):
        return f"{_shown(value['value'])} [{_shown(value['low'])}, {_shown(value['high'])}]"
    if isinstance(value, list) and len(value) == 3 and all(isinstance(item, float) for item in value):
        return f"{_shown(value[0])} [{_shown(value[1])}, {_shown(value[2])}]"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    whole = isinstance(value, int) or (value.is_integer() and abs(value) >= 1_000)  # a total, not a measurement
    return f"{int(value):,}" if whole else f"{value:.4g}"
