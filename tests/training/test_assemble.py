"""Cases and labels made range by range are those made at once, and each label is beside its case."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pandas as pd
import pytest

from features.labels import Outcome, outcome_parts, weighted_outcome
from features.point_in_time import NOT_GIVEN, Cases, build_cases
from training import assemble, assembled
from training.assembled import AssembleParams, read_case_parts, read_known_at, read_labelled, read_labels
from training.params import read_section
from training.quota.fit import QuotaParams

pytestmark = pytest.mark.law
SOURCES = ("cases", "known_at", "points_outcome", "serviceable_debt", "default_12m")


def read_all(folder) -> Cases:
    """All cases of a folder, read in parts of 300."""
    parts = list(read_case_parts(folder, 300))
    return Cases(
        *(pd.concat([getattr(part, name) for part in parts], ignore_index=True) for name in ("frame", "known_at"))
    )


@pytest.fixture(scope="module")
def runs(tables, tmp_path_factory):
    """The assemble stage on a small cohort, at once and in ranges of 200 enterprises."""
    firms = set(tables["enterprises"]["uscc"].sort_values().iloc[::3])
    small = {name: table.loc[table["uscc"].isin(firms)].reset_index(drop=True) for name, table in tables.items()}
    chosen = {"points_vintages": ("2017-12-31", "2020-12-31"), "history_years": 2}
    params = replace(read_section("assemble", AssembleParams), **chosen)
    made = {}
    for at_once in (10**6, 200):
        folder = tmp_path_factory.mktemp("derived")
        with pytest.MonkeyPatch.context() as patch:
            for module in (assemble, assembled):
                patch.setattr(module, "DERIVED", folder)
                patch.setattr(module, "TABLES", folder / "tables")
            patch.setattr(assemble, "FIRMS_AT_ONCE", at_once)
            (folder / "tables").mkdir()
            for name, table in small.items():
                table.to_parquet(folder / f"tables/{name}.parquet", index=False)
            limit, outcome = read_section("quota", QuotaParams), read_section("points_outcome", Outcome)
            counted = assemble.assemble_cases(folder / "snapshot", params, limit, outcome)
            labels = {name: read_labels(name).table for name in assembled.LABELS}
            debts = read_labelled("serviceable_debt")
            known = read_known_at("default_12m"), read_labelled("default_12m").cases
        cases = {name: read_all(folder / name) for name in ("vintages", "loans", "snapshot", "snapshot/history")}
        made[at_once] = (cases, labels, counted, debts, known)
    return small, made


def test_ranges_of_enterprises_give_what_all_give_at_once(runs):
    """The same cases and the same labels, in the order of the enterprises."""
    _, ((cases, labels, counted, *_), (parts, ranged, again, *_)) = runs[0], runs[1].values()
    assert counted.snapshot == again.snapshot == len(parts["snapshot"].frame)
    order = ["uscc", "as_of"]
    for name, whole in cases.items():
        for one, other in ((whole.frame, parts[name].frame), (whole.known_at, parts[name].known_at)):
            keys, wanted = parts[name].frame[order], whole.frame[order]
            one = one.loc[wanted.sort_values(order, kind="stable").index].reset_index(drop=True)
            other = other.loc[keys.sort_values(order, kind="stable").index].reset_index(drop=True)
            pd.testing.assert_frame_equal(one, other)
    for name, table in labels.items():
        one, other = (each.sort_values(order, kind="stable", ignore_index=True) for each in (table, ranged[name]))
        pd.testing.assert_frame_equal(one, other)


def test_four_times_the_enterprises_need_little_more_memory(tables, tmp_path, monkeypatch):
    """The peak of what Python and NumPy hold, of 25 enterprises and of the same under four names, 25 at once.

    The labels alone are held of all.
    """
    params = replace(read_section("assemble", AssembleParams), points_vintages=("2020-12-31",), history_years=0)
    limit, outcome = read_section("quota", QuotaParams), read_section("points_outcome", Outcome)
    codes, peaks = tables["enterprises"]["uscc"].iloc[:25], []
    for module in (assemble, assembled):
        monkeypatch.setattr(module, "DERIVED", tmp_path)
        monkeypatch.setattr(module, "TABLES", tmp_path / "tables")
    (tmp_path / "tables").mkdir()
    for times, at_once in ((1, 25), (1, 25), (4, 25), (4, 100)):  # the first one warms caches up
        monkeypatch.setattr(assemble, "FIRMS_AT_ONCE", at_once)
        for name, table in tables.items():
            chosen = table.loc[table["uscc"].isin(codes)]
            named = [chosen.assign(uscc=f"{time}" + chosen["uscc"]) for time in range(times)]
            pd.concat(named, ignore_index=True).to_parquet(tmp_path / f"tables/{name}.parquet", index=False)
        tracemalloc.start()
        assemble.assemble_cases(tmp_path / "snapshot", params, limit, outcome)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    _, once, four_times, whole = peaks
    assert four_times < 1.5 * once
    assert whole > 2.5 * once


def test_each_label_is_beside_its_case(runs):
    """Row by row the same enterprise and day; loan i has case i and label i."""
    small, made = runs
    cases, labels, _, debts, (known, loans_known) = made[200]
    for name, folder in assembled.LABELS.items():
        pd.testing.assert_frame_equal(labels[name][["uscc", "as_of"]], cases[folder].frame[["uscc", "as_of"]])
    loans = small["loans"]
    assert cases["loans"].frame["uscc"].tolist() == loans["uscc"].tolist()
    assert labels["default_12m"]["as_of"].tolist() == loans["granted_on"].tolist()
    assert debts.cases["uscc"].tolist() == labels["serviceable_debt"]["uscc"][debts_known(labels)].tolist()
    kept = (labels["default_12m"]["dropped"] == "").to_numpy()
    pd.testing.assert_frame_equal(known, cases["loans"].known_at.loc[kept].reset_index(drop=True))
    pd.testing.assert_frame_equal(loans_known, cases["loans"].frame.loc[kept].reset_index(drop=True))
    assert sum(count for name, count in debts.counts.items()) == len(labels["serviceable_debt"])


def debts_known(labels):
    return labels["serviceable_debt"]["dropped"] == ""


def test_the_outcome_of_ranges_is_weighed_over_all(runs):
    """Mean 0 over every labelled case, not over each range."""
    small, made = runs
    table = made[200][1]["points_outcome"]
    assert abs(table["value"].mean()) < 1e-9
    days = [pd.Timestamp("2017-12-31"), pd.Timestamp("2020-12-31")]
    outcome = read_section("points_outcome", Outcome)
    cases = build_cases(small, days).frame
    at_once = weighted_outcome(outcome_parts(small, cases, pd.Timestamp("2024-06-30"), outcome), outcome).table
    both = at_once.merge(table, on=["uscc", "as_of"], suffixes=("", "_ranged"))
    assert len(both) == len(table)
    assert (both["value"] - both["value_ranged"]).abs().max() < 1e-12


def test_a_range_without_any_case_is_written_and_read(tables, tmp_path):
    """Firms that are all closed or not yet founded have no case on a day; first, between others, or alone."""
    empty, day, file = [pd.Timestamp("1950-12-31")], [pd.Timestamp("2021-12-31")], tmp_path / "some"
    writer = assemble._Writer(file)
    for days in (empty, day, empty):
        writer.add(build_cases(tables, days))
    writer.close()
    pd.testing.assert_frame_equal(read_all(file).frame, build_cases(tables, day).frame)
    nobody = assemble._Writer(tmp_path / "none")
    nobody.add(build_cases(tables, empty))
    nobody.close()
    assert nobody.rows == len(pd.read_parquet(tmp_path / "none/cases.parquet")) == 0


def test_the_snapshot_alone_has_the_districts(runs):
    """By firm as on the register, not given where it has none; what models are fitted on has no such column."""
    small, made = runs
    cases = made[200][0]
    shown = cases["snapshot"].frame.set_index("uscc")["district"]
    held = small["enterprises"].set_index("uscc")["district"].reindex(shown.index)
    assert held.isna().any()
    assert shown.tolist() == held.fillna(NOT_GIVEN).tolist()
    assert "district" not in [*cases["vintages"].frame, *cases["loans"].frame]


def test_former_days_are_beside_the_snapshot(runs):
    """The snapshot's date of two years, every firm that was there, by what was known then and not by what is known."""
    small, made = runs
    former = made[200][0]["snapshot/history"]
    days = [pd.Timestamp("2022-06-30"), pd.Timestamp("2023-06-30")]
    assert sorted(former.frame["as_of"].unique()) == days
    for day in days:
        then, now = build_cases(small, day).frame, former.frame.loc[former.frame["as_of"] == day]
        assert now["uscc"].tolist() == then["uscc"].tolist()
        pd.testing.assert_series_equal(now["rd_intensity"], then["rd_intensity"], check_index=False)
    assert set(former.frame["uscc"]) - set(made[200][0]["snapshot"].frame["uscc"])  # some have closed since


def test_without_any_former_day_none_is_written(runs, tmp_path, monkeypatch):
    """No year of history: the snapshot alone, and no empty folder."""
    small, _ = runs
    monkeypatch.setattr(assemble, "TABLES", tmp_path / "tables")
    monkeypatch.setattr(assemble, "DERIVED", tmp_path)
    monkeypatch.setattr(assembled, "DERIVED", tmp_path)
    (tmp_path / "tables").mkdir()
    for name, table in small.items():
        table.to_parquet(tmp_path / f"tables/{name}.parquet", index=False)
    chosen = {"points_vintages": ("2020-12-31",), "history_years": 0}
    params = replace(read_section("assemble", AssembleParams), **chosen)
    assemble.assemble_cases(
        tmp_path / "snapshot", params, read_section("quota", QuotaParams), read_section("points_outcome", Outcome)
    )
    assert sorted(path.name for path in (tmp_path / "snapshot").iterdir()) == ["cases.parquet", "known_at.parquet"]
