"""The tables of a folder as tasks: items with their texts, the nodes that they belong to, the tree of the nodes.

Every other folder with tables of these names and columns runs too. A table that is not there leaves its task out; one
that is there and cannot be used is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

TOP_PRODUCTS = 15
LEAST_FIRMS, LEAST_STARTUPS = 2, 3  # of an industry, of a sub-industry: with fewer it is in no task
PRODUCTS_APART = "、"
_NAMED = re.compile(r"[，,、；;。]?\s*(?:分别|应|也)?列入.*$", re.DOTALL)
_CODE = re.compile(r"(?<!\d)\d{4}(?!\d)")


class TableError(ValueError):
    """A table is there and cannot be used: the message names file, found and needed."""


class TableMissingError(TableError):
    """A table is not there."""


@dataclass(frozen=True)
class NodeCard:
    """What is known of a node without any item: its name, its texts (definition, products) and its parent."""

    name: str
    parent: str | None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelTable:
    """Items of a table and where they belong.

    items : item_id, text, nodes (tuple of node ids), in the table's order, each item once
    nodes : by id, parents before children
    fold : of each item, where the table has folds of its own
    unseen : further items, which are never trained on
    """

    name: str
    items: pd.DataFrame
    nodes: Mapping[str, NodeCard]
    unseen: pd.DataFrame | None = None
    fold: pd.Series | None = field(default=None)

    @property
    def parents(self) -> dict[str, str | None]:
        """Parent of each node."""
        return {name: card.parent for name, card in self.nodes.items()}


def read_table(folder: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """``columns`` of ``name``.parquet; raises TableMissingError, or TableError for a missing column or no row."""
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise TableMissingError(f"{path} is not there")
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as fault:
        raise TableError(f"{path} cannot be read as Parquet: {fault}") from fault
    if lost := [column for column in columns if column not in table]:
        raise TableError(f"{path} lacks the columns {lost}; it has {list(table.columns)}")
    if table.empty:
        raise TableError(f"{path} has no row")
    return table[list(columns)].reset_index(drop=True)


def gb_items(folder: Path) -> LabelTable:
    """Items of the classes of GB/T 4754; unseen: what the standard excludes from a class and names another for."""
    items = read_table(folder, "gb4754_2017_items", ["gb_code", "gb_name", "kind", "item"]).dropna()
    classes = read_table(folder, "gbt4754_2017", ["class1", "class2", "level", "name", "remark", "code"])
    own = items[items["kind"] == "include"]
    nodes = _standard(classes, own)
    other = items[items["kind"] == "exclude"]
    named = [_CODE.findall(text[match.start() :]) if (match := _NAMED.search(text)) else [] for text in other["item"]]
    first = pd.Series([next((code for code in codes if code in nodes), None) for codes in named], other.index)
    texts = other["item"].map(lambda text: _NAMED.sub("", text))
    usable = first.notna() & texts.map(lambda text: any(map(str.isalnum, text)))
    return LabelTable(
        "gb_items",
        _items(own["item"], own["gb_code"], prefix="item"),
        nodes,
        unseen=_items(texts[usable], first[usable], prefix="excluded"),
    )


def _standard(classes: pd.DataFrame, items: pd.DataFrame) -> dict[str, NodeCard]:
    """Sections to classes; a class of the items that the list lacks lies under the group of its first three digits."""
    section = classes.dropna(subset=["class2"]).drop_duplicates("class2").set_index("class2")["class1"]
    nodes: dict[str, NodeCard] = {}
    for code, name, remark in classes.sort_values("level", kind="stable")[["code", "name", "remark"]].itertuples(
        index=False
    ):
        parent = None if len(code) == 1 else section[code] if len(code) == 2 else code[:-1]
        if len(code) == 4 and parent not in nodes:  # a group of one class has no row of its own
            nodes[code[:-1]] = NodeCard(name, code[:-2])
        nodes[code] = NodeCard(name, parent, (remark,) if isinstance(remark, str) else ())
    for code, name in items.drop_duplicates("gb_code")[["gb_code", "gb_name"]].itertuples(index=False):
        if code not in nodes:
            for upper in (code[:-1], code):
                nodes.setdefault(upper, NodeCard(name, upper[:-1]))
    return nodes


def product_texts(folder: Path) -> pd.Series:
    """The products of each listed firm with the largest shares of its revenue, by firm."""
    table = read_table(folder, "listed_firms/company_product", ["company", "product", "revenue_share"])
    share = pd.to_numeric(table["revenue_share"], errors="coerce").clip(0, 1)
    ordered = table.assign(share=share).sort_values("share", ascending=False, kind="stable")
    first = ordered.drop_duplicates(["company", "product"]).groupby("company").head(TOP_PRODUCTS)
    return first.groupby("company")["product"].agg(PRODUCTS_APART.join)


def listed_firms(folder: Path) -> LabelTable:
    """Listed firms by their products on the third level of the industries of 申万 2021."""
    texts = product_texts(folder)
    table = read_table(folder, "listed_firms/company_industry", ["company", "industry"]).drop_duplicates("company")
    names = read_table(folder, "listed_firms/industry", ["code", "name"]).set_index("code")["name"]
    kept = _frequent(table[table["company"].isin(texts.index)], "industry", LEAST_FIRMS)
    if len(odd := kept.loc[~kept["industry"].str.fullmatch(r"\d{6}"), "industry"]):
        raise TableError(f"listed_firms/company_industry: found the industry {odd.iloc[0]!r}; needed: six digits")
    codes = {*names.index, *kept["industry"]}
    codes |= {code[:length] + "0" * (6 - length) for code in codes for length in (2, 4)}
    nodes = {code: NodeCard(names.get(code, code), _above(code)) for code in sorted(codes)}
    return LabelTable("listed_firms", _items(kept["company"].map(texts), kept["industry"], kept["company"]), nodes)


def sina(folder: Path) -> LabelTable:
    """Listed firms by their products in the industries of Sina, which have no levels."""
    texts = product_texts(folder)
    texts.index = texts.index.str[:6]
    table = read_table(folder, "listed_firms_alt/stock_industry_sina", ["code", "industry"]).drop_duplicates("code")
    kept = table[table["code"].isin(texts.index)]
    nodes = {name: NodeCard(name, None) for name in sorted(kept["industry"].unique())}
    return LabelTable("sina", _items(kept["code"].map(texts), kept["industry"], kept["code"]), nodes)


def startups(folder: Path) -> LabelTable:
    """Start-ups by their intros in the sub-industries of their site, with their industries above."""
    table = read_table(folder, "cn_vc_deals/companies", ["gid", "industry", "sub_industry", "intro"]).dropna()
    kept = _frequent(table.drop_duplicates("gid"), "sub_industry", LEAST_STARTUPS)
    leaf = kept["industry"] + " > " + kept["sub_industry"]
    nodes = {name: NodeCard(name, None) for name in sorted(kept["industry"].unique())}
    for name in sorted(leaf.unique()):
        parent, own = name.split(" > ", 1)
        nodes[name] = NodeCard(own, parent)
    return LabelTable("startups", _items(kept["intro"], leaf, kept["gid"]), nodes)


def patents(folder: Path) -> LabelTable:
    """Patents by their titles in the subclasses of the IPC, several each; the folds are the table's."""
    columns = ["publication_number", "title", "ipc_subclasses", "fold"]
    table = read_table(folder, "cn_patents_ipc/patents", columns).dropna().drop_duplicates("publication_number")
    titles = read_table(folder, "ipc_zh", ["code", "level", "title_zh"])
    known = titles[titles["level"].isin(["section", "class", "subclass"])].dropna()
    title = dict(zip(known["code"], known["title_zh"], strict=True))
    several = table["ipc_subclasses"].map(lambda codes: tuple(sorted(set(codes.split("|")))))
    codes = {code for row in several for code in row} | set(title)
    codes |= {code[:length] for code in codes for length in (1, 3) if len(code) > length}
    nodes = {
        code: NodeCard(title.get(code, code), {4: code[:3], 3: code[:1]}.get(len(code)))
        for code in sorted(codes, key=lambda code: (len(code), code))
    }
    items = _items(table["title"], several, table["publication_number"])
    return LabelTable("patents", items, nodes, fold=table["fold"].reset_index(drop=True).astype(int))


LABELLED: Mapping[str, Callable[[Path], LabelTable]] = {
    "gb_items": gb_items, "listed_firms": listed_firms, "sina": sina, "startups": startups,
}  # fmt: skip


def _items(texts: pd.Series, nodes: pd.Series, ids: pd.Series | None = None, prefix: str = "") -> pd.DataFrame:
    names = [f"{prefix}{row}" for row in range(len(texts))] if ids is None else ids.astype(str).tolist()
    several = [node if isinstance(node, tuple) else (node,) for node in nodes]
    return pd.DataFrame({"item_id": names, "text": texts.to_numpy(), "nodes": pd.Series(several, dtype=object)})


def _frequent(table: pd.DataFrame, column: str, least: int) -> pd.DataFrame:
    return table[table.groupby(column)[column].transform("size") >= least]


def _above(code: str) -> str | None:
    """A code of six digits has the industry above it in its first four or two; parents sort before children."""
    if code.endswith("0000"):
        return None
    return code[:2] + "0000" if code.endswith("00") else code[:4] + "00"
