"""Blocks of figures: filled from records by hand, and never with a figure that is not there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.readme import (
    DOCUMENTS,
    RECORDS,
    WRITTEN,
    RecordMissingError,
    answer,
    fill,
    read_records,
    stale,
    table,
    typed_by_hand,
)

pytestmark = pytest.mark.surface


def test_an_unknown_block_is_an_error():
    """A typo in a marker does not pass in silence."""
    with pytest.raises(KeyError, match="never-run"):
        fill("<!-- figures:never-run -->\n<!-- /figures -->", {})


def test_a_figure_that_its_record_lacks_is_an_error():
    """A figure is never left out in silence: the message names it."""
    with pytest.raises(KeyError, match="enterprises"):
        table("synthetic", {"caveat": ""}, "en")


def test_every_record_that_is_not_there_is_named(tmp_path):
    """Nothing is filled from half of the records."""
    with pytest.raises(RecordMissingError, match=r"risk/metrics\.json"):
        read_records(tmp_path)


def test_blocks_without_a_record_stay_as_they_are_where_that_is_wished():
    """Partly: what no record is at hand for keeps its lines and is named; without the wish it is an error."""
    text = "<!-- figures:headline -->\nold\n<!-- /figures -->"
    kept: set[str] = set()
    assert fill(text, {}, kept=kept) == text
    assert kept == {"headline"}
    with pytest.raises(RecordMissingError):
        fill(text, {})


def test_a_figure_has_its_interval_and_synthetic_labels_are_named():
    """Four digits, totals in full, thousands parted, an interval in brackets, and the caveat of the record below."""
    block = "<!-- figures:quota -->\nold\n<!-- /figures -->"
    test = {"coverage": {"value": 0.753252, "low": 0.7, "high": 0.80001}, "promised_coverage": 24700.0, "pinball": 1234}
    text = fill(block, {"quota": {"caveat": "", "test": test | {"pinball_of_constant": [0.5, 0.25, 0.75]}}}, "zh")
    shown = [line.split("|")[-2].strip() for line in text.splitlines() if line.startswith("| ")][1:]
    assert shown == ["0.7533 [0.7, 0.8]", "24,700", "1,234", "0.5 [0.25, 0.75]"]
    assert "合成标签" in text
    assert "old" not in text


def test_where_outcomes_are_too_few_their_count_is_in_the_place_of_a_figure():
    """In each language; a model card has both."""
    block = "<!-- figures:quota -->\nold\n<!-- /figures -->"
    test = {"coverage": {"too_few_defaults": 1}, "promised_coverage": {"too_few_others": 4}, "pinball": 1}
    record = {"quota": {"test": test | {"pinball_of_constant": {"value": 0.5, "low": 0.25, "high": 0.75}}}}
    shown = {
        language: [line.split("|")[-2].strip() for line in fill(block, record, language).splitlines() if "| " in line]
        for language in ("en", "zh", "both")
    }
    assert shown["en"][1:] == ["too few: defaults 1", "too few: loans without default 4", "1", "0.5 [0.25, 0.75]"]
    assert shown["zh"][1:3] == ["过少：违约 1 笔", "过少：未违约 4 笔"]
    assert shown["both"][1] == "too few: defaults 1 · 过少：违约 1 笔"


def test_the_quoted_answer_is_json_with_the_members_of_the_decision():
    """The first of each list, in one language, with numbers to four decimals."""
    said = {"code": "c", "constraint": "k", "text_en": "en", "text_zh": "zh"}
    quota = {"requested_cny": 3, "amount_cny": 2, "limited_by": "need", "tenor_months": 12, "annual_rate": 0.043512}
    decision = {
        "outcome": "d", "summary_en": "s", "summary_zh": "z", "quota": quota | {"raroc": 1.0},
        "points": {"total": 65.84203, "coverage": 1.0}, "reasons": [said, said], "advice": [said],
        "risk": {"pd_12m": 0.02139, "pd_low": 0.00471, "pd_high": 0.07536, "risk_grade": "B1"},
    }  # fmt: skip
    shown = json.loads(answer(decision, "en").strip().removeprefix("```json").removesuffix("```"))
    assert shown["quota"] == quota | {"annual_rate": 0.0435}
    assert shown["points"]["total"] == 65.842
    assert shown["reasons"] == [{"code": "c", "text_en": "en"}]
    assert "summary_zh" not in shown


ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
COMMITTED = [path for path in RECORDS.values() if path.startswith("experiments/")]


@pytest.fixture
def checkout(tmp_path):
    """The documents and the records that are in git: as a checkout is before anything was run."""
    for name in (*DOCUMENTS, *COMMITTED, WRITTEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_documents_hold_the_figures_of_the_records_at_hand():
    """In a checkout those of the committed experiments; after `make run` and the benchmarks, every figure."""
    assert [str(one) for one in stale(ROOT)[0]] == []


def test_a_changed_figure_of_a_document_or_a_record_is_named(checkout):
    """File, line and block of the first line that differs; what has no record is listed and is no fault."""
    assert stale(checkout)[0] == []
    assert {"risk", "points", "headline", "features-risk", "answer"} <= set(stale(checkout)[1])
    assert "polish" not in stale(checkout)[1]
    page = checkout / "docs/results.md"
    lines = page.read_text(encoding="utf-8").splitlines()
    block = lines.index("<!-- figures:polish -->")
    row = next(
        number for number in range(block, len(lines)) if lines[number].startswith("| ") and "0." in lines[number]
    )
    lines[row] = lines[row].replace("0.", "1.", 1)
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = stale(checkout)[0]
    assert [(one.document, one.line, one.block) for one in found] == [("docs/results.md", row + 1, "polish")]
    assert "the record gives" in str(found[0])


@pytest.mark.parametrize(
    ("document", "block", "digit"), [("docs/results.md", "risk", "0."), ("README.md", "answer", "0.")]
)
def test_a_figure_that_was_changed_by_hand_is_found_without_its_record(checkout, document, block, digit):
    page = checkout / document
    text = page.read_text(encoding="utf-8")
    at = text.index("0.", text.index(f"<!-- figures:{block} -->"))
    page.write_text(text[:at] + "7." + text[at + 2 :], encoding="utf-8")
    (found,) = stale(checkout)[0]
    assert (found.document, found.block) == (document, block)
    assert "changed by hand" in found.fault


def test_a_record_that_lacks_a_figure_is_a_fault(checkout):
    (checkout / RECORDS["patents"]).write_text("{}", encoding="utf-8")
    assert {(one.document, one.block) for one in stale(checkout)[0]} >= {("docs/results.md", "patents")}
    assert "has no" in str(stale(checkout)[0][0])


def test_the_command_checks_without_writing_and_exits_1(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    before = {name: (checkout / name).read_bytes() for name in DOCUMENTS}
    assert CliRunner().invoke(app, ["readme", "--check"]).exit_code == 0
    (checkout / RECORDS["patents"]).write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(app, ["readme", "--check"])
    assert done.exit_code == 1
    assert "docs/results.md:" in done.output
    assert "block patents" in done.output
    assert {name: (checkout / name).read_bytes() for name in DOCUMENTS} == before


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("The AUC is 0.71 out of time.", True),
        ("Its recall@10 rose by 3.5 %.", True),
        ("nDCG@10: .377", True),
        ("A level of 90 % and an AUC with an interval.", False),
        ("Of the AUC see `results 0.71`.", False),
        ("Version 0.71 has the AUC.", False),
    ],
)
def test_a_result_that_is_typed_by_hand_is_found(checkout, line, is_found):
    """After a metric's name; a level, code and a version are no results."""
    page = checkout / "README.md"
    page.write_text(page.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    assert bool(typed_by_hand(checkout)) == is_found


def test_a_figure_of_a_block_that_is_copied_into_prose_is_found(checkout):
    """As it is, and in per cent; the line is that of the document."""
    text = (checkout / "docs/results.md").read_text(encoding="utf-8")
    body = text.split("<!-- figures:polish -->")[1].split("<!-- /figures -->")[0]
    figure = next(cell for cell in body.replace("[", " ").split() if cell.startswith("0.") and len(cell) == 6)
    for typed in (f"It was {figure} then.", f"It was {100 * float(figure):.1f} % then."):
        (checkout / "docs/results.md").write_text(f"{text}\n{typed}\n", encoding="utf-8")
        assert [one.line for one in typed_by_hand(checkout)] == [len(text.splitlines()) + 2]
