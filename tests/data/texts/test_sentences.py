"""Templates of sentences are alike in both languages, and every fault is named."""

from __future__ import annotations

import pytest

from data.codebook import reference_path
from data.texts.sentences import SentenceError, make_sentence, read_sentences, sentence


@pytest.mark.law
def test_what_a_template_breaks_is_named(tmp_path):
    """Placeholders that differ, an unknown format, an empty text and a key that occurs twice are all listed."""
    path = tmp_path / "sentences.csv"
    path.write_text("key,zh,en\na,{x:money},{y:money}\nb,{x:wan},{x:wan}\nc, ,text\nd,甲,a\nd,乙,b\n", encoding="utf-8")
    with pytest.raises(SentenceError) as fault:
        read_sentences(path)
    for result in ("line 2, a: placeholders differ", "line 3, b: placeholder {x:wan} is unknown", "line 4, c: a text "
                   "is "
                 "empty", "key 'd' occurs twice"):  # fmt: skip
        assert result in str(fault.value)
    with pytest.raises(KeyError, match="lacks the figure 'amount'"):
        sentence("constraint.cut", requested=5.0)
    assert make_sentence("k", "{n:number} 人", "{n:number} people").fill({"n": 3.0}) == ("3 人", "3 people")


@pytest.mark.law
def test_the_operator_is_called_by_the_word_of_the_glossary():
    """In every file of sentences, those of the console among them."""
    files = sorted(reference_path("console").parent.rglob("*sentences*.csv"))
    assert len(files) > 20
    assert [path.name for path in files if "运营方" in path.read_text(encoding="utf-8")] == []
    assert sentence("problem.key-unknown.action")[0] == "请向系统管理员申请新密钥。"
