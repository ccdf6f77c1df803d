"""One person's account as a session holds it."""

from __future__ import annotations

from dataclasses import dataclass

from serving.auth.access import Caller
from serving.console.texts import Lang


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in.

    role : of callers of the API
    caller_name : the enterprise's USCC, the bank's id, or the name of the zone's office
    holder : the person, as four-eyes rules compare them
    permissions : none where an enterprise's account is not bound yet
    """

    account_id: str
    sign_in_name: str
    role: str
    caller_name: str
    holder: str
    permissions: frozenset[str]
    lang: Lang = "zh"

    def caller(self) -> Caller:
        """As whom this account calls the API."""
        return Caller(self.caller_name, self.role, self.holder, f"console:{self.account_id}", self.permissions)
