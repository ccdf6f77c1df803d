"""What placement on chains reads of firms, patents, products and demands: passages without what they exclude, codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from features.matching import clean_text, split_passages

PASSAGES = ("item_id", "text", "document_id", "date")
UNTITLED = ("business_scope", "intro")  # kinds of documents whose title names the kind alone
# A clause that says what a firm does not do, or buys instead of making it.
_BRACKET = re.compile(r"[（(][^（）()]*(?:不含|不包括|不包含|除外)[^（）()]*[）)]")
_CLAUSE = re.compile(r"[^，,。；;\n]*(?:不含|不包括|不包含|除外|外购|外部采购)[^，,。；;\n]*[，,。；;\n]?")


def without_exclusions(text: str) -> str:
    """A text without the clauses and brackets that say what is not done (不含, 不包括, 除外) or is bought (外购)."""
    return " ".join(_CLAUSE.sub("", _BRACKET.sub("", text)).split())


def firm_passages(documents: pd.DataFrame, patents: pd.DataFrame) -> pd.DataFrame:
    """A row a passage of a firm's documents and of the patents that it applied for, firm by firm.

    documents : firm_id, document_id, kind, title, text, date; patents : as in ``patent_passages``, and applicant_ids
    returns   : PASSAGES, where item_id is the firm
    """
    title = documents["title"].where(~documents["kind"].isin(UNTITLED), None)
    named = documents.rename(columns={"firm_id": "enterprise_id"})
    cut, _ = split_passages(named.assign(title=title, text=[_kept(text) for text in documents["text"]]))
    own = cut.rename(columns={"enterprise_id": "item_id"})[list(PASSAGES)]
    held = patent_passages(patents).assign(firm=patents["applicant_ids"].str.split(";").to_numpy()).explode("firm")
    of_patents = held.assign(item_id=held["firm"])[list(PASSAGES)].dropna(subset=["item_id"])
    both = pd.concat([own, of_patents], ignore_index=True)
    return both.loc[both["text"] != ""].sort_values("item_id", kind="stable", ignore_index=True)


def patent_passages(patents: pd.DataFrame) -> pd.DataFrame:
    """A row a patent, title and abstract together: publication_number, title, abstract, publication_date."""
    texts = [
        "。".join(clean_text(part) for part in parts if isinstance(part, str) and part)
        for parts in zip(patents["title"], patents["abstract"], strict=True)
    ]
    number = patents["publication_number"].to_numpy()
    return pd.DataFrame(
        {"item_id": number, "text": texts, "document_id": number, "date": patents["publication_date"].to_numpy()}
    )


def product_passages(links: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """A row a product that a link names; ``day`` : from which the links, which carry none, are known."""
    names = sorted({*links["from_product"], *links["to_product"]})
    return pd.DataFrame({"item_id": names, "text": names, "document_id": "", "date": day})


def occupation_passages(staff: pd.DataFrame) -> pd.DataFrame:
    """A row an occupation that firms filed, from the first day on which one did; staff : occupation, date."""
    first = staff.groupby("occupation", sort=True)["date"].min()
    names = [str(name) for name in first.index]
    texts = [clean_text(name) for name in names]
    return pd.DataFrame({"item_id": names, "text": texts, "document_id": "", "date": first.to_numpy()})


def demand_passages(demand_ids: Sequence[str], texts: Sequence[str], days: Sequence[object]) -> pd.DataFrame:
    """A row a demand with the text that matching compares, cleaned."""
    clean = [clean_text(text) for text in texts]
    return pd.DataFrame({"item_id": demand_ids, "text": clean, "document_id": demand_ids, "date": days})


def codes_of(items: Iterable[str], gb4754: Iterable[object], ipc: Iterable[object]) -> dict[str, tuple[str, ...]]:
    """``gb:3919`` and ``ipc:H04N`` of each item, each once, in their order; columns as they lie in tables.

    gb4754 : a class or nothing; ipc : ";"-joined symbols, of which the subclass counts
    """
    found: dict[str, dict[str, None]] = {}
    for item, code, symbols in zip(items, gb4754, ipc, strict=True):
        own = found.setdefault(item, {})
        if isinstance(code, str) and code:
            own[f"gb:{code}"] = None
        for symbol in symbols.split(";") if isinstance(symbols, str) else ():
            if symbol:
                own[f"ipc:{symbol.strip()[:4]}"] = None
    return {item: tuple(codes) for item, codes in found.items()}


def _kept(text: object) -> str:
    return without_exclusions(text) if isinstance(text, str) else ""
