"""Tables of the chains: each bad row has its reason, numbers have one form, and a folder needs no other table."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pandas as pd
import pytest

from data.chain.chain_file import load_chain
from data.chain.records import KINDS
from data.codebook import read_codebook
from data.ingest.chain_rules import CHAIN_TABLES, every_rule
from data.ingest.folder import ingest_directory
from data.ingest.rules import RULES
from data.ingest.tables import IngestError, ingest
from data.matching import columns, from_table
from tests.data.ingest.conftest import DAY

pytestmark = pytest.mark.contract
ROWS = 40
MANUAL = next(one for one in Path(__file__).parents if (one / "pyproject.toml").is_file()) / "docs/operations.md"


def ids(letter, n):
    return [f"{letter}{number}" for number in range(n)]


def table(kind, n=6):
    """Rows without a fault."""
    own = {
        "firms": {
            "firm_id": ids("F", n), "name": "某公司", "region": "杭州市", "local": True, "founded": dt.date(2015, 1, 1),
            "listed": False, "revenue_wan": 900.0, "as_of": dt.date(2020, 1, 1),
        },
        "documents": {
            "document_id": ids("D", n), "firm_id": ids("F", n), "kind": "business_scope", "title": "经营范围",
            "text": "摄像机制造", "ipc": None, "gb4754": "3939", "date": dt.date(2020, 1, 1), "source": "市场监管",
        },
        "patents": {
            "publication_number": [f"CN9000000{i:02d}A" for i in range(n)], "application_number": "201710601862.3",
            "title": "一种摄像机", "abstract": None, "ipc": "H04N5/225;G08B", "applicant_ids": "F0;F1",
            "inventor_keys": "p0001;p0002", "application_date": dt.date(2017, 7, 1),
            "publication_date": dt.date(2018, 1, 1),
        },
        "deals": {
            "deal_id": ids("I", n), "firm_id": ids("F", n), "date": dt.date(2020, 1, 1), "round": "A轮",
            "amount_wan": 1000.0, "investor": "某基金",
        },
        "investors": {"investor": ids("基金", n), "kind": "fund", "intro": "关注安防"},
        "staff": {
            "firm_id": ids("F", n), "occupation": "算法工程师", "n_staff": 5, "n_openings": 1,
            "date": dt.date(2023, 12, 31),
        },
        "product_links": {"from_product": ids("镜头", n), "to_product": "摄像机", "source": "调研"},
        "confirmed_placements": {
            "kind": "firm", "item_id": ids("F", n), "chain_id": "digital-security", "node_id": "network-camera",
            "decided_on": dt.date(2024, 1, 2), "decided_by": "产业部门",
        },
    }[kind]  # fmt: skip
    return pd.DataFrame(own)


ROW_FAULTS = [
    ("patents", {"publication_number": "CN1140810261A"}, "publication_number: publication number 'CN1140810261A' has"),
    ("patents", {"publication_number": "201710601862.3"}, "it is the application number 201710601862.3"),
    ("patents", {"application_number": "201710601862.4"}, "'201710601862.4': check digit is 4, expected 3"),
    ("patents", {"ipc": "Z99Z"}, "ipc: IPC code 'Z99Z' is unknown"),
    ("patents", {"ipc": None}, "ipc: missing"),
    ("patents", {"ipc": "H04N5/225;摄像"}, "ipc: IPC code '摄像' is unknown"),
    ("patents", {"publication_date": dt.date(2024, 7, 1)}, "publication_date: 2024-07-01 is in the future"),
    ("patents", {"publication_date": dt.date(2016, 7, 1)}, "application_date is after publication_date"),
    ("patents", {"inventor_keys": "张三"}, "inventor_keys: 张三 does not match"),
    ("patents", {"applicant_ids": "F0;;F1"}, "applicant_ids: F0;;F1 does not match"),
    ("patents", {"title": "——"}, "title: —— holds nothing to read"),
    ("documents", {"text": None}, "text: missing"),
    ("documents", {"text": "<p></p>"}, "text: <p></p> holds nothing to read"),
    ("documents", {"gb4754": "9999"}, "gb4754: GB/T 4754 code '9999' is unknown"),
    ("documents", {"kind": "brochure"}, "kind: brochure is not in"),
    ("documents", {"firm_id": "F99"}, "firm_id: is not in the table firms"),
    ("documents", {"date": dt.date(2024, 7, 1)}, "date: 2024-07-01 is in the future"),
    ("firms", {"founded": dt.date(2021, 1, 1)}, "founded is after as_of"),
    ("firms", {"as_of": dt.date(2025, 1, 1)}, "as_of: 2025-01-01 is in the future"),
    ("firms", {"revenue_wan": -1.0}, "revenue_wan: -1.0 is outside [0, "),
    ("firms", {"name": None}, "name: missing"),
    ("deals", {"amount_wan": "数百万"}, "amount_wan: 数百万 is no number"),
    ("deals", {"firm_id": "F99"}, "firm_id: is not in the table firms"),
    ("deals", {"date": dt.date(2024, 7, 1)}, "date: 2024-07-01 is in the future"),
    ("investors", {"kind": "person"}, "intro: is not kept where kind is person"),
    ("investors", {"kind": "bank"}, "kind: bank is not in"),
    ("staff", {"n_staff": 1.5}, "n_staff: 1.5 is no whole number"),
    ("staff", {"n_openings": -1}, "n_openings: -1.0 is outside [0, "),
    ("product_links", {"to_product": None}, "to_product: missing"),
    ("confirmed_placements", {"kind": "shop"}, "kind: shop is not in"),
]  # fmt: skip


@pytest.mark.parametrize("kind", CHAIN_TABLES)
def test_a_bad_row_is_quarantined_with_its_reason_and_the_rest_is_kept(kind):
    """The n-th fault of a kind is in row n, whose line is n + 2; no other row goes."""
    frame, faults = table(kind, ROWS).astype(object), [one[1:] for one in ROW_FAULTS if one[0] == kind]
    for row, (change, _) in enumerate(faults):
        for name, value in change.items():
            frame.loc[row, name] = value
    found = ingest(frame, kind, DAY, others={"firms": table("firms", ROWS)})
    assert found.quarantine["source_line"].tolist() == list(range(2, 2 + len(faults)))
    for (_, reason), given in zip(faults, found.quarantine["reason"], strict=True):
        assert reason in given


@pytest.mark.parametrize("kind", CHAIN_TABLES)
def test_rows_without_a_fault_are_kept_and_become_records(kind):
    found = ingest(table(kind), kind, DAY, others={"firms": table("firms")})
    assert found.counts == {"read": 6, "kept": 6, "quarantined": 0}
    assert set(found.frame.columns) == set(columns(KINDS[kind]))
    assert len(from_table(found.frame, KINDS[kind])) == 6


@pytest.mark.parametrize("kind", CHAIN_TABLES)
def test_an_empty_table_is_one_clear_error(kind):
    with pytest.raises(IngestError, match=rf"{kind} cannot be used:\n  the table has 0 rows$"):
        ingest(table(kind).head(0), kind, DAY)


def test_numbers_and_codes_are_kept_in_one_form():
    """The same patent written twice is found, however it is written."""
    frame = table("patents")
    frame.loc[1, "publication_number"] = " cn 900000000 a"
    frame.loc[2, ["application_number", "ipc"]] = ["ZL2017106018623", "h04n 5/225 ; G08B"]
    frame.loc[3, "application_number"] = "US 17/123,456"
    found = ingest(frame, "patents", DAY)
    assert found.quarantine["reason"].tolist() == ["publication_number: occurs more than once"] * 2
    kept = found.frame.set_index("publication_number")
    assert kept.loc["CN900000002A", "application_number"] == "201710601862.3"
    assert kept.loc["CN900000002A", "ipc"] == "H04N5/225;G08B"
    assert kept.loc["CN900000003A", "application_number"] == "US17123456"


def test_names_of_inventors_throughout_stop_the_table():
    """A column of names is refused whole: its values are to be pseudonyms."""
    with pytest.raises(IngestError, match=r"inventor_keys: 6 of 6 cells cannot be used: 张三 .*; allowed: pseudonyms"):
        ingest(table("patents").assign(inventor_keys="张三"), "patents", DAY)


def test_amounts_of_large_firms_are_no_sign_of_another_unit():
    frame = table("firms").assign(revenue_wan=3_000_000.0)
    assert ingest(frame, "firms", DAY).counts["kept"] == 6


def test_the_same_item_on_no_node_twice_is_found():
    frame = table("confirmed_placements").astype({"node_id": object})
    frame.loc[[1, 2], ["item_id", "node_id"]] = [["F1", None], ["F1", None]]
    found = ingest(frame, "confirmed_placements", DAY)
    assert found.counts == {"read": 6, "kept": 4, "quarantined": 2}


def test_a_folder_of_chain_tables_needs_no_other_table(tmp_path):
    """A firm without a document or patent that can be used has no text; what refers to it goes too. CSV in Chinese."""
    raw = tmp_path / "raw"
    raw.mkdir()
    titles = {"firm_id": "企业编号", "name": "企业名称", "local": "是否本地", "listed": "是否上市", "as_of": "数据日期"}
    table("firms").drop(columns="region").rename(columns=titles).to_csv(
        raw / "firms.csv", index=False, encoding="gb18030"
    )
    documents = table("documents")
    documents.loc[2, "text"] = "——"
    documents.iloc[2:5].to_parquet(raw / "documents.parquet")
    table("patents").to_parquet(raw / "patents.parquet")
    table("deals").to_csv(raw / "deals.csv", index=False)
    found = ingest_directory(raw, tmp_path / "out", DAY, tables=CHAIN_TABLES)
    assert found["firms"].counts == {
        "read": 6,
        "kept": 4,
        "quarantined": 2,
    }  # F0 and F1 have patents, F3 and F4 documents
    turned = pd.read_parquet(tmp_path / "out/quarantine/firms.parquet")
    assert turned["企业编号" if "企业编号" in turned else "firm_id"].tolist() == ["F2", "F5"]
    assert set(turned["reason"]) == {"firm_id: has no text, no row that can be used in documents or patents"}
    assert found["deals"].counts["quarantined"] == 2
    assert found["staff"].notes == ["no file: the table is optional"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["chain", "quarantine"]
    assert len(pd.read_parquet(tmp_path / "out/chain/documents.parquet")) == 2


def test_an_empty_file_of_a_folder_names_itself(tmp_path):
    (tmp_path / "firms.csv").write_text("firm_id,name,local,listed,as_of\n", encoding="utf-8")
    with pytest.raises(IngestError, match=r"firms \(firms.csv\) cannot be used:\n  the table has 0 rows"):
        ingest_directory(tmp_path, tmp_path / "out", DAY, tables=CHAIN_TABLES)


def test_every_rule_is_those_of_both_and_its_columns_are_the_records():
    rules = every_rule(read_codebook())
    assert list(rules) == [*RULES, *CHAIN_TABLES]
    assert {name: tuple(rules[name].fields) for name in CHAIN_TABLES} == {
        name: columns(kind) for name, kind in KINDS.items()
    }
    assert all(key in rules[name].fields for name in CHAIN_TABLES for key in rules[name].aliases.values())


def test_the_manual_names_every_column_and_those_that_may_be_empty():
    text = MANUAL.read_text(encoding="utf-8")
    rules = every_rule(read_codebook())
    for name in CHAIN_TABLES:
        (cell,) = re.findall(rf"^\| `{name}` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
        own = {key: f"({key})" if field.nullable else key for key, field in rules[name].fields.items()}
        assert [one.strip() for one in cell.split(",")] == list(own.values())


def test_the_chain_of_the_manual_loads(tmp_path):
    (example,) = re.findall(r"```yaml\n(id: digital-security.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "x.yaml").write_text(example, encoding="utf-8")
    assert [node.id for node in load_chain(tmp_path / "x.yaml").nodes] == ["sensing", "lens", "camera"]
