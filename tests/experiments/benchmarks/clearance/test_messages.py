"""The check of samples finds what holds and what does not; on the real samples where an operator has them."""

import os
from pathlib import Path

import pytest

from data.ingest.messages.build import build
from data.ingest.messages.schemas import Schemas
from experiments.benchmarks.clearance.messages import check_samples

pytestmark = pytest.mark.contract
ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").is_file())
REAL = Path(os.environ.get("IP_CUSTOMS_MESSAGES", ROOT.parent / "shared/data/customs/messages"))
SCHEMAS = "ceb_202205/xsd"
# Samples of the customs administration that its own schemas refuse.
INVALID = {
    "ceb_202205/export/CEB792Message.xml": "gseqno",
    **{f"ceb_202205/export/CEB{kind}Message.xml": "BaseSubscribe" for kind in (303, 403, 505, 507, 509, 605, 607)},
}


def test_each_file_is_checked_and_a_refused_one_says_why(tmp_path):
    (tmp_path / "a.xml").write_bytes(
        build("sw.receipt", {"DEC_RESULT": {"ENTRY_ID": "1", "CHANNEL": "P", "NOTE": "放行"}})
    )
    (tmp_path / "b.edi").write_bytes(b"UNB+UNOC:3+A+B+1+R'UNH+1+CUSRES'BGM+962+T'GIS+1'UNT+4+1'UNZ+1+R'")
    (tmp_path / "c.xml").write_bytes(b"<a/>")
    first, second, third = check_samples(tmp_path)
    assert (first.kind, first.same_tree, first.same_bytes, first.n_edits) == ("sw.receipt", True, True, 3)
    assert (second.kind, second.same_tree, second.same_bytes) == ("edifact.CUSRES", True, True)
    assert (third.kind, third.refusal.startswith("line 1")) == ("", True)


@pytest.mark.skipif(not (REAL / SCHEMAS).is_dir(), reason="no samples: set IP_CUSTOMS_MESSAGES to their folder")
def test_the_real_samples_are_read_and_come_back():
    checks = {check.name: check for check in check_samples(REAL, Schemas.load(REAL / SCHEMAS), most_edits=2)}
    assert len(checks) == 116
    assert not [check for check in checks.values() if check.refusal or not (check.same_tree and check.same_bytes)]
    refused = {name: check.schema for name, check in checks.items() if "schema_invalid" in check.schema}
    assert {name for name in refused if name.startswith("ceb_")} == set(INVALID)
    assert all(INVALID[name] in text for name, text in refused.items() if name in INVALID)
    valid = [name for name, check in checks.items() if check.schema == "valid"]
    assert len(valid) == 24
