"""What a draw changes is read back to the bit; what it keeps is the trained engine's; a wrong folder is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from models.quota.draws import Draws, Refitted, draw_folder, write_draw, write_manifest
from models.quota.engine import QuotaEngine
from models.risk.model import ModelFileError

KEY = {"seed": 7, "data": "a"}


def refitted(engine: QuotaEngine, number: int) -> Refitted:
    """The trained models moved by hand: points fall by a share, log-odds rise, the cautious amount falls."""
    share = 1.0 - 0.1 * number
    points = {
        stage: {key: [share * one for one in line] for key, line in rows.items()}
        for stage, rows in engine.points.points.items()
    }
    return Refitted(
        replace(engine.points, version=f"card-{number}", points=points),
        replace(engine.risk, level=engine.risk.level + number),
        replace(engine.limit, shift_log=engine.limit.shift_log - 0.1 * number),
        {"defaults": number},
    )


@pytest.fixture
def folder(trained, tmp_path):
    """Three draws: the first is the trained models themselves."""
    assert write_manifest(tmp_path, 3, trained.engine, KEY) == [0, 1, 2]
    for number in range(3):
        write_draw(tmp_path, number, refitted(trained.engine, number), trained.engine)
    return tmp_path


@pytest.mark.law
def test_each_engine_is_its_draws_models_and_keeps_the_rest(trained, folder):
    """Points, PD and debt capacity are the draw's to the bit; reference, peers and certificates the trained ones."""
    engine, cases = trained.engine, trained.snapshot.frame.head(200)
    engine = replace(engine, certificates={"policy": "issued"})
    draws = Draws.load(folder, engine)
    assert len(draws) == len(list(draws)) == 3
    for number, one in enumerate(draws):
        made, measured = refitted(engine, number), one.measure(cases)
        whole = pd.Series(measured["total"])
        pd.testing.assert_series_equal(
            whole, made.points.score(cases)["total"].reset_index(drop=True), check_names=False
        )
        assert measured["pd_12m"].tolist() == made.risk.predict(cases)["pd_12m"].tolist()
        assert measured["capacity_low_wan"].tolist() == made.limit.predict(cases)["capacity_low_wan"].tolist()
        assert one.points.reference is engine.points.reference
        assert (one.peers, one.certificates) == (engine.peers, engine.certificates)
        assert draws.figures(number) == {"defaults": number}
    assert draws.draw(0).measure(cases)["pd_12m"].tolist() == engine.measure(cases)["pd_12m"].tolist()


@pytest.mark.contract
def test_a_folder_that_is_absent_incomplete_or_of_other_models_is_named(trained, folder, tmp_path):
    """One sentence each, and a number that no draw has."""
    engine = trained.engine
    with pytest.raises(ModelFileError, match=r"nothing/draws.json cannot be read, make it by `training draws`"):
        Draws.load(tmp_path / "nothing", engine)
    other = replace(engine, risk=replace(engine.risk, level=engine.risk.level + 1))
    with pytest.raises(ModelFileError, match="holds draws of the models"):
        Draws.load(folder, other)
    with pytest.raises(ModelFileError, match="has draws 0 to 2, not 3"):
        Draws.load(folder, engine).draw(3)
    draw_folder(folder, 1).rename(folder / "moved")
    with pytest.raises(ModelFileError, match="lacks 1 of 3 draws, the first 1"):
        Draws.load(folder, engine)
    (draw_folder(folder, 0) / "points.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"points\.json cannot be read"):
        Draws(folder, engine, 3).draw(0)


@pytest.mark.law
def test_what_is_there_of_the_same_key_stays_and_of_another_goes(trained, folder):
    """More draws continue, fewer drop the last, half a draw is made again, another key begins afresh."""
    engine = trained.engine
    assert write_manifest(folder, 5, engine, KEY) == [3, 4]
    draw_folder(folder, 4).with_suffix(".part").mkdir()
    assert write_manifest(folder, 5, engine, KEY) == [3, 4]
    assert not list(folder.glob("*.part"))
    assert write_manifest(folder, 2, engine, KEY) == []
    assert not draw_folder(folder, 2).exists()
    assert write_manifest(folder, 2, engine, {**KEY, "data": "b"}) == [0, 1]
    assert json.loads((folder / "draws.json").read_text(encoding="utf-8"))["data"] == "b"


@pytest.mark.contract
def test_a_card_with_another_reference_is_no_draw(trained, tmp_path):
    """Its percentiles would be of other firms than the trained card's."""
    made = refitted(trained.engine, 0)
    other = {stage: dict.fromkeys(rows, ([0.0], [0.5])) for stage, rows in made.points.reference.items()}
    with pytest.raises(ValueError, match="draw 0: its card has another peer reference"):
        write_draw(tmp_path, 0, made._replace(points=replace(made.points, reference=other)), trained.engine)
