"""A table of a page as a file to download: CSV or XLSX, as ``models.spreadsheet`` writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import flask

from models.spreadsheet import MEDIA, Cell, Sheet, csv_bytes, xlsx_bytes


def table_file(
    name: str, form: str, title: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]],
    formats: Sequence[str | None] = (),
) -> flask.Response:  # fmt: skip
    """The file ``<name>.<form>`` as an attachment; aborts with 404 for a form that is none of MEDIA.

    formats : number formats of the columns in XLSX
    """
    if form not in MEDIA:
        flask.abort(404)
    widths = [max(12.0, 2.2 * len(head)) for head in heads]
    content = (
        csv_bytes(heads, rows) if form == "csv" else xlsx_bytes([Sheet(title, heads, rows, formats, widths)])
    )  # fmt: skip
    attached = {"content-disposition": f'attachment; filename="{name}.{form}"'}
    return flask.Response(content, content_type=MEDIA[form], headers=attached)
