"""A small catalogue."""

import datetime as dt
from dataclasses import replace

from data.approvals.calendar import WorkCalendar
from data.approvals.catalogue import Catalogue, Item
from models.approvals.cases import case_table
from tests.models.approvals.events import CHINA

FOOD = Item(
    "food-licence", dt.date(2022, 1, 1), dt.date(2026, 6, 30), "食品经营许可", "food business licence",
    "market_regulation", "approval_bureau", dt.date(2023, 1, 1), "promised", 20, "working", 5, "working", 10,
    "《食品安全法》第三十五条", ("test", "inspection"), True,
)  # fmt: skip
FASTER = replace(FOOD, valid_from=dt.date(2026, 7, 1), valid_to=dt.date.max, promised_days=3)
DRILL = replace(
    FOOD, key="well-drilling", valid_to=dt.date.max, zh="取水许可", en="water abstraction permit", handling="joint",
    department_before="water", promised_days=20, promised_unit="calendar", suspension_reasons=("expert_review",),
    synthetic=False,
)  # fmt: skip
MINE = replace(
    FOOD, key="mining-right", valid_to=dt.date.max, zh="采矿权登记", en="mining right", handling="escalated",
    statutory_days=40, promised_days=40,
)  # fmt: skip
CATALOGUE = Catalogue([FOOD, FASTER, DRILL])
WITH_MINE = Catalogue([FOOD, FASTER, DRILL, MINE])
CALENDAR = WorkCalendar.load()


def table(*events, now="2026-04-30T12:00", catalogue=CATALOGUE, **options):
    """The table of cases at an instant in China."""
    at = dt.datetime.fromisoformat(now).replace(tzinfo=CHINA)
    return case_table(events, catalogue, CALENDAR, now=at, **options)
