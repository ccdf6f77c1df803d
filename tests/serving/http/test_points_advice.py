"""Advice towards a target of points over HTTP, on a card of one line by hand and on the trained one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from data.codebook import read_codebook
from features.columns import of_rows
from models.points.card import PointsCard
from models.points.file import Earns
from serving.consents.check import POINTS_SEEN
from serving.contract.points_answers import PointsAdviceAnswer
from tests.serving.http.test_quota import ENTERPRISE, OUTSIDER

pytestmark = pytest.mark.contract


def card_of_one_line() -> PointsCard:
    """R&D intensity alone earns points, in every stage: none at 0, full marks at 50 % of revenue and beyond."""
    book = read_codebook()
    full = dict.fromkeys(book.keys, 0.0) | {"rd_intensity": 100.0}
    curves = dict.fromkeys(book.keys, ([0.0, 1.0], [0.0, 1.0])) | {"rd_intensity": ([0.0, 0.5], [0.0, 1.0])}
    return PointsCard(
        version="hand",
        codebook_digest=book.digest,
        data_digest="d",
        indicators=tuple(Earns(item.key, item.dimension, item.kind, item.direction) for item in book),
        knots=(0.0, 1.0),
        points={stage: {key: [0.0, most] for key, most in full.items()} for stage in book.stages},
        reference=dict.fromkeys(book.stages, curves),
        size_peers={"all": ([0.0, 130.0], [0.0, 1.0])},
        peer_counts={"size:all": 100},
    )


@pytest.fixture
def advised(open_shop, service, tmp_path):
    """Asks for advice on an enterprise outside the snapshot whose R&D intensity is 20 %: 40 points on the card."""
    engine = replace(service.models.engine, points=card_of_one_line())
    shop = open_shop(f"sqlite:///{tmp_path / 'shop.sqlite'}", models=replace(service.models, engine=engine))
    key = shop.key("standard")

    def ask(target: Any, **changes: Any) -> Any:
        body = {"uscc": OUTSIDER, "consent": shop.consent(OUTSIDER), "enterprise": ENTERPRISE, "target_points": target}
        return shop.client.post("/v1/points/advice", json=body | changes, headers=key)

    return SimpleNamespace(ask=ask, shop=shop)


@pytest.mark.parametrize(
    ("target", "reached", "to", "then", "text"),
    [
        (60, True, 0.3, 60.0, "按下列措施改善后，积分可由 40.0 分提高到 60.0 分，达到目标。"),
        (60.1, True, 0.301, 60.2, "按下列措施改善后，积分可由 40.0 分提高到 60.2 分，达到目标。"),
        (100, True, 0.5, 100.0, "按下列措施改善后，积分可由 40.0 分提高到 100.0 分，达到目标。"),
        (40, True, None, 40.0, "现有积分 40.0 分，已达到目标，无需改善。"),
        (12.5, True, None, 40.0, "现有积分 40.0 分，已达到目标，无需改善。"),
    ],
)
def test_advice_towards_a_target_by_hand(advised, target, reached, to, then, text):
    """Two points for each percent of revenue: 60 points are 30 %, 60.1 are 30.1 % as it is shown."""
    answer = PointsAdviceAnswer.model_validate_json(advised.ask(target).content)
    assert (answer.points_now, answer.reached, answer.personal_excluded) == (40.0, reached, True)
    said, _, more = answer.text_zh.partition("以上积分")
    assert said == text
    assert more.startswith("不含创始人信息有关指标的得分")
    assert answer.points_then == pytest.approx(then)
    assert [(one.key, one.now, one.to) for one in answer.changes] == ([("rd_intensity", 0.2, to)] if to else [])
    for one in answer.changes:
        assert one.points == pytest.approx(then - 40)
        assert one.text_zh == f"研发费用占营收比重由 20.0% 提高到 {to:.1%}，按当前评分卡增加 {then - 40:.1f} 分。"
        assert (
            one.text_en
            == f"Raise R&D expense to revenue from 20.0% to {to:.1%}: {then - 40:.1f} points on today's scorecard."
        )


def test_a_target_beyond_what_can_be_reached_is_said_or_refused(advised):
    """Above the card's full marks it is refused with them; no number of points is refused by its type."""
    fault = advised.ask(100.5).json()["faults"][0]
    assert (fault["where"], fault["found"]) == ("target_points", "100.5")
    assert fault["allowed"] == "at most the full marks of this growth stage's card: 100.0"
    for target in (-1, 131, "60", None, True, [60]):
        refused = advised.ask(target)
        assert (refused.status_code, refused.json()["faults"][0]["where"]) == (422, "target_points")
    charm = ENTERPRISE | {"indicators": {"charm": 1.0}}
    assert advised.ask(60, enterprise=charm).json()["faults"][0]["where"] == "enterprise.indicators.charm"


def test_without_a_growth_stage_there_is_no_advice_but_the_reason(advised):
    """Nothing is computed where revenue is unknown."""
    answer = advised.ask(60, enterprise=ENTERPRISE | {"credit_facts": {"headcount": 20.0}}).json()
    assert (answer["points_now"], answer["points_then"], answer["reached"], answer["changes"]) == (
        None,
        None,
        False,
        [],
    )
    assert answer["text_en"].startswith("Revenue or founding date is missing")


def test_advice_is_given_on_the_constraints_of_a_reading_of_points(advised):
    """A bank needs the consent and its reading is recorded; an enterprise reads its own alone."""
    shop, uscc = advised.shop, advised.shop.codes[0]
    assert advised.ask(60, consent=None).status_code == 403
    assert advised.ask(60, consent=shop.consent(OUTSIDER, scope=("quota", "query"))).status_code == 403
    assert not shop.worker.ledger.find(kind=POINTS_SEEN)
    assert advised.ask(60).status_code == 200
    (seen,) = shop.worker.ledger.find(kind=POINTS_SEEN)
    assert (seen.owner, seen.content["uscc"]) == ("standard", OUTSIDER)
    firm = shop.key(uscc, "enterprise")
    for code, status in ((uscc, 200), (shop.codes[1], 403)):
        body = {"uscc": code, "target_points": 0}
        assert shop.client.post("/v1/points/advice", json=body, headers=firm).status_code == status


def test_advice_of_the_trained_card_is_kept_when_it_is_taken(shop):
    """The changed values scored again give the points that were named, for some enterprises of the snapshot."""
    card, key = shop.worker.service.models.engine.points, shop.key("standard", scopes=("points", "personal"))
    for uscc in shop.codes[::40]:
        row = shop.worker.service.snapshot.cases[uscc].row
        if row["growth_stage"] not in card.points:
            continue
        target = min(card.score_columns(of_rows([row]))["total"][0] + 10.0, 130.0)
        consent = shop.consent(uscc, scope=("points", "query", "personal"))
        body = {"uscc": uscc, "consent": consent, "target_points": target}
        answer = shop.client.post("/v1/points/advice", json=body, headers=key).json()
        changed = row | {one["key"]: one["to"] for one in answer["changes"]}
        assert card.score_columns(of_rows([changed]))["total"][0] == answer["points_then"] > answer["points_now"]
        assert answer["reached"] == (answer["points_then"] >= target)
