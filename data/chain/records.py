"""Records placed on a chain: firms and their documents, patents, deals and investors, staff, links of
products, and placements that a person has confirmed.

A table of each kind has the members of its dataclass as columns, in that order (``data.matching.columns``, and
``from_table`` there). Members of type ``tuple`` are one text in a table, joined by ";". Each record
has its day, so that what was known on a day can be selected.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

DocumentKind = Literal["business_scope", "product", "patent", "intro"]
InvestorKind = Literal["fund", "person", "firm"]
ItemKind = Literal["firm", "patent", "demand", "staff", "product"]

DOCUMENT_KINDS: tuple[str, ...] = get_args(DocumentKind)
INVESTOR_KINDS: tuple[str, ...] = get_args(InvestorKind)
ITEM_KINDS: tuple[str, ...] = get_args(ItemKind)


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm of one of the two libraries 本地库、全球库.

    firm_id : a unified social credit code where it is known, else any identifier
    region : where it is registered, if known; local : in the zone; listed : its shares are traded on an exchange
    revenue_wan : 10,000 yuan a year, if known; as_of : the day from which the record is known
    """

    firm_id: str
    name: str
    region: str | None
    local: bool
    founded: dt.date | None
    listed: bool
    revenue_wan: float | None
    as_of: dt.date


@dataclass(frozen=True, slots=True)
class Document:
    """One text about a firm; none is joined to another.

    ipc : codes of the International Patent Classification, as G06F21/62; gb4754 : class of GB/T 4754-2017
    date : of the document; source : the register or agency that it comes from
    """

    document_id: str
    firm_id: str
    kind: DocumentKind
    title: str
    text: str
    ipc: tuple[str, ...]
    gb4754: str | None
    date: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class Patent:
    """One publication of a patent; ``inventor_keys`` are pseudonyms, no names of persons.

    publication_number : as CN114081026A; application_number : Chinese, with its check digit, as 202010012345.6
    ipc : as in ``Document``; applicant_ids : firms
    """

    publication_number: str
    application_number: str | None
    title: str
    abstract: str | None
    ipc: tuple[str, ...]
    applicant_ids: tuple[str, ...]
    inventor_keys: tuple[str, ...]
    application_date: dt.date
    publication_date: dt.date


@dataclass(frozen=True, slots=True)
class Deal:
    """One investor's part in one round of a firm; ``amount_wan`` : of the round, 10,000 yuan, if known."""

    deal_id: str
    firm_id: str
    date: dt.date
    round: str
    amount_wan: float | None
    investor: str


@dataclass(frozen=True, slots=True)
class Investor:
    """An investor by the name in ``Deal.investor``; of a person the name is all that is kept, so ``intro`` is None."""

    investor: str
    kind: InvestorKind
    intro: str | None


@dataclass(frozen=True, slots=True)
class Staff:
    """People of one occupation in one firm on one day: employed, and searched for."""

    firm_id: str
    occupation: str
    n_staff: int
    n_openings: int
    date: dt.date


@dataclass(frozen=True, slots=True)
class ProductLink:
    """``from_product`` is used to make ``to_product``, both by name."""

    from_product: str
    to_product: str
    source: str


@dataclass(frozen=True, slots=True)
class ConfirmedPlacement:
    """A node of an item as a person has confirmed it; one row for each node of the item.

    kind : what ``item_id`` names: a firm, a publication number, a demand, an occupation or a product
    node_id : None for an item that the person found to be on no node of the chain
    decided_by : the office that answers for it, no person
    """

    kind: ItemKind
    item_id: str
    chain_id: str
    node_id: str | None
    decided_on: dt.date
    decided_by: str


KINDS: dict[str, type] = {
    "firms": Firm,
    "documents": Document,
    "patents": Patent,
    "deals": Deal,
    "investors": Investor,
    "staff": Staff,
    "product_links": ProductLink,
    "confirmed_placements": ConfirmedPlacement,
}
