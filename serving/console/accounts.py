"""Accounts of the console: made, bound, disabled and reset by people with the permission, and how one signs in.

An account is made by one person and bound by another: only then does it act for somebody, an enterprise by its USCC, a
bank by its id, or the zone. Whoever makes an account or resets its password knows that password for a while; so this
person never binds the account, and an account that was reset is bound again. Nobody has two accounts: holders' names
differ as ``serving.auth.access.holder_name`` writes them, which four-eyes rules compare. Every act is one commit with
its record in the ledger, of kind ``console_act``; no record holds a password.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from serving.auth.access import ROLES, ZONE_SIDE, Caller, caller_fault, holder_fault, holder_name
from serving.console.account_tables import StoredAccount, accounts_table, sessions_table, stored, written
from serving.console.acts import act_draft
from serving.console.lockout import counted_as, forget
from serving.console.passwords import Passwords, first_password, password_fault, usual_passwords
from serving.console.texts import Lang, console_sentences
from serving.contract.refusals import Fault, Refusal, shown
from serving.ledger.ledger import Draft, Ledger
from serving.ledger.store import LedgerError

ZONE_NAME = "zone"  # for whom operators, zone officers and analysts act
ZONE_ROLES = (*ZONE_SIDE, "policy_analyst")
LONGEST_NAME, LONGEST_REASON = 64, 500
_COLUMN = accounts_table.c


class Accounts:
    """The accounts of one store."""

    def __init__(self, ledger: Ledger, passwords: Passwords | None = None) -> None:
        self.ledger = ledger
        self.passwords = passwords or usual_passwords()

    def every(self) -> list[StoredAccount]:
        """All accounts, by sign-in name."""
        return self._read(sa.select(accounts_table).order_by(_COLUMN.sign_in_name))

    def find(self, account_id: str) -> StoredAccount:
        """One account; raises a Refusal where there is none."""
        found = self._read(sa.select(accounts_table).where(_COLUMN.account_id == account_id))
        if not found:
            raise _unknown(account_id)
        return found[0]

    def make(self, sign_in_name: str, role: str, holder: str, by: Caller, reason: str) -> tuple[StoredAccount, str]:
        """Make an account and its first password, which is shown once; it may do nothing until it is bound."""
        by.need("accounts", "operator")
        name, faults = sign_in_form(sign_in_name), reason_faults(reason)
        if role not in ROLES:
            faults.append(_fault("role", role, "accounts.allowed.role"))
        if not name or len(name) > LONGEST_NAME or not name.isprintable() or " " in name:
            faults.append(_fault("sign_in_name", f"{len(name)}", "accounts.allowed.sign_in_name"))
        if wrong := holder_fault(holder):
            faults.append(_fault("holder", wrong, "accounts.allowed.holder"))
        if faults:
            raise Refusal.invalid(*faults)
        password, now = first_password(), written(datetime.now(UTC))
        account_id = f"acc-{secrets.token_hex(5)}"
        row = {
            "account_id": account_id, "sign_in_name": name, "role": role, "holder": " ".join(holder.split()),
            "holder_key": holder_name(holder), "caller_name": "", "bound": False, "disabled": False, "lang": "zh",
            "password_hash": self.passwords.digest(password), "own_password": False, "password_by": by.holder,
            "password_at": now, "made_at": now, "signed_in_at": None,
        }  # fmt: skip

        def insert(connection: sa.Connection) -> Sequence[Draft]:
            for column, taken in (("sign_in_name", name), ("holder_key", row["holder_key"])):
                if connection.execute(sa.select(_COLUMN.account_id).where(_COLUMN[column] == taken)).first():
                    raise _refused("sign_in_name" if column == "sign_in_name" else "holder", str(taken), "taken")
            connection.execute(accounts_table.insert().values(**row))
            return [act_draft("account_made", account_id, by, {"reason": reason, "role": role, "for": row["holder"]})]

        self.ledger.change(insert)
        return self.find(account_id), password

    def bind(self, account_id: str, caller_name: str, by: Caller, reason: str) -> StoredAccount:
        """Let the account act for an enterprise, a bank or the zone; not by who knows its first password."""
        if by.role != "zone_officer" or by.name != ZONE_NAME:
            by.need("accounts", "operator")
        _check_reason(reason)

        def change(found: StoredAccount) -> dict[str, Any]:
            wanted = ZONE_NAME if found.role in ZONE_ROLES else caller_name.strip()
            if found.bound:
                raise _refused("account", found.caller_name, "not_bound")
            if holder_name(found.password_by) == holder_name(by.holder):
                raise Refusal("four-eyes", faults=[_fault("by", by.holder, "accounts.allowed.another")])
            if wrong := caller_fault(wanted, found.role):
                raise Refusal.invalid(_fault("caller", wrong, "accounts.allowed.caller"))
            if found.caller_name and found.caller_name != wanted:
                raise _refused("caller", wanted, "same_caller")
            return {"bound": True, "caller_name": wanted}

        return self._change("account_bound", account_id, by, change, {"reason": reason, "caller": caller_name})

    def disable(self, account_id: str, by: Caller, reason: str) -> StoredAccount:
        """Let the account do nothing any more, and end its sessions."""
        return self._managed("account_disabled", account_id, by, reason, {"disabled": True})

    def enable(self, account_id: str, by: Caller, reason: str) -> StoredAccount:
        """Let a disabled account sign in again, and end any wait after wrong passwords."""
        return self._managed("account_enabled", account_id, by, reason, {"disabled": False})

    def change_role(self, account_id: str, role: str, by: Caller, reason: str) -> StoredAccount:
        """Give the account another role; it is bound anew, and its sessions end."""
        if role not in ROLES:
            raise Refusal.invalid(_fault("role", role, "accounts.allowed.role"))
        values = {"role": role, "bound": False, "caller_name": "", "password_by": by.holder}
        return self._managed("account_role_changed", account_id, by, reason, values, {"role": role})

    def reset(self, account_id: str, by: Caller, reason: str) -> str:
        """A new first password, shown once; sessions end, and somebody else binds the account again."""
        password = first_password()
        values = {
            "password_hash": self.passwords.digest(password), "own_password": False, "password_by": by.holder,
            "password_at": written(datetime.now(UTC)), "bound": False,
        }  # fmt: skip
        self._managed("account_reset", account_id, by, reason, values)
        return password

    def change_password(self, account_id: str, present: str, new: str) -> None:
        """Give an account its own password; ends its sessions. Raises a Refusal with what is wrong."""
        found = self.find(account_id)
        faults = []
        if not self.passwords.fits(self._digest_of(account_id), present):
            self.ledger.append([act_draft("password_refused", account_id, found.account().caller(), {})])
            faults.append(_fault("present", "", "accounts.password.present"))
        if key := password_fault(new, found.sign_in_name, found.holder):
            faults.append(_fault("new", "", key))
        elif new == present:
            faults.append(_fault("new", "", "accounts.password.same"))
        if faults:
            raise Refusal.invalid(*faults)
        values = {
            "password_hash": self.passwords.digest(new), "own_password": True,
            "password_at": written(datetime.now(UTC)),
        }  # fmt: skip
        self._change("password_changed", account_id, found.account().caller(), lambda _: values, {}, end_sessions=True)

    def keep_language(self, account_id: str, lang: Lang) -> None:
        """The language in which this person reads; no act that is recorded."""
        with self.ledger.engine.execution_options(writes=True).begin() as connection:
            of_account = _COLUMN.account_id == account_id
            connection.execute(accounts_table.update().where(of_account).values(lang=lang))

    def _managed(
        self, act: str, account_id: str, by: Caller, reason: str, values: dict[str, Any],
        note: Mapping[str, Any] | None = None,
    ) -> StoredAccount:  # fmt: skip
        """A change by an operator of somebody else's account, which ends the sessions of it."""
        by.need("accounts", "operator")
        _check_reason(reason)

        def change(found: StoredAccount) -> dict[str, Any]:
            if holder_name(found.holder) == holder_name(by.holder):
                raise Refusal("four-eyes", faults=[_fault("by", by.holder, "accounts.allowed.not_own")])
            return values

        return self._change(act, account_id, by, change, {"reason": reason, **(note or {})}, end_sessions=True)

    def _change(
        self, act: str, account_id: str, by: Caller, values_of: Callable[[StoredAccount], dict[str, Any]],
        note: Mapping[str, Any], *, end_sessions: bool = False,
    ) -> StoredAccount:  # fmt: skip
        """Change one row, as it is now, and record the act."""

        def change(connection: sa.Connection) -> Sequence[Draft]:
            of_account = _COLUMN.account_id == account_id
            row = connection.execute(sa.select(accounts_table).where(of_account).with_for_update()).one_or_none()
            if row is None:
                raise _unknown(account_id)
            connection.execute(accounts_table.update().where(of_account).values(**values_of(stored(row))))
            if end_sessions:
                connection.execute(sessions_table.delete().where(sessions_table.c.account_id == account_id))
                forget(connection, *(counted_as(row.sign_in_name, known=known) for known in (False, True)))
            return [act_draft(act, account_id, by, note)]

        self.ledger.change(change)
        return self.find(account_id)

    def _digest_of(self, account_id: str) -> str | None:
        with self.ledger.engine.connect() as connection:
            query = sa.select(_COLUMN.password_hash).where(_COLUMN.account_id == account_id)
            return connection.execute(query).scalar_one_or_none()

    def _read(self, query: sa.Select[Any]) -> list[StoredAccount]:
        try:
            with self.ledger.engine.connect() as connection:
                return [stored(row) for row in connection.execute(query)]
        except sa.exc.SQLAlchemyError as fault:
            raise LedgerError(str(fault).splitlines()[0]) from fault


def sign_in_form(name: str) -> str:
    """A sign-in name as it is compared: NFKC, without case and outer space."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def _fault(where: str, found: str, key: str) -> Fault:
    return Fault(where, shown(found) if found else "", console_sentences()[key].fill({}))


def _refused(where: str, found: str, why: str) -> Refusal:
    return Refusal("illegal-action", faults=[_fault(where, found, f"accounts.allowed.{why}")])


def _unknown(account_id: str) -> Refusal:
    return Refusal("not-found", faults=[_fault("account", account_id[:60], "accounts.allowed.account")])


def reason_faults(reason: str) -> list[Fault]:
    """What is wrong with the reason of an act, which is recorded with it."""
    if len(reason.strip()) >= 3 and len(reason) <= LONGEST_REASON:
        return []
    return [_fault("reason", str(len(reason)), "accounts.allowed.reason")]


def _check_reason(reason: str) -> None:
    if faults := reason_faults(reason):
        raise Refusal.invalid(*faults)
