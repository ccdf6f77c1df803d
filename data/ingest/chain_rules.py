"""What the tables of the industry chains must look like; each is optional, and they need none of the others.

Codes and numbers are kept in one normal form, so that the same patent has the same key in every table.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from data.chain.patent_numbers import normal_application_number, normal_publication_number
from data.chain.records import DOCUMENT_KINDS, INVESTOR_KINDS, ITEM_KINDS
from data.chain.standards import normal_gb4754, normal_ipc
from data.codebook import Codebook, read_rows, reference_path
from data.ingest.rules import Field, TableRule, table_rules
from data.ingest.source import heading
from data.matching import MOST_CHARACTERS

LIST_SEPARATOR = ";"  # of the ids in one cell
KEYS: Mapping[str, tuple[str, ...]] = {  # firms first: documents, deals and staff refer to them
    "firms": ("firm_id",),
    "documents": ("document_id",),
    "patents": ("publication_number",),
    "deals": ("deal_id",),
    "investors": ("investor",),
    "staff": ("firm_id", "occupation", "date"),
    "product_links": ("from_product", "to_product"),
    "confirmed_placements": ("kind", "item_id", "chain_id", "node_id"),
}
CHAIN_TABLES = tuple(KEYS)
# Pseudonyms: a name in Chinese, or one with a space, is no key.
PERSON_KEYS = r"[A-Za-z0-9_-]{4,64}(?:;[A-Za-z0-9_-]{4,64})*"
FIRM_KEYS = r"[^;\s](?:[^;]*[^;\s])?(?:;[^;\s](?:[^;]*[^;\s])?)*"

_TEXT, _DAY, _FLAG = Field("text"), Field("date"), Field("flag")
_PROSE = Field("text", most_characters=MOST_CHARACTERS)
_OPTIONAL_PROSE = Field("text", nullable=True, column_needed=False, most_characters=MOST_CHARACTERS)
_MONEY = Field("number", nullable=True, column_needed=False, low=0, high=1e9, unit="wan_cny", giants=True)
_COUNT = Field("number", low=0, high=1e7, unit="count", whole=True)
_IPC = Field(
    "text", nullable=True, column_needed=False, parse=normal_ipc, form="codes as G06V10/40 or G06V, joined by ;"
)
_GB4754 = Field("text", nullable=True, column_needed=False, parse=normal_gb4754, form="a code as 3915 or I6513")
_REFERS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    name: {"firm_id": ("firms", "firm_id")} for name in ("documents", "deals", "staff")
}
FIELDS: Mapping[str, Mapping[str, Field]] = {
    "firms": {
        "firm_id": _TEXT,
        "name": _TEXT,
        "region": Field("text", nullable=True, column_needed=False),
        "local": _FLAG,
        "founded": Field("date", nullable=True, column_needed=False),
        "listed": _FLAG,
        "revenue_wan": _MONEY,
        "as_of": _DAY,
    },
    "documents": {
        "document_id": _TEXT,
        "firm_id": _TEXT,
        "kind": Field("text", allowed=DOCUMENT_KINDS),
        "title": _PROSE,
        "text": _PROSE,
        "ipc": _IPC,
        "gb4754": _GB4754,
        "date": _DAY,
        "source": _TEXT,
    },
    "patents": {
        "publication_number": Field(
            "text", parse=normal_publication_number, form="a publication number such as CN114081026A"
        ),
        "application_number": Field(
            "text",
            nullable=True,
            column_needed=False,
            parse=normal_application_number,
            form="an application number with its check digit such as 201710601862.3",
        ),
        "title": _PROSE,
        "abstract": _OPTIONAL_PROSE,
        "ipc": Field("text", parse=normal_ipc, form=_IPC.form),
        "applicant_ids": Field("text", pattern=FIRM_KEYS),
        "inventor_keys": Field("text", nullable=True, column_needed=False, pattern=PERSON_KEYS, form="pseudonyms"),
        "application_date": _DAY,
        "publication_date": _DAY,
    },
    "deals": {
        "deal_id": _TEXT,
        "firm_id": _TEXT,
        "date": _DAY,
        "round": _TEXT,
        "amount_wan": _MONEY,
        "investor": _TEXT,
    },
    "investors": {"investor": _TEXT, "kind": Field("text", allowed=INVESTOR_KINDS), "intro": _OPTIONAL_PROSE},
    "staff": {"firm_id": _TEXT, "occupation": _TEXT, "n_staff": _COUNT, "n_openings": _COUNT, "date": _DAY},
    "product_links": {"from_product": _TEXT, "to_product": _TEXT, "source": _TEXT},
    "confirmed_placements": {
        "kind": Field("text", allowed=ITEM_KINDS),
        "item_id": _TEXT,
        "chain_id": _TEXT,
        "node_id": Field("text", nullable=True),
        "decided_on": _DAY,
        "decided_by": _TEXT,
    },
}


@cache
def every_rule(codebook: Codebook) -> dict[str, TableRule]:
    """The rule of every table of the project: of ``table_rules``, then of the chains, in the order of reading."""
    names = {table: {heading(key)[0]: key for key in FIELDS[table]} for table in CHAIN_TABLES}
    for row in read_rows(reference_path("chain_column_names.csv")):
        names[row["table"]][heading(row["name"])[0]] = row["key"]
    order = {
        "firms": (("founded", "as_of"),),
        "patents": (("application_date", "publication_date"),),
    }
    chain = {
        table: TableRule(
            table,
            FIELDS[table],
            key,
            order.get(table, ()),
            names[table],
            enterprise="",
            refers=_REFERS.get(table, {}),
            empty_where=(("kind", "person", "intro"),) if table == "investors" else (),
            described_by={"documents": "firm_id", "patents": "applicant_ids"} if table == "firms" else {},
            folder="chain",
            optional=True,
        )
        for table, key in KEYS.items()
    }
    return table_rules(codebook) | chain
