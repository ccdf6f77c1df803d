"""Every simulated message reads, says that it is simulated, and breaks the rule that it is meant to break."""

from __future__ import annotations

import datetime as dt

import pytest

from data.clearance.codes import Codes
from data.clearance.records import CLIENT_SEQ_NO, ENTRY_ID, SEQ_NO, MessageError
from data.ingest.messages.read import read_message
from data.synthetic.clearance import messages
from data.synthetic.clearance_messages import SIMULATED


@pytest.fixture(scope="module")
def arriving(simulated):
    """The messages with their planted events, those that are cut apart."""
    events = simulated.events
    rows = events.loc[~events["lost"] | events["cut"]].reset_index(drop=True)
    return list(zip(messages(simulated), rows.itertuples(), strict=True))


def test_every_message_reads_but_those_that_are_cut(arriving):
    kinds = {"Declare": "sw.declaration", "Successed": "sw.import_response", "Failed": "sw.import_response"}
    cut = 0
    for message, event in arriving:
        assert message.received_at.timestamp() == event.received
        if event.cut:
            cut += 1
            with pytest.raises(MessageError):
                read_message(message.raw)
            continue
        read = read_message(message.raw)
        name = message.name.split("_")[0]
        assert read.kind == kinds.get(name, "dxp" if event.enveloped else "sw.receipt")
        assert not read.remarks
        if not event.enveloped:
            assert read.encoding.upper().startswith("GB") == event.gbk
        if name == "Receipt":
            said = (read.inner[0] if event.enveloped else read).events[0]
            assert (said.code, said.note, said.at.timestamp()) == (event.code, event.note, event.at)
    assert cut


def test_numbers_belong_to_one_declaration(simulated, arriving):
    table = simulated.declarations
    for kind in (CLIENT_SEQ_NO, SEQ_NO, ENTRY_ID):
        assert table[kind].is_unique
    assert not set(table[ENTRY_ID]) & set(table["other_entry_id"])
    assert table[CLIENT_SEQ_NO].str.startswith("SIM").all()
    assert set(table[ENTRY_ID].str.len()) == set(table[SEQ_NO].str.len()) == {18}


def test_declarations_say_that_they_are_simulated_and_name_no_person(arriving):
    sent = [message.raw for message, event in arriving if event.kind == "declaration"]
    assert all(read_message(raw).declaration.head["NoteS"] == SIMULATED for raw in sent)
    assert not [raw for raw in sent if b"OperName" in raw or b"DecUsers" in raw or b"DecBpNo" in raw]


def test_planted_errors_are_the_only_errors(arriving):
    """By the tables of 2020, whose codes the simulated declarations use."""
    from models.clearance.checks import check

    codes, broken = Codes.load(), 0
    for message, event in arriving:
        if event.kind == "declaration":
            found = check(read_message(message.raw).declaration, codes, dt.date(2020, 6, 1))
            errors = {one.rule_id for one in found if one.severity == "error"}
            assert bool(errors) == bool(event.code), (event.code, errors)
            assert event.code or not found, found
            broken += bool(event.code)
    assert broken > 5
