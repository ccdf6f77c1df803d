from __future__ import annotations

import json

import pytest

from serving.console.pages.analyst import job_pages
from serving.contract.refusals import Refusal
from serving.jobs.claims import Claims
from tests.experiments.reform.example import example
from tests.serving.console.components import of_id as found
from tests.serving.console.pages.analyst.conftest import ended, every_id, words

pytestmark = pytest.mark.behaviour
BODY = {"baseline": "# b\n", "reform": "# r\n", "file": "caps", "banks": ["standard"], "quick": 0, "draws": False}
FILES = {
    "result.json": json.dumps(example(["standard"]).as_dict()),
    "totals.csv": "\ufeffreform,value\ncaps,1.5\n",
    "moves.csv": "\ufefffirm,points\nabc,1\n",
    "caps.draft.zh.html": "<html></html>",
}
RESULT = {"fingerprint": "draft-00", "citable": False}


def add(jobs, owner="one"):
    return jobs.add("reform", owner, "zone", "提高上限", BODY)


def page(view_of, job, owner="one", lang="zh"):
    return job_pages.job_page(view_of(owner, lang, {"job": job.job_id}))


def test_a_job_that_runs_shows_how_far_it_is_and_can_be_cancelled(view_of, jobs):
    """In words, with a named bar; it is polled, also after a reload."""
    job = add(jobs)
    waiting = page(view_of, job)
    assert "python -m experiments worker" in words(waiting)
    claims = Claims(jobs, "w", ["reform"])
    claims.beat(claims.claim(), 0.4, {"key": "jobs.doing.intervals", "done": 1, "whole": 1})
    for _ in range(2):
        shown = page(view_of, job)
        assert "进度 40%" in words(shown)
        assert "正在计算区间" in words(shown)
        assert found(shown, "job-poll").disabled is False
    said = job_pages.cancel(view_of(params={}), 1, job.job_id)
    assert said == "正在取消……"
    assert jobs.find(job.job_id, "one").cancel_wanted


def test_another_persons_job_is_not_found_by_page_poll_cancel_or_chart(view_of, jobs):
    """The id alone opens nothing."""
    job = add(jobs)
    other = view_of("two", params={"job": job.job_id})
    for reach in (
        lambda: job_pages.job_page(other),
        lambda: job_pages.follow(other, 1, job.job_id),
        lambda: job_pages.cancel(other, 1, job.job_id),
        lambda: job_pages.show_moves(other, "points", "all", job.job_id),
    ):
        with pytest.raises(Refusal) as refused:
            reach()
        assert refused.value.key == "not-found"
    assert "您还没有试算" in words(job_pages.list_page(other))
    assert not jobs.find(job.job_id, "one").cancel_wanted


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_finished_job_shows_all_of_its_result_and_is_seen_by_then(view_of, jobs, lang):
    """Totals, who moves, causes, frontier, typical firms, who could game it, files; polling ends."""
    job = ended(jobs, add(jobs), "done", files=FILES, result=RESULT)
    assert [one.count for one in job_pages.waiting(view_of())] == [1, 0, 0]
    body, ends = job_pages.follow(view_of(lang=lang), 1, job.job_id)
    assert ends is True
    headings = {
        "zh": ("四项总量", "谁可能钻规则的空子", "下载"),
        "en": ("Four totals", "Who could game it", "Downloads"),
    }
    assert all(heading in words(body) for heading in headings[lang])
    assert {"job-measure", "job-grouping", "job-moves"} <= {one for one in every_id(body) if isinstance(one, str)}
    assert [one.count for one in job_pages.waiting(view_of())] == [0, 0, 0]


def test_a_job_that_broke_says_why_and_how_to_go_on(view_of, jobs):
    """A sentence, no trace; the same changes can be tried again."""
    job = ended(jobs, add(jobs), "broken", problem={"key": "jobs.problem.memory", "megabytes": 4096})
    (_, broken, _) = job_pages.waiting(view_of())
    assert (broken.count, broken.href) == (1, f"/console/reform/jobs/{job.job_id}")
    text = words(page(view_of, job))
    assert "任务需要的内存超过允许的 4,096 MB" in text
    assert "用这些改动再试算" in text


def test_a_result_whose_files_are_gone_is_said_in_words(view_of, jobs):
    """The row outlived its folder."""
    job = ended(jobs, add(jobs), "done", files={}, result=RESULT)
    assert "结果文件已不在" in words(page(view_of, job))


def test_the_list_has_the_persons_jobs_with_state_and_day(view_of, jobs):
    """The newest first, each a link."""
    job = add(jobs)
    text = words(job_pages.list_page(view_of()))
    assert "提高上限" in text
    assert "等待中" in text
    assert "年" in text
    assert job.job_id not in text
