"""A card as a file: every bit kept, and each fault of a file or of its points by name."""

from __future__ import annotations

from dataclasses import asdict
from math import inf, nan

import pandas as pd
import pytest

from models.points.card import PointsCard
from models.points.file import CardError, Earns, faults, plain, read_card, write_card

LINES = (Earns("a", "input", "core", 1), Earns("b", "output", "auxiliary", -1))
SMALL = {
    "version": "v1",
    "indicators": [asdict(line) for line in LINES],
    "knots": [0.0, 0.1, 1.0],
    "points": {"growth": {"a": [0.0, 1 / 3, 100.0]}},
}
WANTED = set(SMALL)
TEXT = """\
indicators:
- {dimension: input, direction: 1, key: a, kind: core}
- {dimension: output, direction: -1, key: b, kind: auxiliary}
knots: [0.0, 0.1, 1.0]
points:
  growth:
    a: [0.0, 0.3333333333333333, 100.0]
version: v1
"""


@pytest.mark.law
def test_a_reloaded_card_scores_byte_for_byte_alike(trained, tmp_path):
    """YAML keeps every bit."""
    trained.engine.points.save(tmp_path / "card.yaml")
    again = PointsCard.load(tmp_path / "card.yaml")
    frame = trained.snapshot.frame
    pd.testing.assert_frame_equal(again.score(frame), trained.engine.points.score(frame), check_exact=True)
    assert again.reference_version == trained.engine.points.reference_version


@pytest.mark.contract
@pytest.mark.parametrize("text", ["", "weights: {", "[1, 2]", "version: x\n"])
def test_a_corrupt_card_names_its_file(tmp_path, text):
    """A file that is no card does not load."""
    path = tmp_path / "card.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=r"card\.yaml"):
        PointsCard.load(path)


@pytest.mark.contract
def test_a_card_whose_points_fall_does_not_load(trained, tmp_path):
    """A better value may not earn less, whoever wrote the file."""
    card = trained.points.prior
    card.save(tmp_path / "card.yaml")
    text = (tmp_path / "card.yaml").read_text(encoding="utf-8").replace("[0.0, 12.0]", "[12.0, 0.0]")
    (tmp_path / "card.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=r"startup\.rd_intensity: points fall at knot 1"):
        PointsCard.load(tmp_path / "card.yaml")


@pytest.mark.law
def test_a_card_is_written_in_the_order_of_its_keys_and_read_back(tmp_path):
    """Flat where short, broken after 110 characters a line, Chinese as it is; read into tuples of lines and knots."""
    path = tmp_path / "new/folder/card.yaml"
    for _ in range(2):
        write_card(path, SMALL | {"indicators": tuple(SMALL["indicators"])})
    assert path.read_bytes().decode() == TEXT
    assert read_card(path, WANTED, dict) == {**SMALL, "indicators": LINES, "knots": (0.0, 0.1, 1.0)}
    write_card(path, {"name": "示例", "long": list(range(100, 160))})
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert 110 <= len(first) < 115
    assert "name: 示例" in path.read_bytes().decode()


@pytest.mark.law
def test_a_card_is_utf_8_on_every_machine(tmp_path, c_locale):
    """Written and read."""
    write_card(tmp_path / "card.yaml", SMALL | {"version": "第一版"})
    assert "version: 第一版".encode() in (tmp_path / "card.yaml").read_bytes()
    assert read_card(tmp_path / "card.yaml", WANTED, dict)["version"] == "第一版"


@pytest.mark.contract
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"^card\.yaml cannot be read as a card: \[Errno 2\] No such file"),
        (b"version: \xff", r"^card\.yaml cannot be read as a card: 'utf-8' codec can't decode"),
        (b"weights: {", r"^card\.yaml cannot be read as a card: "),
        (b"!!python/object:os.system {}", r"^card\.yaml cannot be read as a card: could not determine a constructor"),
        (
            b"version: x\nknots: []\n",
            r"^card\.yaml is no card: found \['knots', 'version'\], "
            r"a card has \['indicators', 'knots', 'points', 'version'\]$",
        ),
        (b"[1, 2]", r"^card\.yaml is no card: found list, a card has \['indicators', 'knots', 'points', 'version'\]$"),
        (b"", r"^card\.yaml is no card: found NoneType, a card has "),
        (TEXT.replace("key: a", "name: a").encode(), r"^card\.yaml is no card: .*unexpected keyword argument 'name'$"),
        (TEXT.replace("[0.0, 0.1, 1.0]", "7").encode(), r"^card\.yaml is no card: 'int' object is not iterable$"),
    ],
)
def test_each_fault_of_a_file_is_named(tmp_path, content, message):
    """The file, and what was found instead of what a card has."""
    if content is not None:
        (tmp_path / "card.yaml").write_bytes(content)
    with pytest.raises(CardError, match=message):
        read_card(tmp_path / "card.yaml", WANTED, dict)


@pytest.mark.contract
def test_a_fault_of_the_card_itself_names_the_file_too(tmp_path):
    """The type of the fields may refuse them."""
    (tmp_path / "card.yaml").write_text(TEXT, encoding="utf-8")

    def refuse(**fields):
        raise CardError(f"no peers for {fields['version']}")

    with pytest.raises(CardError, match=r"^card\.yaml is no card: no peers for v1$"):
        read_card(tmp_path / "card.yaml", WANTED, refuse)


# points of one line with three knots -> what is wrong with them
LINE_FAULTS = [
    ([0.0, 5.0, 9.0], []),
    ([0.0, 0.0, 0.0], []),
    ([1.0, 1.0, 2.0], []),
    ([0.0, 5.0], ["2 points for 3 knots"]),
    ([0.0, 5.0, 9.0, 9.0], ["4 points for 3 knots"]),
    ([-0.5, 5.0, 9.0], ["points must be finite and at least 0, got -0.5 first"]),
    ([0.0, inf, inf], ["points must be finite and at least 0, got 0 first"]),
    ([nan, 1.0, 2.0], ["points must be finite and at least 0, got nan first"]),
    ([0.0, 5.0, 4.9], ["points fall at knot 2"]),
    ([5.0, 4.0, 3.0], ["points fall at knot 1"]),
]


@pytest.mark.law
@pytest.mark.parametrize(("points", "problems"), LINE_FAULTS)
def test_points_are_finite_never_negative_and_never_fall(points, problems):
    """Line by line, by stage and indicator; the line beside it is right."""
    right = [0.0, 1.0, 2.0]
    card = {"growth": {"a": right, "b": points}, "stable": {"a": right, "b": right}}
    result = faults(LINES, (0.0, 0.5, 1.0), card, {"growth": {}, "stable": {}})
    assert result == [f"growth.b: {text}" for text in problems]


@pytest.mark.law
def test_every_stage_has_every_indicator_and_peers():
    """What is lacking or too much, in sorted order; then the stages without peers."""
    right = [0.0, 1.0, 2.0]
    card = {"growth": {"a": right, "z": right, "y": right}, "stable": {"a": right, "b": right}}
    assert faults(LINES, (0.0, 0.5, 1.0), card, {"growth": {}}) == [
        "growth: points for ['b', 'y', 'z']",
        "stable: no peers to compare with",
    ]
    assert faults(LINES, (0.0, 0.5, 1.0), {}, {}) == []


@pytest.mark.law
def test_tuples_become_lists_and_keys_become_text():
    """Through every depth; other values stay as they are."""
    assert plain({1: ({"a": (1, 2.5)}, "text"), "b": None}) == {"1": [{"a": [1, 2.5]}, "text"], "b": None}
    assert plain((LINES[0],)) == [LINES[0]]
