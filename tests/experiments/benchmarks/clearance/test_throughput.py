"""Receipts of about 1 kB, all read and folded, with a schema and without."""

import pytest
from lxml import etree

from data.ingest.messages.read import read_message
from data.ingest.messages.schemas import Schemas
from experiments.benchmarks.clearance.throughput import answers, receipts, run

ANY = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.chinaport.gov.cn/ceb">
<xs:element name="CEB604Message"/></xs:schema>"""


@pytest.mark.parametrize("make", [receipts, answers])
def test_messages_are_different_and_of_about_1_kb(make):
    made = make(10)
    assert len(set(made)) == 10
    assert all(900 <= len(raw) <= 1_150 for raw in made)
    assert all(len(read_message(raw).events) == 1 for raw in made)


def test_every_receipt_is_folded_and_the_schema_is_beside_it():
    schemas = Schemas({"2022": {"CEB604Message": etree.XMLSchema(etree.fromstring(ANY))}})
    found = run(100, schemas, repeats=1)
    assert (found["events"], found["declarations"]) == (100, 20)
    assert found["per_s"] > 1_000
    assert found["ratio_to_bare_parse"] > 1
    assert found["schema"]["schema"] == "valid"
    assert found["schema"]["per_s_with"] > 0
    assert run(20, None, repeats=1)["schema"] is None
