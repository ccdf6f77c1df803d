"""The record of an act: by whom, to what, and its note."""

from __future__ import annotations

import orjson

from serving.auth.access import Caller
from serving.console.acts import CONSOLE_ACT, NOBODY, act_draft


def test_an_act_names_account_person_and_reason():
    by = Caller("zone", "operator", "li", "console:acc-1", frozenset())
    draft = act_draft("account_reset", "acc-2", by, {"reason": "forgot it"})
    body = orjson.loads(draft.body)
    assert (draft.kind, draft.owner, draft.subject) == (CONSOLE_ACT, "zone", "acc-2")
    assert {name: body[name] for name in ("act", "account", "holder", "reason")} == {
        "act": "account_reset", "account": "console:acc-1", "holder": "li", "reason": "forgot it",
    }  # fmt: skip
    assert body["at"].endswith("+00:00")


def test_who_is_not_signed_in_is_nobody():
    draft = act_draft("sign_in_refused", "unknown name", NOBODY, {})
    assert (draft.owner, orjson.loads(draft.body)["holder"]) == ("console", "")
