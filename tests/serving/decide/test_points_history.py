"""Points of former days by hand: what was known then, who was there, and nothing of persons."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.codebook import read_codebook
from data.requests import PointsRequest
from features.former_days import FOLDER, former_cases, former_days
from features.point_in_time import build_cases
from serving.consents.check import NO_RIGHTS
from serving.console.firms import firm_table
from serving.contract.points_answers import PointsHistoryAnswer
from serving.decide.points_history import PointsHistory
from serving.decide.snapshot import SnapshotError
from tests.serving.decide.planted_history import DAY, FOUNDERS, KEY, planted_card, planted_tables

pytestmark = pytest.mark.law
BOOK = read_codebook()


def packed(folder, tables, years=3):
    """The snapshot's folder as the assemble stage writes it."""
    former = former_days(DAY, years, tables["snapshots"]["known_at"].min())
    made = {folder: build_cases(tables, DAY)} | ({folder / FOLDER: former_cases(tables, former)} if former else {})
    for place, cases in made.items():
        place.mkdir(exist_ok=True)
        cases.frame.to_parquet(place / "cases.parquet", index=False)
        cases.known_at.to_parquet(place / "known_at.parquet", index=False)
    return folder


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    return PointsHistory.load(packed(tmp_path_factory.mktemp("history"), planted_tables()), planted_card(), BOOK)


def by_day(answer, member):
    return {one["as_of"]: one["points"]["total"] if member == "total" else one[member] for one in answer["days"]}


def test_points_of_each_day_are_of_what_was_known_then(history):
    """A's .4 of 2021 came 15 days after 30 June 2022: that day still has .1, so 12 points and not 48."""
    answer = history.of("A")
    assert by_day(answer, "total") == pytest.approx(
        {"2021-06-30": 12.0, "2022-06-30": 12.0, "2023-06-30": 48.0, "2024-06-30": 24.0}
    )
    assert list(by_day(answer, "growth_stage").values()) == ["startup", "startup", "startup", "growth"]
    assert by_day(answer, "coverage") == pytest.approx(dict.fromkeys(by_day(answer, "coverage"), 2 / len(BOOK.keys)))
    parts = answer["days"][2]["points"]
    assert (parts["base"], parts["bonus"], parts["dim_innovation_input"]) == pytest.approx((48.0, 0.0, 48.0))
    assert "hand" in answer["note_en"]


def test_a_wrong_day_gives_other_points(tmp_path):
    """Known three weeks earlier, the same filing counts on 30 June 2022: the history follows the day known."""
    tables = planted_tables()
    for name in ("snapshots", "credit_facts"):
        tables[name]["known_at"] -= pd.Timedelta(days=21)
    early = PointsHistory.load(packed(tmp_path, tables), planted_card(), BOOK)
    assert by_day(early.of("A"), "total")["2022-06-30"] == pytest.approx(48.0)


def test_a_firm_is_ranked_among_those_on_the_register_then(history):
    """In 2021 above B of A, B and C, though B closed later; in 2022 B is gone, and D has no stage yet."""
    answer = history.of("A")
    assert by_day(answer, "peers") == {"2021-06-30": 3, "2022-06-30": 2, "2023-06-30": 3, "2024-06-30": 1}
    assert by_day(answer, "share_below") == pytest.approx(
        {"2021-06-30": 1 / 3, "2022-06-30": 0.0, "2023-06-30": 2 / 3, "2024-06-30": 0.0}
    )
    assert by_day(answer, "median") == pytest.approx(
        {"2021-06-30": 12.0, "2022-06-30": 21.0, "2023-06-30": 30.0, "2024-06-30": 24.0}
    )


def test_moves_name_the_indicator_its_values_and_the_day_it_was_known(history):
    """Nothing from 2021 to 2022; .1 to .4 adds 36; in the next stage the same .4 earns 24 less."""
    still, rise, stage = history.of("A")["moves"]
    assert (still["from_day"], still["to_day"], still["points"], still["indicators"]) == (
        "2021-06-30",
        "2022-06-30",
        0,
        [],
    )
    (moved,) = rise["indicators"]
    assert (moved["key"], moved["value_from"], moved["value_to"], moved["known_at"]) == (KEY, 0.1, 0.4, "2022-07-15")
    assert moved["points"] == rise["points"] == pytest.approx(36.0)
    assert (stage["stage_from"], stage["stage_to"]) == ("startup", "growth")
    assert stage["indicators"][0]["points"] == stage["points"] == pytest.approx(-24.0)


def test_a_day_without_a_stage_is_a_gap_with_its_reason(history):
    """D was founded in 2022: no day of 2021; a gap in 2022 before it filed; no move leads to or from a gap."""
    answer = history.of("D")
    assert by_day(answer, "total") == {
        "2022-06-30": None,
        "2023-06-30": pytest.approx(24.0),
        "2024-06-30": pytest.approx(24.0),
    }
    gap, *others = answer["days"]
    assert (gap["growth_stage"], gap["coverage"], gap["share_below"], gap["peers"]) == ("unknown", 0.0, None, 0)
    assert "18 months" in gap["reason_en"]
    assert "18 个月" in gap["reason_zh"]
    assert [one["reason_en"] for one in others] == [None, None]
    assert [(one["from_day"], one["to_day"]) for one in answer["moves"]] == [("2023-06-30", "2024-06-30")]


def test_a_firm_that_closed_has_no_history_and_a_new_one_its_first_day(history):
    """Of B nothing is kept but its place in the ranks; E has the snapshot's day."""
    assert history.of("B")["days"] == history.of("nobody")["days"] == []
    new = history.of("E")
    assert by_day(new, "total") == {"2024-06-30": pytest.approx(60.0)}
    assert new["release_days"] == ["2021-06-30", "2022-06-30", "2023-06-30", "2024-06-30"]
    assert new["moves"] == []


def test_nothing_of_the_founders_is_in_any_figure(tmp_path, history):
    """Other founders change no byte of any answer; their indicator is in no move, though A's rose by 8 points."""
    tables = planted_tables()
    tables["snapshots"][FOUNDERS] = 5.0 - tables["snapshots"][FOUNDERS]
    other = PointsHistory.load(packed(tmp_path, tables), planted_card(), BOOK)
    for uscc in ("A", "C", "D", "E"):
        one, two = (PointsHistoryAnswer.model_validate(each.of(uscc)) for each in (history, other))
        for first, second in zip(one.days, two.days, strict=True):
            assert first.points == pytest.approx(second.points)
        assert FOUNDERS not in one.model_dump_json() + two.model_dump_json()
        assert one.personal_excluded
    scored = planted_card().score(build_cases(planted_tables(), DAY).frame)["total"]
    assert scored.max() == pytest.approx(60.0 + 16.0)  # the card itself counts them: E's tier 2


def test_a_release_without_former_days_has_the_snapshots_alone(tmp_path):
    alone = PointsHistory.load(packed(tmp_path, planted_tables(), years=0), planted_card(), BOOK).of("A")
    assert by_day(alone, "total") == {"2024-06-30": pytest.approx(24.0)}
    assert alone["release_days"] == ["2024-06-30"]


def test_what_is_wrong_with_the_files_is_named(tmp_path):
    folder = packed(tmp_path, planted_tables())
    former, known = (pd.read_parquet(folder / FOLDER / f"{name}.parquet") for name in ("cases", "known_at"))
    cases = [
        ("cases", former.drop(columns=KEY), "history/cases.parquet cannot be read"),
        ("cases", former.assign(as_of=DAY), "holds 2024-06-30, which is no former day"),
        ("known_at", known.head(2), r"history: cases.parquet holds \d+ rows, known_at.parquet 2"),
    ]
    for name, changed, text in cases:
        whole = {"cases": former, "known_at": known} | {name: changed}
        for file, table in whole.items():
            table.to_parquet(folder / FOLDER / f"{file}.parquet", index=False)
        with pytest.raises(SnapshotError, match=text):
            PointsHistory.load(folder, planted_card(), BOOK)


def test_the_last_day_is_that_of_points_and_the_firm_table(shop):
    """Of a trained release: the same total, stage and rank as on the other pages."""
    service, state = shop.worker.service, shop.client.app.state
    table = firm_table(state)
    for uscc in shop.codes[:40]:
        last = service.history.of(uscc)["days"][-1]
        answer = service.points(PointsRequest(uscc=uscc), NO_RIGHTS)
        row = table.row_of(uscc)
        assert last["as_of"] == answer["as_of"]
        assert last["growth_stage"] == answer["growth_stage"]
        if last["points"]["total"] is None:
            assert answer["points"]["total"] is None
            continue
        for part, value in last["points"].items():
            assert value == pytest.approx(answer["points"][part])
        assert last["points"]["total"] == table.cell(row, "points")
        peers = table.frame["points"].to_numpy()[table.peers(last["growth_stage"])]
        assert last["share_below"] == pytest.approx(np.mean(peers < last["points"]["total"]))
        assert last["coverage"] == answer["points"]["coverage"]


def test_another_card_gives_other_points_of_the_same_days(history, tmp_path):
    """The history is by the release's card, not by the card of its day: half the points, half of every total."""
    card = planted_card()
    halved = {
        stage: {key: [one / 2 for one in line] for key, line in rows.items()} for stage, rows in card.points.items()
    }
    half = PointsHistory.load(packed(tmp_path, planted_tables()), replace(card, version="half", points=halved), BOOK)
    for one, other in zip(history.of("A")["days"], half.of("A")["days"], strict=True):
        assert other["points"]["total"] == pytest.approx(one["points"]["total"] / 2)
    assert half.of("A")["versions"]["card"] == "half"
