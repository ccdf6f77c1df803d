"""The declaration sheet as a PDF file: A4 landscape, the grid on the first page, the goods over as many as they need.

The letters are those of Noto Sans SC (SIL Open Font License), a data file of the package zhplot; only the glyphs in use
are put into the file. The same input gives the same bytes: the date in the file is the day of the declaration.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from data.beijing import BEIJING
from data.clearance.codes import Codes
from data.clearance.records import Declaration
from models.clearance.rules.form import Finding
from models.clearance.sheet.content import Box, GoodsLine, Sheet, SheetError, make_sheet
from models.clearance.sheet.fitting import LEADING, Fitted, fit
from models.clearance.sheet.texts import Language, say

if TYPE_CHECKING:
    from fpdf import FPDF

FONT_PACKAGE, FONT_FILE = "zhplot", "fonts/NotoSansSC-Regular.ttf"
# Millimetres.
WIDTH, HEIGHT, MARGIN, PADDING = 297.0, 210.0, 9.0, 1.0
INNER = WIDTH - 2 * MARGIN
BOTTOM = HEIGHT - MARGIN - 5.0  # below it is the number of the page
POINT = 25.4 / 72
LABEL = 6.5 * POINT
SIZES = tuple(size * POINT for size in (8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5))
LIST_SIZES = SIZES[1:2]
ROW, TALLEST_ROW = 10.5, 22.0  # a box grows from the first to the second before its letters become smaller
GOODS_ROW, TALLEST_GOODS = 13.0, 40.0
RED, GREY, PINK, PALE = (176, 0, 32), (90, 90, 90), (255, 240, 240), (238, 226, 228)
MISSING = "\N{GETA MARK}"  # what Chinese printing sets for a character that the font lacks


@cache
def font_path() -> Path:
    """The font's file; raises SheetError where its package is not installed. The package is found, not run."""
    spec = find_spec(FONT_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for path in (Path(folder) / FONT_FILE for folder in folders):
        if path.is_file():
            return path
    raise SheetError(f"the font of the sheet is absent: install {FONT_PACKAGE} (extra serve), which holds {FONT_FILE}")


def sheet_pdf(
    declaration: Declaration,
    codes: Codes,
    findings: Sequence[Finding],
    lang: Language = "zh",
    *,
    today: dt.date,
    simulated: bool = False,
) -> bytes:
    """The sheet as the bytes of a PDF file, the findings on pages of their own at its end.

    lang, today, raises : as of ``make_sheet``; SheetError also where fpdf2 or the font is absent
    """
    sheet = make_sheet(declaration, codes, findings, lang, today=today, simulated=simulated)
    return _Drawing(sheet, today).bytes()


class _Drawing:
    """Draws one sheet from the top to the bottom; ``self.y`` is how far it is."""

    def __init__(self, sheet: Sheet, day: dt.date) -> None:
        try:
            from fpdf import FPDF
        except ImportError as fault:
            raise SheetError("PDF files need fpdf2 (extra serve)") from fault
        self.sheet, self.y, self.numbers_y = sheet, MARGIN, MARGIN
        self.pdf: FPDF = FPDF(orientation="landscape", unit="mm", format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.add_font("sheet", fname=font_path())
        self.pdf.set_font("sheet", size=8)
        self.glyphs = frozenset(getattr(self.pdf.fonts["sheet"], "cmap", ()))
        self.pdf.set_creation_date(dt.datetime.combine(day, dt.time(), BEIJING))
        self.pdf.set_title(sheet.title)
        self.pdf.set_lang("zh-CN" if sheet.lang == "zh" else "en")
        self.pdf.set_line_width(0.2)
        self.widths: dict[str, float] = {}

    def bytes(self) -> bytes:
        """The whole file."""
        self._page()
        for row in self.sheet.rows:
            self._row(row)
        self._columns()
        for line in self.sheet.goods:
            self._goods(line)
        self._foot()
        self._findings()
        self._page_numbers()
        return bytes(self.pdf.output())

    def measure(self, letter: str) -> float:
        """Width of a character in sizes of its letters."""
        if letter not in self.widths:
            self.widths[letter] = self.pdf.get_string_width(self._known(letter)) / (self.pdf.font_size_pt * POINT)
        return self.widths[letter]

    def _known(self, text: str) -> str:
        """The text with a mark for each character that the font lacks."""
        return "".join(letter if ord(letter) in self.glyphs else MISSING for letter in text)

    def _write(self, x: float, y: float, text: str, size: float, colour: tuple[int, int, int] = (0, 0, 0)) -> None:
        """One line whose upper edge is y; sizes in millimetres."""
        self.pdf.set_font("sheet", size=size / POINT)
        self.pdf.set_text_color(*colour)
        self.pdf.text(x, y + size * 0.9, self._known(text))

    def _length(self, text: str, size: float) -> float:
        return sum(map(self.measure, text)) * size

    def _lines(self, x: float, y: float, fitted: Fitted, colour: tuple[int, int, int] = (0, 0, 0)) -> None:
        for n, line in enumerate(fitted.lines):
            self._write(x, y + n * fitted.size * LEADING, line, fitted.size, colour)

    def _page(self) -> None:
        """A new page with its mark, title and numbers."""
        sheet, self.y = self.sheet, MARGIN
        self.pdf.add_page()
        if sheet.simulated:
            with self.pdf.rotation(28, WIDTH / 2, HEIGHT / 2):
                size = 44 * POINT
                x = (WIDTH - self._length(sheet.simulated, size)) / 2
                self._write(x, (HEIGHT - size) / 2, sheet.simulated, size, PALE)
            length = self._length(sheet.simulated, SIZES[0])
            self._write(WIDTH - MARGIN - length, self.y, sheet.simulated, SIZES[0], RED)
        self._write(MARGIN, self.y, sheet.draft, SIZES[0])
        size = 15 * POINT
        self._write((WIDTH - self._length(sheet.title, size)) / 2, self.y, sheet.title, size)
        self.y += size * LEADING + 2.0
        half = INNER * 0.42
        for text, x in zip(sheet.numbers, (MARGIN, MARGIN + half), strict=True):
            fitted = fit([text], half - PADDING, SIZES[0] * LEADING, SIZES, self.measure)
            self._lines(x, self.y, fitted._replace(lines=fitted.lines[:1]))
        self.numbers_y = self.y
        self.y += SIZES[0] * LEADING + 1.0

    def _page_numbers(self) -> None:
        """The number of each page beside the number of all, known only at the end."""
        last = self.pdf.page_no()
        for page in range(1, last + 1):
            self.pdf.page = page
            self.pdf.set_font("sheet", size=1)  # so that the size is written into this page's stream again
            text = f"{say('page', self.sheet.lang)} {page}/{last}"
            self._write(WIDTH - MARGIN - self._length(text, SIZES[1]), self.numbers_y, text, SIZES[1])

    def _frame(self, x: float, width: float, height: float, *, marked: bool = False) -> None:
        self.pdf.set_draw_color(0, 0, 0)
        if marked:
            self.pdf.set_fill_color(*PINK)
        self.pdf.rect(x, self.y, width, height, style="DF" if marked else "D")

    def _marks(self, x: float, y: float, numbers: Sequence[int]) -> None:
        """Numbers of findings, right-aligned at x."""
        text = _numbers(numbers)
        self._write(x - self._length(text, LABEL), y, text, LABEL, RED)

    def _row(self, row: Sequence[Box]) -> None:
        """One row of the grid, as tall as its fullest box."""
        head = LABEL * LEADING + 0.8
        fitted, labels = [], []
        for box in row:
            inner = box.width * INNER - 2 * PADDING
            room = inner - self._length(_numbers(box.marks), LABEL) - 0.5
            name = f"{box.label} {box.code}".strip()
            labels.append(fit([name], room, LABEL * LEADING * 2, (LABEL, LABEL * 0.85, LABEL * 0.7), self.measure))
            fitted.append(fit(box.lines, inner, TALLEST_ROW - head, SIZES, self.measure))
        head = max(head, *(0.8 + label.height for label in labels)) if len(labels) > 1 else max(head, labels[0].height)
        height = max(ROW, max(one.height for one in fitted) + head + 1.0)
        x = MARGIN
        for box, label, text in zip(row, labels, fitted, strict=True):
            self._frame(x, box.width * INNER, height, marked=bool(box.marks))
            self._lines(x + PADDING, self.y + 0.5, label, GREY)
            self._marks(x + box.width * INNER - PADDING, self.y + 0.5, box.marks)
            self._lines(x + PADDING, self.y + head, text)
            x += box.width * INNER
        self.y += height

    def _columns(self) -> None:
        """Heads of the columns of the goods."""
        fitted = [
            fit([name], width * INNER - 2 * PADDING, 2 * LABEL * LEADING, (LABEL, LABEL * 0.85), self.measure)
            for name, width in self.sheet.columns
        ]
        height, x = max(one.height for one in fitted) + 1.2, MARGIN
        for (_, width), text in zip(self.sheet.columns, fitted, strict=True):
            self._frame(x, width * INNER, height)
            self._lines(x + PADDING, self.y + 0.6, text, GREY)
            x += width * INNER
        self.y += height

    def _goods(self, line: GoodsLine) -> None:
        """One item, on the next page where it has no room on this one."""
        fitted = [
            fit(texts, width * INNER - 2 * PADDING, TALLEST_GOODS, SIZES[1:], self.measure)
            for (_, width), texts in zip(self.sheet.columns, line.cells, strict=True)
        ]
        rooms = [
            one.height + (LABEL * LEADING if marks else 0.0) for one, marks in zip(fitted, line.marks, strict=True)
        ]
        height = max(GOODS_ROW, max(rooms) + 1.4)
        if self.y + height > BOTTOM:
            self._page()
            self._columns()
        x = MARGIN
        for (_, width), text, marks in zip(self.sheet.columns, fitted, line.marks, strict=True):
            self._frame(x, width * INNER, height, marked=bool(marks))
            self._marks(x + width * INNER - PADDING, self.y + height - LABEL * LEADING, marks)
            self._lines(x + PADDING, self.y + 0.7, text)
            x += width * INNER
        self.y += height

    def _foot(self) -> None:
        """Confirmations, signatures, and where names of codes are from; on one page together."""
        sheet, signed, line = self.sheet, 24.0, 6.0
        if self.y + line + signed + line > BOTTOM:
            self._page()
        self._frame(MARGIN, INNER, line)
        for n, text in enumerate(sheet.confirmations):
            self._write(MARGIN + PADDING + n * INNER / 3, self.y + 1.2, text, SIZES[1])
        self.y += line
        left = INNER * 0.68
        self._frame(MARGIN, left, signed)
        self._frame(MARGIN + left, INNER - left, signed)
        person, oath, declarant, seal, customs = sheet.signatures
        for n, text in enumerate((person, oath, declarant)):
            fitted = fit([text], left - 2 * PADDING, SIZES[1] * LEADING, SIZES[1:], self.measure)
            self._lines(MARGIN + PADDING, self.y + 1.0 + n * 5.2, fitted._replace(lines=fitted.lines[:2]))
        self._write(MARGIN + left - 55.0, self.y + signed - 5.5, seal, SIZES[1])
        self._write(MARGIN + left + PADDING, self.y + 1.0, customs, SIZES[1])
        self.y += signed + 1.0
        self._write(MARGIN, self.y, sheet.note, LABEL, GREY)

    def _findings(self) -> None:
        """The findings, from a page of their own."""
        sheet, lang = self.sheet, self.sheet.lang
        widths = [INNER * share for share in (0.05, 0.09, 0.24, 0.62)]
        self._page()
        self._write(MARGIN, self.y, f"{sheet.findings_title}　{sheet.summary}", SIZES[0])
        self.y += SIZES[0] * LEADING + 1.5
        rows: list[tuple[Sequence[str], tuple[int, int, int]]] = [(sheet.finding_columns, GREY)]
        for one in sheet.findings:
            colour = {"error": RED, "warning": (0, 0, 0)}.get(one.severity, GREY)
            rows.append(((str(one.number), one.grade, one.where, one.text), colour))
        if not sheet.findings:
            rows = [(("", "", say("none", lang), ""), (0, 0, 0))]
        for texts, colour in rows:
            fitted = [
                fit([text], width - 2 * PADDING, 0.0, LIST_SIZES, self.measure)
                for text, width in zip(texts, widths, strict=True)
            ]
            height, x = max(one.height for one in fitted) + 1.4, MARGIN
            if self.y + height > BOTTOM:
                self._page()
            for text, width in zip(fitted, widths, strict=True):
                self._lines(x + PADDING, self.y + 0.7, text, colour)
                x += width
            self.y += height
            self.pdf.set_draw_color(200, 200, 200)
            self.pdf.line(MARGIN, self.y, WIDTH - MARGIN, self.y)


def _numbers(numbers: Sequence[int]) -> str:
    """Marks of findings; four at most, so that they leave room for the name of the box."""
    return " ".join(f"[{n}]" for n in numbers[:4]) + ("…" if len(numbers) > 4 else "")
