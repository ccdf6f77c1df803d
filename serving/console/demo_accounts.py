"""Accounts for trying the console, with random passwords that are printed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from serving.auth.access import Caller
from serving.console.account_tables import accounts_table
from serving.console.accounts import ZONE_NAME, ZONE_ROLES, Accounts
from serving.console.passwords import first_password
from serving.ledger.ledger import Ledger

DEMO_SET_UP = "demo set-up"  # written as the holder who makes or binds them, with a number
REASON = "demo account, for trying only"
BANKS = ("standard", "standard", "growth")  # two officers of one bank and one of another


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account as it is printed: who, for whom, and how to sign in."""

    role: str
    sign_in_name: str
    password: str
    caller_name: str
    holder: str


def make_demo_accounts(ledger: Ledger, enterprises: Sequence[str], banks: Sequence[str] = BANKS) -> list[DemoAccount]:
    """Accounts of every role in a store that has none; an empty list in any other.

    Operators, zone officers and bank officers are two each, for what one of them begins another has to finish.

    enterprises : USCCs, an account each; banks : the bank of each bank officer
    """
    accounts = Accounts(ledger)
    with ledger.engine.connect() as connection:
        if connection.execute(sa.select(accounts_table.c.account_id).limit(1)).first():
            return []
    wanted = [("operator", "operator-1", ZONE_NAME), ("operator", "operator-2", ZONE_NAME)]
    wanted += [("zone_officer", "officer-1", ZONE_NAME), ("zone_officer", "officer-2", ZONE_NAME)]
    wanted += [("policy_analyst", "analyst-1", ZONE_NAME)]
    wanted += [("enterprise", f"firm-{number}", uscc) for number, uscc in enumerate(enterprises, start=1)]
    wanted += [("bank", f"bank-{number}", bank) for number, bank in enumerate(banks, start=1)]
    maker, binder = (
        Caller("command-line", "operator", f"{DEMO_SET_UP} {number}", "", frozenset({"accounts"})) for number in (1, 2)
    )
    made = []
    for role, name, caller_name in wanted:
        account, first = accounts.make(name, role, demo_holder(name), maker, REASON)
        password = first_password()
        accounts.change_password(account.account_id, first, password)
        accounts.bind(account.account_id, "" if role in ZONE_ROLES else caller_name, binder, REASON)
        made.append(DemoAccount(role, name, password, caller_name, account.holder))
    return made


def demo_holder(sign_in_name: str) -> str:
    """The holder's name of a demo account, which says in both languages what it is."""
    return f"{sign_in_name} 演示 demo"
