"""The declarations of a report as they were known at one instant, and the columns that are read of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.clearance.reports.groups import NOT_STATED, Codes, Integers, firm_numbers
from models.clearance.reports.periods import labels_of
from models.clearance.reports.query import DIMENSIONS, ReportError
from models.clearance.reports.stages import INSTANTS, Times

COLUMNS = (
    *DIMENSIONS, *INSTANTS, "firm_uscc", "currency", "amount_total", "amount_cny", "inspected",
    "clearance_status", "simulated",
)  # fmt: skip
FEN = 100  # of a yuan
MOST_FEN = 2.0**62


@dataclass(frozen=True)
class Known:
    """Declarations whose day of declaration is known and not later than ``as_of``.

    firm : number of the firm of each row; period : label of each row; n_undated, n_later : rows that were left out
    """

    rows: pd.DataFrame
    times: Times
    firm: Integers
    period: Codes
    as_of: dt.datetime
    n_undated: int
    n_later: int

    @classmethod
    def of(cls, declarations: pd.DataFrame, period: str, as_of: dt.datetime | None = None) -> Known:
        """What is known at ``as_of``, by default the latest instant of the table.

        raises : ReportError where a column is missing, the instant has no zone, or amounts are too large to be exact
        """
        if missing := [name for name in COLUMNS if name not in declarations]:
            raise ReportError("declarations", f"no column {', '.join(missing)}", ", ".join(COLUMNS))
        if as_of is not None and as_of.tzinfo is None:
            raise ReportError("as_of", as_of, "an instant with its zone")
        instants = {name: pd.to_datetime(declarations[name], utc=True) for name in INSTANTS}
        latest = max((one.max() for one in instants.values() if one.notna().any()), default=pd.Timestamp(0, tz="UTC"))
        until = pd.Timestamp(as_of or latest).tz_convert("UTC").floor("us")
        dated = instants["declared_at"].notna()
        known = dated & (instants["declared_at"] <= until)
        rows = declarations.assign(**instants)[known].reset_index(drop=True)
        if float(rows["amount_cny"].abs().sum()) * FEN > MOST_FEN:
            raise ReportError("amount_cny", rows["amount_cny"].abs().sum(), "amounts whose sum in fen is below 2 ** 62")
        return cls(
            rows,
            Times.of(rows, until.to_pydatetime()),
            firm_numbers(rows["firm_uscc"].to_numpy(dtype=object)),
            labels_of(rows["declared_at"], period).to_numpy(dtype=object),
            until.to_pydatetime(),
            int((~dated).sum()),
            int((dated & ~known).sum()),
        )

    def codes(self, dimension: str) -> Codes:
        """The code of each row; "" where it is not stated."""
        column = self.rows[dimension]
        found = column.astype(str).str.strip().where(column.notna(), NOT_STATED)
        return found.to_numpy(dtype=object)

    @cached_property
    def fen(self) -> npt.NDArray[np.int64]:
        """Amounts in whole fen, 0 where there is no rate."""
        return np.asarray(np.rint(self.rows["amount_cny"].fillna(0.0).to_numpy(dtype=float) * FEN), dtype=np.int64)

    @cached_property
    def has_rate(self) -> npt.NDArray[np.bool_]:
        """Whether the amount in yuan is known."""
        return self.rows["amount_cny"].notna().to_numpy()

    @cached_property
    def inspected(self) -> npt.NDArray[np.bool_]:
        """Whether goods were inspected; what is not known counts as no."""
        return self.rows["inspected"].eq(True).to_numpy(dtype=bool, na_value=False)

    @property
    def simulated_share(self) -> float:
        """Of the rows; 0 without rows."""
        return float(self.rows["simulated"].astype(bool).mean()) if len(self.rows) else 0.0
