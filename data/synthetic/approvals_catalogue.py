"""The simulated catalogue: 80 items of six departments, transferred to one bureau, with planted reductions.

Names are those of licences in public lists; days, promises and every date are invented, and none is a figure of any
department. On the last day the sum of the promised days is 21 % of the sum of the statutory days (-79 %), the largest
reduction of one item is 45 days to 2 (-96 %). Long items are cut most, so that the mean and the median of the items'
own reductions lie nearer to zero than that of the sums.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from data.codebook import reference_path
from data.synthetic.approvals_params import SyntheticApprovalsParams
from data.synthetic.cohort import Floats, Ints, stream

BUREAU = "approval_bureau"
BEGIN, TRANSFER, CUT_AGAIN = dt.date(2021, 1, 1), dt.date(2023, 1, 3), dt.date(2023, 10, 9)
CUT_AGAIN_SHARE = 0.3  # of the items, whose promise is shortened a second time
LONG_DAYS, MIDDLE_DAYS = 30, 15  # statutory, from which an item is long or middling
PROMISED = {"short": (0.4, 0.8), "middle": (0.2, 0.5), "long": (0.07, 0.22)}  # of the statutory days
LEGAL_BASIS = {
    "immediate": "行政许可法第三十四条",
    "promised": "行政许可法第四十二条第一款",
    "joint": "行政许可法第四十二条第二款",
    "escalated": "行政许可法第四十三条",
}
COLUMNS = (
    "key", "valid_from", "valid_to", "zh", "en", "department_before", "department_after", "transferred_on", "handling",
    "statutory_days", "statutory_unit", "promised_days", "promised_unit", "extension_days", "legal_basis",
    "suspension_reasons", "synthetic",
)  # fmt: skip


def simulated_items() -> pd.DataFrame:
    """Keys, departments, names, kinds and statutory days: ``data/reference/approvals/simulated_items.csv``."""
    return pd.read_csv(reference_path("approvals/simulated_items.csv"), keep_default_na=False)


def promised_days(items: pd.DataFrame, params: SyntheticApprovalsParams) -> Ints:
    """Days promised on the last day, (n,), at least 1; their sum is the planted share of the sum of the statutory."""
    rng, statutory = stream(params, "approvals-items"), items["statutory_days"].to_numpy(dtype=float)
    low, high = _shares(statutory)
    promised = np.maximum(np.rint(statutory * rng.uniform(low, high)), 1.0)
    promised[items["handling"].to_numpy() == "immediate"] = 1.0
    least = np.maximum(np.ceil(statutory * (1.0 - params.largest_share)), 1.0)
    promised = np.maximum(promised, least)
    largest = int(np.flatnonzero(statutory == statutory[statutory >= LONG_DAYS].min() * 1.5)[0])
    promised[largest] = least[largest]
    may_move = (items["handling"].to_numpy() != "immediate") & (np.arange(len(items)) != largest)
    wanted = round(statutory.sum() * (1.0 - params.reduction_share))
    order = rng.permutation(np.flatnonzero(may_move & (statutory >= MIDDLE_DAYS)))
    while promised.sum() != wanted:
        step, before = np.sign(wanted - promised.sum()), promised.sum()
        for position in order:
            moved = promised[position] + step
            if promised.sum() != wanted and least[position] <= moved < statutory[position]:
                promised[position] = moved
        if promised.sum() == before:
            raise ValueError(f"no promises give a reduction of {params.reduction_share:.0%}")
    return promised.astype(np.int64)


def make_catalogue(params: SyntheticApprovalsParams) -> pd.DataFrame:
    """The catalogue as it is written, columns ``COLUMNS``: one row a version, by key and day.

    Before the transfer an item belongs to its department with a longer promise; on TRANSFER it goes to the bureau with
    a shorter one, and some are cut again on CUT_AGAIN.
    """
    items = simulated_items()
    rng, n = stream(params, "approvals-versions"), len(items)
    statutory, last = items["statutory_days"].to_numpy(dtype=np.int64), promised_days(items, params)
    first = np.clip(np.rint(statutory * rng.uniform(0.55, 0.95, n)).astype(np.int64), last, statutory)
    twice = (rng.random(n) < CUT_AGAIN_SHARE) & (items["handling"].to_numpy() != "immediate")
    middle = np.minimum(last + np.maximum(np.rint(last * rng.uniform(0.2, 0.6, n)).astype(np.int64), 1), first)
    parts = [
        (np.ones(n, dtype=bool), BEGIN, np.full(n, f"{TRANSFER - dt.timedelta(days=1)}"), first),
        (np.ones(n, dtype=bool), TRANSFER, np.where(twice, f"{CUT_AGAIN - dt.timedelta(days=1)}", ""),
         np.where(twice, middle, last)),
        (twice, CUT_AGAIN, np.full(n, ""), last),
    ]  # fmt: skip
    same = {name: items[name] for name in ("key", "zh", "en", "handling", "statutory_days", "suspension_reasons")}
    same |= {"department_before": items["department"], "statutory_unit": items["unit"], "promised_unit": items["unit"]}
    rows = pd.concat(
        [
            pd.DataFrame(same).assign(valid_from=f"{begin}", valid_to=end, promised_days=promised)[kept]
            for kept, begin, end, promised in parts
        ]
    )
    at_once, early = rows["handling"] == "immediate", rows["valid_from"] == f"{BEGIN}"
    rows["handling"] = rows["handling"].mask(at_once & early, "promised")  # only the bureau handles anything at once
    rows = rows.assign(
        department_after=BUREAU,
        transferred_on=f"{TRANSFER}",
        extension_days=np.where(rows["handling"] == "joint", 15, 10),
        legal_basis=rows["handling"].map(LEGAL_BASIS),
        synthetic=1,
    )
    found: pd.DataFrame = rows.sort_values(["key", "valid_from"], ignore_index=True)[list(COLUMNS)]
    return found


def _shares(statutory: Floats) -> tuple[Floats, Floats]:
    """Least and largest share of the statutory days that is promised, by how long an item is."""
    size = np.where(statutory >= LONG_DAYS, "long", np.where(statutory >= MIDDLE_DAYS, "middle", "short"))
    low, high = np.array([PROMISED[one] for one in size]).T
    return low, high
