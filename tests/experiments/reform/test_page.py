"""What is on a page is what is in the result: the same figures in both languages, named, marked and readable alone."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from data.codebook import read_codebook, read_loan_terms
from data.texts.figures import write_figure
from data.texts.sentences import read_sentences
from experiments.reform.page import pages, write_pages
from experiments.reform.pages.writing import LANGUAGES, templates
from models.quota.policy import read_policies
from tests.experiments.reform.example import example
from tests.experiments.reform.reading import as_json, figures, read, value_at, words

pytestmark = pytest.mark.surface


def mark(*, citable: bool = False) -> dict:
    kept = {"kept": "committed", "by": "0" * 40, "lacking": []}
    inputs = {kind: {"digest": "a" * 64, **kept} for kind in ("data", "code", "models", "policies")}
    if not citable:
        inputs["policies"] |= {"kept": "nowhere", "by": "", "lacking": ["studies/caps.yaml"]}
    name = ("reform-" if citable else "draft-") + "f" * 32
    return {"id": name, "citable": citable, "inputs": inputs, "draws": True, "result": {"result.json": "b" * 64}}


RESULTS = {
    "two banks": as_json(example()),
    "one bank": as_json(example(("standard",), ("caps",), refit=False, frontier=False)),
    "nothing moves": as_json(example(null=True)),
}
MADE = {name: pages(result, mark()) for name, result in RESULTS.items()}
EVERY = [(name, file) for name, made in MADE.items() for file in made]


@pytest.mark.parametrize(("name", "file"), EVERY)
def test_every_figure_is_the_one_at_its_path_in_the_result(name, file):
    """Text and path agree for each, hints of marks included; nothing is rounded or reckoned anew."""
    language = file.split(".")[-2] == "en"
    found = figures(MADE[name][file])
    assert len(found) > 15
    for path, form, text, hint in found:
        for one in path.split(" "):
            value = value_at(RESULTS[name], one)
            if form == "words":
                continue
            shown = "—" if value is None else write_figure(form, value)[language]
            assert shown in text if hint else shown == text, (one, form, text)


@pytest.mark.parametrize("name", RESULTS)
def test_both_languages_show_the_same_figures(name):
    """The same paths in the same order."""
    made = MADE[name]
    for file in made:
        if file.endswith(".zh.html"):
            other = made[file.replace(".zh.", ".en.")]
            assert [one[:2] for one in figures(made[file])] == [one[:2] for one in figures(other)]


def known_texts(language: int) -> list[str]:
    """Names and templates in which digits are no figures."""
    texts = [part for one in templates().values() for part in (one.zh, one.en)[language]]
    texts += [(item.zh, item.en)[language] for item in read_codebook()]
    texts += [(term.zh, term.en)[language] for term in read_loan_terms()]
    texts += [(policy.name_zh, policy.name_en)[language] for policy in read_policies()]
    return sorted((text.strip() for text in texts if re.search(r"\d", text)), key=len, reverse=True)


@pytest.mark.parametrize(("name", "file"), EVERY)
def test_no_figure_is_without_its_path(name, file):
    """Beside names such as "in 3 years", the words of a page hold no digit."""
    text = words(MADE[name][file])
    for known in known_texts(file.split(".")[-2] == "en"):
        text = text.replace(known, "")
    assert not re.findall(r".*\d.*", text)


KEYS = [
    "not_given",
    "startup",
    "growth_stage",
    "lose_",
    "gain_",
    "from_zero",
    "sd_",
    "_cny",
    "_wan",
    "caps.",
    "weights.",
    "stage_cap",
    "preapproved_",
]


@pytest.mark.parametrize(("name", "file"), EVERY)
def test_no_key_is_left_untranslated(name, file):
    """Neither a key of a template nor one of the result is among the words; Chinese pages are in Chinese."""
    text = words(MADE[name][file])
    assert not [key for key in [*templates(), *KEYS] if (key in text and ("." in key or "_" in key))]
    if ".zh." in file:
        plain = re.sub(r"English|RAROC|R&D|PCT|CSV|JSON|SHA|result|[.]json|json|moves|SHA-256|caps|weights", "", text)
        assert not re.findall(r"[A-Za-z]{4,}", plain)


def test_a_draft_says_so_in_its_name_and_on_every_page():
    """In the file's name, title, heading, banner and foot, in the page's language; a citable result nowhere."""
    result = RESULTS["two banks"]
    for file, text in MADE["two banks"].items():
        words_of = "draft, not citable" if ".en." in file else "草稿，不可引用"
        assert ".draft." in file
        title = text.split("<title>", 1)[1].split("</title>")[0]
        found = read(text)
        parts = {one.tag: one.inner for one in found if one.tag in ("h1", "footer")}
        banner = next(one.inner for one in found if one.attributes.get("class") == "draft")
        assert all(words_of in part for part in (title, parts["h1"], parts["footer"], banner))
        assert "draft-ffff" in banner
    for file, text in pages(result, mark(citable=True)).items():
        assert not re.search(r"draft|草稿", file + text.split("</style>")[1] + text.split("<title>")[1][:200])


def test_a_page_needs_nothing_from_elsewhere():
    """No script, no address, no font, no picture from outside; links lead to files beside it or into the page."""
    made = MADE["two banks"]
    for text in made.values():
        assert not re.search(r"https?://|<script|@import|url\(|<link|<img|\bsrc=", text)
        found = read(text)
        links = {one.attributes["href"] for one in found if one.tag == "a"}
        anchors = {f"#{one.attributes['id']}" for one in found if "id" in one.attributes}
        assert all(link in made or link in anchors or link == "result.json" for link in links)


def test_a_page_can_be_read_by_ear_and_by_keyboard():
    """One heading of the first level, none left out below; tables have captions and headed rows."""
    for file, text in MADE["two banks"].items():
        found = read(text)
        levels = [int(one.tag[1]) for one in found if re.fullmatch(r"h[1-6]", one.tag)]
        assert levels.count(1) == 1
        assert all(later - before <= 1 for before, later in pairwise(levels))
        assert found[0].attributes["lang"] == ("en" if ".en." in file else "zh-CN")
        ids = [one.attributes["id"] for one in found if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        for one in found:
            if one.tag == "table":
                assert one.children[0].tag == "caption"
            if one.tag == "th":
                assert one.attributes["scope"] in ("row", "col")
            if one.tag == "svg":
                assert one.attributes.get("aria-hidden") == "true" or one.attributes["aria-label"]
            if one.attributes.get("role") == "region":
                assert one.attributes["tabindex"] == "0"
                assert one.attributes["aria-label"]
        assert next(one for one in found if one.attributes.get("class") == "skip").attributes["href"] == "#main"


def test_a_reform_that_changes_nothing_is_shown_as_that():
    """No bar, no direction; the four totals are exactly no change."""
    text = MADE["nothing moves"]["caps.draft.en.html"]
    assert text.count("No firm moves.") == 3
    assert text.count("No change at all") == 4
    assert "direction open" not in text


def test_words_of_praise_are_on_no_page():
    """Up and down, more and less: whether that is good is for the reader."""
    every = " ".join(text for one in templates().values() for text in (*one.zh, *one.en)).lower()
    assert not re.search(r"winner|loser|good|bad|improve|worsen|benefit|赢家|输家|受益|受损|改善|恶化|利好|优化", every)


def test_pages_are_written_under_their_names(tmp_path):
    """Two pages a reform, and two of all reforms."""
    write_pages(tmp_path, MADE["two banks"])
    names = {f"{key}.draft.{language}.html" for key in ("index", "caps", "weights") for language in LANGUAGES}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert "gain" not in read_sentences()  # the pages' templates are a file of their own


def test_a_reform_s_key_opens_no_tag():
    """In no link; pages of a result that somebody else wrote are made from its keys as well."""
    result = as_json(example(("standard",), ("caps",), refit=False, frontier=False))
    result["reforms"][0]["scenario"]["key"] = '"><svg onload=alert(1)>'
    for text in pages(result, mark()).values():
        assert "<svg onload" not in text
