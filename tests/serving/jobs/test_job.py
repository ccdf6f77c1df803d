from __future__ import annotations

import pytest

from serving.jobs.job import Job, as_row, job_text

pytestmark = pytest.mark.behaviour


def test_what_is_being_done_is_a_sentence_in_both_languages():
    """The row holds a key and figures; words come from the sentences."""
    zh, en = job_text({"key": "jobs.doing.refit", "done": 3, "whole": 50})
    assert zh == "正在用重新拟合的模型测算：第 3 个，共 50 个"
    assert en == "Calculating with refitted models: 3 of 50"
    assert job_text({}) == ("", "")


def test_a_row_keeps_chinese_as_it_is():
    """What a person wrote is text in the store, not escapes."""
    assert (
        "提高上限" in as_row(Job("1", "reform", "a", "zone", "提高上限", "waiting", body={"name": "提高上限"}))["body"]
    )


def test_only_waiting_and_running_jobs_are_open():
    """An ended job takes no room of its owner's three."""
    states = ("waiting", "running", "done", "broken", "cancelled")
    assert [state for state in states if Job("1", "k", "a", "c", "n", state).open] == ["waiting", "running"]
