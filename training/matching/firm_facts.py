"""What is known of a firm beside its texts, as columns of a library (``models.matching.library.FACTS``)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from data.growth_stages import GROWTH_STAGES
from data.sizes import SIZE_CLASSES

DAYS_A_MONTH = 30.4375


def firm_facts(snapshot: pd.DataFrame, outcomes: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """A row a firm: enterprise_id, district and FACTS, NaN where not known.

    growth_stage   : place in GROWTH_STAGES; size_class : place in SIZE_CLASSES; qualifications : the snapshot's level
    solved_share   : of the firm's meetings that were kept, those that solved the problem or ended in a contract
    months_since_outcome : from the firm's last record that solved one to ``day``

    snapshot : uscc, growth_stage, size_class, qualification_level, and district where it has one
    outcomes : enterprise_id, kept, solved, signed, date; those dated after ``day`` do not count. For what a model
               learns from they must not hold the demands that it is tried on
    """
    known = snapshot.drop_duplicates("uscc").set_index("uscc")
    seen = outcomes.loc[outcomes["date"] <= day]
    done = seen["solved"] | seen["signed"]
    kept = seen.assign(done=done).loc[seen["kept"] | done].groupby("enterprise_id")["done"].mean()
    last = seen.loc[done].groupby("enterprise_id")["date"].max()
    names = known.index.union(kept.index)
    district = known["district"] if "district" in known else pd.Series(None, index=known.index, dtype=object)
    table = pd.DataFrame(
        {
            "district": district.reindex(names),
            "growth_stage": _place(known["growth_stage"], GROWTH_STAGES).reindex(names),
            "size_class": _place(known["size_class"], SIZE_CLASSES).reindex(names),
            "qualifications": known["qualification_level"].astype(float).reindex(names),
            "solved_share": kept.reindex(names),
            "months_since_outcome": (day - last).dt.days.reindex(names) / DAYS_A_MONTH,
        }
    )
    return table.rename_axis("enterprise_id").reset_index()


def _place(names: pd.Series, order: tuple[str, ...]) -> pd.Series:
    return names.map({name: float(place) for place, name in enumerate(order)}).astype(np.float64)
