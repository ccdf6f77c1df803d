from __future__ import annotations

import re

import pytest

from serving.console.pages.analyst import reform_form
from serving.console.pages.analyst.release import NoReleaseError
from tests.serving.console.components import of_id as found
from tests.serving.console.pages.analyst.conftest import every_id, words

pytestmark = pytest.mark.behaviour
CAP = "policies.standard.stage_cap_wan.startup"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_field_has_a_name_its_value_in_force_what_is_allowed_and_the_unit(rules, view_of, lang):
    """Of one bank, one stage, the bounds and the borders; no key of the program is in sight."""
    page = reform_form.form_page(view_of(lang=lang))
    cap = found(page, {"type": "reform-field", "key": CAP})
    expected = {
        "zh": "现值 300 万元；允许：大于 0 万元",
        "en": "In force CNY 3,000,000; allowed above CNY 0",
    }
    assert cap.value == 300.0
    assert cap.description == expected[lang]
    fields = [one for one in every_id(page) if isinstance(one, dict)]
    assert len(fields) > 60
    for one in fields:
        assert found(page, one).label
        assert found(page, one).description
    shown = words(page)
    assert not re.search(r"\b[a-z]+_[a-z_]+\b", shown)
    assert not re.search(r"\bnan\b|None|\{", shown)


def test_without_models_the_page_names_the_command_that_makes_them(view_of, monkeypatch):
    """No half a form."""

    def absent():
        raise NoReleaseError("snapshot/cases.parquet")

    monkeypatch.setattr(reform_form, "release", absent)
    shown = words(reform_form.form_page(view_of()))
    assert "snapshot/cases.parquet" in shown
    assert "make run" in shown
