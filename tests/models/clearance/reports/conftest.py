"""A golden quarter of twelve declarations that can be worked by hand, and logs of any size."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.clearance.reports.groups import Disclosure
from models.clearance.reports.known import Known

AS_OF = dt.datetime(2025, 7, 30, tzinfo=dt.UTC)
NONE_SMALL = Disclosure(1, 1)
INSTANTS = ("accepted_at", "examined_at", "released_at", "completed_at")


def declaration(day: str, office: str, firm: str, days: tuple[float, ...], cny: float, **others: Any) -> dict[str, Any]:
    """One row; ``days`` in the stages that have ended."""
    declared = pd.Timestamp(day, tz="UTC")
    ends = [declared + pd.Timedelta(days=float(sum(days[: at + 1]))) for at in range(len(days))]
    return {
        "office": office, "supervision_mode": "0110", "transport": "2", "country": "USA", "hs_chapter": "84",
        "direction": "export", "firm_uscc": firm, "declared_at": declared,
        **dict(zip(INSTANTS, [*ends, *[pd.NaT] * (4 - len(ends))], strict=True)),
        "currency": "CNY", "amount_total": cny, "amount_cny": cny, "inspected": False,
        "clearance_status": "completed" if len(days) == 4 else "accepted", "simulated": True, **others,
    }  # fmt: skip


# Days in the four stages, their sum in the comment.
GOLDEN = pd.DataFrame(
    [
        declaration("2025-01-10", "2901", "F1", (1, 1, 1, 1), 100.0, transport="4"),  # 4
        declaration("2025-01-20", "2901", "F2", (1, 1, 1, 3), 200.0),  # 6
        declaration("2025-02-10", "2901", "F3", (1, 1, 2, 4), 300.0),  # 8
        declaration("2025-02-20", "2902", "F1", (2, 2, 2, 4), 400.0, inspected=True),  # 10
        declaration("2025-03-10", "2902", "F2", (2, 2, 4, 6), 900.0, amount_cny=np.nan, currency="XAU"),  # 14
        declaration("2025-03-20", "2901", "F3", (1,), 50.25, clearance_status="rejected"),
        declaration("2025-04-10", "2901", "F1", (1, 1, 1, 1), 100.0),  # 4
        declaration("2025-04-20", "2901", "F2", (1, 1, 1, 1), 100.0),  # 4
        declaration("2025-05-10", "2902", "F3", (2, 1, 1, 2), 500.0),  # 6
        declaration("2025-05-12", "2902", "F1", (2, 1, 1, 4), 500.0),  # 8
        declaration("2025-05-14", "2902", "F2", (2, 1, 1, 6), 500.0, transport="4"),  # 10
        declaration("2025-05-20", "2902", "F3", (2,), 500.0),  # still runs, followed for 71 days
    ]
)


@pytest.fixture(scope="session")
def golden() -> Known:
    return Known.of(GOLDEN, "quarter", AS_OF)


def log_of(n: int, seed: int = 0, **columns: Any) -> pd.DataFrame:
    """A log of 2024-10 to 2025-06: stages of a day each in the mean, 40 firms, three offices."""
    rng = np.random.default_rng(seed)
    declared = pd.Timestamp("2024-10-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 270 * 86_400, n), unit="s")
    table = pd.DataFrame(
        {
            "office": rng.choice(["2901", "2902", "2903"], n), "supervision_mode": rng.choice(["0110", "1210"], n),
            "transport": rng.choice(["2", "4", "5"], n), "country": rng.choice(["USA", "DEU", "JPN"], n),
            "hs_chapter": rng.choice(["84", "85"], n), "direction": rng.choice(["import", "export"], n),
            "firm_uscc": rng.choice([f"91330100MA27X{at:04d}K" for at in range(40)], n), "declared_at": declared,
            "currency": rng.choice(["USD", "CNY"], n), "amount_total": rng.lognormal(9, 1, n).round(2),
            "inspected": rng.random(n) < 0.1, "clearance_status": "completed", "simulated": True,
        }
    )  # fmt: skip
    table["amount_cny"] = (table["amount_total"] * 7).round(2)
    at = declared
    for name in INSTANTS:
        at = at + pd.to_timedelta(rng.integers(1, 2 * 86_400, n), unit="s")
        table[name] = at
    return table.assign(**columns)
