"""What incubators and makerspaces answer. A figure is never without its basis and its day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from serving.contract.answers import AnswerPart


class IncubatorRow(AnswerPart):
    """One line of the list; level : national, regional or lower; synthetic : a simulated record."""

    incubator_id: str
    name: str
    kind: str
    level: str
    region: str
    founded_on: date
    recognised_on: date | None
    synthetic: bool


class IncubatorsAnswer(AnswerPart):
    """Incubators that the caller may see, by identifier; count : of all that fit, of which ``rows`` is a part."""

    count: int
    simulated: bool
    rows: list[IncubatorRow]


class IncubatorFigure(AnswerPart):
    """An indicator of one incubator; value : null where no report gives it.

    basis : stock on the day, flow from ``since`` to the day, cumulative since ever
    """

    indicator: str
    zh: str
    en: str
    value: float | None
    unit: str
    basis: str
    since: date | None
    on: date


class VersionAnswer(AnswerPart):
    """A version of a record: who entered it, when and why, and what it changed; version : its digest."""

    record: str
    key: str
    version: str
    at: datetime
    by: str
    why: str
    withdrawn: bool
    changed: list[dict[str, Any]]


class IncubatorAnswer(AnswerPart):
    """An incubator on a day.

    incubator, reports, tenants : records, members as ``data/reference/incubators/fields.csv`` and the form name them;
    of a tenant firm also whether it meets its definition and a condition of graduation
    history : versions of the incubator and its reports, and corrections of its tenant firms, oldest first
    An enterprise gets public figures, its own record as a tenant firm, no reports and no history.
    """

    incubator_id: str
    on: date
    known_at: datetime | None
    simulated: bool
    incubator: dict[str, Any]
    figures: list[IncubatorFigure]
    reports: list[dict[str, Any]]
    tenants: list[dict[str, Any]]
    history: list[VersionAnswer]


class RecognitionAnswer(AnswerPart):
    """Rules of recognition of the incubator's kind on a day: each clause met, not met or unknown, and the way there.

    rules_of : region whose rules were taken; rules : one a tier, with its clauses, values near an edge and the way
    """

    incubator_id: str
    on_date: date
    known_at: datetime | None
    kind: str
    level: str
    region: str
    rules_of: str
    simulated: bool
    rules: list[dict[str, Any]]


class IncubatorStatisticsAnswer(AnswerPart):
    """Statistics of the registry: a row an indicator and group, with value, unit, basis, since, on, n and n_missing.

    by : groups; the groups of an indicator add up to the whole
    """

    on: date
    by: list[str]
    known_at: datetime | None
    simulated: bool
    rows: list[dict[str, Any]]


class ReconciliationAnswer(AnswerPart):
    """Published figures beside computed ones.

    parts : incubators by level and kind; inside : figures that are part of another and are not added to it
    pairs : every two published figures of one indicator, whether both can be true, and why they differ
    implied : what a published share implies of the whole
    """

    on: date
    simulated: bool
    rows: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    inside: list[dict[str, Any]]
    pairs: list[dict[str, Any]]
    implied: list[dict[str, Any]]


class RefusedRecordsAnswer(AnswerPart):
    """Records that were not taken, a row a reason, the latest first; count : of all reasons."""

    count: int
    by_record: dict[str, int]
    rows: list[dict[str, Any]]


class VouchersAnswer(AnswerPart):
    """Vouchers on a day: what of each was issued, redeemed, expired and is left; totals : of all that one sees."""

    on: date
    count: int
    simulated: bool
    totals: dict[str, float]
    rows: list[dict[str, Any]]


class TakenAnswer(AnswerPart):
    """What became of posted records; known : said before; quarantine : a row a reason of those that were refused."""

    count: int
    new: int
    known: int
    refused: int
    quarantine: list[dict[str, Any]]


class VersionMadeAnswer(AnswerPart):
    """The version of a correction; new : False where the newest version says the same."""

    record: str
    key: str
    version: str
    at: datetime
    new: bool
