"""The tables of the model cards: what each model reads, which way each feature may move its result, what is certified.

Names come from the reference data, directions from the functions with which the models are fitted, points, terms and
certificates from the artefacts. Digests are left out, so that the same models always give the same text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from data.codebook import Codebook, read_codebook
from data.texts.quantities import read_quantities
from features.quota import limit_columns, limit_feature_names, limit_signs
from features.risk import monotone_signs, risk_feature_names

STAGES = {"startup": "start-up 初创期", "growth": "growth 成长期", "stable": "stable 稳定期"}
_BETTER = {1: "more is better · 越高越好", -1: "less is better · 越低越好"}
_RISK = {1: "raises the PD · 升高违约概率", -1: "lowers the PD · 降低违约概率", 0: "left to the data · 由数据决定"}
_DEBT = {1: "raises the capacity · 提高", -1: "lowers the capacity · 降低", 0: "left to the data · 由数据决定"}
_KINDS = {"core": "base · 基础分", "auxiliary": "bonus · 加分"}


_CERTIFIED = {True: "certified · 已通过", False: "not certified · 未通过"}


class CardError(ValueError):
    """An artefact was made from other features than the code has now."""


def card_table(name: str, artifacts: Path = Path("artifacts")) -> str:
    """The table with this name (one of CARD_TABLES) in Markdown, in both languages.

    Raises CardError where the artefact and the code differ, and FileNotFoundError where there is no artefact.
    """
    head, rows = CARD_TABLES[name](artifacts, read_codebook())
    rule = "|".join("---" for _ in head)
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join(["", lines[0], f"|{rule}|", *lines[1:]]) + "\n\n"


def _points(artifacts: Path, codebook: Codebook) -> tuple[list[str], list[list[str]]]:
    """Each indicator with its points at full marks by stage, on the expert card and on the learned one."""
    with (artifacts / "points/card.csv").open(encoding="utf-8") as file:
        learned = {(row["stage"], row["indicator"]): float(row["full_marks"]) for row in csv.DictReader(file)}
    _same({indicator for _, indicator in learned}, {item.key for item in codebook}, "points/card.csv")
    head = [
        "indicator · 指标",
        "part · 类别",
        "direction · 方向",
        *(f"{name}: expert → learned" for name in STAGES.values()),
    ]
    rows = [
        [_named(item.key), _KINDS[item.kind], _BETTER[item.direction]]
        + [f"{item.weights[stage]:g} → {learned[stage, item.key]:.1f}" for stage in STAGES]
        for item in codebook
    ]
    return head, rows


def _risk(artifacts: Path, codebook: Codebook) -> tuple[list[str], list[list[str]]]:
    """Each feature with its direction, and whether the Bayesian layer has a term of it."""
    model = json.loads((artifacts / "risk/model/model.json").read_text(encoding="utf-8"))
    names, signs = risk_feature_names(codebook), monotone_signs(codebook)
    _same(set(model["feature_names"]), set(names), "risk/model/model.json")
    layered = {model["feature_names"][term[0]] for term in model["layer"]["terms"]}
    head = ["feature · 特征", "a higher value · 数值升高", "Bayesian layer · 贝叶斯层"]
    return head, [[_named(name), _RISK[signs[name]], "yes · 有" if name in layered else "no · 无"] for name in names]


def _quota(artifacts: Path, codebook: Codebook) -> tuple[list[str], list[list[str]]]:
    """Each feature that the debt capacity reads, with its direction."""
    model = json.loads((artifacts / "quota/model/debt_capacity.json").read_text(encoding="utf-8"))
    names, signs = limit_feature_names(codebook), limit_signs(codebook)
    _same(set(model["feature_names"]), set(names), "quota/model/debt_capacity.json")
    read = [names[number] for number in limit_columns(codebook)]
    return ["feature · 特征", "a higher value · 数值升高"], [[_named(name), _DEBT[signs[name]]] for name in read]


def _certificates(artifacts: Path, _: Codebook) -> tuple[list[str], list[list[str]]]:
    """Each example bank's loss certificate: the loans behind it, and each statement with what it would need."""
    found = json.loads((artifacts / "quota/certificates.json").read_text(encoding="utf-8"))["certificates"]
    head = ["bank · 银行", "seasoned loans · 贷款笔数", "firms · 企业数", "loss rate · 损失率", "statements · 结论"]
    return head, [
        [
            item["bank_id"],
            f"{item['n']:,}",
            f"{item['firms']:,}",
            _loss_rate(item),
            "<br>".join(_statement(one) for one in item["statements"]) or "not assessed · 未作验证",
        ]
        for item in found
    ]


def _loss_rate(item: Mapping[str, Any]) -> str:
    known = [f"{item['loss_rate']:.2%}"] if item["loss_rate"] is not None else ["–"]
    bound = item["loss_rate_bound"]
    return ", ".join(known + ([f"at most · 不高于 {bound:.2%}"] if bound is not None else []))


def _statement(item: Mapping[str, Any]) -> str:
    what = "expected · 预期" if item["kind"] == "expected" else f"next · 今后 {item['next_loans']:,}, ρ {item['rho']:g}"
    text = f"{what}, ≤ {item['cap']:.2%}: {_CERTIFIED[item['certified']]}"
    return text + (f" ({item['n_needed']:,} loans needed · 约需贷款笔数)" if item["n_needed"] else "")


CARD_TABLES: Mapping[str, Callable[[Path, Codebook], tuple[list[str], list[list[str]]]]] = {
    "features-points": _points,
    "features-risk": _risk,
    "features-quota": _quota,
    "certificates": _certificates,
}


def _named(key: str) -> str:
    zh, en = read_quantities()[key].name
    return f"{en} · {zh} (`{key}`)"


def _same(made: set[str], now: set[str], where: str) -> None:
    if made != now:
        raise CardError(f"{where} was made from other features: {sorted(made ^ now)}; run `dvc repro`")
