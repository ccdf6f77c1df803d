"""Refusals over HTTP: RFC 9457, a status by key, and the headers that belong to it."""

from __future__ import annotations

import re

import pytest
import structlog

from data.texts.sentences import label, read_sentences
from serving.contract.refusals import Fault, Refusal
from serving.http.problems import MEDIA_TYPE, STATUS, internal, problem_members, problem_response

pytestmark = pytest.mark.contract


def test_every_problem_has_a_title_and_what_to_do_in_both_languages():
    """The type's address, the status and the texts come from one key; detail holds what to do, whatever happened."""
    for key, status in STATUS.items():
        body = problem_members(Refusal(key, "sent to the wrong place", [Fault("a", "b", "c")]))
        zh, en = label(f"problem.{key}.action")
        assert (body["title_zh"], body["title"]) == label(f"problem.{key}")
        assert (body["type"], body["status"]) == (f"/problems/{key}", status)
        assert (body["detail_zh"], body["detail"]) == (zh, f"sent to the wrong place. {en}")
        assert body["faults"] == [{"where": "a", "found": "b", "allowed": "c", "allowed_zh": "c"}]
        assert "faults" not in problem_members(Refusal(key))
        assert not re.search(r"[\u4e00-\u9fff]", f"{body['title']}{en}")
        assert re.search(r"[\u4e00-\u9fff]", body["title_zh"])
    rows = {key.split(".")[1] for key in read_sentences() if key.startswith("problem.")}
    assert rows == set(STATUS)


HEADERS = {
    "key-missing": (Refusal("key-missing"), {"www-authenticate": "Bearer"}),
    "key-unknown": (Refusal("key-unknown"), {"www-authenticate": "Bearer"}),
    "permission-missing": (Refusal("permission-missing"), {}),
    "method-not-allowed": (Refusal("method-not-allowed", faults=[Fault("method", "PUT", "GET, HEAD")]),
                           {"allow": "GET, HEAD"}),
    "body-too-large": (Refusal("body-too-large"), {"connection": "close"}),
    "too-many-requests": (Refusal("too-many-requests", retry_after_s=7), {"retry-after": "7"}),
    "ledger-unavailable": (Refusal("ledger-unavailable", retry_after_s=1), {"retry-after": "1"}),
    "not-ready": (Refusal("not-ready"), {}),
}  # fmt: skip


@pytest.mark.parametrize(("refusal", "headers"), HEADERS.values(), ids=HEADERS)
def test_headers_follow_from_the_refusal(refusal, headers):
    """Beside type and length, those that the status needs and no other."""
    answer = problem_response(refusal)
    assert answer.status_code == STATUS[refusal.key]
    plain = {"content-type": MEDIA_TYPE, "content-length": str(len(answer.body))}
    assert dict(answer.headers) == plain | headers


def test_a_fault_of_ours_says_nothing_and_is_logged_by_type_and_position():
    """Neither the answer nor the log has what the fault said."""
    with structlog.testing.capture_logs() as logs:
        try:
            raise KeyError("secret")
        except KeyError as fault:
            answer = internal("/v1/quota", fault)
    assert (answer.status_code, logs[0]["fault"], logs[0]["route"]) == (500, "KeyError", "/v1/quota")
    assert "secret" not in answer.body.decode() + str(logs)
