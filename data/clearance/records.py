"""What a message of customs holds: events of a case, a declaration, and remarks on what was odd in it.

A message is kept as its bytes; everything here is read from them again whenever it is needed, so nothing that is said
about a declaration can differ from what arrived.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

# Kinds of numbers under which a declaration goes, in the order in which it gets them.
CLIENT_SEQ_NO, SEQ_NO, ENTRY_ID = "client_seq_no", "seq_no", "entry_id"  # Single Window
COP_NO, PRE_NO, INVT_NO, ORDER_NO = "cop_no", "pre_no", "invt_no", "order_no"  # CEB
LRN, MRN = "lrn", "mrn"  # CDS and UN/EDIFACT: the declarant's own number, and that of customs


class MessageError(ValueError):
    """A message that is refused, whole.

    code : a name of the reason, such as ``not_well_formed``; line, column : from 1, 0 where the reason has no place
    found, allowed : what was found there (never more than 80 characters, no personal value) and what could be
    """

    def __init__(self, code: str, found: str, allowed: str, line: int = 0, column: int = 0) -> None:
        where = f"line {line}, column {column}: " if line else ""
        super().__init__(f"{where}{code}: found {found[:80]}; allowed: {allowed}")
        self.code, self.found, self.allowed, self.line, self.column = code, found[:80], allowed, line, column


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd in a message that was read nevertheless.

    code : such as ``unknown_element``, ``unknown_code``, ``control_total``; path : of the element or segment
    """

    code: str
    path: str
    found: str
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One thing that a message says happened to a declaration.

    keys : (kind, number) pairs under which the declaration goes, at least one
    dialect : whose codes it uses: single_window, ceb, cds, edifact; code : of the status, as it came
    at : the instant, None where the message names none or one that cannot be read; at_text : as it came
    note : what the sender wrote beside the code, verbatim; office : code of the customs office
    values : further members that are not personal
    """

    keys: tuple[tuple[str, str], ...]
    dialect: str
    code: str
    at: dt.datetime | None
    at_text: str
    note: str = ""
    office: str | None = None
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the content in hex: two messages that say the same have the same."""
        content = [sorted(self.keys), self.dialect, self.code, self.at_text, self.note, self.office]
        text = json.dumps([*content, sorted(self.values.items())], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration (报关单), element by element under the names of its message.

    parties : unified social credit codes and customs registration codes of the firm and of its agents
    head : elements of the head; goods, licences, containers, documents : one mapping a line
    """

    keys: tuple[tuple[str, str], ...]
    dialect: str
    version: str
    parties: tuple[str, ...]
    head: Mapping[str, str]
    goods: tuple[Mapping[str, str], ...] = ()
    licences: tuple[Mapping[str, str], ...] = ()
    containers: tuple[Mapping[str, str], ...] = ()
    documents: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message that was read whole.

    kind : such as ``sw.declaration``, ``sw.import_response``, ``sw.receipt``, ``sw.agent_response``, ``dxp``,
        ``ceb.CEB622Message``, ``cds.notification``, ``cds.declaration``, ``edifact.CUSDEC``
    encoding : of its characters; raw : its bytes as they came; digest : SHA-256 of them in hex
    inner : the messages that an envelope carries
    schema : ``valid``, or ``not_checked`` where no schema was given or its kind has none; an invalid one is refused
    values : members of the message itself that are not personal, such as the type and the keys of an envelope
    """

    kind: str
    version: str
    dialect: str
    encoding: str
    digest: str
    raw: bytes
    events: tuple[CaseEvent, ...] = ()
    declaration: Declaration | None = None
    remarks: tuple[Remark, ...] = ()
    inner: tuple[ReadMessage, ...] = ()
    schema: str = "not_checked"
    values: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def opened(self) -> tuple[ReadMessage, ...]:
        """The message, and every one that it carries."""
        return (self, *(one for message in self.inner for one in message.opened))

    @property
    def every_event(self) -> tuple[CaseEvent, ...]:
        """Its events and those of every message that it carries."""
        return tuple(event for message in self.opened for event in message.events)

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Every number of a declaration that it names, sorted."""
        own = {key for event in self.every_event for key in event.keys}
        held = (message.declaration for message in self.opened)
        return tuple(sorted(own.union(*(one.keys for one in held if one is not None))))
