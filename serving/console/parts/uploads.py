"""A file that a person chooses or drops: how large it may be is checked here and in the browser, and said in words."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from data.texts.sentences import sentence
from serving.console.api import Refused
from serving.console.texts import console_sentences
from serving.contract.refusals import Fault, Refusal

if TYPE_CHECKING:
    from serving.console.page import View

# A file travels in letters, four for three bytes, within the 4 MiB that the console takes.
MOST_BYTES = 2_000_000
WHOLE = "(body)"  # as the API names the whole of what was sent
_POSITION = re.compile(r"line (\d+), column (\d+)")


def upload(view: View, name: str, words: str, accept: str = "", most_bytes: int = MOST_BYTES) -> Component:
    """A button that opens the choice of a file, and a place to drop one; its ``contents`` come as ``name``.

    ``assets/uploads.js`` says of a larger file why it is not taken.
    """
    allowed = view.text("uploads.allowed", megabytes=most_bytes / 1e6)
    too_large = view.text("uploads.too_large", megabytes=most_bytes / 1e6)
    return html.Div(
        [
            dcc.Upload(
                [dmc.Button(words, variant="light"), dmc.Text(allowed, size="sm", className="quiet")],
                id=name, accept=accept or None, max_size=most_bytes, multiple=False, className="upload",
            ),
            html.Div(role="alert", className="upload-refused"),
        ],
        **{"data-most-bytes": str(most_bytes), "data-too-large": too_large}, className="upload-block",
    )  # fmt: skip


def uploaded(contents: Any, most_bytes: int = MOST_BYTES) -> bytes:
    """The bytes of what came; raises a Refusal where it is no file, or a larger one than allowed."""
    text = contents if isinstance(contents, str) else ""
    _, _, encoded = text.partition(";base64,")
    if len(encoded) > (most_bytes + 2) // 3 * 4:
        most = sentence("fault.bytes", most=f"{most_bytes:,}")
        raise Refusal("body-too-large", faults=[Fault(WHOLE, f"{len(encoded) * 3 // 4} bytes", most)])
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise _no_file() from fault
    if not raw:
        raise _no_file()
    return raw


def refused_file(view: View, refused: Refused) -> Component:
    """Why a file was not taken: where in it, and what is allowed there."""
    zh = view.lang == "zh"
    lines = [
        f"{position(view, str(fault.get('where', '')))}{view.text('uploads.colon')}"
        f"{fault.get('allowed_zh' if zh else 'allowed')}"
        for fault in refused.problem.get("faults", ())
    ]
    title, *rest = refused.text(view.lang).split("\n")
    return dmc.Alert(
        [dmc.Text(line, size="sm") for line in lines or rest],
        title=view.text("uploads.refused", reason=title), color="red",
    )  # fmt: skip


def position(view: View, where: str) -> str:
    """Where a fault is, in words."""
    if found := _POSITION.fullmatch(where):
        return view.text("uploads.position", line=int(found[1]), column=int(found[2]))
    return view.text("uploads.whole") if where == WHOLE else where


def _no_file() -> Refusal:
    return Refusal.invalid(Fault(WHOLE, "no file", console_sentences()["uploads.a_file"].fill({})))
