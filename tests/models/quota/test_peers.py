"""What the training cases looked like, as a file."""

from __future__ import annotations

import pytest

from models.quota.peers import Peers
from models.risk.model import ModelFileError

PEERS = Peers({"growth": {"b": 2.0, "a": 0.1}}, {"growth": {"a": 9.0}}, {"a": -1.0}, {"a": 11.5})
TEXT = """{
 "high": {
  "a": 11.5
 },
 "low": {
  "a": -1.0
 },
 "median": {
  "growth": {
   "a": 0.1,
   "b": 2.0
  }
 },
 "p95": {
  "growth": {
   "a": 9.0
  }
 }
}
"""


@pytest.mark.law
def test_peers_are_the_same_after_a_file(tmp_path):
    """Sorted keys, one figure a line, the folder made, written again without complaint."""
    path = tmp_path / "new/folder/peers.json"
    for _ in range(2):
        PEERS.save(path)
    assert path.read_bytes().decode() == TEXT
    assert Peers.load(path) == PEERS


@pytest.mark.law
def test_a_file_of_another_program_is_read_as_utf_8_on_every_machine(tmp_path, c_locale):
    """Names beyond ASCII, written as they are."""
    (tmp_path / "peers.json").write_bytes(TEXT.replace('"growth"', '"成长期"').encode())
    assert list(Peers.load(tmp_path / "peers.json").p95) == ["成长期"]


@pytest.mark.contract
@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, r"No such file"),
        ("{", r"Expecting property name"),
        ("[1]", r"argument after \*\* must be a mapping"),
        ('{"median": {}}', r"missing 3 required positional arguments: 'p95', 'low', and 'high'"),
        (TEXT.replace('"p95"', '"p99"'), r"unexpected keyword argument 'p99'"),
    ],
)
def test_a_file_that_holds_something_else_is_named(tmp_path, text, fault):
    """ModelFileError with the file's name and what is wrong."""
    path = tmp_path / "peers.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError, match=rf"^peers\.json cannot be read: .*{fault}"):
        Peers.load(path)


@pytest.mark.contract
def test_bytes_that_are_no_text_are_named(tmp_path):
    """Neither a crash nor a guess."""
    (tmp_path / "peers.json").write_bytes(b'{"median": "\xff"}')
    with pytest.raises(ModelFileError, match=r"^peers\.json cannot be read: 'utf-8' codec"):
        Peers.load(tmp_path / "peers.json")
