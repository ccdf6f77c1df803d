"""What a message changed about a declaration, as one viewer sees it: for streams and webhooks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Viewer = str | None  # an enterprise's USCC; None for the operator, who sees every declaration
SHOWN_FIRST = ("entry_id", "mrn", "invt_no", "pre_no", "seq_no", "order_no", "cop_no", "lrn", "client_seq_no")


@dataclass(frozen=True, slots=True)
class Change:
    """One declaration after one message.

    sequence : of the message in the store; numbers : (kind, number) pairs of the declaration
    clearance_status, status_before : with the message and without it; at, code, note, office : of the message's event
    """

    sequence: int
    message_id: str
    numbers: tuple[tuple[str, str], ...]
    clearance_status: str
    status_before: str
    at: dt.datetime | None
    code: str
    note: str
    office: str | None
    simulated: bool

    @property
    def declaration(self) -> str:
        """The number that customs gave last, else the declarant's own."""
        by_kind = dict(self.numbers)
        return next((by_kind[kind] for kind in SHOWN_FIRST if kind in by_kind), self.numbers[0][1])

    def as_dict(self, *, with_note: bool) -> dict[str, Any]:
        """The change as it is sent; without its note it holds nothing that an officer wrote."""
        return {
            "declaration": self.declaration,
            "clearance_status": self.clearance_status,
            "status_before": self.status_before,
            "at": None if self.at is None else self.at.astimezone(dt.UTC).isoformat(),
            "code": self.code,
            **({"note": self.note} if with_note else {}),
            "note_length": len(self.note),
            "office": self.office,
            "simulated": self.simulated,
        }


class Arrived(Protocol):
    """A kept message; parties : the enterprises that may see its declaration."""

    @property
    def sequence(self) -> int: ...  # noqa: D102
    @property
    def parties(self) -> frozenset[str]: ...  # noqa: D102


class Changes(Protocol):
    """Messages in the order of their arrival, and what each changed; called from threads."""

    def newest(self) -> int:
        """The sequence of the newest message, 0 where there is none."""
        ...

    def newer(self, after: int, most: int) -> Sequence[Arrived]:
        """At most ``most`` messages behind ``after``; fewer only where there are no more."""
        ...

    def seen(self, arrived: Any, viewer: Viewer) -> Sequence[Change]:
        """What it changed as ``viewer`` sees it; nothing where the viewer may not see the declaration."""
        ...
