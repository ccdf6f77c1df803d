"""What a refusal of clearance allows is said in Chinese to who reads Chinese: a row for every fault that there is."""

import ast
import re
from pathlib import Path

import pytest

from data.clearance.records import MessageError
from data.texts.sentences import read_sentences
from serving.clearance.service import allowed_text, message_refusal

pytestmark = pytest.mark.law
RAISED = {
    "message": (["data/ingest/messages", "serving/clearance"], ("MessageError", "_refusal", "_refuse"), "code"),
    "webhook": (["serving/clearance"], ("WebhookError",), "where"),
    "report": (["models/clearance/reports", "serving/clearance"], ("ReportError",), "key"),
}
OF_OUR_OWN = {"declarations", "as_of", "amount_cny", "picture"}  # of tables and files, never of a request


def raised(of: str) -> set[str]:
    """First texts, in small letters, with which these errors are made anywhere in the source."""
    folders, names, _ = RAISED[of]
    found = set()
    for path in (path for folder in folders for path in Path(folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names:
                first = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
                found |= {text for text in first[:1] if isinstance(text, str) and re.fullmatch("[a-z_0-9]+", text)}
    return found - OF_OUR_OWN


@pytest.mark.parametrize("of", RAISED)
def test_every_fault_has_its_chinese(of):
    names = raised(of)
    assert len(names) >= 3
    assert {name for name in names if f"clearance.fault.{of}.{name}" not in read_sentences()} == set()
    for name in names:
        zh, en = allowed_text(of, name, "once")
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert not re.search(r"\b[a-z]{3,}\b", zh.replace("https", "")), zh
        assert en == "once"


def test_a_message_that_cannot_be_read_is_refused_in_both_languages():
    (fault,) = message_refusal(MessageError("not_well_formed", "tag", "well-formed XML 1.0", 1, 2)).faults
    assert (fault.as_dict()["allowed"], fault.as_dict()["allowed_zh"]) == ("well-formed XML 1.0", "格式良好的 XML 1.0")


def test_no_sentence_of_a_fault_is_in_english_alone():
    """Of clearance, the chains and what every route reads: a text comes from the table of sentences."""
    http = [Path("serving/http") / f"{name}.py" for name in ("app", "chain", "clearance", "problems", "reading")]
    found = []
    for path in [*Path("serving/clearance").rglob("*.py"), *Path("serving/chain").rglob("*.py"), *http]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault" and len(node.args) == 3:
                texts = [one.value for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant)]
                if isinstance(node.args[2], ast.Constant | ast.JoinedStr):
                    found += [(path.name, text) for text in texts if re.search(r"[a-z]{2}", str(text))]
    assert found == []
