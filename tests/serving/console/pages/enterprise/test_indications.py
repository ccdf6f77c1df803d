"""Banks' indications stand side by side and are never called an approval."""

from __future__ import annotations

import pytest

from serving.console.api import Refused
from serving.console.pages.enterprise.indications import layout, need_body, show
from tests.serving.console.pages.enterprise.conftest import words

NEED = (300, 12, "innovation_points", "working_capital")


def test_an_amount_in_wan_goes_to_the_api_in_yuan():
    assert need_body(*NEED)["requested_amount_cny"] == 3_000_000
    assert need_body("", 12, "zheke", "equipment")["requested_amount_cny"] == ""  # which the API refuses by its name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_bank_has_a_line_with_what_limits_it(view_of, lang):
    view = view_of(3, lang=lang)
    answer = view.api.post("/v1/indications", {"request_id": f"t-{lang}", **need_body(*NEED)})
    shown = words(show(view, 1, *NEED))
    for one in answer["indications"]:
        assert one[f"name_{lang}"] in shown
        if one["amount_wan"]:
            assert (f"{one['amount_wan']:,} 万元" if lang == "zh" else f"CNY {one['amount_wan'] * 10_000:,}") in shown
    for word in ("approv", "获批", "批准", "通过"):
        assert word not in shown.lower()


def test_the_page_says_that_it_is_no_offer(view_of):
    assert "不是银行的承诺" in words(layout(view_of(3)))


def test_an_empty_amount_is_refused_in_words(view_of):
    with pytest.raises(Refused) as caught:
        show(view_of(3), 1, "", 12, "innovation_points", "working_capital")
    assert "申请金额（元）: 应为整数" in caught.value.text("zh")
