"""The console over an open service with two people of each role, and what each gets in a browser.

Pages come through the outline's callback, acts through Dash's one address, files by theirs.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from serving.console.account_tables import StoredAccount
from serving.console.accounts import Accounts
from serving.console.page import Console, View
from tests.serving.conftest import Shop
from tests.serving.console.signed_in import Browser

# Two people of each role, in the order of the tables' columns: the first of a pair owns what its role makes.
PEOPLE = ("firm", "firm_b", "bank", "bank_b", "officer", "officer_b", "analyst", "analyst_b", "operator", "operator_b")
ROLE_OF = {"firm": "enterprise", "bank": "bank", "officer": "zone_officer", "analyst": "policy_analyst",
           "operator": "operator"}  # fmt: skip
UPDATE = "/_dash-update-component"


@dataclass
class People:
    """The console and its people."""

    console: Console
    shop: Shop
    accounts: Accounts
    browsers: dict[str, Browser] = field(default_factory=dict)
    stored: dict[str, StoredAccount] = field(default_factory=dict)

    def view(self, who: str) -> View:
        """As the owner's own pages act."""
        return self.console.view("/", account=self.stored[who].account())

    def output_of(self, trigger: str) -> str:
        """The callback of Dash that this component begins."""
        (found,) = [
            output for output, one in self.console.dash_app.callback_map.items()
            if "callback" in one and trigger in triggers(one)
        ]  # fmt: skip
        return found

    def call(self, who: str, trigger: str, values: Mapping[str, Any]) -> Any:
        """The answer to a press of ``trigger``; values by the id of their component."""
        output = self.output_of(trigger)
        one, by_id = self.console.dash_app.callback_map[output], {trigger: 1, **values}

        def filled(parts: Any) -> list[dict[str, Any]]:
            return [{**part, "value": by_id.get(part["id"])} for part in parts]

        outputs = [
            {"id": part.rpartition(".")[0], "property": part.rpartition(".")[2].split("@")[0]}
            for part in output.strip(".").split("...")
        ]
        first = next(part for part in one["inputs"] if part["id"] == trigger)
        body = {
            "output": output, "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": filled(one["inputs"]), "state": filled(one["state"]),
            "changedPropIds": [f"{trigger}.{first['property']}"],
        }  # fmt: skip
        return self.browsers[who].post(UPDATE, json=body)

    def act_on_objection(self, who: str, action: str, objection_id: str, text: str) -> Any:
        """A press of one of the objection's buttons, whose ids are patterns."""
        name = {"type": "objections-act", "action": action}
        sure = {"type": "objections-sure", "action": action}
        body = {
            "output": "objections-body.children", "outputs": {"id": "objections-body", "property": "children"},
            "inputs": [[{"id": name, "property": "n_clicks", "value": 1}],
                       [{"id": sure, "property": "submit_n_clicks", "value": None}]],
            "state": [{"id": "objections-text", "property": "value", "value": text},
                      {"id": "objections-id", "property": "data", "value": objection_id}],
            "changedPropIds": [f"{json.dumps(name, separators=(',', ':'), sort_keys=True)}.n_clicks"],
        }  # fmt: skip
        return self.browsers[who].post(UPDATE, json=body)

    def page(self, who: str, address: str) -> str:
        """What the outline is filled with at an address, as text."""
        path, _, query = address.partition("?")
        body = {
            "output": "shell-page.children", "outputs": {"id": "shell-page", "property": "children"},
            "inputs": [{"id": "url", "property": "pathname", "value": f"/console{path}"}],
            "state": [{"id": "url", "property": "search", "value": f"?{query}" if query else ""}],
            "changedPropIds": ["url.pathname"],
        }  # fmt: skip
        answer = self.browsers[who].post(UPDATE, json=body)
        assert answer.status_code == 200, answer.text
        return read(answer)

    def file(self, who: str, address: str) -> Any:
        """The answer at an address of a file."""
        return self.browsers[who].get(address)

    @property
    def today(self) -> str:
        return str(self.shop.worker.params.today().isoformat())

    @property
    def soon(self) -> str:
        """A day within a month."""
        return str((self.shop.worker.params.today() + timedelta(days=20)).isoformat())

    @property
    def later(self) -> str:
        day = self.shop.client.app.state.matching.today()
        return str(day.replace(year=day.year + 1, day=1).isoformat())

    def records(self) -> int:
        """How many records the ledger holds."""
        return int(self.shop.worker.ledger.tip())


def triggers(one: dict[str, Any]) -> set[str]:
    """The ids of the components that begin a callback."""
    return {part["id"] for part in one["inputs"]}


def read(answer: Any) -> str:
    """What an answer of a callback shows, with its letters as they are."""
    return json.dumps(answer.get_json(), ensure_ascii=False)


def new() -> str:
    """An identifier that was never used."""
    return secrets.token_hex(6)
