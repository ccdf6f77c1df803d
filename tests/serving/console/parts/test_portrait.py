"""A firm beside its peers: its own points, quartiles of its stage, and nobody else's firm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.codebook import read_codebook, read_credit_facts
from data.requests import PointsRequest
from serving.consents.check import NO_RIGHTS
from serving.console.firms import firm_table
from serving.console.parts.portrait import (
    contributions,
    dimension_rows,
    dimensions,
    firm_of,
    indicator_rows,
    standing,
)
from serving.contract.refusals import Refusal
from tests.serving.console.planted_firms import shown_words


def agency_of(key):
    return next(item.agency for item in (*read_codebook(), *read_credit_facts()) if item.key == key)


@pytest.fixture(scope="module")
def uscc(office):
    """The first firm with points."""
    frame = firm_table(office.console.state).frame
    return str(frame.loc[frame["points"] > 0, "uscc"].iloc[0])


def test_a_portrait_shows_the_points_of_the_api(office, uscc):
    view = office.view()
    answer = office.shop.worker.service.points(PointsRequest(uscc=uscc), NO_RIGHTS)
    assert f"{answer['points']['total']:.1f} 分" in shown_words(standing(view, uscc))
    rows = {row["name"]: row for row in indicator_rows(view, firm_of(view, uscc))}
    for one in answer["indicators"]:
        if one["points"] is not None:
            assert rows[one["zh"]]["points"] == one["points"]
    hidden = [one["zh"] for one in answer["indicators"] if one["points"] is None and one["zh"] not in rows]
    assert len(hidden) == 1  # the founders' team: neither value nor points
    assert hidden[0] not in shown_words(contributions(view, uscc))


def test_peers_are_the_firms_of_its_stage(office, uscc):
    """Quartiles as NumPy gives them of the stage's firms, by hand from the table."""
    view = office.view()
    firm = firm_of(view, uscc)
    table = firm.table
    same = (table.frame["stage"] == firm.stage).to_numpy()
    (row,) = (one for one in dimension_rows(view, firm) if one["name"] == "创新投入")
    own = np.sort(table.frame.loc[same, "dim_innovation_input"].to_numpy())
    assert row["median"] == pytest.approx(np.median(own))
    assert row["points"] == table.cell(firm.row, "dim_innovation_input")
    assert row["share"] == pytest.approx(row["points"] / row["full"])
    assert row["low"] <= row["median"] <= row["high"] <= row["full"] + 1e-9
    first = indicator_rows(view, firm)[0]
    assert first["median"] == pytest.approx(np.median(table.earned[same, 0]))


def test_each_value_has_its_source_and_date(office, uscc):
    view = office.view(lang="en")
    firm = firm_of(view, uscc)
    for row in indicator_rows(view, firm):
        assert row["agency"]
        assert (row["value"] == "–") == (row["date"] == "–")
    shown = shown_words(dimensions(view, uscc))
    assert "Innovation input" in shown
    assert "nan" not in shown.lower()


def test_an_indicator_without_weight_at_the_stage_has_no_points_of_anybody(office, uscc, monkeypatch):
    """Neither 0.0 of 0.0 nor quartiles of what nobody can earn; one with weight keeps its figures."""
    view = office.view()
    firm = firm_of(view, uscc)
    weights = office.shop.worker.service.models.engine.points.weights[firm.stage]
    at_all = [item for item in firm.indicators if weights[item.key] > 0]
    monkeypatch.setitem(weights, at_all[0].key, 0.0)
    shown = shown_words(contributions(view, uscc))
    row = shown.rsplit(f"\n{at_all[0].zh}\n", 1)[1].split("\n")[:6]
    assert row[1:] == ["–", "–", "–", "–", "本阶段不计分"]
    other = shown.rsplit(f"\n{at_all[1].zh}\n", 1)[1].split("\n")[:6]
    assert "本阶段不计分" not in other


def test_the_officer_reads_a_grade_with_its_meaning_and_a_quota_that_binds_nobody(office, uscc):
    shown = shown_words(standing(office.view(), uscc))
    assert "12 个月违约概率" in shown
    assert "不是任何银行的承诺" in shown


def test_an_enterprise_sees_itself_alone_and_no_grade(office):
    own, other = office.shop.codes[0], office.shop.codes[1]
    view = office.view("enterprise")
    assert "违约概率" not in shown_words(standing(view, own))
    with pytest.raises(Refusal) as caught:
        standing(view, other)
    with pytest.raises(Refusal) as unknown:
        standing(view, "91330108MA2AAAA01X")
    assert caught.value.key == unknown.value.key == "unknown-enterprise"  # the two look the same


@pytest.mark.parametrize("role", ["bank", "operator"])
def test_other_roles_get_no_portrait(office, uscc, role):
    with pytest.raises(Refusal) as caught:
        standing(office.view(role), uscc)
    assert caught.value.key == "permission-missing"


def test_a_firm_without_a_stage_gets_words_and_its_values(office, uscc, monkeypatch):
    state = office.console.state
    table = firm_table(state)
    blank = replace(table, frame=table.frame.assign(points=np.nan))
    monkeypatch.setattr("serving.console.parts.portrait.firm_table", lambda _: blank)
    shown = shown_words(contributions(office.view(), uscc))
    assert "成长阶段未知" in shown
    assert "研发费用" in shown
    assert "成长阶段未知" in shown_words(dimensions(office.view(), uscc))
