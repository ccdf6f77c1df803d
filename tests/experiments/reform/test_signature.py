"""A result that somebody forged whole is found by the public key of whoever made the right one."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.reform import kept
from experiments.reform.publish import publish
from experiments.reform.signature import SIGNATURE, SignatureError, private_key, public_key
from experiments.reform.verify import faults, verify
from serving.ledger.checkpoint import Signer
from tests.experiments.reform.worlds import sources, world

pytestmark = pytest.mark.contract


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "_packed", lambda artifacts, names: "")
    return world(tmp_path, monkeypatch)


def publish_anew(out, signer: Signer | None = None) -> None:
    publish(out, out.parent / "artifacts", **sources(out.parent), signer=signer)


@pytest.mark.law
def test_a_wholly_forged_result_fails_the_signer_s_key(out):
    """Files, fingerprint and pages agree with each other; unsigned, with the old signature or one of another key."""
    signer, other = Signer.make("reform-office"), Signer.make("reform-office")
    publish_anew(out, signer)
    right = (out / SIGNATURE).read_text(encoding="utf-8")
    assert not faults(verify(out, key=signer.verifier))
    assert [one.name for one in faults(verify(out, key=other.verifier))] == ["signature"]
    (out / "totals.csv").write_text("a,b\n9,9\n")
    for forger, note in ((None, None), (None, right), (other, None)):
        publish_anew(out, forger)
        if note:
            (out / SIGNATURE).write_text(note, encoding="utf-8")
        assert not faults(verify(out))
        assert [one.name for one in faults(verify(out, key=signer.verifier))] == ["signature"]


def test_a_signature_covers_the_file_with_a_row_for_each_firm(out):
    """Its digest is in what was signed, though not in the identifier."""
    (out / "moves.csv").write_text("firm,quota\n1,2\n")
    signer = Signer.make("reform-office")
    publish_anew(out, signer)
    states = [[one.state for one in verify(out, key=key) if one.name == "moves.csv"] for key in (None, signer.verifier)]
    assert states == [["not covered"], ["same"]]


def test_a_second_publication_without_a_key_has_no_signature(out):
    """The earlier one would be of another fingerprint."""
    publish_anew(out, Signer.make("reform-office"))
    publish_anew(out)
    assert not (out / SIGNATURE).exists()


def test_a_key_of_a_ledger_signs_no_result(tmp_path):
    """A note of a result could else be taken for a ledger's checkpoint."""
    ledger, office = Signer.make("innovation-points-ledger"), Signer.make("reform-office")
    for one, made in (("ledger", ledger), ("office", office)):
        made.save(tmp_path / one)
    with pytest.raises(SignatureError, match="'innovation-points-ledger'; allowed: one that begins with 'reform'"):
        private_key(tmp_path / "ledger")
    with pytest.raises(SignatureError, match="begins with 'reform'"):
        public_key(ledger.verifier.text)
    assert private_key(tmp_path / "office").verifier.text == office.verifier.text
    assert (
        public_key(str(tmp_path / "office.pub")).text == public_key(office.verifier.text).text == office.verifier.text
    )
    with pytest.raises(SignatureError, match="nokey"):
        public_key("nokey")
    with pytest.raises(SignatureError, match="cannot be read"):
        private_key(tmp_path / "absent")


def test_the_command_verifies_with_a_public_key(out):
    """Exit 0 for the right one, 1 for another, 2 for none."""
    signer = Signer.make("reform-office")
    publish_anew(out, signer)
    done = CliRunner().invoke(app, ["verify-reform", str(out), "--key", signer.verifier.text])
    assert (done.exit_code, "same          signature" in done.output) == (0, True)
    assert "12 the same, 6 not checked, 0 at fault" in done.output
    other = CliRunner().invoke(app, ["verify-reform", str(out), "--key", Signer.make("reform-office").verifier.text])
    assert (other.exit_code, "different     signature" in other.output) == (1, True)
    assert CliRunner().invoke(app, ["verify-reform", str(out), "--key", "no key"]).exit_code == 2
