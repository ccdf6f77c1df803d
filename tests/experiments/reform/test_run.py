from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.reform.run import CASES, FirmFile, run_study
from models.reform.evaluate import PACKED
from models.reform.read import StudyError, read_packed, read_study
from models.reform.simulate import Run

REFORM = "policies: {standard: {pd_cutoff: 5 %}}\nweights: {growth: {rd_intensity: 12}}\n"


@pytest.fixture(scope="module")
def study(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    for name, text in {"baseline": "", "both": REFORM, "caps": "policies: {standard: {el_budget_wan: 1}}"}.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    packed = read_packed(trained.folder)
    reforms = [folder / "both.yaml", folder / "caps.yaml"]
    return read_study(folder / "baseline.yaml", reforms, packed, ["standard", "science"], stacked=True)


@pytest.mark.law
def test_parts_of_any_length_and_workers_write_the_same_bytes(study, trained, tmp_path):
    """result.json and every CSV, twice, with one worker and three."""
    outs = []
    for name, workers in (("a", 1), ("b", 1), ("c", 3)):
        outs.append(tmp_path / name)
        run_study(study, FirmFile(trained.folder / CASES, rows=400), Run(replicates=20, workers=workers), outs[-1])
    names = sorted(path.name for path in outs[0].iterdir())
    assert {"result.json", "moves.csv", "totals.csv", "distributions.csv", "stack.csv"} <= set(names)
    for other in outs[1:]:
        assert sorted(path.name for path in other.iterdir()) == names
        assert all((outs[0] / name).read_bytes() == (other / name).read_bytes() for name in names)


@pytest.mark.law
def test_moves_of_firms_add_up_to_the_totals_and_name_no_firm(study, trained, tmp_path):
    result = run_study(study, FirmFile(trained.folder / CASES, rows=400), Run(replicates=20), tmp_path)
    moves = pd.read_csv(tmp_path / "moves.csv")
    assert len(moves) == 2 * 2 * result.population.firms
    move = moves["quota_reform_cny"] - moves["quota_baseline_cny"]
    parts = moves[[name for name in moves if name.startswith("part_")]].sum(axis=1)
    np.testing.assert_array_equal(move, parts)
    for reform in result.reforms:
        for total in (one for one in reform.totals if one.measure == "credit_cny" and one.bank_id != "all"):
            rows = (moves["reform"] == reform.scenario.key) & (moves["bank_id"] == total.bank_id)
            assert move[rows].sum() == total.difference.value
    assert not set(moves["firm"]) & set(trained.snapshot.frame["uscc"])


@pytest.mark.law
def test_a_quick_run_samples_firms_and_says_so(study, trained):
    """Its totals stand for all firms; its interval holds the full figure here."""
    path = trained.folder / CASES
    full = run_study(study, FirmFile(path), Run(replicates=100))
    quick = run_study(study, FirmFile(path, sample=500), Run(replicates=100))
    assert (full.method.sampled_firms, quick.method.sampled_firms) == (None, 500)
    assert quick.population.firms == full.population.firms > 500
    assert quick.method.parts == ("sample", "monte_carlo")
    for one, other in zip(full.reforms[0].totals, quick.reforms[0].totals, strict=True):
        reach = 3 * other.baseline.sd
        assert abs(one.baseline.value - other.baseline.value) <= reach
        assert other.baseline.sd_firms is None
    assert {one.move_sum for one in quick.reforms[0].distributions} == {None}


@pytest.mark.truth
def test_other_models_and_other_values_are_attributed_to_their_groups(trained, tmp_path):
    """A riskier model and firms that hold a patent more: parts model and indicator, and they add up."""
    frame = trained.snapshot.frame
    other = frame.assign(patent_quality_index=np.minimum(frame["patent_quality_index"] + 0.2, 1.0))
    other.iloc[:-3].to_parquet(tmp_path / "later.parquet", index=False)
    packed = read_packed(trained.folder, ["riskier"], ["later"])
    engine = replace(packed.engine, risk=replace(packed.engine.risk, level=packed.engine.risk.level + 0.3))
    (tmp_path / "baseline.yaml").write_text("", encoding="utf-8")
    (tmp_path / "next.yaml").write_text("models: riskier\nfirms: later\n", encoding="utf-8")
    study = read_study(tmp_path / "baseline.yaml", [tmp_path / "next.yaml"], packed)
    firms = FirmFile(trained.folder / CASES, others={"later": tmp_path / "later.parquet"})
    result = run_study(study, firms, Run(replicates=20, engines={"riskier": engine}))
    reform = result.reforms[0]
    assert result.population.dropped == {"not in later": 3}
    assert reform.changed == ("indicator", "model")
    parts = {one.group: one for one in reform.attribution}
    assert parts["model"].total_cny < 0
    assert parts["model"].points_sum == 0.0 < parts["indicator"].points_sum
    assert parts["model"].total_cny + parts["indicator"].total_cny == reform.totals[0].difference.value


@pytest.mark.contract
def test_a_firm_that_has_two_rows_is_refused_in_the_snapshot_and_in_other_values(trained, tmp_path):
    """The first such code in the order of the rows, and how many firms; of the snapshot too, for intervals narrow."""
    frame = pd.read_parquet(trained.folder / CASES).head(40)
    twice = pd.concat([frame, frame.iloc[[7, 3, 7]]])
    twice.to_parquet(tmp_path / "twice.parquet", index=False)
    frame.to_parquet(tmp_path / "once.parquet", index=False)
    code = frame["uscc"].iloc[7]
    message = (
        rf"^twice.parquet: uscc: found {code} in more than one row; firms with several rows: 2; allowed: each firm"
    )
    with pytest.raises(StudyError, match=message):
        FirmFile(tmp_path / "twice.parquet")
    with pytest.raises(StudyError, match=message):
        FirmFile(tmp_path / "once.parquet", others={"later": tmp_path / "twice.parquet"})
    assert FirmFile(tmp_path / "once.parquet", others={"later": tmp_path / "once.parquet"}).firms == 40


FIRMS = {
    "text": (
        lambda path, _: path.write_text("uscc\n1\n", encoding="utf-8"),
        r"found .*; allowed: a Parquet file with a",
    ),
    "empty": (lambda path, _: path.write_bytes(b""), r"found .*; allowed: a Parquet file with a row for each firm"),
    "cut": (lambda path, frame: path.write_bytes(frame.to_parquet(index=False)[:-40]), r"found .*; allowed: a Parquet"),
    "folder": (lambda path, _: path.mkdir(), r"found .*; allowed: a Parquet file with a row for each firm"),
    "no code": (
        lambda path, frame: frame.drop(columns="uscc").to_parquet(path),
        r"found no column uscc; allowed: a Par",
    ),
    "no age": (
        lambda path, frame: frame.drop(columns=["age_years"]).to_parquet(path),
        r"found no column age_years; allowed: the columns of cases.parquet",
    ),
    "strangers": (
        lambda path, frame: frame.assign(uscc=[f"x{at}" for at in range(len(frame))]).to_parquet(path),
        r"found no firm of cases.parquet; allowed: at least one",
    ),
}


@pytest.mark.contract
@pytest.mark.parametrize("kind", FIRMS)
def test_a_file_of_other_values_that_cannot_be_used_is_one_error(trained, tmp_path, kind):
    """It names the file, what was found and what is allowed; by the command it ends in exit 2 and no trace."""
    write, message = FIRMS[kind]
    write(tmp_path / "later.parquet", trained.snapshot.frame.head(20))
    with pytest.raises(StudyError, match=rf"^later.parquet: {message}"):
        FirmFile(trained.folder / CASES, others={"later": tmp_path / "later.parquet"})


@pytest.mark.contract
def test_codes_that_a_file_has_as_its_index_are_read(trained, tmp_path):
    trained.snapshot.frame.set_index("uscc").to_parquet(tmp_path / "later.parquet")
    firms = FirmFile(trained.folder / CASES, others={"later": tmp_path / "later.parquet"})
    assert firms.dropped == {}
    assert firms.firms == len(trained.snapshot.frame)


@pytest.mark.law
def test_a_sample_is_read_in_the_firms_order_without_replacement(trained):
    path = trained.folder / CASES
    codes = pd.read_parquet(path)["uscc"].tolist()
    got = [code for part in FirmFile(path, rows=100, sample=300)() for code in part[PACKED]["uscc"]]
    assert len(set(got)) == len(got) == 300
    assert got == [code for code in codes if code in set(got)]


@pytest.mark.surface
def test_the_command_writes_a_result_with_pages_and_refuses_a_bad_file(trained, tmp_path):
    (tmp_path / "baseline.yaml").write_text("", encoding="utf-8")
    (tmp_path / "more.yaml").write_text(REFORM, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text("weight: 3", encoding="utf-8")
    base, more, bad = (str(tmp_path / f"{name}.yaml") for name in ("baseline", "more", "bad"))
    artifacts = tmp_path / "artifacts"
    shutil.copytree(trained.folder, artifacts)
    (artifacts / "quota/certificates.json").write_text('{"certificates": []}', encoding="utf-8")
    options = ["--artifacts", str(artifacts), "--out", str(tmp_path / "out"), "--replicates", "200"]
    done = CliRunner().invoke(app, ["reform", base, more, *options])
    assert done.exit_code == 0, done.output
    result = json.loads((tmp_path / "out/result.json").read_text(encoding="utf-8"))
    assert result["reforms"][0]["scenario"]["key"] == "more"
    assert list((tmp_path / "out").glob("more*.html"))
    refused = CliRunner().invoke(app, ["reform", base, bad, *options], env={"COLUMNS": "300"})
    assert refused.exit_code == 2
    assert "bad.yaml: weight: found weight; allowed: one of" in refused.output
