"""Every file is counted, and one that is not read is a failure with its reason."""

from data.ingest.messages.build import build
from experiments.benchmarks.clearance.round_trip import run


def test_a_refused_file_is_a_failure_with_its_reason(tmp_path):
    raw = build("sw.receipt", {"DEC_RESULT": {"ENTRY_ID": "1", "CHANNEL": "P", "NOTE": "放行"}, "RESULT_INFO": ""})
    (tmp_path / "a.xml").write_bytes(raw)
    good = run(tmp_path, None)
    assert (good["holds"], good["files"], good["edits"]) == (True, 1, 3)
    (tmp_path / "b.xml").write_bytes(b"<a/>")
    found = run(tmp_path, None)
    assert not found["holds"]
    assert found["kinds"] == {"refused": 1, "sw.receipt": 1}
    (failure,) = found["failures"]
    assert failure["name"] == "b.xml"
    assert "unknown_kind" in failure["refusal"]


def test_an_empty_folder_shows_nothing(tmp_path):
    assert not run(tmp_path, None)["holds"]
