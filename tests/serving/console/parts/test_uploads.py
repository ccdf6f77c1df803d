"""A file is taken whole or refused: its size, its content, and where a fault lies, in words."""

import base64
from types import SimpleNamespace

import pytest

from serving.console.api import Refused
from serving.console.parts.uploads import position, refused_file, upload, uploaded
from serving.console.texts import text
from serving.contract.refusals import Refusal

ZH, EN = (
    SimpleNamespace(lang=lang, text=lambda key, lang=lang, **figures: text(key, lang, **figures))
    for lang in ("zh", "en")
)


def sent(raw):
    return "data:text/csv;base64," + base64.b64encode(raw).decode()


@pytest.mark.parametrize("size", [1, 2, 3, 98, 99, 100])
def test_a_file_up_to_the_limit_comes_as_it_is(size):
    raw = bytes(range(256))[:size]
    assert uploaded(sent(raw), most_bytes=100) == raw


def test_one_byte_group_more_is_too_large_and_says_how_much_is_allowed():
    with pytest.raises(Refusal) as refused:
        uploaded(sent(b"x" * 103), most_bytes=100)
    assert refused.value.key == "body-too-large"
    assert "100" in refused.value.faults[0].texts[0]


@pytest.mark.parametrize("contents", [None, "", "data:text/csv;base64,", "data:text/csv;base64,%%", 7, "plain"])
def test_what_is_no_file_is_refused(contents):
    with pytest.raises(Refusal) as refused:
        uploaded(contents)
    assert refused.value.faults[0].texts == ("一个非空文件", "a file that is not empty")


def test_the_place_of_a_fault_is_words():
    assert (position(ZH, "line 7, column 9"), position(EN, "line 7, column 9")) == (
        "第 7 行第 9 列",
        "line 7, column 9",
    )
    assert (position(ZH, "(body)"), position(ZH, "reports.0.period_to")) == ("文件", "reports.0.period_to")
    fault = {"where": "line 7, column 9", "found": "x", "allowed": "a letter", "allowed_zh": "一个字母"}
    said = refused_file(ZH, Refused(422, {"title": "Unreadable", "title_zh": "无法读取", "faults": [fault]}))
    assert said.title == "文件未接收：无法读取"
    assert [one.children for one in said.children] == ["第 7 行第 9 列：一个字母"]


def test_the_browser_knows_the_limit_and_what_to_say():
    block = upload(ZH, "one", "选择", ".csv", 1_500_000).to_plotly_json()["props"]
    assert (block["data-most-bytes"], "1.5 MB" in block["data-too-large"]) == ("1500000", True)
    chooser, _ = block["children"]
    assert (chooser.id, chooser.max_size, chooser.accept) == ("one", 1_500_000, ".csv")
