"""The command over a real event store: a continued model that loads, outcomes as records, and whether it is better."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from data.events import EventStore
from data.match_feedback import ShownFirm, Versions, click_event, list_events, outcome_event
from features.text import TextEncoder
from models.matching.answer import Matcher
from models.matching.library import Library
from tests.models.matching.conftest import TRADES, confidence, documents, ranker  # noqa: F401  # two are fixtures
from tests.training.pipeline.test_matching import write_encoder
from training.__main__ import app

AT = dt.datetime(2024, 6, 30, tzinfo=dt.UTC)


@pytest.fixture
def served(tmp_path, monkeypatch, ranker, confidence):  # noqa: F811
    """A served matching in a folder of its own, and the URL of an empty event store."""
    monkeypatch.chdir(tmp_path)
    folder = Path("artifacts/matching")
    write_encoder(folder / "encoder")
    encoder = TextEncoder.load(folder / "encoder")
    library = Library.prepare(documents(copies=4), encoder)
    Matcher(encoder, library, replace(ranker, encoder_digest=encoder.digest), confidence, 0.4).save(folder)
    return f"sqlite:///{tmp_path / 'events.sqlite'}"


def log(url, lists):
    """Lists of random firms; those of copy 0 are clicked where they are seen."""
    store, rng = EventStore(url), np.random.default_rng(1)
    for number in range(lists):
        name = TRADES[number % len(TRADES)][0]
        firms = [f"firm-{number % len(TRADES)}-{copy}" for copy in rng.permutation(4)]
        lines = [ShownFirm(firm, at, 0.5, demand_id="D1") for at, firm in enumerate(firms, start=1)]
        events = list_events(f"q{number}", AT, Versions("m", "e", "l"), lines, query={"text": name})
        store.append_all(events)
        for at, firm in enumerate(firms):
            if firm.endswith("-0") and rng.random() < 0.9**at:
                store.append(click_event(f"c{number}-{at}", f"q{number}", firm, AT))
    store.append(outcome_event("o1", "q0", lines[0].enterprise_id, AT, {"met": True}, None, demand_id="D1"))
    store.append(outcome_event("o2", f"q{lists - 1}", lines[0].enterprise_id, AT, {"met": True}, None, demand_id="D1"))
    store.close()


def run(*given):
    return CliRunner().invoke(app, ["matching-feedback", *map(str, given)])


@pytest.mark.behaviour
def test_the_command_writes_a_matching_that_loads_and_says_whether_it_is_better(served):
    log(served, 240)
    done = run("--events", served, "--rounds", 20)
    assert done.exit_code == 0, done.output + str(done.exception)
    found = json.loads(Path("artifacts/matching-feedback/metrics.json").read_text(encoding="utf-8"))
    assert (found["lines"], found["lists"], found["left_out"]) == (960, 240, {})
    assert len(found["examination"]) == 4
    gain = found["likelihood_gain"]
    assert gain["low"] <= gain["estimate"] <= gain["high"]
    assert found["better"] == (gain["low"] > 0)
    assert set(found["first_places"]) == {"served", "continued"}
    old, new = (Matcher.load(Path("artifacts") / name) for name in ("matching", "matching-feedback"))
    assert new.ranker.version.startswith("1+")
    assert new.ranker.digest != old.ranker.digest
    assert new.library_digest == old.library_digest
    records = pd.read_parquet("artifacts/matching-feedback/outcomes.parquet")
    assert records["propensity"].tolist() == [1.0]
    assert found["outcomes"] == 1


@pytest.mark.contract
def test_too_little_feedback_and_a_store_that_is_none_are_refused(served):
    log(served, 9)
    done = run("--events", served)
    assert done.exit_code == 2
    said = " ".join(done.output.replace("│", " ").split())
    assert "at least 200 and 20 are needed" in said
    assert "--events" in said
    assert run("--events", "mysql://u:secret@h/d").exit_code == 2
    assert run("--events", served.replace("events.sqlite", "TYPO.sqlite")).exit_code == 2
    assert not Path("TYPO.sqlite").exists()
