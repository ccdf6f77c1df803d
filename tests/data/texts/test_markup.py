"""What a person reads of a text that came with HTML."""

from __future__ import annotations

import pytest

from data.texts.markup import visible_text

pytestmark = pytest.mark.law

CASES = [
    ("<p>降噪&nbsp;需求</p><p>低于 60&thinsp;dB</p>", "降噪 需求\n低于 60 dB"),
    ("<script>alert('x')</script>电机<!-- 内部备注 -->噪声", "电机 噪声"),
    ("<style>p{color:red}</style>", ""),
    ("<div><br/></div>", ""),
    ("p < 0.05 且 n > 30", "p < 0.05 且 n > 30"),
    ("a<b, b>c", "a<b, b>c"),
    ("见 <a href='https://example.org/x'>说明</a>", "见 说明"),
    ("零\u200b宽\x00字符", "零 宽 字符"),
    ("<script>未结束", ""),
    ("&lt;b&gt;粗体&lt;/b&gt;", "<b>粗体</b>"),
    ("", ""),
]


@pytest.mark.parametrize(("given", "shown"), CASES)
def test_tags_go_and_what_is_read_stays(given, shown):
    """Computed by hand: tags, comments, scripts and control characters go; signs of comparison stay."""
    assert visible_text(given) == shown


@pytest.mark.parametrize("text", [given for given, _ in CASES if "&" not in given])
def test_what_is_visible_stays_visible(text):
    """A second pass changes nothing."""
    assert visible_text(visible_text(text)) == visible_text(text)


def test_a_long_text_of_open_tags_takes_no_long_time():
    """50,000 characters of an attack on regular expressions: linear in the length."""
    assert visible_text("<a" * 25_000) == "<a" * 25_000
    assert visible_text("<!--" * 12_500) == ""
