from __future__ import annotations

import io

import flask
import openpyxl
import pytest

from serving.console.pages.analyst.job_files import command, files_of, send
from serving.contract.refusals import Refusal
from tests.serving.console.pages.analyst.conftest import ended, words
from tests.serving.console.pages.analyst.test_job_pages import FILES, RESULT, add

pytestmark = pytest.mark.behaviour


@pytest.fixture(autouse=True)
def request_context():
    """Flask's request, which a file is sent in."""
    with flask.Flask("files").test_request_context():
        yield


@pytest.fixture
def job(jobs):
    """A finished reform of analyst one."""
    return ended(jobs, add(jobs), "done", files=FILES, result=RESULT)


def sent(view, job, name):
    """Status, name and bytes of a file."""
    answer = send(view, job.job_id, name)
    answer.direct_passthrough = False
    return answer.headers["content-disposition"], answer.get_data()


def test_the_yaml_files_are_the_jobs_own_bytes(view_of, job):
    """What the worker was given, under the names that the command shows."""
    assert sent(view_of(), job, "reform.yaml") == ("attachment; filename=caps.yaml", b"# r\n")
    assert sent(view_of(), job, "baseline.yaml") == ("attachment; filename=baseline.yaml", b"# b\n")
    assert command(job) == "python -m experiments reform baseline.yaml caps.yaml --bank standard"


def test_report_and_tables_are_handed_out(view_of, job):
    """HTML and CSV as they are; XLSX with a sheet a table, in which numbers are numbers."""
    assert sent(view_of(), job, "caps.draft.zh.html")[1] == b"<html></html>"
    book = openpyxl.load_workbook(io.BytesIO(sent(view_of(), job, "tables.xlsx")[1]))
    assert book.sheetnames == ["总量"]
    assert [cell.value for cell in book["总量"][2]] == ["caps", 1.5]


@pytest.mark.parametrize("name", ["moves.csv", "secret.csv", "../result.json", "caps.yaml"])
def test_rows_of_single_firms_and_files_that_are_not_its_own_are_not_found(view_of, job, name):
    """One row a firm stays with the result."""
    with pytest.raises(Refusal) as refused:
        send(view_of(), job.job_id, name)
    assert refused.value.key == "not-found"


@pytest.mark.parametrize("name", ["reform.yaml", "result.json", "tables.xlsx", "totals.csv"])
def test_no_file_of_another_person_is_found(view_of, job, name):
    """By no name."""
    with pytest.raises(Refusal) as refused:
        send(view_of("two"), job.job_id, name)
    assert refused.value.key == "not-found"


def test_links_lead_to_what_is_handed_out_and_name_the_result(view_of, job):
    """No link to single firms; the identifier and the day on which it goes."""
    text = words(files_of(view_of(), job))
    assert "完整报告（HTML）" in text
    assert "总量（CSV）" in text
    assert "draft-00" in text
    assert "结果保留至" in text
    assert "moves" not in text
