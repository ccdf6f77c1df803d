"""A list of suppliers as pages show it: how likely each is, what decided, and plainly that nobody is proposed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from serving.console.parts.chart import chart
from serving.console.parts.firm_names import firm_link, firm_name
from serving.console.parts.states import badge

if TYPE_CHECKING:
    from serving.console.page import View

Answer = Mapping[str, Any]
LIKELY = ((0.8, "very"), (0.5, "rather"), (0.2, "maybe"), (0.0, "hardly"))  # words of a probability from so much on
BAR_PX = 42  # of a line of the picture: the words, and the bar below them
FUNCTION_WORDS = frozenset(
    [
        "的",
        "了",
        "和",
        "与",
        "及",
        "或",
        "在",
        "是",
        "对",
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "or",
        "in",
        "on",
        "we",
        "is",
        "for",
        "with",
    ]
)
_INSIDE = re.compile("[A-Za-z]{2}")
REASONS = 4  # shown of each line, those that moved the score most


def probability_word(view: View, probability: float) -> str:
    """How likely it is, in a word: by the first of LIKELY that it reaches."""
    return view.text(f"suppliers.likely.{next(word for least, word in LIKELY if probability >= least)}")


def supplier_list(view: View, answer: Answer) -> Component:
    """The answer of ``/v1/match/suppliers`` or ``/v1/match/search``: a picture of the probabilities, then every line.

    Where the model abstains, that is said with the share of errors that it keeps, and nobody is shown.
    """
    notes = [dmc.Alert(one[view.lang], color="yellow") for one in answer["warnings"]]
    lines = answer["suppliers"]
    if not lines:
        key = "suppliers.abstained" if answer["abstained"] else "suppliers.none"
        advice = dmc.Text(view.text("suppliers.abstained_advice"), size="sm")
        return dmc.Stack(
            [*notes, dmc.Alert([dmc.Text(_note(view, answer)), advice], title=view.text(key), color="blue")]
        )
    count = round(100 * lines[0]["probability"])
    parts = [
        dmc.Text(
            view.text("suppliers.how_to_read", count=count, share=answer["error_rate"]), className="quiet", size="sm"
        ),
        _picture(view, lines),
        html.Ol([html.Li(_card(view, one)) for one in lines], className="supplier-list"),
    ]
    return dmc.Stack([*notes, *parts, *_left_out(view, answer)])


def _note(view: View, answer: Answer) -> str:
    return str(answer[f"note_{view.lang}"])


def _left_out(view: View, answer: Answer) -> list[Component]:
    """How many candidates the rules of the zone took out, by rule."""
    counts = answer["filtered"]
    if not counts:
        return []
    words = [view.text(f"suppliers.rule.{rule}", count=count) for rule, count in counts.items()]
    return [dmc.Text(view.text("suppliers.left_out", list=words), size="sm", className="quiet")]


def _picture(view: View, lines: Sequence[Mapping[str, Any]]) -> Component:
    names = [view.text("suppliers.rank", rank=one["rank"], name=firm_name(view, one["uscc"])) for one in lines]
    values = [one["probability"] for one in lines]
    ranks = [str(one["rank"]) for one in lines]
    bars = go.Bar(x=values, y=ranks, orientation="h", customdata=names, width=0.35,
                  hovertemplate="%{customdata}: %{x:.0%}<extra></extra>")  # fmt: skip
    figure = go.Figure(bars)
    # Above its bar, which may be short. An annotation takes a category by its position: the rank's own figure would be
    # read as the position of the next one.
    for position, (name, value) in enumerate(zip(names, values, strict=True)):
        figure.add_annotation(
            x=0, y=position, text=f"{name.replace('<', '＜')}  {value:.0%}", xanchor="left", yanchor="bottom",
            yshift=BAR_PX * 0.35 / 2, showarrow=False,
        )  # fmt: skip
    figure.update_yaxes(autorange="reversed", type="category", showticklabels=False)
    figure.update_xaxes(range=[0, 1], tickformat=".0%")
    rows = [{"firm": name, "probability": f"{value:.0%}"} for name, value in zip(names, values, strict=True)]
    columns = [("firm", view.text("suppliers.column.firm")), ("probability", view.text("suppliers.column.probability"))]
    return chart(view, figure, view.text("suppliers.picture"), columns, rows, height=90 + BAR_PX * len(lines))


def _card(view: View, line: Mapping[str, Any]) -> Component:
    probability = line["probability"]
    words = view.text("suppliers.probability", share=probability, word=probability_word(view, probability))
    bar = dmc.Progress(value=100 * probability, size="sm", **{"aria-label": words})
    reasons = sorted(line["reasons"], key=lambda why: -abs(why["contribution"]))[:REASONS]
    return dmc.Paper(
        dmc.Stack(
            [
                dmc.Group([firm_link(view, line["uscc"]), dmc.Text(words, fw=600)], justify="space-between"),
                bar,
                *(part for one in line["evidence"] for part in _evidence(view, one)),
                *([html.Ul([_reason(view, why) for why in reasons], className="reasons")] if reasons else []),
            ],
            gap="xs",
        ),
        withBorder=True, p="sm", radius="md",
    )  # fmt: skip


def _reason(view: View, why: Mapping[str, Any]) -> Component:
    sign = "＋ " if why["contribution"] > 0 else "－ "
    return html.Li([html.Span(sign, **{"aria-hidden": "true"}), why[view.lang]])


def _evidence(view: View, one: Mapping[str, Any]) -> Iterator[Component]:
    """The passage that matched, its words marked; that it is withheld where the caller may not read it."""
    kind = badge(view.text(f"suppliers.kind.{one['kind']}"), "blue")
    if one["withheld"]:
        yield dmc.Group([kind, dmc.Text(view.text("suppliers.withheld"), size="sm")], gap="xs")
        return
    yield dmc.Group([kind, dmc.Text(one["title"], size="sm", fw=600)], gap="xs")
    yield dmc.Text(marked(one["passage"], one["marks"]), size="sm")
    if one["shared_by"]:
        yield dmc.Text(view.text("suppliers.shared_by", count=one["shared_by"]), size="xs", className="quiet")


def _says_nothing(passage: str, start: int, end: int) -> bool:
    """Whether a mark is a function word, or a piece of a longer Latin word ("to" of "motor")."""
    around = passage[max(0, start - 1) : start + 1], passage[end - 1 : end + 1]
    return passage[start:end].lower() in FUNCTION_WORDS or any(_INSIDE.fullmatch(one) for one in around)


def marked(passage: str, marks: Sequence[Sequence[int]]) -> list[Any]:
    """The passage in parts, those between the start and end of a mark as ``html.Mark``; marks that overlap are one.

    What says nothing by itself is not marked.
    """
    parts: list[Any] = []
    after = 0
    for start, end in sorted(tuple(one) for one in marks):
        if end <= after or _says_nothing(passage, start, end):
            continue
        first = max(start, after)
        parts += [passage[after:first], html.Mark(passage[first:end])]
        after = end
    return [part for part in (*parts, passage[after:]) if part != ""]
