"""What a person reads in an answer, checked: no log, no key, no contradiction, no promise that is not kept.

The campaign takes the packed enterprises at every bank and carries every promise out.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import pandas as pd
import typer
from rich.console import Console
from rich.progress import track

from data.requests import QuotaRequest
from data.texts.quantities import read_quantities
from experiments.benchmarks.quota.promises import broken_promises
from experiments.machine import machine
from models.quota.decide import AMOUNT_RULES
from models.quota.drivers import INVOICES_MISSING, LEAST_CONTRIBUTION
from models.quota.engine import QuotaEngine, case_rows, read_policies
from models.quota.policy import CreditPolicy
from models.quota.rules import RULES

CHUNK = 500
Answer = Mapping[str, Any]
LATIN_ALLOWED = frozenset({"PD", "RAROC", "LGD", "PCT", "HHI", "A", "B", "C", "D", "M"})
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
BANNED = {
    "a logarithm": re.compile(r"\blog\b|log1p|对数(?!据)"),
    "a key": re.compile(r"_|\{|\}"),
    "no number": re.compile(r"\b(?:nan|NaN|None|inf)\b"),
    "an exponent": re.compile(r"\d[eE][+-]?\d"),
    "a formula": re.compile(r"P\(|<=|>="),
    "an offer of nothing": re.compile(
        r"(?:额度|尚余|缺口|最高可申请|提高到|可达|不超过|递减至|即) 0 万元"
        r"|(?:quota|be|to|at most|gives|leaves) CNY 0\b"
    ),
    "too many digits": re.compile(r"\.\d{3,}|\.\d{2,} (?!分)[万个件人份天年]|CNY [\d,]*\.\d"),
    "spoiled marks": re.compile(r"。。|，，|。，|，。| {2}|\.\.|[:,] [:.,]|\( | \)"),
}
TERMS: tuple[Mapping[str, Any], ...] = (  # requested in turn; not every bank offers all of them
    {},
    {"tenor_months": 36, "purpose": "equipment"},
    {"purpose": "technology_purchase"},
    {"product": "zheke", "tenor_months": 24, "purpose": "research_development"},
)
SAYS_A_PERSON_DECIDES = re.compile(r"人工|a person|bank reviews")
NAMED_BY_THE_CALLER = re.compile(r"申请(?:金额)? [\d,.]+ 万元")
console = Console()


def bench(
    requested_cny: int = typer.Option(3_000_000, help="What every enterprise requests."),
    every: int = typer.Option(1, help="Take each n-th enterprise."),
    artifacts: Path = typer.Option(Path("artifacts"), help="Models and snapshot."),
    out: Path = typer.Option(Path("artifacts/bench/wording.json"), help="Where the figures go."),
) -> None:
    """Check reasons, warnings and advice of all enterprises at all banks, and carry every promise out."""
    start = time.perf_counter()
    engine, policies = QuotaEngine.load(artifacts), read_policies()
    snapshot = pd.read_parquet(artifacts / "snapshot/cases.parquet").iloc[::every].reset_index(drop=True)
    known = pd.read_parquet(artifacts / "snapshot/known_at.parquet").iloc[::every].reset_index(drop=True)
    counts: Counter[str] = Counter()
    found: list[str] = []
    for first in track(range(0, len(snapshot), CHUNK), "enterprises", console=console):
        rows, days = zip(
            *case_rows(snapshot.iloc[first : first + CHUNK], known.iloc[first : first + CHUNK]), strict=True
        )
        cases = engine.prepare(rows, days)
        requests = [
            QuotaRequest(request_id="wording", uscc=row["uscc"], requested_amount_cny=requested_cny, **terms)
            for row, terms in zip(rows, cycle(TERMS), strict=False)
        ]
        for policy in policies:
            answers = engine.answers(cases, requests, policy)
            promised, broken = broken_promises(engine, cases, requests, answers, policy)
            counts.update(answers=len(answers), promises=promised, broken_promises=len(broken))
            for answer in answers:
                wrong = faults(answer, policy)
                counts.update(sentences=sum(1 for _ in texts(answer)), faults=len(wrong))
                found += wrong if len(found) < 100 else []
            found += broken[:5]
    figures = {
        "machine": machine("numpy", "pandas"),
        "enterprises": len(snapshot),
        "banks": len(policies),
        **counts,
        "examples": found[:100],
        "seconds": round(time.perf_counter() - start, 1),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    console.print({name: value for name, value in figures.items() if name != "machine"})
    raise typer.Exit(1 if counts["faults"] or counts["broken_promises"] else 0)


def texts(answer: Answer) -> Iterator[tuple[str, str, str]]:
    """Every sentence of an answer: where it is, Chinese, English."""
    yield "summary", answer["summary_zh"], answer["summary_en"]
    yield "dispute_channel", answer["dispute_channel"]["zh"], answer["dispute_channel"]["en"]
    for name in ("reasons", "advice"):
        for one in answer[name]:
            yield f"{name}.{one.get('code', one.get('constraint'))}", one["text_zh"], one["text_en"]
    for one in answer["warnings"]:
        yield f"warnings.{one['code']}", one["zh"], one["en"]


def faults(answer: Answer, policy: CreditPolicy) -> list[str]:
    """What is wrong with the sentences of an answer; empty where a person can read it all."""
    found = [fault for where, zh, en in texts(answer) for fault in _text_faults(where, zh, en)]
    for limit in answer["quota_trace"]:
        found += _language_faults(f"quota_trace.{limit['name']}", limit["zh"], limit["en"])
    return found + _driver_faults(answer["reasons"]) + _reason_faults(answer) + _advice_faults(answer, policy)


def _text_faults(where: str, zh: str, en: str) -> list[str]:
    found = _language_faults(where, zh, en)
    if not zh.endswith("。") or not en.endswith("."):
        found.append(f"{where}: no full stop: {zh} | {en}")
    for name, pattern in BANNED.items():
        found += [f"{where}: {name}: {text}" for text in (NAMED_BY_THE_CALLER.sub("", zh), en) if pattern.search(text)]
    return found


def _language_faults(where: str, zh: str, en: str) -> list[str]:
    latin = set(re.findall(r"[A-Za-z]+", zh)) - LATIN_ALLOWED
    found = [f"{where}: {sorted(latin)} in Chinese: {zh}"] if latin else []
    if CHINESE.search(en) or re.search(r"\bwan\b", en):
        found.append(f"{where}: Chinese in English: {en}")
    return found


def _driver_faults(reasons: Sequence[Mapping[str, Any]]) -> list[str]:
    found, shown = [], read_quantities()
    for one in reasons:
        if not one["code"].startswith("risk."):
            continue
        raises = one["direction"] == "negative"
        if not abs(one["contribution"]) >= LEAST_CONTRIBUTION or (one["contribution"] > 0) is not raises:
            found.append(f"{one['code']}: contribution {one['contribution']} is too small or of the other direction")
        if one["indicator"] == INVOICES_MISSING:
            continue
        if one["value"] is None and not raises:
            found.append(f"{one['code']}: a missing value lowers the risk")
        if "中位数" in one["text_zh"] or "median" in one["text_en"]:
            worse = {"L": one["value"] < one["peer_median"], "H": one["value"] > one["peer_median"]}
            if worse.get(shown[one["indicator"]].worse) is not raises:
                found.append(f"{one['code']}: a median that contradicts: {one['text_zh']}")
    codes = [one["code"] for one in reasons]
    if len(codes) != len(set(codes)):
        found.append(f"a reason occurs twice: {codes}")
    return found


def _reason_faults(answer: Answer) -> list[str]:
    plain = [one for one in answer["reasons"] if not one["code"].startswith("risk.")]
    hit = answer["constraints_hit"]
    found = [] if plain else ["no reason beside the drivers"]
    if answer["outcome"] == "declined":
        named = {one["code"].removeprefix("rule.") for one in plain if one["code"].startswith("rule.")}
        milder = sorted(name for name in named if name in RULES and RULES[name].outcome != "declined")
        found += [f"a decline names {milder}, which do not decline"] if milder else []
        reviewed = [one for one in answer["advice"] if one["change"] is None]
        said = " ".join(one["text_zh"] + one["text_en"] for one in (*plain, *reviewed))
        found += [f"a decline that a person decides: {said}"] if SAYS_A_PERSON_DECIDES.search(said) else []
    if hit and set(hit) <= set(AMOUNT_RULES) and len(plain) != 1:
        found.append(f"{len(plain)} reasons for one amount: {[one['code'] for one in plain]}")
    return found


def _advice_faults(answer: Answer, policy: CreditPolicy) -> list[str]:
    found = [] if len(answer["advice"]) <= 3 else ["more than three pieces of advice"]
    if answer["outcome"] != "preapproved" and not answer["advice"]:
        found.append("no advice, and no sentence that there is none")
    said = " ".join(one["text_en"] for one in answer["reasons"] if one["code"].startswith("rule."))
    unearning = "costs and bank debt, no amount" in said
    for one in answer["advice"]:
        quota = one["quota_wan"]
        if quota is not None and (quota < policy.min_quota_wan or one["gain_wan"] <= 0):
            found.append(f"advice.{one['constraint']}: {quota} is under the smallest quota or gains nothing")
        if quota is not None and unearning and one["change"] in ("points", "need_wan", "requested_wan"):
            found.append(f"advice.{one['constraint']}: contradicts the reason that no amount is enough")
    return found
