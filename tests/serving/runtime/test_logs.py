"""The log: one JSON object a line, and no answer waits for it."""

from __future__ import annotations

import json

import pytest
import structlog

from serving.runtime.logs import Lines, log_as_json

pytestmark = pytest.mark.contract


def test_a_log_that_cannot_be_written_stops_no_answer(tmp_path):
    """A closed or broken stream loses the line, not the request; the next stream gets whole lines again."""
    stream = (tmp_path / "log").open("w")
    lines = Lines(stream)
    lines.info("one")
    lines.stream.close()
    lines.error("lost")
    assert (tmp_path / "log").read_text() == "one\n"


def test_a_line_is_one_json_object_with_its_level_and_instant(capsys):
    """Also where a value has a line feed."""
    try:
        log_as_json()
        structlog.get_logger("test").error("event", value="a\nb")
    finally:
        structlog.reset_defaults()
    (line,) = capsys.readouterr().err.splitlines()
    result = json.loads(line)
    assert (result["event"], result["level"], result["value"]) == ("event", "error", "a\nb")
    assert result["timestamp"].endswith("Z")
