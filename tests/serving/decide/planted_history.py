"""Five firms on three former days and the snapshot's, with a card of two indicators: every point by hand.

R&D intensity earns 120 points a unit up to 60 in the stage start-up and half of that in growth; the founders' team
earns 8 points a tier, which nobody may see.

- A : files .1 in April 2021, .4 of the year 2021 only on 15 July 2022, and in May 2024 a revenue of another stage
- B : closes on 1 March 2022
- C : .25 on every day
- D : founded in 2022, first filed in April 2023
- E : founded in December 2023
"""

from __future__ import annotations

import pandas as pd

from data.codebook import read_codebook
from models.points.card import PointsCard
from models.points.file import Earns

DAY = pd.Timestamp("2024-06-30")
KEY, FOUNDERS = "rd_intensity", "founder_team_score"
FILED = [  # uscc, end of the period, day it was known, R&D intensity, founders' team, revenue in 10,000 yuan
    ("A", "2020-12-31", "2021-04-30", 0.1, 2.0, 300.0),
    ("A", "2021-12-31", "2022-07-15", 0.4, 2.0, 300.0),
    ("A", "2023-12-31", "2024-05-01", 0.4, 3.0, 800.0),
    ("B", "2020-12-31", "2021-04-30", 0.05, 4.0, 300.0),
    *(("C", f"{year - 1}-12-31", f"{year}-04-30", 0.25, 0.0, 300.0) for year in range(2021, 2025)),
    ("D", "2022-12-31", "2023-04-30", 0.2, 2.0, 200.0),
    ("E", "2023-12-31", "2024-04-30", 0.5, 2.0, 100.0),
]
FOUNDED = {"A": "2018-01-01", "B": "2018-01-01", "C": "2018-01-01", "D": "2022-01-01", "E": "2023-12-01"}


def planted_tables() -> dict[str, pd.DataFrame]:
    """The ingested tables of the five firms."""
    columns = ["uscc", "period_end", "known_at", KEY, FOUNDERS, "revenue_wan"]
    filed = pd.DataFrame(FILED, columns=columns)
    for name in ("period_end", "known_at"):
        filed[name] = pd.to_datetime(filed[name]).astype("datetime64[us]")
    enterprises = pd.DataFrame({"uscc": list(FOUNDED), "industry": "software", "size_rule": "software"}).assign(
        founded_on=pd.to_datetime(pd.Series(list(FOUNDED.values()))).astype("datetime64[us]"),
        closed_on=pd.Series([pd.Timestamp("2022-03-01") if one == "B" else pd.NaT for one in FOUNDED]),
    )
    facts = filed.drop(columns=[KEY, FOUNDERS]).assign(headcount=20.0, assets_wan=100.0)
    return {"enterprises": enterprises, "snapshots": filed.drop(columns="revenue_wan"), "credit_facts": facts}


def planted_card() -> PointsCard:
    """Points of the two indicators, by stage; the others earn nothing."""
    book = read_codebook()
    nothing = {key: [0.0, 0.0] for key in book.keys}
    points = {stage: nothing | {KEY: [0.0, 30.0], FOUNDERS: [0.0, 40.0]} for stage in book.stages}
    points["startup"] |= {KEY: [0.0, 60.0]}
    curves = dict.fromkeys(book.keys, ([0.0, 1.0], [0.0, 1.0]))
    curves |= {KEY: ([0.0, 0.5], [0.0, 1.0]), FOUNDERS: ([0.0, 5.0], [0.0, 1.0])}
    return PointsCard(
        version="hand",
        codebook_digest=book.digest,
        data_digest="d",
        indicators=tuple(Earns(item.key, item.dimension, item.kind, item.direction) for item in book),
        knots=(0.0, 1.0),
        points=points,
        reference=dict.fromkeys(book.stages, curves),
        size_peers={"all": ([0.0, 130.0], [0.0, 1.0])},
        peer_counts={"size:all": 100},
    )
