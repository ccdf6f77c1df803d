from __future__ import annotations

import pytest

from data.codebook import read_codebook
from models.points_advice import advise

pytestmark = pytest.mark.law
BOOK = read_codebook()


def rows(trained, step=41):
    frame = trained.snapshot.frame.iloc[::step]
    return [row for row in frame.to_dict("records") if row["stage3"] in trained.engine.points.points]


@pytest.mark.parametrize("kind", ["points", "percentile"])
def test_rescoring_the_changed_record_gives_exactly_what_was_promised(trained, kind):
    """Total, percentile and every change's own points, to the last bit; and the target is reached or said not to be."""
    card = trained.engine.points
    for row in rows(trained):
        before = card.score_row(row)
        target = min(before["total"] + 8.0, 129.0) if kind == "points" else min(before["percentile"] + 0.15, 0.97)
        advice = advise(card, row, BOOK, target=target, kind=kind)
        after = card.score_row({**row, **{change.key: change.to for change in advice.changes}})
        assert (advice.total, advice.percentile) == (after["total"], after["percentile"])
        assert advice.reached == (after["total" if kind == "points" else "percentile"] >= target)
        earned = dict(zip(BOOK.keys, card.contributions_row(row), strict=True))
        for change in advice.changes:
            alone = card.contributions_row({**row, change.key: change.to})[BOOK.keys.index(change.key)]
            assert change.points == alone - earned[change.key] > 0


def test_advice_names_only_what_is_hard_to_fake_and_no_more_than_it_needs(trained):
    """Actionable indicators alone, whole numbers where they are counts; dropping any change misses the target."""
    card = trained.engine.points
    for row in rows(trained, 67):
        target = card.score_row(row)["total"] + 12.0
        if target > 125:
            continue
        advice = advise(card, row, BOOK, target=target)
        assert all(BOOK[change.key].actionable for change in advice.changes)
        assert all(change.to == int(change.to) for change in advice.changes if BOOK[change.key].dtype == "int")
        for left_out in advice.changes if advice.reached else ():
            kept = {change.key: change.to for change in advice.changes if change is not left_out}
            assert card.score_row({**row, **kept})["total"] < target


def test_no_smaller_set_reaches_the_target(trained):
    """With one change fewer, even the largest ones fall short."""
    card = trained.engine.points
    for row in rows(trained, 67):
        target = card.score_row(row)["total"] + 15.0
        if target > 125 or not (advice := advise(card, row, BOOK, target=target)).reached:
            continue
        whole = advise(card, row, BOOK, target=130.0)
        most = sum(sorted((change.points for change in whole.changes), reverse=True)[: len(advice.changes) - 1])
        assert card.score_row(row)["total"] + most < target


@pytest.mark.contract
def test_a_target_out_of_range_or_a_stage_without_card_is_an_error(trained):
    """What was asked and what is allowed are both named."""
    row = rows(trained)[0]
    with pytest.raises(ValueError, match=r"target is 1.5 percentile, allowed: 0 to 1"):
        advise(trained.engine.points, row, BOOK, target=1.5, kind="percentile")
    with pytest.raises(ValueError, match=r"stage is 'unknown', allowed"):
        advise(trained.engine.points, {**row, "stage3": "unknown"}, BOOK, target=50)
