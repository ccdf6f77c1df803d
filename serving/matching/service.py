"""Lists of suppliers and of demands for one worker: checked, matched, hidden where not public, and recorded.

Every list is an event with its versions before it is sent. Who has withdrawn is read from the store before each list,
so that a withdrawal made by another worker counts from the next list on.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.events import EventStore, EventStoreError, WithdrawnError
from data.match_feedback import ShownFirm, Versions, list_events
from data.match_requests import DemandsRequest, DemandText, SearchRequest, SuppliersRequest
from data.matching import Demand, MatchEvent
from data.store_url import UnavailableError
from data.texts.figures import Text
from data.texts.sentences import label
from serving.auth.access import Caller
from serving.contract.refusals import Fault, Refusal
from serving.matching.event_store import events_url, store_refusal, withdrawn_refusal
from serving.matching.packed import FOLDER, FirstUse, Packed, load_packed
from serving.matching.posted import (
    Searches,
    announced_events,
    blanked_numbers,
    invited_to,
    posted_demand,
    posted_demands,
)
from serving.matching.query_text import QueryText, query_text
from serving.matching.visibility import is_open, may_see, may_see_asker, may_see_passage, visible_demands

if TYPE_CHECKING:
    from models.matching.answer import Candidate, MatchAnswer

WRITTEN = ""  # number of a demand that is written in the request


@dataclass(frozen=True)
class MatchingService:
    """Matching of one release, opened at its first use.

    packed : the release's; stores : where what was shown is recorded; today : the day by which demands are open
    searches : whether the last list for a demand proposed a firm
    """

    packed: FirstUse[Packed]
    stores: FirstUse[EventStore]
    today: Callable[[], date]
    searches: Searches = field(default_factory=Searches)

    @classmethod
    def of_release(cls, folder: Path, today: Callable[[], date]) -> MatchingService:
        """Of the release whose files are in ``folder``; nothing is read or opened yet."""
        return cls(FirstUse(lambda: load_packed(folder / FOLDER)), FirstUse(lambda: EventStore(events_url())), today)

    @property
    def store(self) -> EventStore:
        """The event store; raises a Refusal where it cannot be opened."""
        return self.stores.get()

    def close(self) -> None:
        """Give the store's connections back."""
        if self.stores.made is not None:
            self.stores.made.close()

    def current(self) -> tuple[Packed, frozenset[str]]:
        """What is packed, without the firms that have withdrawn until now, and these firms."""
        packed = self.packed.get()
        gone = self.withdrawn()
        packed.gone &= gone  # one that came back may withdraw again
        if new := gone - packed.gone:
            numbers = [one.demand_id for one in packed.demands.values() if one.enterprise_id in new]
            try:
                numbers += blanked_numbers(self.store)
                self.store.blank("demand_id", numbers)  # what other firms were shown for its demands goes too
                for firm in new:
                    packed.matcher.withdraw(firm)
                    packed.gone.add(firm)
            except (EventStoreError, UnavailableError) as fault:
                raise store_refusal(fault) from fault
        return packed, gone

    def withdrawn(self) -> frozenset[str]:
        """Firms that have withdrawn; raises a Refusal where the store does not answer."""
        try:
            return self.store.withdrawn()
        except EventStoreError as fault:
            raise store_refusal(fault) from fault

    def demand(self, demand_id: str, caller: Caller) -> Demand:
        """A demand on file that the caller may ask suppliers for; any other is not found."""
        packed, gone = self.current()
        found = self.on_file(packed, demand_id).get(demand_id)
        mine = found is not None and (caller.role != "enterprise" or caller.name == found.enterprise_id)
        if found is None or not mine or found.enterprise_id in gone or not may_see(found, caller, packed.invited):
            raise Refusal("not-found", faults=[Fault("demand_id", demand_id, label("match.allowed.demand"))])
        if not is_open(found, self.today()):
            ended = f"{found.deadline or found.as_of}"
            raise Refusal("demand-closed", faults=[Fault("demand_id", ended, label("match.allowed.open_demand"))])
        return found

    def on_file(self, packed: Packed, demand_id: str | None = None) -> dict[str, Demand]:
        """Demands of the release and those posted since, by number, whoever may see them; ``demand_id`` : that one."""
        try:
            if demand_id is None:
                return {**packed.demands, **{one.demand.demand_id: one.in_force for one in posted_demands(self.store)}}
            posted = posted_demand(self.store, demand_id) if demand_id not in packed.demands else None
        except EventStoreError as fault:
            raise store_refusal(fault) from fault
        found = packed.demands.get(demand_id) if posted is None else posted.in_force
        return {} if found is None else {demand_id: found}

    def events(self, packed: Packed) -> dict[str, MatchEvent]:
        """Match events of the release and those announced since, by number."""
        try:
            return {**packed.events, **announced_events(self.store)}
        except EventStoreError as fault:
            raise store_refusal(fault) from fault

    def invited(self, packed: Packed, caller: Caller) -> dict[str, frozenset[str]]:
        """Firms invited to events by demand, as the release has it; with what was recorded of a firm that calls."""
        found = dict(packed.invited)
        if caller.role == "enterprise":
            try:
                numbers = list(invited_to(self.store, caller.name))
            except EventStoreError as fault:
                raise store_refusal(fault) from fault
            found |= {number: found.get(number, frozenset()) | {caller.name} for number in numbers}
        return found

    def suppliers(self, request: SuppliersRequest, caller: Caller, consented: Collection[str] = ()) -> dict[str, Any]:
        """Firms for a demand on file or one written in the request.

        consented : firms whose consent was checked; what the request itself carries opens nothing
        """
        texts: Sequence[QueryText] = ()
        if request.demand_id is not None:
            demand = self.demand(request.demand_id, caller)
        else:
            texts, demand = written_demand(request.demand or DemandText(problem=""), caller, self.today())
        exclude = {*request.exclude, demand.enterprise_id}
        query = {"kind": "suppliers", "demand_id": demand.demand_id or None, "text": _text_of(demand)}
        return self._listed(
            lambda packed: packed.matcher.suppliers(
                demand, self.today(), request.count, exclude, request.competitors
            ),
            caller, query, texts, asker=demand.enterprise_id, consented=consented,
        )  # fmt: skip

    def search(self, request: SearchRequest, caller: Caller) -> dict[str, Any]:
        """Firms for a text of any kind."""
        text = query_text(request.text, "text")
        own = {caller.name} if caller.role == "enterprise" else set()
        return self._listed(
            lambda packed: packed.matcher.search(text.text, self.today(), request.count, own),
            caller, {"kind": "search", "demand_id": None, "text": text.text}, [text],
            asker=caller.name if own else "", consented=(),
        )  # fmt: skip

    def demands(self, request: DemandsRequest, caller: Caller) -> dict[str, Any]:
        """Open demands for a firm; raises a Refusal ``not-found`` for a firm that the library does not hold."""
        packed, gone = self.current()
        if request.uscc in gone:
            raise withdrawn_refusal("uscc", request.uscc)
        on_file = self.on_file(packed)
        everyone = [one for one in on_file.values() if one.enterprise_id not in gone | {request.uscc}]
        demands = visible_demands(everyone, caller, self.invited(packed, caller), self.today())

        def ranked(current: Packed) -> MatchAnswer:
            try:
                return current.matcher.demands(request.uscc, demands, request.count, request.least_budget_wan)
            except LookupError as fault:
                allowed = label("match.allowed.in_library")
                raise Refusal("not-found", faults=[Fault("uscc", request.uscc, allowed)]) from fault

        query = {"kind": "demands", "demand_id": None, "text": None}
        return self._listed(
            ranked, caller, query, (), asker="", consented={request.uscc}, of_firm=request.uscc, on_file=on_file
        )

    def _listed(
        self,
        match: Callable[[Packed], MatchAnswer],
        caller: Caller,
        query: Mapping[str, Any],
        texts: Sequence[QueryText],
        *,
        asker: str,
        consented: Collection[str],
        of_firm: str = "",
        on_file: Mapping[str, Demand] | None = None,
    ) -> dict[str, Any]:
        """Match, record, and write the answer; once more where a firm withdrew between the two."""
        for last in (False, True):
            packed, gone = self.current()
            if caller.name in gone:
                raise withdrawn_refusal("(caller)", caller.name)
            try:
                found = match(packed)
            except UnavailableError as fault:
                raise store_refusal(fault) from fault
            lines = [one for one in found.candidates if one.enterprise_id not in gone]
            query_id = secrets.token_hex(12)
            try:
                self._record(query_id, packed, lines, found.abstained, caller, query, asker, of_firm)
            except WithdrawnError:
                if last:
                    raise Refusal(
                        "firm-withdrawn",
                        faults=[
                            Fault("(body)", "a firm that has withdrawn is named", label("match.allowed.names_none"))
                        ],
                    ) from None
                continue
            break
        answer = self._head(query_id, packed, found, texts)
        if on_file is not None:
            return answer | {"demands": [_demand_line(one, of_firm, on_file, caller, consented) for one in lines]}
        return answer | {
            "suppliers": [
                _line(one, one.enterprise_id, caller, consented) | {"uscc": one.enterprise_id} for one in lines
            ]
        }

    def _record(
        self, query_id: str, packed: Packed, lines: Sequence[Candidate], abstained: bool, caller: Caller,
        query: Mapping[str, Any], asker: str, of_firm: str,
    ) -> None:  # fmt: skip
        matcher = packed.matcher
        versions = Versions(matcher.model_version, matcher.encoder_digest, matcher.library_digest)
        shown = [
            ShownFirm(of_firm or one.enterprise_id, one.rank, one.probability, 1.0, one.demand_id or query["demand_id"])
            for one in lines
        ]
        named = caller.name if caller.role != "enterprise" else ""  # a firm is named as the asker, and only there
        more = {**query, "abstained": abstained}
        events = list_events(
            query_id, datetime.now(UTC), versions, shown, asker=asker or (caller.name if not named else ""),
            caller=named, query=more,
        )  # fmt: skip
        try:
            self.store.append_all(events)
        except EventStoreError as fault:
            raise store_refusal(fault) from fault

    def _head(self, query_id: str, packed: Packed, found: MatchAnswer, texts: Sequence[QueryText]) -> dict[str, Any]:
        warnings = dict(one for text in texts for one in text.warnings)
        return {
            "query_id": query_id,
            "day": self.today().isoformat(),
            "abstained": found.abstained,
            "note_zh": found.note[0],
            "note_en": found.note[1],
            "error_rate": found.error_rate,
            "filtered": dict(found.filtered),
            "warnings": [_warning(code, text) for code, text in warnings.items()],
            "versions": versions_of(packed),
        }


def versions_of(packed: Packed) -> dict[str, str]:
    """What made a list, as it is answered."""
    matcher = packed.matcher
    return {"model": matcher.model_version, "encoder": matcher.encoder_digest, "library": matcher.library_digest}


def _warning(code: str, text: Text) -> dict[str, str]:
    return {"code": code, "zh": text[0], "en": text[1]}


def written_demand(given: DemandText, caller: Caller, day: date) -> tuple[list[QueryText], Demand]:
    """The checked texts and the demand of a request; title and requirement may be short or empty, the problem not."""
    problem = query_text(given.problem, "demand.problem")
    rest = {
        name: query_text(text, f"demand.{name}", least=0)
        for name, text in (("title", given.title), ("requirement", given.requirement))
    }
    demand = Demand(
        WRITTEN, caller.name if caller.role == "enterprise" else "", rest["title"].text, problem.text,
        rest["requirement"].text or None, given.field or "", given.budget_wan, given.deadline, given.district,
        "public", day, "request",
    )  # fmt: skip
    return [problem, *rest.values()], demand


def _text_of(demand: Demand) -> str | None:
    """The text of a demand that is not on file; one on file is found by its number."""
    if demand.demand_id:
        return None
    return "\n".join(part for part in (demand.title, demand.problem, demand.requirement) if part)


def _line(one: Candidate, supplier: str, caller: Caller, consented: Collection[str]) -> dict[str, Any]:
    evidence = []
    for found in one.evidence:
        seen = may_see_passage(found.kind, supplier, caller, consented)
        evidence.append(
            {
                "document_id": found.document_id,
                "kind": found.kind,
                "title": found.title if seen else "",
                "passage": found.passage if seen else "",
                "marks": [list(mark) for mark in found.marks] if seen else [],
                "withheld": not seen,
                "shared_by": found.shared_by if seen else 0,
            }
        )
    return {
        "rank": one.rank,
        "match_score": one.match_score,
        "probability": one.probability,
        "evidence": evidence,
        "reasons": [{"contribution": why.contribution, "zh": why.zh, "en": why.en} for why in one.reasons],
    }


def _demand_line(
    one: Candidate, supplier: str, on_file: Mapping[str, Demand], caller: Caller, consented: Collection[str]
) -> dict[str, Any]:
    demand = on_file[str(one.demand_id)]
    shown = replace(demand, enterprise_id=demand.enterprise_id if may_see_asker(demand, caller) else "")
    return _line(one, supplier, caller, consented) | {
        "demand_id": shown.demand_id,
        "uscc": shown.enterprise_id or None,
        "title": shown.title,
        "problem": shown.problem,
        "requirement": shown.requirement,
        "field": shown.field,
        "budget_wan": shown.budget_wan,
        "deadline": None if shown.deadline is None else shown.deadline.isoformat(),
        "district": shown.district,
        "repeats": list(one.same_as),
    }
