"""A small folder of tables in the form that the benchmark reads, in which words decide where an item belongs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

WORDS = {"a": "电缆线束", "b": "阀门水泵", "c": "疫苗血清", "d": "药片胶囊"}
ABOVE = {"a": "工业", "b": "工业", "c": "医疗", "d": "医疗"}


def texts(node, count, seed):
    """Two of the node's characters among those that any text has, in an order of its own."""
    rng = np.random.default_rng(seed)
    common = list("本公司的研发与销售各种高新产品")
    return ["".join(rng.permutation([*rng.choice(list(WORDS[node]), 3), *rng.choice(common, 6)])) for _ in range(count)]


@pytest.fixture(scope="session")
def chain_folder(tmp_path_factory):
    """Start-ups in four sub-industries, patents with four subclasses and Taiwan's placements of two chains."""
    folder = tmp_path_factory.mktemp("chain")
    rows = [
        (f"{node}{at}", ABOVE[node], f"业{node}", text)
        for number, node in enumerate(WORDS)
        for at, text in enumerate(texts(node, 30, number))
    ]
    write(folder, "cn_vc_deals/companies", rows, ["gid", "industry", "sub_industry", "intro"])
    codes = {"a": "H01B", "b": "F16K", "c": "A61K|A61P", "d": "A61K"}
    patents = [
        (f"CN{100_000_000 + 1_000 * number + at}A", text, codes[node], 1 + at % 4)
        for number, node in enumerate(WORDS)
        for at, text in enumerate(texts(node, 40, 10 + number))
    ]
    write(folder, "cn_patents_ipc/patents", patents, ["publication_number", "title", "ipc_subclasses", "fold"])
    titles = [("A", "section", "人类生活必需"), ("A61", "class", "医学"), ("A61K", "subclass", "医药配制品"),
              ("A61P", "subclass", None), ("H01B", "subclass", "电缆")]  # fmt: skip
    write(folder, "ipc_zh", titles, ["code", "level", "title_zh"])
    write_taiwan(folder)
    write_listed(folder)
    return folder


def write_listed(folder):
    """Listed firms of four industries, each with one product."""
    firms = [(f"{number}{at:05d}SZ", node, text) for number, node in enumerate(WORDS)
             for at, text in enumerate(texts(node, 20, 30 + number))]  # fmt: skip
    code = {node: f"1{number}0101" for number, node in enumerate(WORDS)}
    products = [(firm, text, "1") for firm, _, text in firms]
    write(folder, "listed_firms/company_product", products, ["company", "product", "revenue_share"])
    rows = [(firm, code[node]) for firm, node, _ in firms]
    write(folder, "listed_firms/company_industry", rows, ["company", "industry"])
    write(folder, "listed_firms/industry", [(own, f"业{node}") for node, own in code.items()], ["code", "name"])


def write_taiwan(folder):
    """24 firms, each in three of the four segments of one of two chains, so that two say which the third is."""
    rows = []
    for firm in range(24):
        chain, without = ("A", "B")[firm % 2], firm // 2 % 2
        for segment in range(4):
            if segment != 3 - without:
                position = "上游" if segment < 2 else "下游"
                rows.append((chain, f"链{chain}", position, f"箱{position}", f"段{segment}", None, f"厂{firm}",
                             f"{1000 + firm}", "上市"))  # fmt: skip
    columns = ["ic", "industry", "position", "layer_name", "segment", "sub", "company", "code", "market"]
    write(folder, "tw_value_chain/placements", rows, columns)


def write(folder, name, rows, columns):
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=columns).to_parquet(path)
