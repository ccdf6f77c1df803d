from __future__ import annotations

import json

import pytest

from serving.console.pages.analyst import run_page
from serving.contract.refusals import Refusal
from tests.serving.console.components import of_id as found
from tests.serving.console.pages.analyst.conftest import words
from training.run_rows import ROWS, RUN

pytestmark = pytest.mark.behaviour
FIRST, SECOND = "a" * 32, "b" * 32


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Two runs with held-out rows and one without."""
    for run_id, about in ((FIRST, {"capability": "risk", "git_commit": "0123456789"}), (SECOND, None), ("c" * 32, {})):
        folder = tmp_path / run_id / "artifacts"
        folder.mkdir(parents=True)
        if run_id[0] != "c":
            (folder / ROWS).write_bytes(b"rows")
        if about is not None:
            (folder / RUN).write_text(json.dumps(about))
    monkeypatch.setattr(run_page, "STORE", tmp_path)
    return tmp_path


def test_names_of_files_are_those_that_training_writes():
    """The service cannot import training, and reads the same names."""
    assert (run_page.ROWS, run_page.ABOUT) == (ROWS, RUN)


def test_runs_that_kept_their_rows_can_be_chosen(store, view_of):
    """With capability, day and commit; the one without rows cannot."""
    shown = run_page.run_page(view_of())
    labels = [one["label"] for one in found(shown, "runs-baseline").data]
    assert len(labels) == 2
    assert any(label.startswith("违约风险 · ") and "01234567" in label for label in labels)


def test_without_a_tracking_store_the_page_says_what_to_do(view_of, monkeypatch, tmp_path):
    """The folder and the command."""
    monkeypatch.setattr(run_page, "STORE", tmp_path / "mlruns")
    text = words(run_page.run_page(view_of()))
    assert "mlruns" in text
    assert "make run" in text


def test_a_comparison_is_a_job_of_known_runs_only(store, view_of, jobs):
    """A path or an unknown id never reaches the worker; one run alone is refused in words."""
    where = run_page.start(view_of(), 1, FIRST, [SECOND, "/etc/passwd", "d" * 32])
    (job,) = jobs.of("one")
    assert where.endswith(job.job_id)
    assert job.body == {"runs": [FIRST, SECOND]}
    with pytest.raises(Refusal) as refused:
        run_page.start(view_of(), 1, FIRST, [FIRST])
    assert "至少一次其他训练" in refused.value.text[0]
