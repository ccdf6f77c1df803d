"""What a draw changes is read back to the bit; what it keeps is the trained engine's; a wrong folder is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from models.quota.draws import REFITTED, Draws, Refitted, draw_folder, write_draw, write_manifest
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


def written(folder: Path, engine: QuotaEngine) -> Path:
    """Three draws in a new folder; the first is the trained models themselves."""
    assert write_manifest(folder, 3, engine, KEY) == [0, 1, 2]
    for number in range(3):
        write_draw(folder, number, refitted(engine, number), engine)
    return folder


@pytest.fixture
def engine(quick_engine):
    """Models by hand, with what a learned card and a certified bank have on top."""
    card = quick_engine.points
    sizes = {"all": [[0.0, 130.0], [0.0, 1.0]]}  # as a file has them
    bounds = {"points_low": card.points, "points_high": card.points, "differences": {"growth - startup": {}}}
    return replace(quick_engine, points=replace(card, size_peers=sizes, **bounds), certificates={"policy": "issued"})


@pytest.fixture
def folder(engine, tmp_path):
    """The draws of ``engine``, two folders deep."""
    return written(tmp_path / "new/draws", engine)


@pytest.mark.law
def test_each_engine_is_its_draws_models_and_keeps_the_rest(trained, tmp_path):
    """Points, PD and debt capacity are the draw's to the bit; reference, peers and certificates the trained ones."""
    engine, cases = trained.engine, trained.snapshot.frame.head(200)
    engine = replace(engine, certificates={"policy": "issued"})
    draws = Draws.load(written(tmp_path, engine), engine)
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


@pytest.mark.law
def test_a_draw_is_read_as_it_was_written(engine, folder):
    """The three models of each number in their order; the trained card's intervals are not those of a refit."""
    draws = Draws.load(folder, engine)
    assert (len(draws), draws.engine, draws.folder) == (3, engine, folder)
    for number, one in enumerate(draws):
        made = refitted(engine, number)
        assert one.risk == made.risk
        assert one.limit == made.limit
        assert one.points == replace(made.points, points_low={}, points_high={}, differences={})
        assert (one.peers, one.codebook, one.certificates) == (engine.peers, engine.codebook, engine.certificates)
        assert draws.figures(number) == {"defaults": number}
    assert number == 2


@pytest.mark.law
def test_the_files_of_a_draw(engine, folder):
    """What a card's draw changes alone, and the folder's own key; sorted, one figure a line."""
    assert sorted(path.name for path in folder.iterdir()) == ["0000", "0001", "0002", "draws.json"]
    made = json.loads((folder / "0001/points.json").read_text(encoding="utf-8"))
    assert set(made) == set(REFITTED)
    assert made["version"] == "card-1"
    text = f'{{\n "count": 3,\n "data": "a",\n "models": "{engine.models_digest}",\n "seed": 7\n}}\n'
    assert (folder / "draws.json").read_text(encoding="utf-8") == text
    assert draw_folder(folder, 12).name == "0012"


@pytest.mark.contract
def test_a_folder_that_is_absent_incomplete_or_of_other_models_is_named(engine, folder, tmp_path):
    """One sentence each, and a number that no draw has."""
    with pytest.raises(ModelFileError, match=r"nothing/draws.json cannot be read, make it by `training draws`"):
        Draws.load(tmp_path / "nothing", engine)
    other = replace(engine, risk=replace(engine.risk, level=engine.risk.level + 1))
    digests = f"models {engine.models_digest[:12]}, these are {other.models_digest[:12]}"
    with pytest.raises(ModelFileError, match=f"holds draws of the {digests}: make them again by `training draws`$"):
        Draws.load(folder, other)
    draws = Draws.load(folder, engine)
    for number in (-1, 3):
        with pytest.raises(ModelFileError, match=f"/new/draws has draws 0 to 2, not {number}$"):
            draws.draw(number)
    draw_folder(folder, 1).rename(folder / "moved")
    with pytest.raises(ModelFileError, match="lacks 1 of 3 draws, the first 1: `training draws` makes the rest"):
        Draws.load(folder, engine)


@pytest.mark.contract
def test_a_card_or_a_folder_that_holds_something_else_is_named(engine, folder):
    """By its file, whatever is in it."""
    for text in ("{", "{}", "[1]", "null"):
        (draw_folder(folder, 0) / "points.json").write_text(text, encoding="utf-8")
        with pytest.raises(ModelFileError, match=r"/0000/points\.json cannot be read: \w+Error"):
            Draws(folder, engine, 3).draw(0)
    for text in ("{", "{}", "[1]", '{"count": 3}', '{"count": null, "models": ""}'):
        (folder / "draws.json").write_text(text, encoding="utf-8")
        with pytest.raises(
            ModelFileError, match=r"/new/draws/draws\.json cannot be read, make it by `training draws`: "
        ):
            Draws.load(folder, engine)


@pytest.mark.contract
def test_models_of_another_codebook_are_no_draw(engine, folder):
    """Each of the two is read for the codebook of the engine, though the other is of that one."""
    digest = "f" * 64
    other = replace(engine, codebook=replace(engine.codebook, digest=digest))
    replace(engine.risk, codebook_digest=digest).save(draw_folder(folder, 0) / "risk")
    replace(engine.limit, codebook_digest=digest).save(draw_folder(folder, 1) / "quota")
    for number in (0, 1):
        with pytest.raises(
            ModelFileError, match=f"codebook {engine.codebook.digest[:12]}, this is codebook ffffffffffff"
        ):
            Draws(folder, other, 3).draw(number)


@pytest.mark.law
def test_what_is_there_of_the_same_key_stays_and_of_another_goes(engine, folder):
    """More draws continue, fewer keep the rest for later, half a draw is made again, another key begins afresh."""
    assert write_manifest(folder, 5, engine, KEY) == [3, 4]
    half = draw_folder(folder, 4).with_suffix(".part")
    half.mkdir()
    assert write_manifest(folder, 5, engine, KEY) == [3, 4]
    assert not list(folder.glob("*.part"))
    half.mkdir()
    (half / "left.txt").write_text("of a process that ended", encoding="utf-8")
    write_draw(folder, 4, refitted(engine, 0), engine)
    names = [path.name for path in sorted(draw_folder(folder, 4).iterdir())]
    assert (names, half.exists()) == (["draws.json", "points.json", "quota", "risk"], False)
    assert write_manifest(folder, 2, engine, KEY) == []
    assert [draw_folder(folder, number).is_dir() for number in range(5)] == [True, True, True, False, True]
    assert len(Draws.load(folder, engine)) == 2
    assert write_manifest(folder, 5, engine, KEY) == [3]
    assert write_manifest(folder, 3, engine, KEY | {"span": (1, 2)}) == [0, 1, 2]
    write_draw(folder, 0, refitted(engine, 0), engine)
    assert write_manifest(folder, 2, engine, KEY | {"span": (1, 2)}) == [1]  # JSON has lists alone
    other = replace(engine, risk=replace(engine.risk, level=engine.risk.level + 1))
    assert write_manifest(folder, 2, other, KEY | {"span": (1, 2)}) == [0, 1]
    assert json.loads((folder / "draws.json").read_text(encoding="utf-8"))["models"] == other.models_digest


@pytest.mark.law
def test_a_folder_whose_key_is_lost_begins_afresh(engine, folder):
    """Nobody knows what its draws are of; what is no draw is left alone."""
    (folder / "notes.txt").write_text("by hand", encoding="utf-8")
    for text in ("", "{}", None):
        write_draw(folder, 3, refitted(engine, 0), engine)
        path = folder / "draws.json"
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
        assert write_manifest(folder, 4, engine, KEY) == [0, 1, 2, 3]
        assert sorted(path.name for path in folder.iterdir()) == ["draws.json", "notes.txt"]


@pytest.mark.contract
def test_a_card_with_another_reference_is_no_draw(engine, tmp_path):
    """Its percentiles would be of other firms than the trained card's; nothing is written."""
    made = refitted(engine, 0)
    other = {
        stage: {key: ([low, low + 1.0], ranks) for key, ((low, _), ranks) in rows.items()}
        for stage, rows in made.points.reference.items()
    }
    cards = replace(made.points, reference=other), replace(made.points, smooth_border_share=0.1)
    for card in cards:
        with pytest.raises(ValueError, match=r"^draw 0: its card has another peer reference than points-quick$"):
            write_draw(tmp_path, 0, made._replace(points=card), engine)
    assert not list(tmp_path.iterdir())
    bad = made._replace(figures={"loss": float("nan")})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_draw(tmp_path / "new/folder", 0, bad, engine)
    assert not draw_folder(tmp_path / "new/folder", 0).exists()  # whole or not at all
