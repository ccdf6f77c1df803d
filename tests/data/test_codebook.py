from __future__ import annotations

import pytest

from data.codebook import POINTS_TOTAL, CodebookError, read_codebook, reference_path

pytestmark = pytest.mark.contract


def test_seventeen_core_indicators_make_100_and_seven_auxiliary_make_30():
    """The shape of the points: base 100 and bonus 30 in every stage."""
    book = read_codebook()
    assert [sum(item.kind == kind for item in book) for kind in POINTS_TOTAL] == [17, 7]
    for stage in book.stages:
        for kind, total in POINTS_TOTAL.items():
            assert sum(item.weights[stage] for item in book if item.kind == kind) == total


def test_a_broken_codebook_lists_every_fault(tmp_path):
    """Two faults, one message."""
    lines = reference_path("indicators.csv").read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("core", "cores")
    lines[2] = lines[2].replace(",1,log1p", ",2,log1p")
    path = tmp_path / "codebook.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CodebookError) as told:
        read_codebook(path)
    assert "line 2" in str(told.value)
    assert "line 3" in str(told.value)


def test_weights_that_do_not_add_up_are_refused(tmp_path):
    """A stage whose core weights miss 100 names the stage and the sum."""
    text = reference_path("indicators.csv").read_text(encoding="utf-8").replace(",1,6,7,6\n", ",1,7,7,6\n", 1)
    path = tmp_path / "codebook.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match="startup: core weights sum to 101"):
        read_codebook(path)
