"""The declaration sheet as one HTML page: no script, nothing from elsewhere, and a print layout of A4 landscape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from html import escape

from data.clearance.codes import Codes
from data.clearance.records import Declaration
from models.clearance.rules.form import Finding
from models.clearance.sheet.content import Box, GoodsLine, Remarked, Sheet, make_sheet
from models.clearance.sheet.texts import Language, say

_STYLE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;padding:16px;background:#eef0f2;color:#111;font:13px/1.35 "Noto Sans SC",
"Source Han Sans SC","PingFang SC","Microsoft YaHei",SimSun,sans-serif}
main{display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;justify-content:center}
.form{background:#fff;padding:14px 18px 18px;width:1122px;max-width:100%;overflow-x:auto;position:relative}
.findings{background:#fff;padding:14px 18px;flex:1 1 420px;max-width:1122px}
h1{font-size:20px;text-align:center;margin:2px 0 6px;letter-spacing:2px}
html[lang=en] h1{letter-spacing:0;font-size:17px}
h2{font-size:15px;margin:0 0 6px}
.top{display:flex;justify-content:space-between;gap:12px;font-size:12px}
.draft{border:1px solid #111;padding:0 6px}
.simulated{border:2px solid #b00020;color:#b00020;padding:0 8px;font-weight:700}
.grid,.goods,.list{border-collapse:collapse;width:100%;table-layout:fixed;min-width:900px}
.list{min-width:0}
.grid{margin-bottom:-1px}
td,th{border:1px solid #111;padding:2px 4px 3px;vertical-align:top;text-align:left;overflow-wrap:anywhere;
font-weight:400}
.grid td{height:38px}
.label{font-size:11px;color:#333;display:block}
.goods thead th{font-size:11px;color:#333;vertical-align:middle}
.goods td{height:54px;font-size:12px}
.goods td p{margin:0}
.goods tr,.list tr{break-inside:avoid}
sup.m{color:#fff;background:#b00020;border-radius:7px;padding:0 4px;font-size:9px;margin-left:2px;line-height:1.4}
.marked{background:#fff2f2}
.feet{display:grid;grid-template-columns:1fr 1fr 1fr;border:1px solid #111;border-top:0;padding:3px 4px;font-size:12px}
.sign{display:grid;grid-template-columns:2fr 1fr;border:1px solid #111;border-top:0;font-size:12px}
.sign div{padding:3px 4px 6px}
.sign div+div{border-left:1px solid #111}
.sign p{margin:0 0 4px}
.seal{text-align:right;padding-right:90px}
.note{font-size:11px;color:#555;margin:6px 0 0}
.list td,.list th{border:0;border-bottom:1px solid #ccc;font-size:12px}
.list th{color:#333}
.list col.n{width:34px}.list col.s{width:88px}.list col.w{width:27%}
.error{color:#b00020}.warning{color:#8a5a00}.not_checked{color:#555}
@page{size:A4 landscape;margin:8mm}
@media print{body{background:#fff;padding:0;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{display:block}.form,.findings{width:auto;padding:0;max-width:none;overflow:visible}
.grid,.goods{min-width:0}.findings{break-before:page}}
"""


def sheet_html(
    declaration: Declaration,
    codes: Codes,
    findings: Sequence[Finding],
    lang: Language = "zh",
    *,
    today: dt.date,
    simulated: bool = False,
) -> str:
    """A whole HTML document of the sheet, with the findings beside it.

    lang : ``zh`` as the form is printed, ``en`` with both names of each box and findings in English
    today, raises : as of ``make_sheet``
    """
    sheet = make_sheet(declaration, codes, findings, lang, today=today, simulated=simulated)
    language = "zh-CN" if lang == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(sheet.title)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body><main>{_form(sheet)}{_findings(sheet)}</main></body></html>\n"
    )


def _form(sheet: Sheet) -> str:
    simulated = f'<span class="simulated">{escape(sheet.simulated)}</span>' if sheet.simulated else ""
    numbers = "".join(f"<span>{escape(text)}</span>" for text in sheet.numbers)
    rows = "".join(_row(row) for row in sheet.rows)
    columns = "".join(f'<col style="width:{width:.2%}">' for _, width in sheet.columns)
    heads = "".join(f"<th>{escape(name)}</th>" for name, _ in sheet.columns)
    goods = "".join(_goods(line) for line in sheet.goods)
    feet = "".join(f"<span>{escape(text)}</span>" for text in sheet.confirmations)
    person, oath, declarant, seal, customs = (escape(text) for text in sheet.signatures)
    note = f'<p class="note">{escape(sheet.note)}</p>' if sheet.note else ""
    return (
        f'<section class="form"><div class="top"><span class="draft">{escape(sheet.draft)}</span>{simulated}</div>'
        f'<h1>{escape(sheet.title)}</h1><div class="top">{numbers}</div>{rows}'
        f'<table class="goods"><colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>'
        f"<tbody>{goods}</tbody></table>"
        f'<div class="feet">{feet}</div><div class="sign"><div><p>{person}</p><p>{oath}</p><p>{declarant}</p>'
        f'<p class="seal">{seal}</p></div><div>{customs}</div></div>{note}</section>'
    )


def _row(row: Sequence[Box]) -> str:
    columns = "".join(f'<col style="width:{box.width:.2%}">' for box in row)
    return f'<table class="grid"><colgroup>{columns}</colgroup><tr>{"".join(_box(box) for box in row)}</tr></table>'


def _box(box: Box) -> str:
    lines = "<br>".join(escape(line) for line in box.lines)
    code = f" {escape(box.code)}" if box.code else ""
    kind = ' class="marked"' if box.marks else ""
    return f'<td{kind}><span class="label">{escape(box.label)}{code}{_marks(box.marks)}</span>{lines}</td>'


def _goods(line: GoodsLine) -> str:
    cells = []
    for texts, marks in zip(line.cells, line.marks, strict=True):
        kind = ' class="marked"' if marks else ""
        cells.append(f"<td{kind}>{''.join(f'<p>{escape(text)}</p>' for text in texts)}{_marks(marks)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _marks(numbers: Sequence[int]) -> str:
    return "".join(f'<sup class="m">{n}</sup>' for n in numbers)


def _findings(sheet: Sheet) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in sheet.finding_columns)
    rows = "".join(_remarked(one) for one in sheet.findings)
    table = (
        f'<table class="list"><colgroup><col class="n"><col class="s"><col class="w"><col></colgroup>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        if sheet.findings
        else f"<p>{escape(say('none', sheet.lang))}</p>"
    )
    title, summary = escape(sheet.findings_title), escape(sheet.summary)
    return f'<section class="findings"><h2>{title}</h2><p>{summary}</p>{table}</section>'


def _remarked(one: Remarked) -> str:
    return (
        f'<tr><td>{one.number}</td><td class="{one.severity}">{escape(one.grade)}</td>'
        f"<td>{escape(one.where)}</td><td>{escape(one.text)}</td></tr>"
    )
