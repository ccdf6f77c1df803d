"""A table of decisions: the service's checks row by row, the whole guard by the same code, the input never written."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.requests import EnterpriseFacts, QuotaRequest
from data.stages import stage3
from models.quota import read_policy
from models.quota_answer import answer_json
from serving import table_job
from serving.__main__ import app
from serving.counter import guard_facts
from serving.desk import LEDGER_URL
from serving.own_values import Rights
from serving.table_job import TableError, run_table_job

pytestmark = pytest.mark.law
ZONE = "Asia/Shanghai"
AMOUNT = {"requested_amount_cny": 3_000_000}


@pytest.fixture
def job(counter, trained, tmp_path):
    """Decides a table that a function makes of the cohort's first rows."""
    free = guard_facts(counter.models, counter.params, counter.clock, drift_alarm=False)

    def run(change=lambda frame: frame, rows=40, policy=None, packed=True, **facts):
        source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
        change(trained.snapshot.frame.head(rows).assign(**AMOUNT)).to_parquet(source, index=False)
        done = run_table_job(
            source, target, counter.models, policy or read_policy(), replace(free, **facts), ZONE, workers=2,
            record=trained.snapshot.frame if packed else None,
        )  # fmt: skip
        return done, pd.read_parquet(target)

    return run


def approvals(table):
    return (table["decision"] == "indicative_approve").sum()


def test_a_table_gets_the_answers_that_its_rows_would_get_alone(job, counter):
    """Outcome, amount, limit, validity and probabilities are those of single answers, in order."""
    done, table = job(rows=300)
    policy = read_policy()
    for row in table.to_dict("records"):
        request = QuotaRequest(request_id="r", uscc=row["uscc"], **AMOUNT)
        answer = counter.quota(request, policy)
        assert (row["decision"], row["amount_wan"], row["limited_by"]) == (
            answer["decision"], answer["quota"]["amount_wan"], answer["quota"]["limited_by"],
        )  # fmt: skip
        assert row["pd_12m"] == answer["risk"]["pd_12m"]
        until = answer["quota"]["valid_until"]
        assert (None if pd.isna(row["valid_until"]) else row["valid_until"].date()) == until
        assert row["warnings"] in [
            f"{one['zh']} {one['en']}" for one in answer["warnings"]
        ]  # the notice of the set clock
    assert (done.rows, done.faulty_rows, sum(done.decisions.values())) == (300, 0, 300)


CONTRADICTORY = {  # what is set in an approved firm's values -> what is said of it
    "debt above all liabilities": (
        lambda row: {"existing_debt_wan": row["assets_wan"] * 2.0, "debt_to_asset_ratio": 0.4},
        "银行借款余额",
    ),
    "R&D above total cost": (lambda row: {"rd_expense": row["revenue_wan"] * 3.0}, "研发费用为"),
    "R&D share without the expense": (lambda row: {"rd_intensity": 7.9}, "研发费用占营收比重为"),
    "relief above what R&D gives": (lambda row: {"rd_super_deduction": row["rd_expense"]}, "加计扣除"),
    "cash flow above revenue": (lambda row: {"operating_cash_flow_wan": row["revenue_wan"] * 3.0}, "经营现金流为"),
    "R&D staff of no staff": (lambda row: {"headcount": 0.0, "rd_staff_ratio": 0.5}, "科研人员占比为"),
    "more graduates than staff": (lambda row: {"fresh_graduates_hired": row["headcount"] * 2.0 + 2.0}, "应届毕业生为"),
}


@pytest.mark.parametrize(("change", "told"), CONTRADICTORY.values(), ids=CONTRADICTORY)
def test_values_that_contradict_each_other_are_never_approved(job, counter, change, told):
    """In a table and in a single request, of firms that are approved without them; the sentence names what is wrong."""
    frame = counter.snapshot.cases
    _, before = job(rows=300)
    codes = set(before.loc[before["decision"] == "indicative_approve", "uscc"])
    assert len(codes) >= 3
    changed = {uscc: change(frame[uscc].row) for uscc in codes}

    def put_in(table):
        columns = {key for values in changed.values() for key in values}
        for key in columns:
            new = table["uscc"].map({uscc: values[key] for uscc, values in changed.items()})
            table[key] = new.where(new.notna(), table[key])
        return table

    _, after = job(put_in, rows=300)
    hit = after.loc[after["uscc"].isin(codes)]
    assert not (hit["decision"] == "indicative_approve").any()
    assert hit["findings"].str.contains("contradiction").all()
    assert hit["warnings"].str.contains(told).all()
    rest = ~after["uscc"].isin(codes)
    assert (after.loc[rest, "decision"] == before.loc[rest, "decision"]).all()
    book = counter.models.engine.codebook
    for uscc, values in list(changed.items())[:3]:
        facts = {key: value for key, value in values.items() if key not in book.keys}
        own = EnterpriseFacts(
            known_at=date(2024, 6, 30), credit_facts=facts,
            indicators={key: value for key, value in values.items() if key in book.keys},
        )  # fmt: skip
        request = QuotaRequest(request_id="r", uscc=uscc, enterprise=own, **AMOUNT)
        case = counter.snapshot.case_of(request, Rights(take=True))
        answer = counter.models.decide(case, request, read_policy(), counter.facts("standard"))
        assert answer["decision"] != "indicative_approve"
        assert any(told in one["zh"] for one in answer["warnings"] if one["code"] == "contradiction")


def test_a_banks_own_fact_that_contradicts_the_record_is_referred(job, counter):
    """Debt that a bank knows of, above all liabilities that were filed; the same in the table."""
    _, before = job(rows=300)
    chosen = before.loc[before["decision"] == "indicative_approve", "uscc"].iloc[0]
    row = counter.snapshot.cases[chosen].row
    debt = math.ceil(row["assets_wan"] * row["debt_to_asset_ratio"] * 1.2 + 2.0)
    request = QuotaRequest(request_id="r", uscc=chosen, bank_facts={"existing_debt_wan": debt}, **AMOUNT)
    answer = counter.quota(request, read_policy())
    assert "contradiction" in [one["code"] for one in answer["warnings"]]
    assert answer["decision"] != "indicative_approve"
    facts = np.where(before["uscc"] == chosen, float(debt), 0.0)
    _, after = job(lambda frame: frame.assign(bank_existing_debt_wan=facts), rows=300)
    assert after.loc[after["uscc"] == chosen, "findings"].str.contains("contradiction").all()
    assert not after.loc[after["uscc"] != chosen, "findings"].str.contains("contradiction").any()


def test_values_beyond_all_that_the_models_learned_from_are_referred_in_a_table_too(job):
    """Revenue in yuan where 10,000 yuan are asked for, as in a single request; the record's own values are not."""
    _, before = job(rows=300)
    free = (before["decision"] == "indicative_approve").to_numpy()

    def in_yuan(frame):
        revenue = np.where(free, np.minimum(frame["revenue_wan"] * 10_000.0, 5e7), frame["revenue_wan"])
        return frame.assign(revenue_wan=revenue, stage3=stage3(revenue, frame["age_years"].to_numpy()))

    _, after = job(in_yuan, rows=300)
    assert free.sum() >= 3
    assert not (after.loc[free, "decision"] == "indicative_approve").any()
    assert after.loc[free, "findings"].str.contains("out_of_range").all()
    assert (after.loc[~free, "decision"] == before.loc[~free, "decision"]).all()


def test_without_the_packed_record_every_value_is_the_callers(job, trained):
    """The same table is at most decided more strictly."""
    _, packed = job(rows=300)
    _, alone = job(rows=300, packed=False)
    rank = {"indicative_approve": 0, "refer_human": 1, "insufficient_data": 2, "decline": 3}
    assert (alone["decision"].map(rank) >= packed["decision"].map(rank)).all()
    assert alone["findings"].str.contains("contradiction").sum() > 0
    assert not packed["findings"].str.contains("contradiction").any()


def test_an_age_that_cannot_be_is_a_fault(job):
    """Before its founding, or founded before 1949-10-01, the first day of the register."""
    _, table = job(lambda frame: frame.assign(age_years=[-0.1, 74.9, *frame["age_years"].iloc[2:]]))
    assert table["faults"].iloc[:2].str.contains("age_years: got").all()
    assert not (table["decision"].iloc[:2] == "indicative_approve").any()
    assert (table["faults"].iloc[2:] == "").all()


@pytest.mark.parametrize(
    ("facts", "finding"),
    [
        ({"drift_alarm": True}, "drift_alarm"),
        ({"model_age_days": -1}, "model_stale"),
        ({"reference_age_days": -1}, "model_stale"),
        ({"data_age_days": -1}, "data_stale"),
    ],
)
def test_the_whole_guard_acts_on_a_table_and_only_makes_it_stricter(job, facts, finding):
    """Approvals become referrals without an amount; declines and missing data stay, with the finding beside them."""
    _, before = job(rows=300)
    done, after = job(rows=300, **facts)
    free = before["decision"] == "indicative_approve"
    assert free.any()
    assert (after.loc[free, "decision"] == "refer_human").all()
    assert (after.loc[free, "limited_by"] == finding).all()
    assert (after.loc[~free, "decision"] == before.loc[~free, "decision"]).all()
    assert (after.loc[~free, "limited_by"] == before.loc[~free, "limited_by"]).all()
    assert (after["amount_wan"] == 0).all()
    assert after[["annual_rate", "valid_until"]].isna().all(axis=None)
    assert after["findings"].str.contains(finding).all()
    assert done.guard == replace(done.guard, **facts)


def test_a_table_is_guarded_by_the_banks_own_rules(job, monkeypatch):
    """What an engine approves against the bank's rules is referred: the guard reads the rules again, row by row."""
    _, before = job(rows=300)
    listed = before.loc[before["decision"] == "indicative_approve", "uscc"].iloc[0]
    from models import quota

    real, policy = quota.QuotaEngine.decide_table, read_policy()
    strict = policy.model_validate(policy.model_dump() | {"blacklist": (listed,)})
    monkeypatch.setattr(
        quota.QuotaEngine, "decide_table", lambda self, cases, asked, _: real(self, cases, asked, policy)
    )
    _, after = job(rows=300, policy=strict)
    row = after.loc[after["uscc"] == listed].iloc[0]
    assert (row["decision"], row["limited_by"], row["amount_wan"]) == ("refer_human", "rules_floor", 0)
    assert approvals(after) == approvals(before) - 1


def put(column, values):
    """A change of the table: these values in the first rows of the column, the rest as it was."""

    def change(frame):
        old = frame[column].tolist() if column in frame else [None] * len(frame)
        return frame.assign(**{column: [*values, *old[len(values) :]]})

    return change


FAULTY = {
    "a code that is none": ("uscc", ["NOT-A-CODE", "91000000000000019H"], ["18 characters", "check digit"]),
    "no code": ("uscc", [None], ["uscc: got None"]),
    "a negative debt": ("bank_existing_debt_wan", [-3000.0], ["greater than or equal to 0"]),
    "negative days overdue": ("bank_overdue_days", [-400.0], ["greater than or equal to 0"]),
    "half a day overdue": ("bank_overdue_days", [0.5], ["valid integer"]),
    "no amount": ("requested_amount_cny", [np.nan], ["requested_amount_cny: got nothing"]),
    "an amount too small": ("requested_amount_cny", [5], ["greater than or equal to 10000"]),
    "an amount in words": ("requested_amount_cny", ["3,00万"], ["got '3,00万'"]),
    "a flag that is none": ("dishonest_debtor", ["maybe"], ["yes or no"]),
    "an endless value": ("operating_cash_flow_wan", [np.inf], ["operating_cash_flow_wan: got inf"]),
    "half a patent": ("invention_patents_valid", [1.5], ["a whole number"]),
    "an industry of its own": ("industry", ["mining"], ["industry: got 'mining'"]),
    "a day that is none": ("as_of", ["30 June"], ["as_of: got '30 June'"]),
    "no day": ("as_of", [pd.NaT], ["as_of: got nothing"]),
    "a day ahead": ("as_of", [pd.Timestamp("2024-07-01")], ["not after 2024-06-30"]),
    "a stage of its own": ("stage3", ["giant"], ["stage3: got 'giant'"]),
}  # fmt: skip


@pytest.mark.parametrize(("column", "values", "told"), FAULTY.values(), ids=FAULTY)
def test_a_faulty_row_is_named_and_never_approved(job, column, values, told):
    """The fault stands in its row's column; the row is not assessed; every other row is as without it."""
    _, clean = job()
    n = len(values)

    def change(frame):
        made = put(column, values)(frame)
        mixed = isinstance(values[0], str) and column in ("as_of", "requested_amount_cny", "dishonest_debtor")
        return made.assign(**{column: made[column].astype(str)}) if mixed else made

    done, table = job(change)
    for row, text in zip(table.head(n).to_dict("records"), told, strict=True):
        assert text in row["faults"]
        assert row["faults"].startswith(column)
        assert row["decision"] != "indicative_approve"
        assert (row["amount_wan"], "invalid_input" in row["findings"]) == (0, True)
        assert pd.isna(row["pd_12m"])
    assert done.faulty_rows == n
    same = ["uscc", "decision", "amount_wan", "limited_by", "pd_12m", "faults"]
    pd.testing.assert_frame_equal(table.loc[n:, same], clean.loc[n:, same])


def test_notations_that_are_read(job):
    """是 and 否, numbers as text, days of the zone as instants and as text: the same decisions as the plain table."""
    _, clean = job()
    flags = {1.0: "是", 0.0: "否"}

    def change(frame):
        return frame.assign(
            abnormal_business=frame["abnormal_business"].map(flags),
            requested_amount_cny="3000000",
            revenue_wan=frame["revenue_wan"].map(repr),
            as_of=pd.Timestamp("2024-06-29 16:00", tz="UTC"),  # midnight in Shanghai
        )

    same = ["uscc", "as_of", "decision", "amount_wan", "requested_cny", "pd_12m", "faults"]
    pd.testing.assert_frame_equal(job(change)[1][same], clean[same])
    assert (clean["as_of"] == pd.Timestamp("2024-06-30")).all()


def test_old_sources_of_a_table_are_stale(job):
    """``known_at`` counts as a source's day: beyond the codebook's time nobody is approved."""
    _, fresh = job(lambda frame: frame.assign(known_at=date(2024, 1, 1)))
    _, stale = job(lambda frame: frame.assign(known_at=date(2022, 1, 1)))
    assert approvals(fresh) > 0
    assert approvals(stale) == 0
    assert (stale["findings"].str.contains("data_stale")).all()


def test_the_size_of_a_part_changes_nothing(job, monkeypatch):
    """The same rows and types, read seven rows at a time or at once, also where a whole part is faulty."""
    change = put("requested_amount_cny", [np.nan] * 9)
    whole = job(change)[1]
    monkeypatch.setattr(table_job, "CHUNK_ROWS", 7)
    pd.testing.assert_frame_equal(job(change)[1], whole)


@pytest.mark.parametrize("link", ["same", "symbolic", "hard", "through a folder"])
def test_the_input_is_never_written(counter, trained, tmp_path, link):
    """An output that is the input, by whatever name, is refused and the input keeps its bytes."""
    source = tmp_path / "in.parquet"
    trained.snapshot.frame.head(20).assign(**AMOUNT).to_parquet(source)
    before, target = source.read_bytes(), source if link == "same" else tmp_path / "out.parquet"
    if link == "symbolic":
        target.symlink_to(source)
    elif link == "hard":
        os.link(source, target)
    elif link == "through a folder":
        (tmp_path / "folder").symlink_to(tmp_path)
        target = tmp_path / "folder" / "in.parquet"
    facts = guard_facts(counter.models, counter.params, counter.clock, drift_alarm=False)
    with pytest.raises(TableError, match="is the input"):
        run_table_job(source, target, counter.models, read_policy(), facts, ZONE)
    assert source.read_bytes() == before
    assert not list(tmp_path.glob(".*.part"))


def test_a_table_that_cannot_be_read_is_one_message_and_leaves_nothing_behind(counter, trained, tmp_path):
    """Missing columns, no Parquet, no rows: file, what was found, what is needed; no output and no half of one."""
    frame, facts = trained.snapshot.frame.head(5), guard_facts(
        counter.models, counter.params, counter.clock, drift_alarm=False
    )  # fmt: skip
    source, target = tmp_path / "in.parquet", tmp_path / "out.parquet"
    for bad, told in (
        (frame, r"in.parquet: columns \['requested_amount_cny'\] are missing; found \['uscc'"),
        (frame.drop(columns=["existing_debt_wan", "inv_margin_share"]).assign(**AMOUNT), "'existing_debt_wan', 'inv_"),
        (frame.head(0).assign(**AMOUNT), r"in\.parquet: no rows"),
    ):
        bad.to_parquet(source)
        with pytest.raises(TableError, match=told):
            run_table_job(source, target, counter.models, read_policy(), facts, ZONE)
    source.write_text("uscc,as_of\n", encoding="utf-8")
    with pytest.raises(TableError, match=r"in\.parquet: not a readable Parquet file"):
        run_table_job(source, target, counter.models, read_policy(), facts, ZONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet"]


def test_a_job_that_breaks_leaves_the_old_output(job, monkeypatch, tmp_path):
    """A fault half-way: the output of the last job stays, and no part of a new one."""
    job()
    before = (tmp_path / "out.parquet").read_bytes()
    monkeypatch.setattr(table_job, "settle", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job()
    assert (tmp_path / "out.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "out.parquet"]


def test_the_command_says_what_is_wrong_without_a_traceback(trained, tmp_path, monkeypatch):
    """A missing column and an output that is the input, as a person sees them."""
    monkeypatch.setenv(LEDGER_URL, f"sqlite:///{tmp_path / 'batch.sqlite'}")
    source = tmp_path / "in.parquet"
    trained.snapshot.frame.head(20).to_parquet(source)
    given = ["batch", str(source), str(tmp_path / "out.parquet"), "--artifacts", str(trained.folder), "--create"]
    found = CliRunner().invoke(app, given)
    assert found.exit_code == 2
    assert "requested_amount_cny" in found.output
    trained.snapshot.frame.head(20).assign(**AMOUNT).to_parquet(source)
    assert CliRunner().invoke(app, [*given[:2], str(source), *given[3:]]).exit_code == 2
    done = CliRunner().invoke(app, given)
    assert done.exit_code == 0, done.output
    assert "'rows': 20" in done.output
    assert "set the date to 2024-06-30" in done.output.replace("\n", " ")
    assert answer_json({}) == b"{}"
