"""The picture of the stages: what is reached, missing, still to come, and where an episode ended."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest

from data.clearance.records import CaseEvent
from models.clearance.fold import fold
from models.clearance.timeline import timeline_svg
from models.clearance.timeline_picture import NARROW, WIDE, Words, detours, nodes

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
WORDS = Words(str, str, str, str, str, lambda at: f"{(at - START).total_seconds():g}", lambda seconds: f"{seconds:g} s")
SVG = "{http://www.w3.org/2000/svg}"


def state(trace):
    """Codes with a second, "7@0 P@"; no second is no instant."""
    events = []
    for part in trace.split():
        code, _, second = part.partition("@")
        at = START + dt.timedelta(seconds=int(second)) if second else None
        events.append(CaseEvent((("seq_no", "E1"),), "single_window", code, at, second))
    return fold(events)


@pytest.mark.parametrize(
    ("trace", "kinds", "below"),
    [
        ("7@0 L@1", "reached reached pending pending pending", ["0", "1", *["picture.pending"] * 3]),
        ("7@0 P@", "reached gap gap reached pending",
         ["0", "picture.gap", "picture.gap", "picture.no_time", "picture.pending"]),
        ("7@0 L@1 E@2", "reached reached pending pending pending ended", ["0", "1", *["picture.pending"] * 3, "2"]),
        ("7@0 E@2 7@5", "reached pending pending pending pending", ["5", *["picture.pending"] * 4]),
        ("7@0 L@1 J@2 P@3 D@9", "reached reached reached reached pending ended",
         ["0", "1", "2", "3", "picture.pending", "9"]),
    ],
)  # fmt: skip
def test_nodes_are_the_stages_and_the_end_of_the_current_episode(trace, kinds, below):
    found = nodes(state(trace), WORDS)
    assert [node.kind for node in found] == kinds.split()
    assert [node.below for node in found] == below


def test_detours_and_exceptions_are_lines_with_their_first_instant():
    found = state("7@0 L@1 C@3 S@2 T@4 M@5 H@6")
    assert detours(found, WORDS) == ["◆ inspection · 2", "◆ tax_due · 4", "◆ exception M · 5", "◆ exception H · 6"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("trace", ["7@0 L@1 J@8 P@40000 R@40000", "7@0 L@1 C@5 E@2000000 D@3000000", "Q@1", "R@9 P@10"])
def test_the_picture_is_well_formed_and_within_its_frame(trace, width, lang):
    root = ET.fromstring(timeline_svg(state(trace), lang, width))
    height = float(root.get("viewBox").split()[3])
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert not list(root.iter(f"{SVG}script"))
    for item in [*root.iter(f"{SVG}text"), *root.iter(f"{SVG}circle")]:
        assert 0 <= float(item.get("x") or item.get("cx")) <= width
        assert 0 <= float(item.get("y") or item.get("cy")) <= height


def test_a_step_that_runs_backwards_has_no_length():
    """R at 9 before P at 10: neither 1 s nor -1 s is written."""
    texts = [item.text for item in ET.fromstring(timeline_svg(state("L@8 P@10 R@9"), "en")).iter(f"{SVG}text")]
    assert [text for text in texts if text.endswith(" s")] == ["2 s"]
