"""The commands: one try is one entry, a refusal moves nothing, and bad input is named."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from models.champion import champion_files, files_digest
from training.__main__ import app
from training.params import read_section
from training.pipeline import promote as module
from training.pipeline.promote import champion, consider, promote, put_back
from training.promotion.checks import Check, provenance
from training.promotion.history import CHAMPION, CONSTANT, HISTORY, PROMOTED, REFUSED, read_history
from training.promotion.registry import Candidate, RegistryError
from training.promotion.verdict import CHECKS, Look, PromotionParams, Verdict

pytestmark = pytest.mark.contract
LIMITS = read_section("promotion", PromotionParams)
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
PERIOD = (date(2022, 1, 1), date(2022, 12, 31))


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """An empty folder, a registry in memory, and a verdict that the test decides."""
    monkeypatch.chdir(tmp_path)
    known = SimpleNamespace(champion=None, recorded=[], passes=True, look=True, looks=[], fault="")

    def candidate(run, capability, folder):
        if run == "none":
            raise RegistryError("run 'none' is not in the store")
        return Candidate(run, folder, f"digest of {run}", {"data": "d"})

    def record(entry, chain):
        known.recorded.append((entry, chain))
        if entry.result == PROMOTED:
            known.champion = entry.run

    def decide(source, challenger, rows, params, leaks, looks):
        number = 1 + looks(PERIOD)
        known.looks.append(number)
        return Verdict((source,), known.passes, Look(PERIOD, number, 0.05 / number) if known.look else None)

    for name, made in {
        "read_candidate": candidate, "record": record, "decide": decide, "champion_run": lambda _: known.champion,
        "check_history": lambda *_: None, "newest_run": lambda _: "newest", "sources": lambda _: {"data": "d"},
        "written_digests": lambda *_: {}, "read_section": lambda _, kind: LIMITS if kind is PromotionParams else None,
        "PAIRS": {"risk": lambda *_: SimpleNamespace(challenger=None, rows=None, fault=known.fault)},
    }.items():  # fmt: skip
        monkeypatch.setattr(module, name, made)
    return known


def test_each_try_is_an_entry_and_only_a_promotion_moves_the_alias(registry):
    """First, refused, then promoted: looks are counted over all of them, and the last entry names what it replaced."""
    promote("risk", "Officer A", "first model", "")
    registry.passes = False
    with pytest.raises(typer.Exit) as refused:
        promote("risk", "Officer A", "second try", "worse")
    assert (refused.value.exit_code, registry.champion) == (1, "newest")
    registry.passes = True
    promote("risk", "Officer B", "more columns", "better")
    entries, chains = read_history(HISTORY)
    assert [(one.result, one.first, one.run, one.by, one.look) for one in entries] == [
        (PROMOTED, True, "newest", "Officer A", 1),
        (REFUSED, False, "worse", "Officer A", 2),
        (PROMOTED, False, "better", "Officer B", 3),
    ]
    assert entries[2].previous == "digest of newest"
    assert [one.compared_with for one in entries] == [CONSTANT, CHAMPION, CHAMPION]
    assert all(one.limits["error_rate"] == LIMITS.error_rate and one.commit for one in entries)
    assert entries[2].period == ("2022-01-01", "2022-12-31")
    assert [chain for _, chain in registry.recorded] == chains


def test_a_champion_that_cannot_be_compared_with_stops_a_promotion_unless_a_constant_is_wished(registry, capsys):
    """One sentence with file, what was found, and the option; then the entry says constant and keeps the digest."""
    promote("risk", "Officer A", "first model", "")
    registry.fault = "champion newest: risk/model cannot be read: trained on codebook 12ab"
    with pytest.raises(typer.BadParameter) as stopped:
        promote("risk", "Officer A", "new codebook", "better")
    assert stopped.value.message == (
        f"{registry.fault}; --against-constant compares with a constant prediction in its place"
    )
    assert (len(read_history(HISTORY)[0]), registry.champion) == (1, "newest")
    promote("risk", "Officer A", "new codebook", "better", against_constant=True)
    found = json.loads(HISTORY.read_text(encoding="utf-8").splitlines()[1])
    assert (found["compared_with"], found["previous"], found["first"]) == ("constant", "digest of newest", False)
    assert "compared with a constant prediction" in " ".join(capsys.readouterr().out.split())
    registry.fault = ""
    promote("risk", "Officer A", "better again", "third", against_constant=True)
    assert read_history(HISTORY)[0][2].compared_with == CHAMPION  # the option changes nothing where it is not needed


@pytest.mark.parametrize("run", ["newest", "twin"])
def test_the_champion_submitted_again_spends_no_look(registry, monkeypatch, run):
    """Neither its run nor another with its files: no entry, no look, and a later challenger's look is the second."""
    promote("risk", "Officer A", "first model", "")
    read = module.read_candidate
    monkeypatch.setattr(
        module, "read_candidate", lambda run, *rest: replace(read("newest" if run == "twin" else run, *rest), run=run)
    )
    with pytest.raises(typer.BadParameter) as stopped:
        promote("risk", "Officer A", "once more", run)
    assert stopped.value.message == (
        f"run {run}: found the files of the champion, run newest: it is the champion already, and no outcome was "
        "looked at; allowed: a run with other files"
    )
    assert (len(read_history(HISTORY)[0]), registry.looks) == (1, [1])
    promote("risk", "Officer A", "more columns", "better")
    assert registry.looks == [1, 2]


def test_the_help_and_the_operations_manual_say_when_a_constant_is_compared_with():
    """The option by its name, what it is for, and that the history says so."""
    help_text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", CliRunner().invoke(app, ["promote", "--help"]).output).split())
    for said in ("--against-constant", "cannot be read", "the history then says so"):
        assert said in help_text
    manual = " ".join((ROOT / "docs/operations.md").read_text(encoding="utf-8").split())
    assert "With `--against-constant` the challenger is compared with a constant prediction." in manual
    assert "`compared_with`" in manual


@pytest.mark.parametrize("width", range(76, 90))
def test_no_character_of_a_check_is_cut(registry, monkeypatch, width):
    """A sentence without spaces is wider than its cell."""
    text = (
        "同样的跨期样本上，AUC：在用模型 0.5000，挑战者模型 0.6916，改进 0.1916（p = 0.0000，第 1 次比较允许 0.025）。"
    )
    check = Check("fairness_district", "not_shown", {}, {}, (text, "English"))
    printed = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=printed, width=width))
    entry = SimpleNamespace(capability="risk", run="r", result=PROMOTED, first=False, by="Officer A", reason="why")
    module.show(Verdict((check,), True, None), entry)
    lines = [line.split("│")[3] for line in printed.getvalue().splitlines() if line.count("│") > 3]
    assert "".join("".join(lines).split()) == "".join((text + "English").split())


def test_every_check_has_its_name_in_words_in_both_languages(registry, monkeypatch):
    """No key such as fairness_stage is printed."""
    checks = tuple(Check(name, "passed", {}, {}, ("结果。", "Result.")) for name in CHECKS)
    printed = io.StringIO()
    monkeypatch.setattr(module, "console", Console(file=printed, width=200))
    entry = SimpleNamespace(capability="risk", run="r", result=PROMOTED, first=False, by="Officer A", reason="why")
    module.show(Verdict(checks, True, None), entry)
    assert not [name for name in CHECKS if "_" in name and name in printed.getvalue()]
    for said in ("公平性：成长阶段", "fairness by growth stage", "区分度", "discrimination", "来源", "provenance"):
        assert said in printed.getvalue()


def test_a_refusal_before_the_outcomes_spends_no_look(registry):
    registry.passes, registry.look = False, False
    for _ in range(3):
        with pytest.raises(typer.Exit):
            promote("risk", "Officer A", "other data", "")
    assert registry.looks == [1, 1, 1]
    assert {(one.look, one.level, one.period) for one in read_history(HISTORY)[0]} == {(0, 0.0, ())}


def test_what_a_model_s_own_file_names_counts_more_than_what_its_run_says(registry, monkeypatch, tmp_path):
    """A run may say the right codebook; the model was made for another one."""
    monkeypatch.setattr(module, "written_digests", lambda *_: {"codebook": "other"})
    monkeypatch.setattr(module, "sources", lambda _: {"codebook": "own"})
    entry, _ = consider("risk", Candidate("run", tmp_path, "d", {"codebook": "own"}), None, [], "Officer A", "x")
    assert entry.checks[0] == provenance({"codebook": "other"}, {"codebook": "own"}).plain()


@pytest.mark.parametrize(
    ("capability", "by", "reason", "run", "named"),
    [("rsk", "Officer A", "x", "", "allowed: risk"), ("risk", " ", "x", "", "--by"),
     ("risk", "Officer A", "", "", "--reason"), ("risk", "Officer A", "x", "none", "not in the store")],
)  # fmt: skip
def test_bad_input_is_named_and_changes_nothing(registry, capability, by, reason, run, named):
    with pytest.raises(typer.BadParameter) as fault:
        promote(capability, by, reason, run)
    assert named in f"{fault.value.param_hint} {fault.value.message}"
    assert not HISTORY.exists()


def test_what_was_champion_on_a_day_who_approved_it_and_why(registry, capsys):
    """The day before there was none; a day that is none is named."""
    promote("risk", "Officer A", "first model of the zone [/red], [see minutes 12]", "")
    capsys.readouterr()
    champion("risk", "", restore=False, finish=False)
    shown = " ".join(capsys.readouterr().out.split())
    assert "run newest" in shown
    assert "by Officer A: first model of the zone [/red], [see minutes 12]" in shown
    assert "first champion" in shown
    with pytest.raises(typer.Exit) as none:
        champion("risk", "2020-01-01", restore=False, finish=False)
    assert none.value.exit_code == 1
    with pytest.raises(typer.BadParameter, match="allowed: a day"):
        champion("risk", "last week", restore=False, finish=False)
    with pytest.raises(typer.BadParameter, match="found 2999-01-01; allowed: a day that has begun, "):
        champion("risk", "2999-01-01", restore=False, finish=False)


@pytest.mark.contract
def test_a_file_that_is_not_there_is_named_with_what_makes_it(registry, monkeypatch):
    def absent(*_, **__):
        raise FileNotFoundError(2, "No such file or directory", "data/derived/loans/cases.parquet")

    monkeypatch.setattr(module, "consider", absent)
    with pytest.raises(
        typer.BadParameter, match=r"^data/derived/loans/cases.parquet: found no file; run `make run` first$"
    ):
        promote("risk", "Officer A", "first", "")


def test_a_history_that_was_changed_promotes_nothing(registry):
    promote("risk", "Officer A", "first", "")
    HISTORY.write_text(HISTORY.read_text(encoding="utf-8").replace("Officer A", "Officer B"), encoding="utf-8")
    with pytest.raises(typer.BadParameter, match="was changed"):
        promote("risk", "Officer A", "second", "")
    with pytest.raises(typer.BadParameter, match="was changed"):
        champion("risk", "", restore=False, finish=False)


@pytest.fixture
def written(tmp_path):
    """Writes files below a folder of the test's, each with a text."""

    def write(folder, **texts):
        for name, text in texts.items():
            path = tmp_path / folder / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / folder

    return write


def test_the_champion_s_files_replace_all_others(written):
    """A file that the champion does not have is gone afterwards; other capabilities' files stay."""
    kept = written("kept", risk__model__a="kept")
    now = written("now", risk__model__a="now", risk__model__b="now", points__x="now")
    digest = files_digest(champion_files(kept, "risk"))
    assert put_back("risk", Candidate("run", kept, digest, {}), kept / "none", now) == []
    assert sorted(champion_files(now, "risk")) == ["risk/model/a"]
    assert (now / "risk/model/a").read_text(encoding="utf-8") == "kept"
    assert (now / "points/x").exists()
    with pytest.raises(RegistryError, match="does not hold"):
        put_back("risk", Candidate("run", kept, "other", {}), kept / "none", now)


@pytest.mark.law
def test_the_champion_s_reports_come_back_and_no_other_run_s_stay(written):
    """Its own are put back; those of the refused run that it has none for are removed by name; other stages' stay."""
    reports = ("risk/metrics.json", "risk/calibration.csv", "risk/selection.json", "quota/certificates.json")
    now = written("now", **{"risk__model__a": "now", **{name.replace("/", "__"): "refused" for name in reports}})
    kept = written("kept", risk__model__a="kept")
    its = written("reports", **{name.replace("/", "__"): "own" for name in reports[:2]})
    candidate = Candidate("run", kept, files_digest(champion_files(kept, "risk")), {})
    assert put_back("risk", candidate, its, now) == ["risk/selection.json"]
    found = {path.relative_to(now).as_posix(): path.read_text(encoding="utf-8") for path in now.rglob("*.*")}
    assert found == {
        "risk/metrics.json": "own", "risk/calibration.csv": "own", "quota/certificates.json": "refused",
    }  # fmt: skip


@pytest.mark.law
def test_a_matching_keeps_its_library_and_gets_the_rate_that_its_model_promises(written):
    """The card names both: the library is data, the rate is the run's."""
    now = written(
        "now", matching__model__a="now", **{"matching__matching.json": '{"error_rate": 0.4, "library_digest": "today"}'}
    )
    kept = written("kept", matching__model__a="kept")
    its = written("reports", **{"matching__matching.json": '{"error_rate": 0.2, "library_digest": "then"}'})
    candidate = Candidate("run", kept, files_digest(champion_files(kept, "matching")), {})
    assert put_back("matching", candidate, its, now) == []
    card = json.loads((now / "matching/matching.json").read_text(encoding="utf-8"))
    assert card == {"error_rate": 0.2, "library_digest": "today"}
    assert put_back("matching", candidate, its / "none", now) == []
    assert (now / "matching/matching.json").is_file()
