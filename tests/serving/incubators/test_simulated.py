"""The simulated registry gives the published totals, says that it is simulated, and mixes with no other."""

import datetime as dt
import re

import pytest
from typer.testing import CliRunner

from data.events import EventStore
from serving.__main__ import app
from serving.incubators.answers import listing, reconciliation_answer
from serving.incubators.schemas import GivenCorrection
from serving.incubators.service import INCUBATORS_OFF, IncubatorsService
from serving.incubators.simulated import SimulateError, load_simulated
from serving.incubators.store import EntryStore
from serving.matching.packed import FirstUse
from tests.serving.incubators.conftest import USCC, ZONE
from tests.serving.incubators.planted_registry import entries, entry_store

# As published for 2022-05: 138 = 16 (5 + 3 + 8) + 35 + 87.
PUBLISHED = {"incubators": 138, "area_m2": 810_000, "staff": 631, "mentors": 966, "firms_ever": 2_814, "hnte_ever": 12,
             "tech_sme_ever": 62, "jobs_ever": 24_700, "college_graduate_jobs_ever": 7_056, "driven": 2_552,
             "incubators:level=national": 16, "incubators:level=regional": 35}  # fmt: skip


def run(*arguments):
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def test_the_published_totals_are_computed_from_the_stored_records(tmp_path):
    """Loaded and reported by commands; changing one record changes the answer."""
    url = f"sqlite:///{tmp_path / 'e.sqlite'}"
    assert "4,087 new" in run("incubators-simulate", "--store", url)
    printed = run("incubators-report", str(tmp_path / "out"), "--store", url)
    assert (
        "138 = national incubator 5 + national makerspace 3 + national star_village 8 + regional 35 + lower 87"
        in printed
    )
    assert "模拟数据" in printed
    for lang, name in (("zh", "report.html"), ("en", "report.en.html")):
        page = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert ("810,000" in page, "24,700" in page, "simulated" in page or "模拟" in page) == (True, True, True), lang
    assert len(re.findall("2,814", printed)) == 2
    store = EntryStore(EventStore(url))
    service = IncubatorsService.made_of(FirstUse(lambda: store, INCUBATORS_OFF), lambda: dt.date(2024, 6, 30))
    made = reconciliation_answer(service, None)
    rows = {row["indicator"]: row["computed"] for row in made["rows"]}
    assert {key: rows[key] for key in PUBLISHED} == PUBLISHED
    assert all(row["agrees"] for row in made["rows"])
    assert (made["simulated"], listing(service, None, {}, 0, 200)["simulated"]) == (True, True)
    tenant = service.state().registry.tenants.iloc[0]
    change, key = {"jobs": int(tenant["jobs"]) + 1}, str(tenant["tenant_id"])
    service.correct(GivenCorrection(record="tenant", key=key, changes=change, why="counted", by="li"), ZONE)
    again = {row["indicator"]: row for row in reconciliation_answer(service, None)["rows"]}
    assert (again["jobs_ever"]["computed"], again["jobs_ever"]["agrees"]) == (24_701.0, False)
    service.close()


def test_a_store_with_other_records_is_left_as_it_is(tmp_path):
    store = entry_store(tmp_path, entries(USCC))
    before = store.newest()
    with pytest.raises(SimulateError, match="not simulated"):
        load_simulated(store)
    assert store.newest() == before
