"""The half-yearly disclosure: default rates by grade and stage with exact intervals, and what they do not yet prove.

In the manner of a guarantee fund's published accident rates, with what those lack: an interval for every rate, a test
of every neighbouring pair, and the sample that an unproven order still needs.
"""

from __future__ import annotations

import html
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta, norm

from data.codebook import Codebook
from data.stages import STAGE3, STAGE3_ZH
from models.risk import RiskModel

LEVEL = 0.95
POWER = 0.8


def exact_interval(defaults: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Clopper-Pearson interval of a default rate; [0, 1] when nobody was seen."""
    if n == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, defaults, n - defaults + 1)) if defaults else 0.0
    high = float(beta.ppf(1 - tail, defaults + 1, n - defaults)) if defaults < n else 1.0
    return low, high


def compare_rates(better: tuple[int, int], worse: tuple[int, int]) -> dict[str, Any]:
    """Is the better grade's rate below the worse one's? (defaults, n) of each; pooled two-sided z test.

    needed : cases in each grade that would show a difference as large as the one seen, at 5 % and 80 % power;
    none when both rates are equal
    """
    (one, n_one), (two, n_two) = better, worse
    if min(n_one, n_two) == 0:
        return {"z": None, "p": None, "needed": None, "verdict": "no cases"}
    p_one, p_two = one / n_one, two / n_two
    pooled = (one + two) / (n_one + n_two)
    error = math.sqrt(pooled * (1 - pooled) * (1 / n_one + 1 / n_two))
    z = (p_one - p_two) / error if error else 0.0
    p = float(2 * norm.sf(abs(z)))
    gap = abs(p_one - p_two)
    spread = p_one * (1 - p_one) + p_two * (1 - p_two)
    needed = math.ceil((norm.ppf(0.975) + norm.ppf(POWER)) ** 2 * spread / gap**2) if gap else None
    if p < 1 - LEVEL:
        verdict = "in order" if z < 0 else "inverted"
    else:
        verdict = "the inversion is noise" if z > 0 else "the order is not proven"
    return {"z": z, "p": p, "needed": needed, "verdict": verdict}


def grade_disclosure(model: RiskModel, cases: pd.DataFrame, default: pd.Series, codebook: Codebook) -> dict[str, Any]:
    """Rates by half-year, grade and stage on these cases, and the test of every neighbouring pair of grades."""
    told = model.predict(cases, codebook)
    table = pd.DataFrame(
        {
            "grade": told["grade"],
            "stage": cases["stage3"],
            "half_year": cases["as_of"].dt.year.astype(str) + "H" + ((cases["as_of"].dt.month + 5) // 6).astype(str),
            "pd_12m": told["pd_12m"],
            "default": default.to_numpy(dtype=int),
        }
    )
    grades = [grade.name for grade in model.grades]
    counts = {name: _row(table[table["grade"] == name]) for name in grades}
    return {
        "model": model.version,
        "data": model.data_digest[:12],
        "half_years": sorted(table["half_year"].unique().tolist()),
        "interval_level": LEVEL,
        "grades": {
            name: {"upper_pd": grade.upper_pd, **counts[name]} for name, grade in zip(grades, model.grades, strict=True)
        },
        "stages": {
            stage: {name: _row(table[(table["grade"] == name) & (table["stage"] == stage)]) for name in grades}
            for stage in STAGE3
        },
        "by_half_year": {
            half: {name: _row(rows[rows["grade"] == name]) for name in grades}
            for half, rows in table.groupby("half_year")
        },
        "neighbours": [
            {
                "better": one,
                "worse": two,
                **compare_rates(
                    (counts[one]["defaults"], counts[one]["n"]), (counts[two]["defaults"], counts[two]["n"])
                ),
            }
            for one, two in pairwise(grades)
        ],
    }


def _row(rows: pd.DataFrame) -> dict[str, Any]:
    n, defaults = len(rows), int(rows["default"].sum())
    low, high = exact_interval(defaults, n)
    return {
        "n": n,
        "defaults": defaults,
        "rate": defaults / n if n else None,
        "low": low,
        "high": high,
        "mean_pd": float(rows["pd_12m"].mean()) if n else None,
    }


def write_disclosure(disclosure: dict[str, Any], folder: Path, caveat: str) -> None:
    """disclosure.json and disclosure.html, in Chinese and English, readable without a network."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {"caveat": caveat, **disclosure}
    (folder / "disclosure.json").write_text(
        json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    sections = [_section("全部 · All stages", disclosure["grades"])]
    sections += [_section(f"{STAGE3_ZH[stage]} · {stage}", rows) for stage, rows in disclosure["stages"].items()]
    tests = "".join(
        f"<tr><td>{one['better']} / {one['worse']}</td><td>{_number(one['z'])}</td><td>{_number(one['p'])}</td>"
        f"<td>{one['verdict']}</td><td>{one['needed'] if one['needed'] is not None else '–'}</td></tr>"
        for one in disclosure["neighbours"]
    )
    page = f"""<!doctype html><html lang="zh"><meta charset="utf-8">
<title>信用等级违约率披露 · Default rates by grade</title>
<style>body{{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}}
table{{border-collapse:collapse;width:100%}}
td,th{{padding:.3em .6em;text-align:right;border-bottom:1px solid #ddd}}td:first-child,th:first-child{{text-align:left}}
svg{{width:220px;height:16px}}</style>
<h1>信用等级违约率披露 · Default rates by grade</h1>
<p>{html.escape(caveat)}</p>
<p>{html.escape(disclosure["model"])} · {", ".join(disclosure["half_years"])} ·
{LEVEL:.0%} 精确区间 · exact intervals (Clopper-Pearson)</p>
{"".join(sections)}
<h2>相邻等级 · Neighbouring grades</h2>
<table><tr><th>等级 pair</th><th>z</th><th>p</th><th>结论 verdict</th><th>每级尚需 cases needed in each</th></tr>
{tests}</table></html>
"""
    (folder / "disclosure.html").write_text(page, encoding="utf-8")


def _section(title: str, rows: dict[str, Any]) -> str:
    top = max([row["high"] for row in rows.values() if row["n"]] + [0.01])
    lines = "".join(
        f"<tr><td>{name}</td><td>{row['defaults']}/{row['n']}</td><td>{_percent(row['rate'])}</td>"
        f"<td>{_percent(row['low'])} – {_percent(row['high'])}</td><td>{_percent(row['mean_pd'])}</td>"
        f"<td>{_bar(row, top) if row['n'] else ''}</td></tr>"
        for name, row in rows.items()
    )
    head = (
        "<tr><th>等级 grade</th><th>违约/户数 defaults</th><th>违约率 rate</th>"
        "<th>区间 interval</th><th>预测 PD</th><th></th></tr>"
    )
    return f"<h2>{html.escape(title)}</h2><table>{head}{lines}</table>"


def _bar(row: dict[str, Any], top: float) -> str:
    low, high, rate = (220 * min(row[key] / top, 1) for key in ("low", "high", "rate"))
    return (
        f'<svg viewBox="0 0 220 16"><line x1="{low:.1f}" x2="{high:.1f}" y1="8" y2="8" stroke="#36c" stroke-width="3"/>'
        f'<circle cx="{rate:.1f}" cy="8" r="4" fill="#036"/></svg>'
    )


def _percent(value: float | None) -> str:
    return "–" if value is None or np.isnan(value) else f"{value:.2%}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
