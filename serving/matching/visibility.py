"""Who may see which demand, whose it is, and which passages of a firm.

A demand is open from the day on which it is known until its deadline. One for the zone is seen by the zone's firms
and the zone's side (operators, zone officers), one for invited firms by those alone and by the zone's side, and by the
firm that has it. What a firm filed itself (products, projects) is shown to firms of the zone and to the zone's side; a
bank sees it where it shows that firm's consent. What public registers hold is shown to everybody with a key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from data.matching import Demand
from serving.auth.access import Caller

NOT_PUBLIC = ("product", "project")  # kinds of documents that only the firm itself delivered


def is_open(demand: Demand, day: date) -> bool:
    """Known by the day, and the deadline is not past."""
    return demand.as_of <= day and (demand.deadline is None or demand.deadline >= day)


def may_see(demand: Demand, caller: Caller, invited: Mapping[str, frozenset[str]]) -> bool:
    """Whether this caller may know that the demand exists."""
    if caller.of_zone or caller.name == demand.enterprise_id:
        return True
    if demand.visible_to == "invited":
        return caller.name in invited.get(demand.demand_id, frozenset())
    return demand.visible_to == "public" or caller.role == "enterprise"


def may_see_asker(demand: Demand, caller: Caller) -> bool:
    """Whether the caller may know whose demand it is: of a public one everybody, of another the firm and the zone."""
    return demand.visible_to == "public" or caller.of_zone or caller.name == demand.enterprise_id


def reads_filings(caller: Caller) -> bool:
    """Whether the caller may read what a firm of the zone filed itself without that firm's consent."""
    return caller.of_zone or caller.role == "enterprise"


def may_see_passage(kind: str, supplier: str, caller: Caller, consented: Collection[str]) -> bool:
    """Whether the caller may read a passage of this kind of document of this firm."""
    return kind not in NOT_PUBLIC or reads_filings(caller) or supplier in consented


def visible_demands(
    demands: Sequence[Demand], caller: Caller, invited: Mapping[str, frozenset[str]], day: date
) -> list[Demand]:
    """The open demands that the caller may see, in order."""
    return [demand for demand in demands if is_open(demand, day) and may_see(demand, caller, invited)]
