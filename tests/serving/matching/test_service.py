"""Lists: the planted supplier comes first, what is not public is hidden, and what was shown is recorded."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from data.events import EventStore, EventStoreError, WithdrawnError
from data.match_feedback import QUERIES, feedback_table
from data.match_requests import DemandsRequest, DemandText, SearchRequest, SuppliersRequest
from data.uscc import fictitious_uscc
from serving.auth.access import Caller
from serving.contract.match_answers import MatchedDemandsAnswer, SuppliersAnswer
from serving.contract.refusals import Refusal
from serving.matching.event_store import EVENTS_URL
from serving.matching.packed import FirstUse
from serving.matching.service import MatchingService
from tests.serving.matching.planted import DAY, planted_packed, planted_service, real_matcher

pytestmark = pytest.mark.behaviour
CODES = [fictitious_uscc(number) for number in range(1, 6)]
FAN, CELL, PAPER, PLAIN, ASKER = CODES
BANK = Caller("standard", "bank", "a", "k", frozenset())
ZONE = Caller("zone", "operator", "a", "k", frozenset())


def firm(code):
    return Caller(code, "enterprise", "a", "k", frozenset())


@pytest.fixture
def service(tmp_path):
    made = planted_service(tmp_path, CODES)
    yield made
    made.close()


def problem(text, **more):
    return SuppliersRequest(demand=DemandText(problem=text, **more))


def test_the_planted_supplier_comes_first_and_the_answer_is_of_the_contract(service):
    """With its passage; the same for a demand on file and for its text."""
    written = service.suppliers(problem("风机机头突然坏了，轴承振动没人监测"), ZONE)
    on_file = service.suppliers(SuppliersRequest(demand_id="D00001"), firm(ASKER))
    for answer in (written, on_file):
        found = SuppliersAnswer.model_validate(answer)
        assert found.suppliers[0].uscc == FAN
        assert "轴承振动监测" in found.suppliers[0].evidence[0].passage
        assert [one.rank for one in found.suppliers] == [1, 2, 3, 4]
        assert not found.abstained
    assert written["versions"] == {"model": "match-planted", "encoder": "e" * 64, "library": "l" * 64}


def test_no_supplier_is_proposed_where_none_has_the_words(service):
    """An empty list with its note in both languages and what it promises; it is recorded as a query without lines."""
    answer = service.suppliers(problem("量子纠缠卫星通信"), ZONE)
    assert answer["abstained"]
    assert answer["suppliers"] == []
    assert (answer["note_zh"], answer["note_en"], answer["error_rate"]) == ("暂不推荐", "No supplier is likely", 0.2)
    query = service.store.get(QUERIES, answer["query_id"])
    assert (query.payload["count"], query.payload["abstained"]) == (0, True)


def test_the_asker_and_the_excluded_are_never_shown(service):
    """Neither the caller itself nor a competitor that it names."""
    own = service.suppliers(problem("风机轴承振动监测"), firm(FAN))
    assert FAN not in [one["uscc"] for one in own["suppliers"]]
    request = SuppliersRequest(demand=DemandText(problem="风机轴承振动监测"), exclude=(FAN,))
    assert FAN not in [one["uscc"] for one in service.suppliers(request, ZONE)["suppliers"]]
    search = service.search(SearchRequest(text="风机轴承振动监测"), firm(FAN))
    assert FAN not in [one["uscc"] for one in search["suppliers"]]


def test_competitors_and_a_least_budget_are_rules_that_the_list_names(service):
    """Of the real matcher: a competitor is in no list, a demand below the budget is not listed; both are counted."""
    packed = replace(service.packed.get(), matcher=real_matcher(CODES))
    real = replace(service, packed=FirstUse(lambda: packed))
    request = SuppliersRequest(demand=DemandText(problem="风机轴承振动监测"), competitors=(FAN,))
    answer = real.suppliers(request, ZONE)
    assert FAN not in [one["uscc"] for one in answer["suppliers"]]
    assert answer["filtered"]["competitor"] == 1
    demands = real.demands(DemandsRequest(uscc=CELL, least_budget_wan=60), ZONE)
    assert demands["filtered"] == {"budget": 4}
    assert demands["demands"] == []
    assert real.demands(DemandsRequest(uscc=CELL, least_budget_wan=50), ZONE)["demands"]


def test_a_short_title_refuses_no_demand(service):
    """The problem is what must be read; title and requirement may hold anything, or digits alone."""
    for more in ({"title": "A"}, {"requirement": "5"}, {"title": "<b></b>", "requirement": "！"}):
        answer = service.suppliers(problem("风机机头突然坏了，轴承振动没人监测", **more), ZONE)
        assert answer["suppliers"][0]["uscc"] == FAN
    with pytest.raises(Refusal):
        service.suppliers(problem("A", title="风机机头突然坏了"), ZONE)


def test_a_demand_that_is_not_the_callers_is_not_found(service):
    """A firm asks for its own, an operator for each; a bank sees no demand of the zone; a closed one says so."""
    for demand_id, caller in (
        ("D00001", firm(FAN)), ("D00009", ZONE), ("D00002", BANK), ("D00003", firm(PAPER)),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            service.suppliers(SuppliersRequest(demand_id=demand_id), caller)
        assert refusal.value.key == "not-found"
    assert service.suppliers(SuppliersRequest(demand_id="D00003"), ZONE)["suppliers"]
    with pytest.raises(Refusal) as refusal:
        service.suppliers(SuppliersRequest(demand_id="D00004"), firm(ASKER))
    assert refusal.value.key == "demand-closed"


def test_a_firm_gets_the_open_demands_that_it_may_see(service):
    """Its own is not among them; whose a demand of the zone is, stays hidden; the invited sees the one for guests."""
    answer = MatchedDemandsAnswer.model_validate(service.demands(DemandsRequest(uscc=CELL), firm(CELL)))
    assert answer.demands[0].demand_id == "D00002"
    assert {one.demand_id for one in answer.demands} == {"D00001", "D00002", "D00005"}
    by_id = {one.demand_id: one for one in answer.demands}
    assert (by_id["D00001"].uscc, by_id["D00002"].uscc) == (ASKER, None)
    guest = service.demands(DemandsRequest(uscc=PAPER), firm(PAPER))
    assert "D00003" in [one["demand_id"] for one in guest["demands"]]
    own = service.demands(DemandsRequest(uscc=FAN), firm(FAN))
    assert "D00005" not in [one["demand_id"] for one in own["demands"]]
    with pytest.raises(Refusal) as refusal:
        service.demands(DemandsRequest(uscc=ASKER), firm(ASKER))
    assert refusal.value.key == "not-found"


def test_a_bank_reads_no_passage_that_is_not_public(service):
    """The line stays; its passage and title are withheld. The firm's own consent opens its own passages."""
    answer = service.suppliers(problem("电芯密封涂层"), BANK)
    cell = next(one for one in answer["suppliers"] if one["uscc"] == CELL)
    assert cell["evidence"][0] | {"document_id": ""} == {
        "document_id": "", "kind": "product", "title": "", "passage": "", "marks": [], "withheld": True,
        "shared_by": 0,
    }  # fmt: skip
    assert not next(one for one in answer["suppliers"] if one["uscc"] == FAN)["evidence"][0]["withheld"]
    own = service.demands(DemandsRequest(uscc=CELL), BANK)
    assert not own["demands"][0]["evidence"][0]["withheld"]


def test_every_line_shown_is_recorded_with_rank_and_versions(service):
    """By list: the query, then each firm; a search that finds nothing is recorded too."""
    answer = service.suppliers(SuppliersRequest(demand_id="D00001", count=2), firm(ASKER))
    table = feedback_table(service.store)
    assert table["query_id"].tolist() == [answer["query_id"]] * 2
    assert table["enterprise_id"].tolist() == [one["uscc"] for one in answer["suppliers"]]
    assert table["demand_id"].tolist() == ["D00001"] * 2
    assert table["rank"].tolist() == [1, 2]
    assert set(table["model_version"]) == {"match-planted"}
    demands = service.demands(DemandsRequest(uscc=CELL), firm(CELL))
    lines = feedback_table(service.store).loc[lambda rows: rows["query_id"] == demands["query_id"]]
    assert set(lines["enterprise_id"]) == {CELL}
    assert lines["demand_id"].tolist() == [one["demand_id"] for one in demands["demands"]]
    query = service.store.get(QUERIES, answer["query_id"])
    assert (query.subject, query.payload["text"], query.payload["caller"]) == (ASKER, None, "")


@pytest.mark.law
def test_a_firm_that_withdraws_is_gone_from_every_list_and_every_record_at_once(service, tmp_path):
    """As supplier and as asker, also where another worker took the withdrawal."""
    service.suppliers(problem("风机轴承振动监测"), ZONE)
    other = EventStore(f"sqlite:///{tmp_path / 'events.sqlite'}")
    other.withdraw(FAN, dt.datetime.now(dt.UTC))
    answer = service.suppliers(problem("风机轴承振动监测"), ZONE)
    assert FAN not in [one["uscc"] for one in answer["suppliers"]]
    assert FAN not in set(feedback_table(service.store)["enterprise_id"])
    with pytest.raises(Refusal) as refusal:
        service.demands(DemandsRequest(uscc=FAN), firm(FAN))
    assert refusal.value.key == "firm-withdrawn"
    assert "D00005" not in [one["demand_id"] for one in service.demands(DemandsRequest(uscc=CELL), ZONE)["demands"]]
    other.withdraw(ASKER, dt.datetime.now(dt.UTC))
    with pytest.raises(Refusal) as refusal:
        service.suppliers(SuppliersRequest(demand_id="D00001"), ZONE)
    assert refusal.value.key == "not-found"
    other.close()


@pytest.mark.law
def test_a_firm_that_withdraws_while_a_list_is_made_is_not_in_it(service):
    """Matched before, recorded after: the list is made again without it."""
    packed, store = service.packed.get(), service.store
    suppliers = packed.matcher.suppliers
    done = []

    def slow(*given):
        found = suppliers(*given)
        if not done:
            done.append(store.withdraw(FAN, dt.datetime.now(dt.UTC)))
        return found

    packed.matcher.suppliers = slow
    answer = service.suppliers(problem("风机轴承振动监测，电芯密封涂层"), ZONE)
    assert done
    assert answer["suppliers"][0]["uscc"] == CELL
    assert FAN not in [one["uscc"] for one in answer["suppliers"]]
    assert [one["rank"] for one in answer["suppliers"]] == [1, 2, 3]


def test_without_its_store_nothing_is_shown(service, monkeypatch):
    """What cannot be recorded is not answered; the refusal names no file."""
    monkeypatch.setattr(
        EventStore, "append_all", lambda self, events: (_ for _ in ()).throw(EventStoreError("the event store failed"))
    )
    with pytest.raises(Refusal) as refusal:
        service.search(SearchRequest(text="风机轴承"), ZONE)
    assert (refusal.value.key, refusal.value.retry_after_s) == ("matching-unavailable", 1)
    monkeypatch.setattr(EventStore, "append_all", lambda self, events: (_ for _ in ()).throw(WithdrawnError("gone")))
    with pytest.raises(Refusal) as refusal:
        service.search(SearchRequest(text="风机轴承"), ZONE)
    assert refusal.value.key == "firm-withdrawn"


def test_a_release_is_opened_at_its_first_use(tmp_path, monkeypatch):
    """Nothing is read, and no file made, until a list is wanted."""
    monkeypatch.setenv(EVENTS_URL, f"sqlite:///{tmp_path / 'events.sqlite'}")
    service = MatchingService.of_release(tmp_path, lambda: DAY)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Refusal) as refusal:
        service.search(SearchRequest(text="风机轴承"), ZONE)
    assert refusal.value.key == "matching-not-packed"
    service.close()


def test_a_deadline_is_read_by_the_services_day(tmp_path):
    """The same demand is closed for a service of a later day."""
    packed = planted_packed(CODES)
    late = replace(planted_service(tmp_path, packed=packed), today=lambda: dt.date(2025, 1, 1))
    with pytest.raises(Refusal) as refusal:
        late.suppliers(SuppliersRequest(demand_id="D00001"), ZONE)
    assert refusal.value.key == "demand-closed"
    assert isinstance(late.packed, FirstUse)
