"""Samples of a folder and of the simulator, and the traces of their declarations."""

from data.ingest.messages.build import build
from experiments.benchmarks.clearance.samples import Sample, of_folder, simulated, simulated_traces, traces_of


def receipt(number, code):
    result = {"ENTRY_ID": number, "CHANNEL": code, "NOTICE_DATE": "2026-03-01T20:58:44"}
    return build("sw.receipt", {"DEC_RESULT": result, "RESULT_INFO": ""})


def test_a_folder_is_read_in_the_order_of_names(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/two.xml", "one.edi", "note.txt"):
        (tmp_path / name).write_bytes(name.encode())
    assert of_folder(tmp_path) == [Sample("b/two.xml", b"b/two.xml"), Sample("one.edi", b"one.edi")]


def test_folders_use_the_same_number_for_different_declarations():
    held = [Sample(f"{folder}/{code}", receipt("1", code)) for folder in "ab" for code in "LJ"]
    held += [Sample("a/alone", receipt("2", "L")), Sample("a/broken", b"<a")]
    traces = traces_of(held)
    assert [len(events) for events in traces.values()] == [2, 2]
    assert [name[0] for name in traces] == ["a", "b"]


def test_simulated_ones_are_the_same_every_time():
    assert simulated(30) == simulated(30)
    traces = simulated_traces(20, lost_share=0.0)
    assert len(traces) == 20
    assert all(len(events) > 2 for events in traces.values())
