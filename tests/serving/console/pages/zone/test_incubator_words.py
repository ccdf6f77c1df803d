"""Members, codes and versions of the registry are words."""

import pytest

from serving.console.pages.zone.incubator_words import (
    PAGES,
    basis_name,
    counted,
    field_value,
    indicator_name,
    instant,
    key_words,
    site,
    value_name,
    version_words,
)
from tests.serving.console.pages.zone.record_views import words

pytestmark = pytest.mark.contract


def test_codes_are_words_and_what_has_none_stays(seen_by):
    zh, en = seen_by(), seen_by(lang="en")
    assert (value_name(zh, "kind", "makerspace"), value_name(en, "level", "lower")) == ("众创空间", "lower level")
    assert (value_name(zh, "region", "lhasa"), value_name(zh, "region", "elsewhere"), value_name(zh, "kind", None)) == (
        "拉萨市",
        "elsewhere",
        "–",
    )
    assert indicator_name(zh, "incubators:level=national") == "孵化载体（国家级）"
    assert (basis_name(zh, "flow"), basis_name(en, "cumulative")) == ("当期数", "cumulative")


@pytest.mark.parametrize(
    ("record", "key", "value", "shown"),
    [
        ("incubator", "remote_area", True, "是"),
        ("incubator", "founded_on", "2015-05-01", "2015年5月1日"),
        ("incubator", "kind", "incubator", "科技企业孵化器"),
        ("report", "area_m2", 5_000.0, "5,000 平方米"),
        ("report", "income_thousand_cny", 1_234.5, "1,234.5 千元"),
        ("tenant", "exit_reason", "closed", "注销"),
        ("tenant", "field", None, "–"),
        ("incubator", "name", "甲", "甲"),
    ],
)
def test_a_value_is_written_as_what_it_is(seen_by, record, key, value, shown):
    assert field_value(seen_by(), record, key, value) == shown


def test_a_flow_names_its_period_and_a_stock_its_day(seen_by):
    flow = {"since": "2023-01-01", "on": "2023-12-31"}
    assert counted(seen_by(), flow) == "2023年1月1日 至 2023年12月31日"
    assert counted(seen_by(lang="en"), flow | {"since": None}) == "31 Dec 2023"


def test_a_version_says_what_it_changed(seen_by):
    one = {"record": "report", "withdrawn": False, "changed": [{"member": "mentors", "before": 6, "after": 7}]}
    assert version_words(seen_by(), one) == "创业导师: 6 人 → 7 人"
    assert version_words(seen_by(), one | {"changed": []}) == "首次登记"
    assert version_words(seen_by(lang="en"), one | {"withdrawn": True}) == "Withdrawn"
    assert key_words(seen_by(), "report", "H001 2023-12-31") == "H001 截至 2023年12月31日 的报表"
    assert key_words(seen_by(), "voucher", "E1") == "科技创新券 E1"
    assert (instant(seen_by(), "2022-06-20"), instant(seen_by(), None)) == ("2022年6月20日", "–")


@pytest.mark.parametrize("role", ["zone_officer", "enterprise", "policy_analyst"])
def test_each_role_is_led_to_its_own_pages(seen_by, role):
    assert len(words(site(seen_by(role), "/incubators")).split("\n")) == sum(role in roles for roles in PAGES.values())
