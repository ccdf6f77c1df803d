"""Synthetic patents of firms on chains: dated, numbered as no office has numbered any, with classes and inventors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from data.chain.chain_file import Chain, Node
from data.chain.patent_numbers import application_check_digit
from data.chain.standards import ipc_subclasses
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.chain_texts import patent_title, vocabulary
from data.synthetic.cohort import OBSERVED_UNTIL, stream

FIRST_DAY = pd.Timestamp("2010-01-01")  # of an application
WRONG_CLASS = 0.08  # of the patents, whose class is any subclass that a chain names
CO_APPLICANT = 0.1
GROWTH_YEARS = 3.0  # on growing nodes seven of ten applications are of the last so many years
KINDS: Mapping[str, tuple[float, str, str]] = {  # share, first digit of the serial and kind, type of application
    "invention": (0.65, "A", "1"),
    "grant": (0.1, "B", "1"),
    "utility_model": (0.25, "U", "2"),
}


def make_patents(
    firms: pd.DataFrame,
    placed: Sequence[Sequence[Node]],
    roles: Mapping[tuple[str, str], str],
    chains: Mapping[str, Chain],
    params: SyntheticChainParams,
) -> pd.DataFrame:
    """The columns of ``Patent``, then ``chain_id`` and ``node_id``; no patent is older than its firm.

    A Chinese serial begins with 9, as none that was issued does, and foreign numbers are above those issued.
    """
    rng = stream(params, "patents")
    able = np.flatnonzero([bool(nodes) for nodes in placed])
    on_chain, ids, founded = (firms[name].tolist() for name in ("chain_id", "firm_id", "founded"))
    growing = np.array([roles.get((on_chain[one], placed[one][0].id), "") == "growth" for one in able.tolist()])
    weight = rng.lognormal(0.0, 1.0, len(able)) * np.where(growing, 2.0, 1.0)
    owner = np.sort(rng.choice(able, params.n_patents, p=weight / weight.sum()))
    words = {(name, node.id): vocabulary(chain, node) for name, chain in chains.items() for node in chain.nodes}
    named = sorted({code for chain in chains.values() for node in chain.nodes for code in node.ipc})
    rows = []
    for number, firm in enumerate(owner.tolist()):
        chain_id, nodes = on_chain[firm], placed[firm]
        node = nodes[0] if rng.random() < 0.7 else nodes[-1]
        applied = _day(founded[firm], roles.get((chain_id, node.id), "") == "growth", rng)
        title, english = patent_title(words[chain_id, node.id], rng)
        published = applied + pd.Timedelta(days=int(rng.integers(90, 560)))
        publication, application = _numbers(number, applied.year, english, rng)
        others = [firm, *(int(one) for one in rng.choice(able, 1) if rng.random() < CO_APPLICANT)]
        rows.append(
            {
                "publication_number": publication,
                "application_number": application,
                "title": title,
                "abstract": None,
                "ipc": ";".join(_classes(chains[chain_id], node, named, rng)),
                "applicant_ids": ";".join(ids[one] for one in dict.fromkeys(others)),
                "inventor_keys": ";".join(_inventors(firm, rng)),
                "application_date": applied,
                "publication_date": published,
                "chain_id": chain_id,
                "node_id": node.id,
            }
        )
    table = pd.DataFrame(rows).astype({"application_date": "datetime64[us]", "publication_date": "datetime64[us]"})
    return table.loc[table["publication_date"] <= OBSERVED_UNTIL].reset_index(drop=True)


def _day(founded: pd.Timestamp, growing: bool, rng: np.random.Generator) -> pd.Timestamp:
    last = OBSERVED_UNTIL - pd.Timedelta(days=120)
    first = max(founded + pd.Timedelta(days=30), FIRST_DAY)
    if growing and rng.random() < 0.7:
        first = max(first, last - pd.Timedelta(days=round(GROWTH_YEARS * 365.25)))
    return first + pd.Timedelta(days=int(rng.integers(0, max((last - first).days, 1))))


def _numbers(number: int, year: int, english: bool, rng: np.random.Generator) -> tuple[str, str | None]:
    if english:
        office = ("US", "EP", "WO")[int(rng.integers(3))]
        serial = {"US": f"99{number:06d}B2", "EP": f"9{number:06d}A1", "WO": f"{year}9{number % 100_000:05d}A1"}[office]
        return office + serial, None
    shares = [share for share, _, _ in KINDS.values()]
    _, kind, type_digit = list(KINDS.values())[int(rng.choice(len(shares), p=shares))]
    digits = f"{year}{type_digit}{9_000_000 + number:07d}"
    return f"CN9{number:08d}{kind}", f"{digits}.{application_check_digit(digits)}"


def _classes(chain: Chain, node: Node, named: Sequence[str], rng: np.random.Generator) -> list[str]:
    """One or two classes of the node, those of its first children where it has none, and sometimes a wrong one."""
    own = list(node.ipc) or [code for child in chain.children(node.id) for code in child.ipc[:1]]
    if rng.random() < WRONG_CLASS:
        own = [named[int(rng.integers(len(named)))]]
    chosen = [own[int(one)] for one in rng.permutation(len(own))[: 1 + int(rng.integers(2))]]
    assert all(code in ipc_subclasses() for code in chosen)
    return [f"{code}{int(rng.integers(1, 30))}/{int(rng.integers(0, 50)) * 2:02d}" for code in dict.fromkeys(chosen)]


def _inventors(firm: int, rng: np.random.Generator) -> list[str]:
    """One to three of the firm's pool of twelve, by pseudonym."""
    return [f"p{firm:05d}{int(one):02d}" for one in np.sort(rng.permutation(12)[: 1 + int(rng.integers(3))])]
