import datetime as dt
import shutil

import pytest

from data.approvals.clock_rules import ClockRuleError, ClockRules
from data.codebook import reference_path

RULES = ClockRules.load()
FILES = ("clock_rules.csv", "suspension_reasons.csv", "lamps.csv")


@pytest.mark.truth
@pytest.mark.parametrize(
    ("key", "days", "article"),
    [
        ("decision", 20, "第四十二条第一款"),
        ("decision_extension", 10, "第四十二条第一款"),
        ("joint", 45, "第四十二条第二款"),
        ("joint_extension", 15, "第四十二条第二款"),
        ("first_level", 20, "第四十三条"),
        ("delivery", 10, "第四十四条"),
        ("correction", 5, "第三十二条第一款第四项"),
    ],
)
def test_numbers_of_the_law(key, days, article):
    """The Administrative Licensing Law as it has been in force since 1 July 2004, in working days."""
    rule = RULES.on(dt.date(2024, 1, 1))[key]
    assert (rule.days, rule.article, rule.document, rule.unit) == (days, article, "行政许可法", "working")
    assert key not in RULES.on(dt.date(2004, 6, 30))


@pytest.mark.behaviour
def test_the_wording_of_the_day_is_the_rule():
    assert RULES.on(dt.date(2020, 12, 31))["calendar_last_day"].document == "民法通则"
    assert RULES.on(dt.date(2021, 1, 1))["calendar_last_day"].document == "民法典"


@pytest.mark.truth
def test_reasons_of_a_suspension():
    """The eight of article 45."""
    assert list(RULES.reasons) == [
        "hearing", "tender", "auction", "test", "inspection", "quarantine", "appraisal", "expert_review",
    ]  # fmt: skip
    assert {(one.document, one.article) for one in RULES.reasons.values()} == {("行政许可法", "第四十五条")}


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("clock_rules.csv", "decision,20,working", "decision,20,weeks", "one of working, calendar, not 'weeks'"),
        ("clock_rules.csv", "decision,20,", "decision,some,", "invalid literal"),
        ("suspension_reasons.csv", "article", "paragraph", "paragraph"),
        ("lamps.csv", "yellow_days", "days", "yellow_days"),
    ],
)
def test_bad_files_have_their_message(tmp_path, name, old, new, message):
    for one in FILES:
        shutil.copy(reference_path("approvals") / one, tmp_path / one)
    text = (tmp_path / name).read_text(encoding="utf-8")
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ClockRuleError, match=message):
        ClockRules.load(tmp_path)
