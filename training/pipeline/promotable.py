"""What a promotion reads, by capability: the models of two folders, and the tables that they are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from data.codebook import read_codebook
from models.comparison.metrics import Metric, Profit, metrics_table
from models.risk.model import ModelFileError, RiskModel
from training.assembled import read_known_at
from training.pipeline.risk import read_seasoned_loans
from training.promotion.risk import risk_challenger, risk_rows
from training.promotion.verdict import Challenger, OutOfTime, PromotionParams

METRICS: Mapping[str, Metric] = metrics_table(Profit(annual_rate=0.045, lgd=0.4))  # profit is read by no check


class Pair(NamedTuple):
    """Both sides of a promotion; nothing is loaded before it is called.

    readable : the champion can still be read by this code; otherwise the challenger is compared with a constant
    """

    challenger: Callable[[], Challenger]
    rows: Callable[[], OutOfTime]
    readable: bool = True


def risk_pair(challenger: Path, champion: Path | None, params: PromotionParams) -> Pair:
    """Two risk models, by the folders that hold ``risk/model``."""
    book, loans = read_codebook(), read_seasoned_loans()
    other = None
    if champion is not None:
        try:
            other = RiskModel.load(champion / "risk/model", book)
        except ModelFileError:
            other = None

    def own() -> RiskModel:
        return RiskModel.load(challenger / "risk/model", book)

    return Pair(
        lambda: risk_challenger(
            own(), loans, read_known_at("default_12m"), book, params.padding_gain["risk"], params.seed
        ),
        lambda: risk_rows(other, own(), loans, book, METRICS),
        readable=champion is None or other is not None,
    )


PAIRS: Mapping[str, Callable[[Path, Path | None, PromotionParams], Pair]] = {"risk": risk_pair}
