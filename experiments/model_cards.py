"""The feature tables of the model cards: what each model reads, and which way each feature may move its result.

Names come from the reference data, directions from the functions with which the models are fitted, points and terms
from the artefacts. Digests and versions are left out, so that the same models always give the same text.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from data.codebook import Codebook, read_codebook
from data.texts.quantities import read_quantities
from features.quota import limit_columns, limit_feature_names, limit_signs
from features.risk import monotone_signs, risk_feature_names

STAGES = {"startup": "start-up 初创期", "growth": "growth 成长期", "mature": "stable 稳定期"}
_BETTER = {1: "more is better · 越高越好", -1: "less is better · 越低越好"}
_RISK = {1: "raises the PD · 升高违约概率", -1: "lowers the PD · 降低违约概率", 0: "left to the data · 由数据决定"}
_DEBT = {1: "raises the capacity · 提高", -1: "lowers the capacity · 降低", 0: "left to the data · 由数据决定"}
_KINDS = {"core": "base · 基础分", "auxiliary": "bonus · 加分"}


class CardError(ValueError):
    """An artefact was made from other features than the code has now."""


def feature_table(capability: str, artifacts: Path = Path("artifacts")) -> str:
    """The feature table of ``points``, ``risk`` or ``quota`` in Markdown, in both languages.

    Raises CardError where the artefact and the code differ, and FileNotFoundError where there is no artefact.
    """
    head, rows = _TABLES[capability](artifacts, read_codebook())
    rule = "|".join("---" for _ in head)
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return "\n".join(["", lines[0], f"|{rule}|", *lines[1:]]) + "\n\n"


def _points(artifacts: Path, codebook: Codebook) -> tuple[list[str], list[list[str]]]:
    """Each indicator with the most points that it can earn by stage, on the expert card and on the learned one."""
    most: dict[tuple[str, str], float] = {}
    with (artifacts / "points/card.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            key = row["stage"], row["indicator"]
            most[key] = max(most.get(key, 0.0), float(row["points"]))
    _same({indicator for _, indicator in most}, {item.key for item in codebook}, "points/card.csv")
    head = ["indicator · 指标", "part · 类别", "direction · 方向", *(f"{name}: expert → learned" for name in STAGES.values())]
    rows = [
        [_named(item.key), _KINDS[item.kind], _BETTER[item.direction]]
        + [f"{item.weights[stage]:g} → {most[stage, item.key]:.1f}" for stage in STAGES]
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
    model = json.loads((artifacts / "quota/model/limit.json").read_text(encoding="utf-8"))
    names, signs = limit_feature_names(codebook), limit_signs(codebook)
    _same(set(model["feature_names"]), set(names), "quota/model/limit.json")
    read = [names[number] for number in limit_columns(codebook)]
    return ["feature · 特征", "a higher value · 数值升高"], [[_named(name), _DEBT[signs[name]]] for name in read]


_TABLES: Mapping[str, Callable[[Path, Codebook], tuple[list[str], list[list[str]]]]] = {
    "points": _points,
    "risk": _risk,
    "quota": _quota,
}


def _named(key: str) -> str:
    zh, en = read_quantities()[key].name
    return f"{en} · {zh} (`{key}`)"


def _same(made: set[str], now: set[str], where: str) -> None:
    if made != now:
        raise CardError(f"{where} was made from other features: {sorted(made ^ now)}; run `dvc repro`")
