"""A certificate as one page of A4: HTML for the screen and the printer, PDF with the project's own font.

Nothing is fetched while a PDF is made but the file of the font.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from html import escape
from typing import Any

from models.clearance.sheet.pdf import font_path
from serving.console.firm_words import DIMENSIONS
from serving.console.points_certificate import PointsCertificate
from serving.console.texts import Lang, text

FONT = "Certificate Sans"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Width of a name in Chinese characters up to which it is written in so many points.
NAME_SIZES = ((22, 22.0), (44, 15.0), (88, 10.5), (400, 8.0))
STYLE = """
@page { size: A4; margin: 16mm 18mm; }
* { box-sizing: border-box; }
body { font-family: FONT, 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', sans-serif; color: #1b2a3a; margin: 0 auto;
  font-size: 10pt; line-height: 1.45; max-width: 174mm; background: #fff; }
.frame { border: 1.2pt solid #1c5a93; padding: 10mm 11mm 7mm; }
h1 { font-size: 23pt; text-align: center; margin: 0 0 1mm; letter-spacing: .08em; font-weight: normal; color: #12456f; }
.number { text-align: center; margin: 0 0 6mm; color: #46586a; }
.name { text-align: center; margin: 0; overflow-wrap: anywhere; }
.uscc { text-align: center; margin: 1mm 0 5mm; color: #46586a; }
.points { text-align: center; margin: 0 0 1mm; font-size: 12pt; }
.points strong { font-size: 34pt; font-weight: normal; color: #12456f; }
.parts { text-align: center; margin: 0 0 5mm; color: #46586a; }
table { width: 100%; border-collapse: collapse; margin: 0 0 4mm; }
caption { text-align: left; margin-bottom: 1mm; color: #46586a; }
th, td { border-bottom: .4pt solid #c5d0da; padding: 1.3mm 1mm; text-align: left; font-weight: normal; }
td.drawn { width: 52%; }
td.figure { text-align: right; white-space: nowrap; }
.bar { display: block; height: 3.2mm; background: #dfe8f0; }
.bar span { display: block; height: 3.2mm; background: #1c5a93; }
.facts th { width: 34%; color: #46586a; }
.trial { text-align: center; margin: 0 0 3mm; color: #a11; }
.note { margin: 0 0 2mm; font-size: 8.6pt; }
.digests { font-size: 7.4pt; color: #46586a; overflow-wrap: anywhere; margin: 2mm 0 0; }
.code { font-size: 13pt; letter-spacing: .08em; }
""".replace("FONT", f"'{FONT}'")


def certificate_html(certificate: PointsCertificate, lang: Lang) -> str:
    """The page; every text of data is escaped."""
    content = certificate.content

    def say(key: str, **figures: Any) -> str:
        return escape(text(key, lang, **figures))

    name = str(content["name"]) or text("firms.no_name", lang)
    size, shown = _fitted(name)
    dimensions = "".join(
        f"<tr><th scope='row'>{say(f'firms.dimension.{one}')}</th><td class='drawn'>{_bar(content, one)}</td>"
        f"<td class='figure'>{say('certificate.of', x=content['dimensions'][one], full=content['full'][one])}</td></tr>"
        for one in DIMENSIONS
    )
    facts = [
        (
            "stage",
            say("certificate.stage_value", stage=text(f"stage.{content['stage']}", lang), count=content["peers"]),
        ),
        ("coverage", say("certificate.share", x=content["coverage"])),
        ("as_of", _day(content["as_of"], lang)),
        ("issued_on", _day(content["issued_on"], lang)),
        ("valid_until", _day(content["valid_until"], lang)),
        ("issued_by", escape(f"{content['issued_by']}")),
        ("code", f"<span class='code'>{escape(certificate.code)}</span>"),
    ]
    rows = "".join(
        f"<tr><th scope='row'>{say(f'certificate.fact.{key}')}</th><td>{cell}</td></tr>" for key, cell in facts
    )
    notes = "".join(f"<p class='note'>{say(f'certificate.note.{key}')}</p>" for key in ("are", "are_not", "check"))
    versions = content["versions"]
    digests = say(
        "certificate.digests", release=content["release"], card=versions["points_card"],
        reference=versions["points_reference"], codebook=versions["codebook"], data=versions["data"],
        code=versions["code"], record=certificate.digest,
    )  # fmt: skip
    trial = f"<p class='trial'>{say('certificate.trial')}</p>" if content["clock_set"] else ""
    parts = say("certificate.parts", base=content["base"], bonus=content["bonus"])
    total = f"<strong>{say('certificate.points', x=content['points'])}</strong> {say('certificate.points_unit')}"
    code = "zh-CN" if lang == "zh" else "en"
    return (
        f"<!doctype html><html lang='{code}'><head><meta charset='utf-8'><title>{say('certificate.title')} "
        f"{escape(certificate.number)}</title><meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<style>{STYLE}</style></head><body><main class='frame'><h1>{say('certificate.title')}</h1>"
        f"{trial}<p class='number'>{say('certificate.number', number=certificate.number)}</p>"
        f"<p class='name' style='font-size:{size:g}pt'>{escape(shown)}</p>"
        f"<p class='uscc'>{say('certificate.uscc', uscc=content['uscc'])}</p>"
        f"<p class='points'>{total}</p><p class='parts'>{parts}</p>"
        f"<table><caption>{say('certificate.dimensions')}</caption><tbody>{dimensions}</tbody></table>"
        f"<table class='facts'><tbody>{rows}</tbody></table>{notes}<p class='digests'>{digests}</p>"
        "</main></body></html>"
    )


def certificate_pdf(certificate: PointsCertificate, lang: Lang) -> bytes:
    """The page as a PDF file of one page."""
    return bytes(_document(certificate, lang).write_pdf())


def _document(certificate: PointsCertificate, lang: Lang) -> Any:
    """The page as WeasyPrint lays it out; imported here, as only a printed certificate needs it."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts, fetcher = FontConfiguration(), _font_only()
    address = font_path().as_uri()
    face = CSS(string=f"@font-face {{font-family: '{FONT}'; src: url('{address}')}}", font_config=fonts,
               url_fetcher=fetcher)  # fmt: skip
    page = HTML(string=certificate_html(certificate, lang), url_fetcher=fetcher)
    return page.render(stylesheets=[face], font_config=fonts)


@cache
def _font_only() -> Any:
    """A fetcher that opens the font's file and refuses every other address."""
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    allowed = font_path().as_uri()

    class FontOnly(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            if url != allowed:
                raise FatalURLFetchingError(f"a certificate fetches nothing: {url[:80]}")
            return super().fetch(url, headers)

    return FontOnly(allowed_protocols=("file",))


def _fitted(name: str) -> tuple[float, str]:
    """Size in points and the name as it is written: whole up to 400 characters' width, then cut with an ellipsis."""
    width, kept = 0.0, []
    for letter in name:
        width += 0.55 if ord(letter) < 0x2E80 else 1.0
        if width > NAME_SIZES[-1][0]:
            kept.append("…")
            break
        kept.append(letter)
    size = next((points for most, points in NAME_SIZES if width <= most), NAME_SIZES[-1][1])
    return size, "".join(kept)


def _bar(content: Mapping[str, Any], dimension: str) -> str:
    full = content["full"][dimension]
    share = min(max(content["dimensions"][dimension] / full, 0.0), 1.0) if full else 0.0
    return f"<span class='bar'><span style='width:{share:.1%}'></span></span>"


def _day(iso: str, lang: Lang) -> str:
    on = date.fromisoformat(iso)
    return f"{on.year}年{on.month}月{on.day}日" if lang == "zh" else f"{on.day} {MONTHS[on.month - 1]} {on.year}"
