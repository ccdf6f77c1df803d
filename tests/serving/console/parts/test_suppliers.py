"""A list of suppliers in words: how likely, what decided, what is withheld, and that nobody is proposed."""

from __future__ import annotations

import pytest
from dash import html

from serving.console.parts.suppliers import marked, probability_word, supplier_list
from tests.serving.console.planted_views import FAN, Views, parts, words

pytestmark = pytest.mark.behaviour


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    made = Views(tmp_path_factory.mktemp("suppliers"))
    yield made
    made.close()


def search(view, text):
    return view.api.post("/v1/match/search", {"text": text, "count": 3})


def test_the_first_supplier_is_named_with_its_probability_and_passage(views):
    """In words of both languages, with the marked words and a table beside the picture."""
    view = views.of()
    shown = supplier_list(view, search(view, "风机机头的轴承振动监测，提前报警"))
    text = words(shown)
    assert (
        text.index("企业0") < text.index("用于风机机头的轴承振动监测") if "用于风机机头的轴承振动监测" in text else True
    )
    assert FAN in text
    assert "专利" in text
    assert "匹配概率" in text
    assert [part for part in parts(shown) if isinstance(part, html.Details)]
    assert "Probability" in words(supplier_list(views.of(lang="en"), search(view, "风机机头的轴承振动监测，提前报警")))


def test_the_figure_of_a_supplier_is_above_its_bar_however_short(views):
    """White words within a bar of 3 % would be on the ground of the page. A category is named by its position: the
    first line's rank, 1, is the position of the second bar.
    """
    view = views.of()
    answer = search(view, "风机机头的轴承振动监测，提前报警")
    answer["suppliers"][0]["probability"] = 0.03
    (graph,) = [part for part in parts(supplier_list(view, answer)) if type(part).__name__ == "Graph"]
    (bars,) = graph.figure.data
    assert (bars.text, bars.x[0]) == (None, 0.03)
    label = graph.figure.layout.annotations[0]
    assert label.text.endswith("3%")
    assert (label.x, label.y, label.xanchor, label.yanchor) == (0, 0, "left", "bottom")
    assert bars.y[label.y] == "1"
    labels = [one.text.partition(".")[0] for one in sorted(graph.figure.layout.annotations, key=lambda one: one.y)]
    assert labels == list(bars.y)
    assert label.yshift >= 42 * bars.width / 2  # half the bar's height


def test_abstention_is_said_plainly_with_what_to_do(views):
    """No firm is shown, and nothing looks like a list."""
    view = views.of()
    text = words(supplier_list(view, search(view, "量子纠缠卫星通信")))
    assert text.startswith("暂不推荐")
    assert "对接活动" in text
    assert not [code for code in (FAN,) if code in text]


def test_a_probability_has_a_word(views):
    """Borders belong to the word above them: .8, .5 and .2."""
    view = views.of(lang="en")
    found = [probability_word(view, value) for value in (0.8, 0.79, 0.5, 0.49, 0.2, 0.19)]
    assert found == ["very likely", "rather likely", "rather likely", "possible", "possible", "hardly likely"]


def test_a_withheld_passage_says_so_and_shows_nothing(views):
    """What a firm filed itself is not read without its consent."""
    view = views.of()
    answer = search(view, "风机机头的轴承振动监测，提前报警")
    answer["suppliers"][0]["evidence"] = [
        {
            "document_id": "C1",
            "kind": "product",
            "title": "",
            "passage": "",
            "marks": [],
            "withheld": True,
            "shared_by": 0,
        }
    ]
    assert "未经企业授权不能查看" in words(supplier_list(view, answer))


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        ([], ["轴承振动监测"]),
        ([(0, 2)], ["M轴承", "振动监测"]),
        ([(2, 4), (0, 2)], ["M轴承", "M振动", "监测"]),
        ([(0, 3), (1, 2), (2, 4)], ["M轴承振", "M动", "监测"]),
    ],
)
def test_marks_are_in_their_places(marks, found):
    """Overlapping ones are cut, so that no letter is written twice."""
    shown = marked("轴承振动监测", marks)
    assert [one if isinstance(one, str) else f"M{one.children}" for one in shown] == found


def test_what_says_nothing_by_itself_is_not_marked():
    """A function word, and letters within a longer word: "to" of "motor"; a whole word and a part of Chinese are."""
    passage = "the motor 监测的方法"
    marks = [(0, 3), (6, 8), (10, 12), (12, 13), (13, 15)]
    assert [one if isinstance(one, str) else f"M{one.children}" for one in marked(passage, marks)] == [
        "the motor ", "M监测", "的", "M方法",
    ]  # fmt: skip
    assert [one.children for one in marked("motor", [(0, 5)])] == ["motor"]


def test_what_the_rules_took_out_is_counted(views):
    """By rule, in words."""
    view = views.of()
    answer = search(view, "风机机头的轴承振动监测，提前报警") | {"filtered": {"competitor": 2}}
    assert "按规则未列出：竞争企业 2 家。" in words(supplier_list(view, answer))
