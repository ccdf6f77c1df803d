"""The simulated registry gives the published totals, says that it is simulated, and mixes with no other."""

import datetime as dt

import pytest

from serving.incubators.answers import listing, reconciliation_answer
from serving.incubators.schemas import GivenCorrection
from serving.incubators.service import INCUBATORS_OFF, IncubatorsService
from serving.incubators.simulated import SimulateError, load_simulated
from serving.matching.packed import FirstUse
from tests.serving.incubators.conftest import USCC, ZONE
from tests.serving.incubators.planted_registry import entries, entry_store

# As published for 2022-05: 138 = 16 (5 + 3 + 8) + 35 + 87.
PUBLISHED = {"incubators": 138, "area_m2": 810_000, "staff": 631, "mentors": 966, "firms_ever": 2_814, "hnte_ever": 12,
             "tech_sme_ever": 62, "jobs_ever": 24_700, "college_graduate_jobs_ever": 7_056}  # fmt: skip


def test_the_published_totals_are_computed_from_the_stored_records(tmp_path):
    """Changing one record changes the answer; the same registry loaded again is known."""
    store = entry_store(tmp_path)
    found, corrections = load_simulated(store)
    assert ({one: taken.new for one, taken in found.items()}, corrections) == (
        {"incubator": 138, "tenant": 2_814, "report": 403, "voucher": 732}, 2,
    )  # fmt: skip
    service = IncubatorsService.made_of(FirstUse(lambda: store, INCUBATORS_OFF), lambda: dt.date(2024, 6, 30))
    made = reconciliation_answer(service, None)
    rows = {row["indicator"]: row["computed"] for row in made["rows"]}
    assert {key: rows[key] for key in PUBLISHED} == PUBLISHED
    assert all(row["agrees"] for row in made["rows"])
    assert {(row["level"], row["kind"]): row["value"] for row in made["parts"]} == {
        ("national", "incubator"): 5, ("national", "makerspace"): 3, ("national", "star_village"): 8,
        ("regional", ""): 35, ("lower", ""): 87,
    }  # fmt: skip
    assert (made["simulated"], listing(service, None, {}, 0, 200)["simulated"]) == (True, True)
    assert len(service.quarantine(service.state())) == 17
    tenant = service.state().registry.tenants.iloc[0]
    change = {"jobs": int(tenant["jobs"]) + 1}
    key = str(tenant["tenant_id"])
    service.correct(GivenCorrection(record="tenant", key=key, changes=change, why="counted", by="li"), ZONE)
    again = {row["indicator"]: row for row in reconciliation_answer(service, None)["rows"]}
    assert (again["jobs_ever"]["computed"], again["jobs_ever"]["agrees"]) == (24_701.0, False)


def test_a_store_with_other_records_is_left_as_it_is(tmp_path):
    store = entry_store(tmp_path, entries(USCC))
    before = store.newest()
    with pytest.raises(SimulateError, match="not simulated"):
        load_simulated(store)
    assert store.newest() == before
