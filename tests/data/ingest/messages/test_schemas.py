"""Schemas of an operator's folder: compiled without network, refused with what they allow."""

import pytest

from data.clearance.records import MessageError
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message
from data.ingest.messages.schemas import Schemas

pytestmark = pytest.mark.contract
# A small schema of our own, with an import by the name under which the real ones call theirs.
OWN = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ceb="http://www.chinaport.gov.cn/ceb"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" targetNamespace="http://www.chinaport.gov.cn/ceb"
 elementFormDefault="qualified">
 <xs:import namespace="http://www.w3.org/2000/09/xmldsig#" schemaLocation="xmldsig-core-schema.xsd"/>
 <xs:element name="CEB622Message"><xs:complexType><xs:sequence><xs:element name="InventoryReturn"><xs:complexType>
  <xs:sequence><xs:element name="copNo"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="3"/>
  </xs:restriction></xs:simpleType></xs:element><xs:element name="returnStatus" type="xs:integer"/></xs:sequence>
 </xs:complexType></xs:element><xs:element ref="ds:Signature" minOccurs="0"/></xs:sequence>
 <xs:attribute name="guid"/><xs:attribute name="version"/></xs:complexType></xs:element></xs:schema>"""
SIGNATURE = """<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/2000/09/xmldsig#">
 <element name="Signature"/></schema>"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "import.xsd").write_text(OWN, encoding="utf-8")
    (tmp_path / "xmldsig.xsd").write_text(SIGNATURE, encoding="utf-8")
    return tmp_path


def answer(**members):
    return build("ceb.CEB622Message", {"InventoryReturn": {"copNo": "C9", "returnStatus": "800"} | members})


def test_a_valid_message_is_said_to_be(folder, receipt):
    schemas = Schemas.load(folder)
    assert read_message(answer(), schemas=schemas).schema == "valid"
    assert read_message(answer()).schema == "not_checked"
    assert read_message(receipt(), schemas=schemas).schema == "not_checked"


@pytest.mark.parametrize(
    ("members", "found", "allowed"),
    [
        ({"copNo": "张三三三三"}, "element copNo, facet maxLength", "by its schema, 3"),
        ({"returnStatus": "张三"}, "element returnStatus", "xs:integer"),
        ({"preNo": "1"}, "element preNo", "returnStatus"),
    ],
)
def test_an_invalid_one_is_refused_with_what_is_allowed_and_without_its_text(folder, members, found, allowed):
    with pytest.raises(MessageError) as refusal:
        read_message(answer(**members), schemas=Schemas.load(folder))
    assert (refusal.value.code, refusal.value.found, refusal.value.allowed) == ("schema_invalid", found, allowed)
    assert refusal.value.line == 4 + ("copNo" not in members)


def test_a_message_of_2018_is_not_checked_by_the_schemas_of_2022(folder):
    signed = answer().replace(
        b"</CEB622Message>",
        b'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureMethod Algorithm="x#rsa-sha1"/></Signature>'
        b"</CEB622Message>",
    )
    assert read_message(signed, schemas=Schemas.load(folder)).schema == "not_checked"
    older = folder / "2018"
    older.mkdir()
    for name in ("import.xsd", "xmldsig.xsd"):
        (folder / name).rename(older / name)
    assert read_message(signed, schemas=Schemas.load(folder)).schema == "valid"


def test_a_folder_without_schemas_or_with_a_broken_one_is_refused(folder, tmp_path):
    (folder / "xmldsig.xsd").unlink()
    with pytest.raises(ValueError, match=r"import\.xsd cannot be compiled"):
        Schemas.load(folder)
    (folder / "import.xsd").write_text("<x", encoding="utf-8")
    with pytest.raises(ValueError, match="cannot be compiled"):
        Schemas.load(folder)
    (folder / "import.xsd").unlink()
    with pytest.raises(ValueError, match="no schema found"):
        Schemas.load(folder)
