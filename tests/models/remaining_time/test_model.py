"""Answers of a model that was learned from planted cases; its files."""

import numpy as np
import pandas as pd
import pytest

from models.remaining_time.columns import PlainTable
from models.remaining_time.coverage import Raw
from models.remaining_time.model import Forecast, Parts, RemainingTime, RemainingTimeError, RemainingTimeModel
from training.remaining_time import RemainingTimeParams, fit

pytestmark = pytest.mark.law


@pytest.fixture(scope="module")
def planted():
    rng = np.random.default_rng(11)
    n = 600
    known = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(np.sort(rng.uniform(0, 200, n)), unit="D")
    days = np.where(np.arange(n) % 2, 4.0, 12.0) * np.exp(0.3 * rng.normal(size=n))
    cases = pd.DataFrame({"case_id": np.arange(n), "closed_at": known + pd.to_timedelta(days, unit="D")})
    prefixes = pd.DataFrame(
        {
            "case_id": np.arange(n),
            "known_at": known,
            "activity": np.where(np.arange(n) % 2, "L", "J"),
            "position": 1,
            "elapsed_days": 0.0,
            "office": np.where(np.arange(n) % 3, "2900", "3100"),
        }
    )
    params = RemainingTimeParams(
        categories=("office",), office="office", rounds=20, end_rounds=20, steps=2, remembered=1
    )
    return fit(cases, prefixes, params, pd.Timestamp("2024-07-01", tz="UTC")), prefixes


def test_a_model_reads_back_as_it_was_written(planted, tmp_path):
    model, prefixes = planted
    model.save(tmp_path / "model")
    again = RemainingTimeModel.load(tmp_path / "model")
    assert again.digest == model.digest
    pd.testing.assert_frame_equal(again.predict(prefixes).frame(), model.predict(prefixes).frame(), check_exact=True)
    assert sum(path.stat().st_size for path in (tmp_path / "model").iterdir()) < 2_000_000


def test_a_changed_or_absent_file_is_refused(planted, tmp_path):
    model, _ = planted
    model.save(tmp_path)
    text = (tmp_path / "low_0.txt").read_text(encoding="utf-8")
    (tmp_path / "low_0.txt").write_text(text.replace("leaf_value=", "leaf_value=1", 1), encoding="utf-8")
    with pytest.raises(RemainingTimeError, match="changed after it was saved"):
        RemainingTimeModel.load(tmp_path)
    (tmp_path / "low_0.txt").unlink()
    with pytest.raises(RemainingTimeError, match="holds no model"):
        RemainingTimeModel.load(tmp_path)


def test_one_row_has_the_answer_that_it_has_in_the_table(planted):
    model, prefixes = planted
    whole = model.predict(prefixes).frame()
    for row in (0, 77, 599):
        alone = model.predict(prefixes.iloc[[row]]).frame()
        pd.testing.assert_frame_equal(alone, whole.iloc[[row]].reset_index(drop=True), check_exact=True)


def test_answers_of_parts_of_a_table_that_was_read_once_are_those_of_the_table(planted):
    model, prefixes = planted
    plain, whole = PlainTable.of(prefixes), model.predict(prefixes).frame()
    parts = [model.predict(plain.rows(rows)) for rows in (np.arange(500, 600), np.arange(500))]
    back = np.r_[np.arange(100, 600), np.arange(100)]
    pd.testing.assert_frame_equal(RemainingTime.joined(parts).rows(back).frame(), whole, check_exact=True)
    without = PlainTable({name: column for name, column in plain.columns.items() if name != "office"})
    with pytest.raises(RemainingTimeError, match="office"):
        model.predict(without)


def test_ends_are_in_order_and_unseen_values_are_answered(planted):
    model, prefixes = planted
    odd = prefixes.iloc[:2].assign(activity=["never seen", "L"], office=["9999", None])
    for rows in (prefixes, odd):
        answers = model.predict(rows)
        assert (answers.low_days >= 0.0).all()
        assert (answers.low_days <= answers.remaining_days).all()
        assert (answers.remaining_days <= answers.high_days).all()
    assert "own" not in model.predict(odd).source
    with pytest.raises(RemainingTimeError, match="office"):
        model.predict(prefixes.drop(columns="office"))


def test_a_blend_by_hand():
    """Latest 1, the mean of the last (1 + 3) / 2, median 4, own 8: equal weights give 15 / 4, without own 7 / 3.

    The ends are the mean of those of the latest and of the last, opened to hold the middle.
    """
    two = np.ones(2)
    latest = Forecast(Raw(two, 0.5 * two, 2.0 * two), 4.0 * two, np.array([8.0, np.nan]))
    earlier = Forecast(Raw(3.0 * two, 1.5 * two, 4.0 * two), 5.0 * two, two)
    parts = Parts.of([latest, earlier])
    assert parts.middles.tolist() == [[1.0, 2.0, 4.0, 8.0], [1.0, 2.0, 4.0, pytest.approx(np.nan, nan_ok=True)]]
    raw, largest = parts.blended((0.25, 0.25, 0.25, 0.25))
    assert raw.middle.tolist() == pytest.approx([15 / 4, 7 / 3])
    assert raw.low.tolist() == pytest.approx([0.75, 0.75])  # of 0.5 and (0.5 + 1.5) / 2
    assert raw.high.tolist() == pytest.approx([15 / 4, 2.5])  # of 2 and (2 + 4) / 2
    assert largest.tolist() == [0, 0]  # both boosters together
    assert parts.blended((0.1, 0.1, 0.1, 0.7))[1].tolist() == [2, 0]


def test_chances_at_the_ends_and_beyond():
    answers = RemainingTime(*(np.array([v]) for v in (10.0, 4.0, 30.0, "pooled", 0.8, True)))
    chances = [float(answers.chance_longer(days)[0]) for days in (-1.0, 4.0, 10.0, 30.0, 1e9)]
    assert chances == pytest.approx([1.0, 0.9, 0.5, 0.1, 0.0], abs=1e-9)
    assert answers.rows([0, 0]).remaining_days.tolist() == [10.0, 10.0]
    assert answers.rows([0, 0]).chance_longer(np.array([4.0, 30.0])).tolist() == pytest.approx([0.9, 0.1])
