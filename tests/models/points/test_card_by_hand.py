"""A card of two indicators: every figure that it gives, and the advice that it carries, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import Codebook, Indicator
from features.columns import of_rows
from models.points.card import PointsCard
from models.points.file import CardError, Earns
from models.points.improve import Change, advise

pytestmark = pytest.mark.law
NAN = float("nan")
CARD = PointsCard(
    version="hand",
    codebook_digest="0123456789abcdef",
    data_digest="d",
    indicators=(Earns("a", "input", "core", 1), Earns("c", "output", "auxiliary", -1)),  # less of c is better
    knots=(0.0, 0.5, 1.0),
    points={
        "startup": {"a": [0.0, 40.0, 100.0], "c": [0.0, 10.0, 30.0]},
        "growth": {"a": [0.0, 60.0, 100.0], "c": [0.0, 20.0, 30.0]},
    },
    reference={
        "startup": {"a": ([0.0, 10.0], [0.25, 0.75]), "c": ([0.0, 4.0], [1.0, 0.5])},
        "startup|I65": {"a": ([0.0, 20.0], [0.0, 1.0]), "c": ([0.0, 4.0], [1.0, 0.5])},
        "growth": {"a": ([0.0, 100.0], [0.0, 1.0]), "c": ([0.0, 4.0], [1.0, 0.0])},
    },
    size_peers={
        "software|small": ([0.0, 50.0], [0.2, 0.8]),
        "small": ([0.0, 100.0], [0.1, 0.9]),
        "all": ([0.0, 130.0], [0.0, 1.0]),
    },
    peer_counts={"size:software|small": 30, "size:small": 40, "size:all": 100},
)
# a at rank .25 earns 20, at .75 70; c at rank 1 earns 30, at .5 10.
# stage, industry, a, c, size rule, class -> points of a and of c, coverage, percentile, key, peers
CASES = [
    ("startup", "C30", 5.0, 2.0, "software", "small", 45.0, 20.0, 1.0, 0.8, "software|small", 30),
    ("startup", "C30", 5.0, 2.0, "other", "small", 45.0, 20.0, 1.0, 0.62, "small", 40),
    ("startup", "C30", 5.0, 2.0, "other", "micro", 45.0, 20.0, 1.0, 0.5, "all", 100),
    ("startup", "I65", 5.0, 2.0, "other", "micro", 25.0, 20.0, 1.0, 45 / 130, "all", 100),
    ("startup", "C30", NAN, 2.0, "software", "small", 0.0, 20.0, 0.5, 0.44, "software|small", 30),
    ("startup", "C30", -9.0, 9.0, "software", "small", 20.0, 10.0, 1.0, 0.56, "software|small", 30),
    ("startup", "C30", 99.0, -9.0, "other", "small", 70.0, 30.0, 1.0, 0.9, "small", 40),
    ("growth", "I65", 50.0, 4.0, "other", "small", 50.0, 0.0, 1.0, 0.5, "small", 40),
    ("growth", "C30", NAN, NAN, "other", "small", 0.0, 0.0, 0.0, 0.1, "small", 40),
    ("unknown", "C30", 5.0, 2.0, "other", "small", NAN, NAN, 0.0, NAN, "small", 40),
]
FRAME = pd.DataFrame(
    [case[:6] for case in CASES], columns=["growth_stage", "industry", "a", "c", "size_rule", "size_class"],
    index=range(10, 10 + len(CASES)),
)  # fmt: skip


def expected(case) -> dict:
    *_, base, bonus, coverage, percentile, key, peers = case
    parts = {"total": base + bonus, "base": base, "bonus": bonus, "dim_input": base, "dim_output": bonus}
    return parts | {"coverage": coverage, "percentile": percentile, "peer_group": key, "n_peers": peers}


@pytest.mark.parametrize("position", range(len(CASES)))
def test_every_figure_of_a_score(position):
    """Base, bonus, dimensions, coverage, percentile and its peers: alone, in the table, and line by line."""
    case, row = expected(CASES[position]), of_rows([FRAME.iloc[position].to_dict()])
    alone, table = CARD.score_columns(row), CARD.score(FRAME)
    assert list(alone) == list(table) == list(case)
    assert table.index.equals(FRAME.index)
    for name, value in case.items():
        if isinstance(value, str):
            assert alone[name][0] == table[name].iloc[position] == value
        else:
            assert alone[name][0] == pytest.approx(value, nan_ok=True), name
            assert table[name].iloc[position] == pytest.approx(value, nan_ok=True), name
    points = [case["base"], case["bonus"]]
    assert [one[0] for one in CARD.earned(row).points.values()] == pytest.approx(points, nan_ok=True)
    earned = CARD.contributions(FRAME)
    assert (list(earned), earned.index.tolist()) == (["a", "c"], FRAME.index.tolist())
    assert earned.iloc[position].tolist() == pytest.approx(points, nan_ok=True)


def test_a_table_in_any_order_or_length_scores_as_its_rows_do():
    """Size peers by rule and class whichever comes first; 20,000 rows as ten; an empty cell is a value of its own."""
    assert CARD.score(FRAME.iloc[[3, 0, 1]])["peer_group"].tolist() == ["all", "software|small", "small"]
    many = CARD.score(FRAME.loc[FRAME.index.repeat(2_000)])
    assert many.iloc[::2_000].equals(CARD.score(FRAME))
    empty = FRAME.iloc[[3, 7, 3, 3]].assign(
        industry=["I65", "I65", None, "I65"], growth_stage=["startup", "growth", "startup", None]
    )
    got = CARD.contributions(empty)["a"].tolist()
    assert got == pytest.approx([25.0, 50.0, 45.0, NAN], nan_ok=True)
    rows = [of_rows([row]) for row in empty.to_dict("records")]
    assert got == pytest.approx([CARD.earned(row).points["a"][0] for row in rows], nan_ok=True)
    mixed = FRAME.iloc[[0, 0, 0]].assign(a=pd.Series([5.0, None, pd.NA], index=[10] * 3, dtype=object).to_numpy())
    assert CARD.score(mixed)["base"].tolist() == [45.0, 0.0, 0.0]
    assert CARD.score(mixed)["coverage"].tolist() == [1.0, 0.5, 0.5]


def test_percentiles_weights_and_dimensions():
    """Ranks among peers, higher is better; 0 where missing; full marks by stage."""
    ranks = CARD.percentiles(FRAME)
    assert ranks.iloc[0].tolist() == pytest.approx([0.5, 0.75])
    assert ranks.iloc[4].tolist() == pytest.approx([0.0, 0.75])
    assert CARD.weights == {"startup": {"a": 100.0, "c": 30.0}, "growth": {"a": 100.0, "c": 30.0}}
    assert CARD.dimensions == ("input", "output")
    assert CARD.curve("startup", "a") == ([0.0, 10.0], [20.0, 70.0])
    other = replace(CARD, size_peers={**CARD.size_peers, "new": ([0.0], [0.5])})
    assert CARD.reference_version == other.reference_version
    moved = {**CARD.reference, "growth": {**CARD.reference["growth"], "a": ([0.0, 101.0], [0.0, 1.0])}}
    assert replace(CARD, reference=moved).reference_version != CARD.reference_version


def test_the_printed_card():
    """Breakpoints with their percentile, points and interval, and full marks beside them, stage by stage."""
    low = {stage: {key: [0.0, 0.0, 10.0] for key in "ac"} for stage in CARD.points}
    high = {stage: {key: [0.0, 100.0, 100.0] for key in "ac"} for stage in CARD.points}
    lines = CARD.printed()
    assert list(lines) == ["stage", "indicator", "value", "percentile", "points", "low", "high", "full_marks"]
    assert lines.iloc[0].tolist() == ["startup", "a", 0.0, 0.25, 20.0, 20.0, 20.0, 100.0]
    assert lines.iloc[-1].tolist() == ["growth", "c", 4.0, 0.0, 0.0, 0.0, 0.0, 30.0]
    assert len(lines) == 8
    learned = replace(CARD, points_low=low, points_high=high).printed()
    assert learned.iloc[1].tolist() == ["startup", "a", 10.0, 0.75, 70.0, 5.0, 100.0, 100.0]


# revenue, age -> points of a: 45 as a start-up, 5 * .6 + ... as growth; half of each at the border of 500
@pytest.mark.parametrize(
    ("revenue", "age", "share", "points"),
    [
        (500.0, 5.0, 0.1, 0.5 * 45 + 0.5 * 5),
        (475.0, 5.0, 0.1, 0.75 * 45 + 0.25 * 5),
        (525.0, 5.0, 0.1, 0.25 * 45 + 0.75 * 5),
        (500.0, 5.0, 0.0, 45.0),
        (440.0, 5.0, 0.1, 45.0),
        (500.0, 9.0, 0.1, 45.0),  # no border at this age
        (2000.0, 12.0, 0.1, 45.0),  # the card has no stage above that border
        (NAN, 5.0, 0.1, 45.0),
    ],
)
def test_near_a_border_both_stages_points_are_blended(revenue, age, share, points):
    """A firm at the border gets half of each stage's points; alone and in a table."""
    card = replace(CARD, smooth_border_share=share)
    case = FRAME.iloc[[0]].assign(revenue_wan=revenue, age_years=age)
    assert card.contributions(case)["a"].tolist() == pytest.approx([points])
    lost = case.assign(growth_stage="unknown")
    assert np.isnan(card.contributions(lost)["a"].iloc[0])
    both = pd.concat([case, case.assign(revenue_wan=5.0), lost], ignore_index=True)
    assert card.contributions(both)["a"].tolist() == pytest.approx([points, 45.0, NAN], nan_ok=True)


@pytest.mark.contract
def test_a_card_needs_its_own_columns_and_codebook():
    """Absent indicators are named with those needed; another codebook is refused."""
    with pytest.raises(KeyError, match=r"cases lack the indicators \['a'\]; the card needs \['a', 'c'\]"):
        CARD.score(FRAME.drop(columns="a"))
    text = "^card hand was made for codebook 0123456789ab, this is codebook ffffffffffff: train a card for it$"
    with pytest.raises(CardError, match=text):
        CARD.score(FRAME, Codebook((), "f" * 64))
    with pytest.raises(CardError, match=text):
        CARD.contributions(FRAME, Codebook((), "f" * 64))
    assert CARD.check(Codebook((), "0123456789abcdef")) is None
    assert CARD.score(FRAME.head(0)).empty


A, C = ({"a": [0.0, 40.0, 100.0], "c": [0.0, 10.0, 30.0]}[key] for key in "ac")


@pytest.mark.contract
@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ({"a": [0.0, 40.0], "c": C}, "startup.a: 2 points for 3 knots"),
        ({"a": [-1.0, 40.0, 100.0], "c": C}, "startup.a: points must be finite and at least 0, got -1 first"),
        ({"a": [0.0, 40.0, math.inf], "c": C}, "startup.a: points must be finite and at least 0, got 0 first"),
        ({"a": [0.0, 40.0, 39.0], "c": C}, "startup.a: points fall at knot 2"),
        ({"a": [1.0, 0.0, 39.0], "c": C}, "startup.a: points fall at knot 1"),
        ({"a": A}, "startup: points for ['c']"),
    ],
)
def test_each_fault_of_a_card_has_its_message(line, fault):
    """Stage, indicator and what is wrong."""
    with pytest.raises(CardError) as caught:
        replace(CARD, points={"startup": line})
    assert str(caught.value) == f"card hand:\n  {fault}"
    with pytest.raises(CardError) as caught:
        replace(CARD, points={"startup": line, "elder": {"a": A, "c": C}})
    assert str(caught.value) == f"card hand:\n  {fault}\n  elder: no peers to compare with"


def test_level_points_are_no_fault_and_a_saved_card_is_the_same(tmp_path):
    """Every bit of every float, and every name."""
    card = replace(CARD, points={**CARD.points, "startup": {"a": [0.1 + 0.2, 40.0, 40.0], "c": C}}, version="级")
    card.save(tmp_path / "new/card.yaml")
    again = PointsCard.load(tmp_path / "new/card.yaml")
    assert again.points == card.points
    assert (again.version, again.knots, again.indicators) == ("级", card.knots, card.indicators)
    assert again.score(FRAME.head(4)).equals(card.score(FRAME.head(4)))
    assert "级" in (tmp_path / "new/card.yaml").read_text(encoding="utf-8")


def indicator(key: str, direction: int, dtype: str, actionable: bool = True) -> Indicator:
    return Indicator(key, key, key.upper(), "input", "core", "items", dtype, 0.0, 50.0, direction, "identity", "ip",
                     12, False, False, actionable, {})  # fmt: skip


def book(**change) -> Codebook:
    items = {"a": indicator("a", 1, "int"), "c": indicator("c", -1, "int")} | change
    return Codebook(tuple(items.values()), "d")


ROW = {"growth_stage": "startup", "industry": "C30", "a": 0.0, "c": 4.0, "size_rule": "other", "size_class": "small"}
# a: 20 + 5 a, at most 70; c: 30 - 5 c, at least 10. Today 20 + 10 = 30.
ADVICE = [
    (30.0, True, {}, 30.0),
    (60.0, True, {"a": 6.0}, 60.0),
    (58.0, True, {"a": 6.0}, 60.0),  # a whole number of items
    (80.0, True, {"a": 10.0}, 80.0),
    (95.0, True, {"a": 10.0, "c": 1.0}, 95.0),
    (96.0, True, {"a": 10.0, "c": 0.0}, 100.0),
    (101.0, False, {"a": 10.0, "c": 0.0}, 100.0),
]


@pytest.mark.parametrize(("target", "reached", "changes", "total"), ADVICE)
def test_the_fewest_and_least_changes(target, reached, changes, total):
    """The largest gain first, the last change no larger than it has to be; what re-scoring gives beside it."""
    got = advise(CARD, ROW, book(), target=target)
    assert (got.reached, [(one.key, one.to) for one in got.changes]) == (reached, list(changes.items()))
    assert got.total == pytest.approx(total)
    for one in got.changes:
        gain = {"a": 5 * one.to, "c": 5 * (4 - one.to)}[one.key]
        now = {"a": 0.0, "c": 4.0}[one.key]
        assert one == Change(one.key, one.key, one.key.upper(), "items", now, one.to, pytest.approx(gain))


def test_what_cannot_be_acted_on_is_not_named_and_what_is_missing_starts_from_its_worst():
    """A fraction where the unit has them; a missing value begins at the codebook's end."""
    alone = advise(CARD, ROW, book(a=indicator("a", 1, "int", actionable=False)), target=95.0)
    assert (alone.reached, [one.key for one in alone.changes]) == (False, ["c"])
    fraction = advise(CARD, ROW, book(a=indicator("a", 1, "float")), target=58.0)
    assert fraction.changes[0].to == pytest.approx(5.6)
    hidden = advise(CARD, ROW | {"a": None}, book(), target=60.0)
    assert hidden.changes[0] == Change("a", "a", "A", "items", None, 6.0, pytest.approx(50.0))
    lost = advise(CARD, ROW | {"c": NAN, "a": 10.0}, book(), target=85.0)
    assert lost.changes[0] == Change("c", "c", "C", "items", None, 3.0, pytest.approx(15.0))
    best = advise(CARD, ROW | {"a": 10.0, "c": 0.0}, book(), target=120.0)
    assert (best.reached, best.changes) == (False, ())


# unit, industry, a today, target -> a. The total is 30 + 5 a, in industry I65 10 + 5 a with a up to 20.
STEPS = [
    ("wan_cny", "C30", 0.0, 30 + 5 * 5.6181, 5.7),
    ("index", "C30", 0.0, 30 + 5 * 5.6181, 5.62),
    ("items", "C30", 0.0, 30 + 5 * 5.6181, 5.619),
    ("items", "C30", 0.0004, 30 + 5 * 0.0009, 0.001),  # today's value lies between two steps
    ("items", "C30", 5.0014, 30 + 5 * 5.0019, 5.002),
    ("index", "I65", 0.0, 10 + 5 * 9.978, 9.98),
    ("index", "I65", 9.97, 10 + 5 * 9.995, 10.0),
    ("index", "I65", 0.0, 10 + 5 * 10.4, 11.0),  # whole from 10 on
    ("items", "I65", 0.0, 110.0, 20.0),  # the best of its own industry's peers
]


@pytest.mark.parametrize(("unit", "industry", "now", "target", "to"), STEPS)
def test_a_change_is_as_coarse_as_it_is_shown_and_not_one_action_larger(unit, industry, now, target, to):
    """The least value on the steps of its unit that reaches the target."""
    item = replace(indicator("a", 1, "float"), unit=unit)
    got = advise(CARD, ROW | {"a": now, "industry": industry}, book(a=item), target=target - 1e-9)
    assert (got.reached, [(one.key, one.to) for one in got.changes]) == (True, [("a", to)])


# largest value of a, smallest of c among the peers -> both as they are named: never short of what earns most
@pytest.mark.parametrize(
    ("unit", "most", "least", "named"),
    [
        ("index", 9.994, 0.026, (10.0, 0.02)),
        ("index", 9.994, 0.02, (10.0, 0.02)),
        ("items", 9.4, 1.6, (9.4, 1.6)),
        ("items", 12.4, 11.6, (13.0, 11.0)),
        ("ratio", 0.0614, 0.0316, (0.062, 0.031)),
    ],
)
def test_the_best_value_of_the_peers_is_rounded_the_way_that_earns_more(unit, most, least, named):
    """More of a is better, so it is rounded up; less of c is, so it is rounded down."""
    items = {key: replace(indicator(key, sign, "float"), unit=unit) for key, sign in (("a", 1), ("c", -1))}
    peers = {"startup": {"a": ([0.0, most], [0.25, 0.75]), "c": ([least, 50.0], [1.0, 0.5])}}
    card = replace(CARD, reference=CARD.reference | peers)
    got = advise(card, ROW | {"c": 50.0}, book(**items), target=130.0)
    assert tuple(one.to for one in got.changes) == named
    assert got.total == pytest.approx(100.0)


def test_a_part_of_a_point_and_a_level_end_of_a_curve():
    """Half a point is an offer; where the best value earns no more than a lesser one, the lesser one is named."""
    small = advise(CARD, ROW | {"a": 10.0, "c": 0.1}, book(), target=100.0)
    assert [(one.key, one.to, one.points) for one in small.changes] == [("c", 0.0, pytest.approx(0.5))]
    peers = CARD.reference | {"startup": CARD.reference["startup"] | {"a": ([0.0, 5.0, 10.0], [0.25, 0.5, 0.75])}}
    level = replace(CARD, points={**CARD.points, "startup": {"a": [0.0, 40.0, 40.0], "c": C}}, reference=peers)
    assert [(one.key, one.to) for one in advise(level, ROW, book(), target=50.0).changes] == [("a", 5.0)]
    peers["startup"] |= {"c": ([9.9, 50.0], [1.0, 0.5])}
    # c earns 30 - (c - 9.9) * 20 / 40.1; from 10 up its steps are whole, so 10.0 is the one between 9.9 and 11.
    got = advise(replace(CARD, reference=peers), ROW | {"c": 50.0}, book(c=indicator("c", -1, "float")), target=99.94)
    assert [(one.key, one.to) for one in got.changes] == [("a", 10.0), ("c", 10.0)]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("change", "target", "message"),
    [
        ({}, 131.0, "target is 131 points, allowed: 0 to 130"),
        ({}, -1.0, "target is -1 points, allowed: 0 to 130"),
        ({"growth_stage": "unknown"}, 50.0,
         "stage is 'unknown', allowed: ['growth', 'startup']; without a stage no points"),
    ],
)  # fmt: skip
def test_a_target_out_of_range_and_a_case_without_a_stage_are_errors(change, target, message):
    """The allowed range is named."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        advise(CARD, ROW | change, book(), target=target)
    assert str(caught.value) == message
    assert advise(CARD, ROW, book(), target=130.0).reached is False
    assert advise(CARD, ROW, book(), target=0.0).changes == ()


def test_many_indicators_add_up_by_kind_and_dimension(quick_card, quick_case):
    """All 24 of the codebook: base, bonus and each dimension are the sums of their lines, alone and in a table."""
    row = quick_case()
    alone = of_rows([row])
    earned = {key: value[0] for key, value in quick_card.earned(alone).points.items()}
    for result in (
        {key: value[0] for key, value in quick_card.score_columns(alone).items()},
        quick_card.score(pd.DataFrame([row])).iloc[0],
    ):
        for name, members in (
            ("base", [item for item in quick_card.indicators if item.kind == "core"]),
            ("bonus", [item for item in quick_card.indicators if item.kind != "core"]),
            *(
                (f"dim_{dimension}", [item for item in quick_card.indicators if item.dimension == dimension])
                for dimension in quick_card.dimensions
            ),
        ):
            assert len(members) > 4
            assert result[name] == pytest.approx(sum(earned[item.key] for item in members)), name
        assert result["total"] == pytest.approx(sum(earned.values()))
