"""The disclosure as one bilingual page that needs nothing from elsewhere: styles and pictures are inside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from data.texts.sentences import label
from training.risk.disclosure import EVERY

STAGES = {
    "all": "全部 / all",
    "startup": "初创期 / start-up",
    "growth": "成长期 / growth",
    "stable": "稳定期 / stable",
    "unknown": "未知 / unknown",
}
# What a test found, or where a firm went: the key of its sentence, and the tone in which it is set.
FINDINGS: Mapping[str, tuple[str, str]] = {
    "no cases": ("no_cases", "quiet"),
    "the inversion is noise": ("inverted.not_significant", "open"),
    "the inversion is real": ("inverted.significant", "bad"),
    "ordered, proven": ("ordered.significant", "good"),
    "ordered, not proven": ("ordered.not_significant", "open"),
    "as expected": ("as_expected", "good"),
    "more than expected": ("more", "bad"),
    "fewer than expected": ("fewer", "open"),
    "default": ("default", "quiet"),
    "no new loan": ("no_new_loan", "quiet"),
}
STYLE = """
body{font:15px/1.55 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif;color:#1c2530;
background:#fff;max-width:1160px;margin:2rem auto;padding:0 1.2rem}
h1{font-size:1.55rem;margin:0}h2{font-size:1.12rem;margin:2.2rem 0 .4rem;border-top:2px solid #1c2530;padding-top:.5rem}
p{margin:.4rem 0;max-width:48rem}.quiet{color:#5d6b7a}.warn{background:#fff4d6;padding:.5rem .8rem;border-radius:4px}
table{border-collapse:collapse;margin:.7rem 0;font-variant-numeric:tabular-nums;width:100%}
th,td{padding:.28rem .6rem;border-bottom:1px solid #dde3ea;text-align:right;vertical-align:top}
th{font-weight:600;color:#3c4856;border-bottom:1px solid #8996a5}th:first-child,td:first-child,.text{text-align:left}
.good{color:#16704a}.bad{color:#b3261e}.open{color:#8a6100}svg{width:100%;height:auto}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}}
"""


def page(report: Mapping[str, Any], *, caveat: str) -> str:
    """The whole page as text."""
    level = f"{report['level']:.0%}"
    periods = [name for name in dict.fromkeys(row["period"] for row in report["rates"]) if name != EVERY]
    whole = [row for row in report["rates"] if row["period"] == EVERY]
    parts = [
        "<h1>违约率半年披露<br>Half-yearly disclosure of default rates</h1>",
        f'<p class="quiet">{", ".join(periods)} · {report["loans"]:,} 笔表现期已满的贷款 seasoned loans · '
        f"{report['defaults']:,} 笔违约 defaults · 十二个月内 within twelve months</p>",
        f'<p class="warn">合成数据：下列数字衡量的是数据生成器，而非真实世界。<br>{escape(caveat)}</p>',
        _heading("各等级违约率", "Default rate by grade", f"{level} 精确区间 exact intervals (Clopper-Pearson)"),
        _picture([row for row in whole if row["stage"] == EVERY], report["scale"]),
        _table(["等级 grade", "阶段 stage", "贷款 loans", "违约 defaults", "违约率 rate", f"{level} 区间 interval"],
            [[row["risk_grade"], STAGES.get(row["stage"], row["stage"]), f"{row['cases']:,}", row["defaults"],
                _share(row["rate"]), _between(row)] for row in whole if row["cases"]], text=2),
        _heading("相邻等级是否真有差别", "Do neighbouring grades differ at all?",
            "费希尔精确检验，对全部比较一并成立 (Holm)；不显著的次序附每级共需的样本量（含已有样本）· Fisher's exact "
            "test, for all comparisons together; where not significant, the cases needed in all, today's included"),
        _table(["等级 grades", "阶段 stage", "z", "p 双侧<br>two-sided", "p 精确<br>exact", "p 合并<br>Holm",
                "结论 verdict", _both("disclosure.needed_each")],
            [[f"{one['better']} / {one['worse']}", STAGES.get(stage, stage), _plain(one["z"], 2),
                _p(one["p_two_sided"]), _p(one["p_exact"]), _p(one["p_holm"]), _verdict(one["verdict"]),
                _count(one["cases_needed_each"])]
                for stage, every in report["neighbours"].items() for one in every if one["verdict"] != "no cases"],
            text=2),
        _heading("主标尺：预期与实际", "Master scale: expected and seen", "精确二项检验 · exact binomial test"),
        _table(["等级 grade", "违约概率上限 upper PD", "贷款 loans", "预期 expected", "实际 seen", "p",
                "结论 verdict", "低于上限 below upper PD", _both("disclosure.needed")],
            [[one["risk_grade"], _share(one["upper_pd"]), f"{one['cases']:,}", f"{one['expected']:.1f}", one["seen"],
                _p(one["p_exact"]), _verdict(one["verdict"]),
                "—" if one["upper_pd"] >= 1 else "已证实 proven" if one["below_upper_proven"] else "未证实 not proven",
                _count(one["cases_needed"])] for one in report["scale_test"]]),
        _heading("等级迁移", "Migration between vintages", "从本次到下一次 · from one vintage to the next"),
        _migration(report["migration"]),
        _heading("各半年明细", "Every half-year", ""),
        _table(["期间 period", "阶段 stage", "等级 grade", "贷款 loans", "违约 defaults", "违约率 rate",
                "区间 interval"],
            [[row["period"], STAGES.get(row["stage"], row["stage"]), row["risk_grade"], f"{row['cases']:,}",
                row["defaults"], _share(row["rate"]), _between(row)]
                for row in report["rates"] if row["period"] != EVERY and row["cases"]], text=3),
    ]  # fmt: skip
    return (
        '<!doctype html>\n<html lang="zh"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>违约率半年披露 · Half-yearly disclosure</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _heading(chinese: str, english: str, note: str) -> str:
    return f'<h2>{chinese} · {english}</h2><p class="quiet">{note}</p>'


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]], text: int = 1) -> str:
    def line(tag: str, cells: Sequence[Any]) -> str:
        return "".join(
            f"<{tag}{' class=text' if position < text else ''}>{cell}</{tag}>" for position, cell in enumerate(cells)
        )

    body = "\n".join(f"<tr>{line('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{line('th', head)}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _picture(rows: Sequence[Mapping[str, Any]], scale: Mapping[str, float]) -> str:
    """Rate and interval of each grade, with the band that the master scale promises behind it."""
    shown = [row for row in rows if row["cases"]]
    top = min(1.0, 1.1 * max([row["high"] for row in shown if row["cases"] >= 20] or [1.0]))
    left, width, step = 90, 760, 46
    height = step * len(shown) + 40

    def x(share: float) -> float:
        return float(left + width * min(share, top) / top)

    names = list(scale)
    parts = []
    for tick in range(6):
        share = top * tick / 5
        parts.append(
            f'<line x1="{x(share):.1f}" x2="{x(share):.1f}" y1="6" y2="{height - 26}" stroke="#e4e9ef"/>'
            f'<text x="{x(share):.1f}" y="{height - 8}" text-anchor="middle" fill="#5d6b7a">{share:.1%}</text>'
        )
    for position, row in enumerate(shown):
        y, number = 26 + step * position, names.index(row["risk_grade"])
        start, end = x(scale[names[number - 1]] if number else 0.0), x(scale[row["risk_grade"]])
        parts.append(
            f'<rect x="{start:.1f}" y="{y - 14}" width="{max(end - start, 1):.1f}" height="28" fill="#d9e8f5"/>'
            f'<text x="10" y="{y + 5}" font-weight="600">{escape(row["risk_grade"])}</text>'
            f'<line x1="{x(row["low"]):.1f}" x2="{x(row["high"]):.1f}" y1="{y}" y2="{y}" stroke="#1c2530" '
            f'stroke-width="2"/><circle cx="{x(row["rate"]):.1f}" cy="{y}" r="5" fill="#1c2530"/>'
            f'<text x="{left + width + 14}" y="{y + 5}" fill="#3c4856">{row["defaults"]} / {row["cases"]:,}</text>'
        )
    return (
        f'<svg viewBox="0 0 980 {height}" font-size="14" role="img" aria-label="default rate by grade">'
        + "".join(parts)
        + '</svg><p class="quiet">● 违约率 rate　— 区间 interval　'
        '<span style="background:#d9e8f5">　　</span> 主标尺承诺的范围 what the master scale promises</p>'
    )


def _migration(rows: Sequence[Mapping[str, Any]]) -> str:
    names = list(rows[0]["to"])
    lines = []
    for row in rows:
        total = sum(row["to"].values())
        cells = [
            f'<td style="background:rgba(31,110,180,{0.55 * count / max(total, 1):.2f})">{count}</td>'
            for count in row["to"].values()
        ]
        lines.append(f"<tr><td>{escape(row['from'])}</td>{''.join(cells)}<td>{total:,}</td></tr>")
    head = "".join(f"<th>{_finding(name) if name in FINDINGS else escape(name)}</th>" for name in names)
    head = f"<thead><tr><th>从 from</th>{head}<th>合计 total</th></tr></thead>"
    return f"<table>{head}<tbody>{''.join(lines)}</tbody></table>"


def _verdict(text: str) -> str:
    return f'<span class="{FINDINGS[text][1]}">{_finding(text)}</span>'


def _finding(text: str) -> str:
    return _both(f"disclosure.{FINDINGS[text][0]}")


def _both(key: str) -> str:
    zh, en = label(key)
    return f"{escape(zh)}<br>{escape(en)}"


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.2%}"


def _between(row: Mapping[str, Any]) -> str:
    return f"{row['low']:.2%} – {row['high']:.2%}"


def _plain(value: float | None, positions: int) -> str:
    return "—" if value is None else f"{value:.{positions}f}"


def _p(value: float | None) -> str:
    return "—" if value is None else "&lt; .001" if value < 0.001 else f"{value:.3f}"


def _count(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"
