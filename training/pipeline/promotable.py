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
from models.comparison.rows import RowsError, RunRows, paired_rows
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
from training.promotion.matching import matching_challenger, matching_rows
from training.promotion.points import points_challenger, points_rows
from training.promotion.quota import quota_challenger, quota_rows
from training.promotion.registry import Candidate
from training.promotion.risk import risk_challenger, risk_rows
from training.promotion.verdict import Challenger, OutOfTime, PromotionParams
from training.run_rows import ROWS, read_rows

RISK_FILE, POINTS_FILE, QUOTA_FILE = "risk/model", "points/card.yaml", "quota/model"  # of the files that a run keeps
AT_HAND = (LIBRARY, DEMANDS, CARD)  # of matching: data of the day, which no run keeps
Model = TypeVar("Model")


class Pair(NamedTuple):
    """Both sides of a promotion; nothing is loaded before it is called.

    fault : why there is a champion with which it cannot be compared: its file, and what was found in it; "" where there
        is none. The rows then hold a constant prediction in the champion's place
    """

    challenger: Callable[[], Challenger]
    rows: Callable[[], OutOfTime]
    fault: str = ""


def risk_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two risk models, by the folders that hold ``risk/model``."""
    book, loans = read_codebook(), with_districts(read_seasoned_loans())

    def read(folder: Path) -> RiskModel:
        return RiskModel.load(folder / RISK_FILE, book)

    other, fault = _champion(read, champion, RISK_FILE)
    gain = params.padding_gain["risk"]
    return Pair(
        lambda: risk_challenger(read(challenger.folder), loans, read_known_at("default_12m"), book, gain, params.seed),
        lambda: risk_rows(other, read(challenger.folder), loans, book, _metrics()),
        fault,
    )


def points_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two points cards, by the folders that hold ``points/card.yaml``."""
    book, labelled = read_codebook(), with_districts(read_labelled("points_outcome"))

    def read(folder: Path) -> PointsCard:
        card = PointsCard.load(folder / POINTS_FILE)
        card.check(book)
        return card

    other, fault = _champion(read, champion, POINTS_FILE)
    return Pair(
        lambda: points_challenger(read(challenger.folder), labelled, params.padding_gain["points"], params.seed),
        lambda: points_rows(other, read(challenger.folder), labelled, _metrics()),
        fault,
    )


def quota_pair(challenger: Candidate, champion: Candidate | None, params: PromotionParams) -> Pair:
    """Two debt capacity models, by the folders that hold ``quota/model``."""
    book, labelled = read_codebook(), with_districts(read_labelled("serviceable_debt"))

    def read(folder: Path) -> DebtCapacityModel:
        return DebtCapacityModel.load(folder / QUOTA_FILE, book)

    other, fault = _champion(read, champion, QUOTA_FILE)
    return Pair(
        lambda: quota_challenger(read(challenger.folder), labelled, book, params.padding_gain["quota"], params.seed),
        lambda: quota_rows(other, read(challenger.folder), labelled, book, _metrics()),
        fault,
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
    other, fault = None, ""
    if champion is not None:
        try:
            other = rows_of(champion)
            paired_rows(other, rows)
        except RowsError as found:
            other, fault = None, f"champion {champion.run}: {ROWS} cannot be compared: {found}"
    return Pair(own, lambda: matching_rows(other, rows, _metrics(), period), fault)


def _champion(read: Callable[[Path], Model], champion: Candidate | None, file: str) -> tuple[Model | None, str]:
    """The champion's model, or why this code cannot read it any more."""
    if champion is None:
        return None, ""
    try:
        return read(champion.folder), ""
    except (ModelFileError, CardError) as found:
        return None, f"champion {champion.run}: {file} cannot be read: {found}"


PAIRS: Mapping[str, Callable[[Candidate, Candidate | None, PromotionParams], Pair]] = {
    "points": points_pair,
    "risk": risk_pair,
    "quota": quota_pair,
    "matching": matching_pair,
}
