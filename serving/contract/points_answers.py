"""What a reading of points sends back: the points and where they come from, and advice towards a target."""

from __future__ import annotations

from datetime import date

from serving.contract.answers import AnswerPart


class PointsIndicator(AnswerPart):
    """One indicator: its value and what it earned."""

    key: str
    zh: str
    en: str
    unit: str
    value: float | None
    points: float | None
    missing: bool


class PointsAnswer(AnswerPart):
    """Innovation points and where they come from.

    personal_excluded : total, base or bonus, and dimension leave out what the personal indicators earned, and there is
        no percentile, as the caller may not read them
    """

    uscc: str
    as_of: date
    revenue_band: str
    growth_stage: str
    points: dict[str, float | str | None]
    personal_excluded: bool
    indicators: list[PointsIndicator]
    own_values: list[str]
    own_values_refused: list[str]
    versions: dict[str, str]


class IndicatorChange(AnswerPart):
    """One indicator from its value today, null where it is missing, and the points that its change adds."""

    key: str
    zh: str
    en: str
    unit: str
    now: float | None
    to: float
    points: float
    text_zh: str
    text_en: str


class PointsAdviceAnswer(AnswerPart):
    """The fewest changes that an enterprise can make to reach its target, those that add most first.

    points_now, points_then : totals before and after all changes; null where the growth stage is unknown
    """

    uscc: str
    as_of: date
    growth_stage: str
    target_points: float
    points_now: float | None
    points_then: float | None
    reached: bool
    text_zh: str
    text_en: str
    changes: list[IndicatorChange]
    own_values: list[str]
    own_values_refused: list[str]
    versions: dict[str, str]
