"""What a promotion reads, by capability: the models of two folders, and the tables that they are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TypeVar

from data.codebook import read_codebook
from features.point_in_time import districts
from models.comparison.metrics import Metric
from models.comparison.params import ComparisonParams
from models.comparison.rows import RowsError, RunRows
from models.matching.answer import CARD, DEMANDS, LIBRARY, Matcher
from models.points.card import PointsCard
from models.points.file import CardError
from models.quota.debt_capacity import DebtCapacityModel
from models.risk.model import ModelFileError, RiskModel
from training.assembled import Labelled, read_known_at, read_labelled, read_tables
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS
from training.pipeline.matching_records import read_tables as read_matching_tables
from training.pipeline.risk import read_seasoned_loans
from training.promotion.matching import comparable, matching_challenger, matching_rows
from training.promotion.points import points_challenger, points_rows
from training.promotion.quota import quota_challenger, quota_rows
from training.promotion.registry import Candidate
from training.promotion.risk import risk_challenger, risk_rows
from training.promotion.verdict import Challenger, OutOfTime, PromotionParams
from training.run_rows import read_rows

AT_HAND = (LIBRARY, DEMANDS, CARD)  # of matching: data of the day, which no run keeps
Model = TypeVar("Model")


class Pair(NamedTuple):
    """Both sides of a promotion; nothing is loaded before it is called.

    readable : the champion can still be read by this code, or was tried on the same lists; otherwise the challenger is
        compared with a constant prediction
    """

    challenger: Callable[[], Challenger]
    rows: Callable[[], OutOfTime]
    readable: bool = True


def risk_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two risk models, by the folders that hold ``risk/model``."""
    book, loans = read_codebook(), with_districts(read_seasoned_loans())

    def read(folder: Path) -> RiskModel:
        return RiskModel.load(folder / "risk/model", book)

    other, readable = _champion(read, champion)
    gain = params.padding_gain["risk"]
    return Pair(
        lambda: risk_challenger(read(challenger.folder), loans, read_known_at("default_12m"), book, gain, params.seed),
        lambda: risk_rows(other, read(challenger.folder), loans, book, _metrics()),
        readable,
    )


def points_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two points cards, by the folders that hold ``points/card.yaml``."""
    book, labelled = read_codebook(), with_districts(read_labelled("points_outcome"))

    def read(folder: Path) -> PointsCard:
        card = PointsCard.load(folder / "points/card.yaml")
        card.check(book)
        return card

    other, readable = _champion(read, champion)
    return Pair(
        lambda: points_challenger(read(challenger.folder), labelled, params.padding_gain["points"], params.seed),
        lambda: points_rows(other, read(challenger.folder), labelled, _metrics()),
        readable,
    )


def quota_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two debt capacity models, by the folders that hold ``quota/model``."""
    book, labelled = read_codebook(), with_districts(read_labelled("serviceable_debt"))

    def read(folder: Path) -> DebtCapacityModel:
        return DebtCapacityModel.load(folder / "quota/model", book)

    other, readable = _champion(read, champion)
    return Pair(
        lambda: quota_challenger(read(challenger.folder), labelled, book, params.padding_gain["quota"], params.seed),
        lambda: quota_rows(other, read(challenger.folder), labelled, book, _metrics()),
        readable,
    )


def _metrics() -> Mapping[str, Metric]:
    return read_section("comparison", ComparisonParams).table()


def with_districts(labelled: Labelled) -> Labelled:
    """The cases with the district of the register, which no model sees, for the groups of fairness."""
    found = districts(read_tables("enterprises")["enterprises"], labelled.cases["uscc"])
    return replace(labelled, cases=labelled.cases.assign(district=found))


def matching_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two runs of matching, by the rows that they kept; the challenger's files over the library at hand."""
    days = read_matching_tables()["demands"]["as_of"]
    period = days.min().date(), days.max().date()

    def rows_of(candidate: Candidate) -> RunRows:
        if candidate.rows is None:
            raise RowsError(f"run {candidate.run}: found no rows; allowed: a run that keeps them, so make it again")
        return read_rows(candidate.rows)

    def own() -> Challenger:
        folder = challenger.folder / "matching"
        for name in AT_HAND:
            if not (folder / name).exists() and (ARTIFACTS / "matching" / name).exists():
                (folder / name).symlink_to((ARTIFACTS / "matching" / name).resolve())
        return matching_challenger(Matcher.load(folder), params.seed)

    rows = rows_of(challenger)
    other = None if champion is None else rows_of(champion)
    readable = other is None or comparable(other, rows)
    return Pair(own, lambda: matching_rows(other if readable else None, rows, _metrics(), period), readable)


def _champion(read: Callable[[Path], Model], champion: Candidate | None) -> tuple[Model | None, bool]:
    """The champion's model if this code can still read it, and whether it can."""
    if champion is None:
        return None, True
    try:
        return read(champion.folder), True
    except (ModelFileError, CardError):
        return None, False


PAIRS: Mapping[str, Callable[[Candidate, Candidate | None, PromotionParams], Pair]] = {
    "points": points_pair,
    "risk": risk_pair,
    "quota": quota_pair,
    "matching": matching_pair,
}
