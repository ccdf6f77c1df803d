"""What a reading of points sends back: the points and where they come from, advice towards a target, and history."""

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
    personal_excluded : both leave out what the personal indicators earn, as the caller may not read them; the points of
        a quota hold it
    """

    uscc: str
    as_of: date
    growth_stage: str
    target_points: float
    points_now: float | None
    personal_excluded: bool
    points_then: float | None
    reached: bool
    text_zh: str
    text_en: str
    changes: list[IndicatorChange]
    own_values: list[str]
    own_values_refused: list[str]
    versions: dict[str, str]


class PointsDay(AnswerPart):
    """Points on one day; share_below, median, peers : among the firms of the stage on the register then.

    reason_zh, reason_en : why there are no points, null where there are
    """

    as_of: date
    growth_stage: str
    points: dict[str, float | None]
    coverage: float
    share_below: float | None
    median: float | None
    peers: int
    reason_zh: str | None
    reason_en: str | None


class MovedIndicator(AnswerPart):
    """One indicator on two days, and by how many points it changed the total; known_at : of the later value."""

    key: str
    zh: str
    en: str
    unit: str
    value_from: float | None
    value_to: float | None
    points: float
    known_at: date | None


class PointsMove(AnswerPart):
    """From one day with points to the next: the change of the total, and the indicators that changed it most."""

    from_day: date
    to_day: date
    stage_from: str
    stage_to: str
    points: float
    indicators: list[MovedIndicator]


class PointsHistoryAnswer(AnswerPart):
    """Points by the release's card on what was known on each day, without what personal indicators earned.

    days : those of release_days on which the enterprise was on the register, the last one the snapshot's
    """

    uscc: str
    days: list[PointsDay]
    moves: list[PointsMove]
    release_days: list[date]
    personal_excluded: bool
    note_zh: str
    note_en: str
    versions: dict[str, str]
