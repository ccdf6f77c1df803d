"""The page of one incubator: nothing but what it is given, each figure with its basis and day, every text escaped."""

import pytest

from models.incubators.incubator_page import incubator_page
from models.incubators.recognition import recognise
from tests.models.incubators.conftest import ON


def seen(**changed):
    figure = {"indicator": "staff", "zh": "工作人员", "en": "staff", "value": 1_234.5, "unit": "persons"}
    figure |= {"basis": "stock", "since": None, "on": "2022-05-31"}
    flow = figure | {"en": "entered", "value": None, "basis": "flow", "since": "2022-01-01"}
    version = {
        "record": "incubator",
        "key": "Z1",
        "at": "2022-06-20T01:00:00+00:00",
        "by": "<b>li</b>",
        "why": "misread",
    }
    version |= {"withdrawn": False, "changed": [{"member": "name", "before": None, "after": "<i>x</i>"}]}
    record = {"incubator_id": "Z1", "name": "<i>x</i>", "kind": "makerspace", "region": "lhasa", "remote_area": True}
    made = {"incubator_id": "Z1", "on": "2022-05-31", "known_at": None, "simulated": False, "incubator": record}
    return made | {"figures": [figure, flow], "tenants": [], "history": [version]} | changed


def test_figures_have_basis_and_day_and_names_are_escaped():
    page = incubator_page(seen(), None, "en")
    for one in ("1,234.5", "persons", "stock", "2022-05-31", "2022-01-01 – 2022-05-31", "makerspace", "Lhasa", "yes"):
        assert one in page, one
    assert ("<i>x" in page, "<b>li" in page, "&lt;i&gt;x" in page) == (False, False, True)
    assert "name: – → &lt;i&gt;x" in page
    assert "2022-06-20 09:00:00" in page  # one o'clock UTC
    assert "北京时间" in incubator_page(seen(), None, "zh")


def test_it_says_what_is_simulated_withdrawn_or_as_it_was_known():
    page = incubator_page(seen(simulated=True, known_at="2022-06-01"), None, "zh")
    assert ("模拟数据" in page, "2022-06-01" in page) == (True, True)
    gone = seen(history=[seen()["history"][0] | {"withdrawn": True, "changed": []}])
    assert "已撤销" in incubator_page(gone, None, "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_clause_is_shown_with_the_way(registry, lang):
    found = recognise(registry, "Z0001", ON)
    page = incubator_page(seen(), found, lang)
    clauses = [clause for rule in found["rules"] for clause in rule["clauses"]]
    assert clauses
    assert all(clause[lang] in page for clause in clauses if "&" not in clause[lang] and "'" not in clause[lang])
