"""Statistics that were changed behind a run's back are not used: the rows decide."""

from __future__ import annotations

import shutil
from dataclasses import replace
from hashlib import sha256
from math import comb

import numpy as np
import orjson
import pytest

from experiments.compare.agreement import CHECKED, Agreement
from experiments.compare.command import run_command
from experiments.compare.runs import CompareError, comparable_statistics, find_runs
from models.comparison.rows import RunRows
from training.run_rows import RUN, STATISTICS_DIGEST, run_statistics

FIRMS = 40


@pytest.fixture
def rows():
    """Ten times four firms: 0.35 of a defaulted one is below 0.4 of a sound one, so the AUC is 3 of 4."""
    outcome, prediction = np.tile([0.0, 0.0, 1.0, 1.0], 10), np.tile([0.1, 0.4, 0.35, 0.8], 10)
    firm = np.array([f"F{number}" for number in range(FIRMS)])
    return RunRows(firm=firm, outcome=outcome, prediction=prediction, weight=np.ones(FIRMS), key=firm)


@pytest.fixture
def stored(rows, comparison_params):
    """As the file has them."""
    return orjson.loads(orjson.dumps(run_statistics(rows, comparison_params)))


@pytest.mark.truth
def test_a_value_that_the_rows_do_not_give_is_named(rows, stored, comparison_params):
    agreement = Agreement.on(rows, comparison_params, 2)
    assert agreement.fault(stored, rows.prediction) == ""
    assert stored["metrics"]["auc"]["value"] == 0.75
    stored["metrics"]["auc"]["value"] = 0.95
    assert agreement.fault(stored, rows.prediction) == "auc: found 0.95; its rows give 0.75"


@pytest.mark.law
@pytest.mark.parametrize("part", ["draws", "left_out"])
def test_resamples_that_the_rows_do_not_give_are_found(rows, stored, comparison_params, part):
    """The value is left, all others come nearer to it: as if the figure were surer."""
    one = stored["metrics"]["brier"]
    one[part] = [one["value"] + 0.5 * (given - one["value"]) + 1e-4 for given in one[part]]
    assert Agreement.on(rows, comparison_params, 2).fault(stored, rows.prediction).startswith("brier, resample ")


@pytest.mark.law
def test_a_tenth_of_the_resamples_cannot_be_edited_unseen(rows, comparison_params):
    """Of 2,000 resamples 200; 150 are computed again: none of the edited in fewer than one page in a million."""
    params = replace(comparison_params, draws=2_000)
    stored = orjson.loads(orjson.dumps(run_statistics(rows, params)))
    brier = stored["metrics"]["brier"]
    brier["draws"] = [one + 0.01 * (number % 10 == 0) for number, one in enumerate(brier["draws"])]
    assert CHECKED // 2 == 150
    assert comb(1_800, 150) / comb(2_000, 150) < 1e-6
    assert all(Agreement.on(rows, params, 2).fault(stored, rows.prediction) for _ in range(5))


@pytest.mark.law
@pytest.mark.parametrize(
    ("metric", "part", "number", "range_"),
    [("auc", "draws", 777, "from 0 to 1"), ("ks", "left_out", 5, "from 0 to 1"), ("log_loss", "draws", 0, "from 0 to")],
)
def test_a_resample_where_the_metric_cannot_lie_is_found_though_it_is_one_of_2000(
    rows, comparison_params, metric, part, number, range_
):
    """One of 2,000 draws with 4 added made "not distinguishable" of "worse"."""
    params = replace(comparison_params, draws=2_000)
    stored = orjson.loads(orjson.dumps(run_statistics(rows, params)))
    agreement = Agreement.on(rows, params, 2)
    assert agreement.fault(stored, rows.prediction) == ""
    edited = stored["metrics"][metric][part]
    edited[number] = -edited[number] - 1.0 if metric == "log_loss" else edited[number] + 4.0
    place = number if part == "draws" else 2_000 + number
    said = agreement.fault(stored, rows.prediction)
    assert said.startswith(f"{metric}, resample {place}: found {edited[number]:.6g}; ")
    if place not in agreement.numbers:
        assert f"; allowed: {range_}" in said


@pytest.mark.law
def test_of_many_runs_or_rows_at_least_one_resample_is_computed_again(rows, comparison_params, monkeypatch):
    assert len(Agreement.on(rows, comparison_params, 10_000).numbers) == 2
    monkeypatch.setattr("experiments.compare.agreement.CELLS", FIRMS)
    assert len(Agreement.on(rows, comparison_params, 2).numbers) == 2


@pytest.mark.law
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda stored: stored["metrics"].pop("ks"), "found or missing ks"),
        (lambda stored: stored.pop("metrics"), "no statistics of these rows ('metrics')"),
        (lambda stored: stored["metrics"]["auc"].update(draws=[]), "no statistics of these rows (draws: 0 of 300)"),
        (lambda stored: stored["metrics"]["auc"].update(value="much"), "no statistics of these rows (could not"),
    ],
)
def test_what_is_no_statistics_of_these_rows_is_said(rows, stored, comparison_params, change, said):
    change(stored)
    assert Agreement.on(rows, comparison_params, 2).fault(stored, rows.prediction).startswith(said)


@pytest.mark.law
def test_other_predictions_and_other_rows_do_not_agree(rows, stored, comparison_params):
    agreement = Agreement.on(rows, comparison_params, 2)
    assert agreement.fault(stored, rows.prediction[::-1]).startswith("auc: found 0.75; its rows give 0.25")
    assert agreement.fault(stored, rows.prediction[:4]).startswith("no statistics of these rows (prediction")


def _write(path, stored, keep):
    """Write edited statistics, with their digest in run.json, or as a run of before, which had none."""
    path.write_bytes(orjson.dumps(stored))
    about = orjson.loads(path.with_name(RUN).read_bytes())
    about[STATISTICS_DIGEST] = sha256(path.read_bytes()).hexdigest()
    if not keep:
        del about[STATISTICS_DIGEST]
    path.with_name(RUN).write_bytes(orjson.dumps(about))


@pytest.mark.contract
@pytest.mark.parametrize("edited", ["base", "same"])
def test_statistics_of_another_digest_than_the_run_keeps_are_refused(runs, tmp_path, comparison_params, edited):
    """One draw of 300, within the metric's range; with --fresh nothing stored is read."""
    for name in ("base", "same"):
        shutil.copytree(runs / name, tmp_path / name)
    path = tmp_path / edited / "statistics.json"
    named = [str(tmp_path / name) for name in ("base", "same")]
    kept = orjson.loads(path.with_name(RUN).read_bytes())[STATISTICS_DIGEST]
    assert kept == sha256(path.read_bytes()).hexdigest()
    stored = orjson.loads(path.read_bytes())
    stored["metrics"]["auc"]["draws"][77] *= 0.9
    path.write_bytes(orjson.dumps(stored))
    found = sha256(path.read_bytes()).hexdigest()
    with pytest.raises(CompareError) as fault:
        comparable_statistics(find_runs(named), comparison_params)
    assert str(fault.value).startswith(f"{path}: found the digest {found[:12]}; allowed: {kept[:12]}, ")
    assert "--fresh" in str(fault.value)
    assert len(comparable_statistics(find_runs(named), comparison_params, fresh=True)) == 2


@pytest.mark.law
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("edited", ["base", "same"])
def test_an_edited_file_changes_no_result_and_is_named(runs, tmp_path, comparison_params, edited, keep):
    """0.2 on the AUC and on all of its resamples gave "better". Both files were edited, or there was no digest."""
    for name in ("base", "same"):
        shutil.copytree(runs / name, tmp_path / name)
    path = tmp_path / edited / "statistics.json"
    stored = orjson.loads(path.read_bytes())
    auc = stored["metrics"]["auc"]
    auc |= {"value": auc["value"] + 0.2, **{of: [one + 0.2 for one in auc[of]] for of in ("draws", "left_out")}}
    _write(path, stored, keep)
    named, said = find_runs([str(tmp_path / name) for name in ("base", "same")]), []
    found = comparable_statistics(named, comparison_params, note=said.append)
    fresh = comparable_statistics(named, comparison_params, fresh=True)
    assert [one["metrics"]["auc"] for one in found.values()] == [one["metrics"]["auc"] for one in fresh.values()]
    assert len(said) == 1
    assert said[0].startswith(
        f"{path}: auc: found {auc['value']:.6g}; its rows give {auc['value'] - 0.2:.6g}; computed"
    )


@pytest.mark.surface
def test_the_command_says_it(runs, tmp_path, comparison_params, monkeypatch, capsys):
    shutil.copytree(runs / "same", tmp_path / "same")
    path = tmp_path / "same/statistics.json"
    stored = orjson.loads(path.read_bytes())
    stored["metrics"]["ks"]["value"] = 0.99
    _write(path, stored, keep=True)
    monkeypatch.setattr("experiments.compare.command.read_section", lambda *_: comparison_params)
    run_command([str(runs / "base"), str(tmp_path / "same")], tmp_path / "page", (), fresh=False)
    assert f"{path}: ks: found 0.99; its rows give 0." in capsys.readouterr().err
