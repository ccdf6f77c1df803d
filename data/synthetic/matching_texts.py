"""Texts of synthetic demands and documents, by a small grammar over a vocabulary of technologies.

A technology is a method applied to an object of its field. Documents name both in the supplier's words; demands
describe what goes wrong in the user's words, which share almost no pair of characters with the supplier's; only some
say what is wanted, name the object or the method, or how it works. Texts of both sides also name technologies that are
not theirs. How much of a demand a supplier's words cover is set by what was measured on real needs (SENTENCE_SHARE).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from data.codebook import read_rows, reference_path

# Of real needs (title and need of a patent, and the titles of its applicant's other patents; 300 of them): share of the
# need's pairs of characters that the applicant's text has, less the share that another applicant's has: .156.
# Of the demands, those that have each of four sentences: what is wanted, the object's name, the method's, how it works.
# The one share that gives the cohort's demands and their firms that excess.
SENTENCE_SHARE = 0.68
FIELD_NAMES: Mapping[str, str] = {
    "digital_security": "数字安防",
    "life_health": "生命健康",
    "iot": "物联网",
    "software": "软件和信息服务",
    "ecommerce": "电子商务",
    "materials": "新材料",
    "services": "科技服务",
}
SOURCES: Mapping[str, str] = {
    "business_scope": "市场监管",
    "product": "企业填报",
    "patent": "知识产权",
    "project": "科技项目",
    "qualification": "资质认定",
}


@dataclass(frozen=True, slots=True)
class Method:
    """One row of technology_methods.csv; the last symptom is used only in demands with new wording.

    wish_zh : what a user wants, in a user's words
    """

    key: str
    field: str
    names_zh: tuple[str, ...]
    name_en: str
    symptoms_zh: tuple[str, ...]
    symptom_en: str
    wish_zh: str
    works_by_zh: str
    ipc: str
    standard: str


@dataclass(frozen=True, slots=True)
class Object:
    """One row of technology_objects.csv: what a method is applied to, in the supplier's and in the user's words."""

    key: str
    field: str
    names_zh: tuple[str, ...]
    plain_zh: tuple[str, ...]
    name_en: str
    plain_en: str
    gb4754: str


@cache
def methods() -> tuple[Method, ...]:
    """Every method, in the order of the file."""
    return tuple(
        Method(**row | {name: tuple(row[name].split("|")) for name in ("names_zh", "symptoms_zh")})  # type: ignore[arg-type]
        for row in read_rows(reference_path("technology_methods.csv"))
    )


@cache
def objects() -> tuple[Object, ...]:
    """Every object, in the order of the file."""
    return tuple(
        Object(**row | {name: tuple(row[name].split("|")) for name in ("names_zh", "plain_zh")})  # type: ignore[arg-type]
        for row in read_rows(reference_path("technology_objects.csv"))
    )


def pick(rng: np.random.Generator, choices: Sequence[str]) -> str:
    """One of the choices, each as likely as another."""
    return choices[int(rng.integers(len(choices)))]


def document_texts(kind: str, method: Method, thing: Object, rng: np.random.Generator) -> tuple[str, str]:
    """Title and text of one document of a firm that applies ``method`` to ``thing``."""
    name, other_name = pick(rng, method.names_zh), pick(rng, thing.names_zh)
    if kind == "business_scope":
        scope = FIELD_NAMES[method.field]
        return "经营范围", f"一般项目：{scope}领域内的技术开发、技术咨询；{other_name}相关产品销售；{_tail(rng)}"
    if kind == "product":
        model = f"{chr(65 + int(rng.integers(26)))}{int(rng.integers(100, 999))}"
        text = f"{model}型产品采用{name}，由{method.works_by_zh}组成，面向{other_name}。{_aside(method, rng)}"
        return f"{other_name}{name}系列", text
    if kind == "patent":
        if rng.random() < 0.12:
            return (
                f"Device for {thing.name_en} based on {method.name_en}",
                f"The invention applies {method.name_en} to {thing.name_en}; the steps follow {method.standard}.",
            )
        step = "、".join(reversed(method.works_by_zh.split("，")))
        text = f"本发明公开一种用于{other_name}的{name}方法，包括{step}等步骤。{_aside(method, rng)}"
        return f"一种{other_name}的{name}方法及装置", text
    if kind == "project":
        year = int(rng.integers(2016, 2024))
        return (
            f"{year}年重点研发：{name}关键技术",
            f"围绕{other_name}，攻关{method.works_by_zh}，建成{name}示范应用。{_tail(rng)}",
        )
    return f"{method.standard} 符合性证书", f"{name}产品按 {method.standard} 通过测试，适用于{other_name}。"


def demand_texts(
    method: Method, thing: Object, rng: np.random.Generator, *, english: bool, new_wording: bool
) -> tuple[str, str, str]:
    """Title, problem and requirement of one demand that ``method`` applied to ``thing`` solves.

    new_wording : the problem is the method's last symptom, which no other demand has
    """
    days, share = int(rng.integers(2, 13)), int(rng.integers(5, 40))
    code = method.standard if rng.random() < 0.15 else ""
    if english:
        title = f"Help wanted: {thing.plain_en}"
        problem = f"For {thing.plain_en}, {method.symptom_en}. We have no staff for it."
        return title, problem, f"Delivery within {days} months, cost cut by {share}%. {code}".strip()
    plain = pick(rng, thing.plain_zh)
    symptom = method.symptoms_zh[-1] if new_wording else pick(rng, method.symptoms_zh[:-1])
    lead = pick(rng, ("我们这边碰到", "一直头疼的是", "厂里长期存在", "今年想解决"))
    problem = f"{lead}{plain}的事：{symptom}。"
    if rng.random() < SENTENCE_SHARE:
        problem += f"{method.wish_zh}。"
    if rng.random() < SENTENCE_SHARE:
        problem += f"对象是{pick(rng, thing.names_zh)}。"
    if rng.random() < SENTENCE_SHARE:
        problem += f"听说{pick(rng, method.names_zh)}能解决。"
    if rng.random() < SENTENCE_SHARE:
        problem += f"大致要用到{method.works_by_zh}。"
    if rng.random() < 0.4:
        problem += f"之前试过{_other_name(method, rng)}，没有用。" if rng.random() < 0.5 else _noise(rng)
    requirement = f"希望{days}个月内见效，成本下降{share}%以上。{f'须符合 {code}。' if code else ''}"
    return f"{plain}：{symptom[:12]}", problem, requirement


def _other_name(method: Method, rng: np.random.Generator) -> str:
    return pick(rng, [one.names_zh[0] for one in methods() if one.field == method.field and one.key != method.key])


def _aside(method: Method, rng: np.random.Generator) -> str:
    """A sentence that names a method that is not the firm's, in a third of the texts."""
    if rng.random() > 1 / 3:
        return ""
    return f"区别于传统的{_other_name(method, rng)}方案。"


def _tail(rng: np.random.Generator) -> str:
    return pick(rng, ("货物进出口。", "会议及展览服务。", "依法须经批准的项目除外。", "信息咨询服务。", "软件销售。"))


def _noise(rng: np.random.Generator) -> str:
    return pick(rng, ("前后找过三家，都没谈成。", "领导要求年底前有结果。", "可以到现场看。", "保密协议可签。"))
