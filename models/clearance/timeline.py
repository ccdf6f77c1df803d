"""What a person reads of a declaration's state: every receipt with its meaning, and the state as a fragment of a page.

Chinese receipts have no zone and are in Beijing time; both that and UTC are shown. A note is shown as it came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby
from operator import itemgetter
from typing import Any

from data.beijing import BEIJING
from data.codebook import reference_path
from data.texts.figures import Text
from data.texts.sentences import Sentence, read_sentences
from models.chain.node_view import Language
from models.chain.picture.text_width import plain
from models.clearance.state import ClearanceState, HistoryRow
from models.clearance.timeline_picture import NARROW, WIDE, Words, timeline_picture

LATE, FUTURE = "late", "instant_in_future"
AHEAD = dt.timedelta(hours=1)  # that clocks may differ
_STYLE = (
    ".clearance-timeline .narrow{display:none}.clearance-timeline svg{display:block;width:100%;height:auto}"
    ".clearance-timeline .scroll{overflow-x:auto}.clearance-timeline table{border-collapse:collapse;min-width:100%;"
    "font-size:.9rem}.clearance-timeline th,.clearance-timeline td{text-align:left;vertical-align:top;"
    "padding:.3rem .45rem;border-bottom:1px solid #d7dee6}.clearance-timeline td.keep{white-space:nowrap}"
    ".clearance-timeline th{white-space:nowrap}.clearance-timeline td.w{min-width:7rem;overflow-wrap:anywhere}"
    ".clearance-timeline small{display:block;font-weight:normal;color:#4a5b6c}"
    "@media (max-width:720px){.clearance-timeline .wide{display:none}.clearance-timeline .narrow{display:block}}"
)


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One receipt as a person reads it.

    at, at_utc : "2026-03-01 20:58:36" in Beijing and "...Z" in UTC, or the text that came where it cannot be read
    meaning : what the code says; note : verbatim; received : in Beijing time, "" where it is not known
    marks : codes of ``HistoryRow``, ``late`` where a receipt of a later instant was received before it, and
        ``instant_in_future`` as of ``in_future``
    mark_texts : the same in words
    """

    at: str
    at_utc: str
    dialect: str
    code: str
    meaning: str
    note: str
    office: str
    episode: int
    received: str
    marks: tuple[str, ...]
    mark_texts: tuple[str, ...]


@cache
def templates() -> Mapping[str, Sentence]:
    """Every text of the timeline."""
    return read_sentences(reference_path("clearance/sentences_timeline.csv"))


def say(lang: Language, key: str, **figures: Any) -> str:
    """The text of a key with its figures; raises KeyError for an unknown key or a missing figure."""
    return templates()[key].fill(figures)[lang == "en"]


def _status_texts() -> dict[str, Text]:
    prefix = "status."
    return {key.removeprefix(prefix): row.fill({}) for key, row in templates().items() if key.startswith(prefix)}


# Chinese and English text of every ``clearance_status``, and of ``sent``: declared to us, nothing answered yet.
STATUS_TEXT: Mapping[str, Text] = _status_texts()


def timeline(
    state: ClearanceState, lang: Language, *, received: Mapping[str, dt.datetime] | None = None
) -> list[TimelineRow]:
    """Every event of a declaration in the order of its history.

    received : when each first came, by its digest, with a time zone
    """
    known = received or {}
    found = {LATE: _late(state.history, known), FUTURE: in_future(state.history, known)}
    return [
        _row(row, lang, known.get(row.digest), [mark for mark, digests in found.items() if row.digest in digests])
        for row in state.history
    ]


def timeline_svg(state: ClearanceState, lang: Language, width: float = WIDE) -> str:
    """The stages of the current episode as a picture without a script: side by side, or below each other if narrow."""
    return timeline_picture(state, width, _words(lang), STATUS_TEXT[state.clearance_status][lang == "en"])


def timeline_html(state: ClearanceState, lang: Language, *, received: Mapping[str, dt.datetime] | None = None) -> str:
    """A fragment of a page with picture, contradictions and receipts; it needs no script and nothing else."""
    parts = [f"<style>{_STYLE}</style>"]
    parts += [f'<div class="{kind}">{timeline_svg(state, lang, size)}</div>' for kind, size in SIZES.items()]
    found = [(one.code, one.detail) for one in state.contradictions]
    if in_future(state.history, received or {}):
        found.append((FUTURE, ""))
    if found:
        rows = "".join(
            f"<li>{say(lang, f'mark.{code}')}{_text(f' ({detail})') if detail else ''}</li>" for code, detail in found
        )
        parts.append(f"<h3>{say(lang, 'heading.contradictions')}</h3><ul>{rows}</ul>")
    parts.append(f"<h3>{say(lang, 'heading.rows')}</h3>{_table(timeline(state, lang, received=received), lang)}")
    return f'<div class="clearance-timeline">{"".join(parts)}</div>'


SIZES: Mapping[str, float] = {"wide": WIDE, "narrow": NARROW}


def beijing(at: dt.datetime) -> str:
    """An instant as it is written in Beijing, to the second; fractions are kept where there are any."""
    return at.astimezone(BEIJING).replace(tzinfo=None).isoformat(" ")


def _late(history: Sequence[HistoryRow], received: Mapping[str, dt.datetime]) -> set[str]:
    """Digests of events that came after one of a later instant had come."""
    known = [(row.at, received[row.digest], row.digest) for row in history if row.at and row.digest in received]
    found: set[str] = set()
    first: dt.datetime | None = None  # when the first event of a later instant came
    for _, same in groupby(sorted(known, reverse=True), key=itemgetter(0)):
        came = [(instant, digest) for _, instant, digest in same]
        found |= {digest for instant, digest in came if first is not None and instant > first}
        first = min([instant for instant, _ in came] + ([] if first is None else [first]))
    return found


def in_future(history: Sequence[HistoryRow], received: Mapping[str, dt.datetime]) -> set[str]:
    """Digests of events whose instant is more than AHEAD after they were received: it cannot be when it happened.

    They count for the status by their rank as any other, for which of the two instants is wrong cannot be known.
    """
    known = [(row.at, received[row.digest], row.digest) for row in history if row.at and row.digest in received]
    return {digest for at, came, digest in known if at - came > AHEAD}


def _row(row: HistoryRow, lang: Language, received: dt.datetime | None, found: Sequence[str]) -> TimelineRow:
    meaning = (row.en if lang == "en" else row.zh) or say(lang, "unknown_code")
    if row.effect == "none":
        meaning += f" ({say(lang, 'no_row_status')})"
    marks = (*row.marks, *found)
    return TimelineRow(
        row.at_text if row.at is None else beijing(row.at),
        "" if row.at is None else row.at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" ") + "Z",
        row.dialect,
        row.code,
        meaning,
        row.note,
        row.office or "",
        row.episode,
        "" if received is None else beijing(received.replace(microsecond=0)),
        marks,
        tuple(say(lang, f"mark.{mark}") for mark in marks),
    )


def _table(rows: Sequence[TimelineRow], lang: Language) -> str:
    columns = ("at", "code", "status", "note", "office", "episode", "received", "marks")
    below = {"at": f"<small>{say(lang, 'column.at_utc')}</small>"}  # two columns would make the table wider than a page
    heads = "".join(f'<th scope="col">{say(lang, f"column.{key}")}{below.get(key, "")}</th>' for key in columns)
    body = "".join(
        f'<tr><td class="keep">{_text(row.at)}<small>{_text(row.at_utc)}</small></td>'
        f'<td class="keep">{_text(row.code)}</td><td class="w">{_text(row.meaning)}</td>'
        f'<td class="w">{_text(row.note)}</td>'
        f"<td>{_text(row.office)}</td><td>{row.episode}</td>"
        f'<td class="keep">{_text(row.received).replace(" ", "<br>")}</td>'
        f'<td class="w">{"<br>".join(map(_text, row.mark_texts))}</td></tr>'
        for row in rows
    )
    caption = say(lang, "heading.rows")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _text(value: str) -> str:
    return escape(plain(value), quote=True)


def _words(lang: Language) -> Words:
    return Words(
        title=lambda status: say(lang, "picture.title", status=status),
        heading=lambda status: say(lang, "heading.status", status=status),
        text=lambda key: say(lang, key),
        episode=lambda number: say(lang, "picture.episode", number=number),
        status=lambda status: STATUS_TEXT[status][lang == "en"],
        instant=beijing,
        span=lambda seconds: span(seconds, lang),
    )


def span(seconds: float, lang: Language) -> str:
    """A length of time in the largest unit of which it has at least one (days from two on)."""
    for unit, size, least in (("days", 86_400, 2), ("hours", 3_600, 1), ("minutes", 60, 1)):
        if seconds >= size * least:
            return say(lang, f"span.{unit}", value=seconds / size)
    return say(lang, "span.seconds", value=seconds)
