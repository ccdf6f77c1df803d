"""Innovation vouchers (科技创新券) as a small ledger: issued, redeemed, expired, never more used than was issued.

A voucher may expire in part: what has expired is not redeemed any more, what is left may be.

A row that the ledger cannot take is not counted: it goes to the quarantine with its reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.incubators.checks import FEN
from data.incubators.fields import Fault, fault
from data.incubators.tables import QUARANTINE, quarantine_row

STEPS = ("issued", "redeemed", "expired")
BALANCES = ("voucher_id", "tenant_id", "issued_on", "issued_cny", "redeemed_cny", "expired_cny", "left_cny")


@dataclass(frozen=True, eq=False)
class VoucherLedger:
    """Rows that were taken, in the order in which they count, and the quarantine of the others."""

    rows: pd.DataFrame
    quarantine: pd.DataFrame

    def balances(self, on: dt.date | None = None) -> pd.DataFrame:
        """One row a voucher on a day: columns ``BALANCES``; in every row issued = redeemed + expired + left."""
        known = self.rows if on is None else self.rows.loc[self.rows["day"] <= pd.Timestamp(on)]
        sums = known.assign(fen=_fen(known)).pivot_table(
            index="voucher_id", columns="step", values="fen", aggfunc="sum", fill_value=0, observed=True
        ).reindex(columns=list(STEPS), fill_value=0)  # fmt: skip
        first = known.loc[known["step"] == "issued"].set_index("voucher_id")
        left = sums["issued"] - sums["redeemed"] - sums["expired"]
        made = pd.DataFrame({
            "tenant_id": first["tenant_id"].reindex(sums.index), "issued_on": first["day"].reindex(sums.index),
            **{f"{step}_cny": sums[step] / FEN for step in STEPS}, "left_cny": left / FEN,
        })  # fmt: skip
        return made.rename_axis("voucher_id").reset_index()[list(BALANCES)]


def voucher_ledger(rows: pd.DataFrame) -> VoucherLedger:
    """The ledger of checked rows in any order; on one day what is issued counts first, then what is redeemed."""
    rank = rows["step"].map({step: at for at, step in enumerate(STEPS)})
    ordered = rows.assign(rank=rank, fen=_fen(rows)).sort_values(["voucher_id", "day", "rank", "entry_id"])
    kept, refused = [], []
    holder: dict[str, str] = {}
    left: dict[str, int] = {}
    expired: set[str] = set()
    for index, row in zip(ordered.index, ordered.to_dict("records"), strict=True):
        one = _fault(row, holder, left, expired)
        if one is not None:
            refused.append(quarantine_row("voucher", None, row["entry_id"], one))
            continue
        voucher = row["voucher_id"]
        if row["step"] == "issued":
            holder[voucher], left[voucher] = row["tenant_id"], row["fen"]
        else:
            left[voucher] -= row["fen"]
            if row["step"] == "expired":
                expired.add(voucher)
        kept.append(index)
    return VoucherLedger(rows.loc[kept].reset_index(drop=True), pd.DataFrame(refused, columns=list(QUARANTINE)))


def _fen(rows: pd.DataFrame) -> pd.Series:
    return (rows["amount_cny"] * FEN).round().astype("int64")


def _fault(
    row: Mapping[Any, Any], holder: Mapping[str, str], left: Mapping[str, int], expired: set[str]
) -> Fault | None:
    voucher, step = row["voucher_id"], row["step"]
    if step == "issued":
        return fault("issued_twice", "voucher_id", voucher, "") if voucher in left else None
    if voucher not in left:
        return fault("not_issued", "voucher_id", voucher, "issued")
    if row["tenant_id"] != holder[voucher]:
        return fault("holder", voucher, row["tenant_id"], holder[voucher])
    if voucher in expired and not left[voucher]:
        return fault("after_expiry", "voucher_id", voucher, "")
    if row["fen"] > left[voucher]:
        return fault("over", voucher, f"{row['amount_cny']:.2f}", f"{left[voucher] / FEN:.2f}")
    return None
