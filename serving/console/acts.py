"""The ledger's record of what a person did in the console; never a password, never a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from serving.auth.access import Caller
from serving.ledger.ledger import Draft, canonical_json, now_text

CONSOLE_ACT = "console_act"
NOBODY = Caller("", "", "", "", frozenset())  # before anybody is signed in


def act_draft(act: str, subject: str, by: Caller, note: Mapping[str, Any]) -> Draft:
    """Who (key or account, and person) did what to what, when, and ``note``, such as the reason."""
    body = {"act": act, "account": by.key_id, "holder": by.holder, "at": now_text(), **note}
    return Draft(CONSOLE_ACT, by.name or "console", subject, canonical_json(body))
