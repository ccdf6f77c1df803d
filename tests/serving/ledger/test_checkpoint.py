"""A signed checkpoint kept elsewhere finds a chain that was rebuilt and an end that was cut; only its key signs."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from serving.__main__ import app
from serving.decide.upkeep import faults_of
from serving.decide.worker import Worker
from serving.ledger.checkpoint import KEY_FILE, CheckpointError, Notary, Signer, Verifier, public_path, read_checkpoints
from serving.ledger.ledger import GENESIS, Draft, Ledger, canonical_json
from serving.ledger.store import LEDGER_URL, migrate

pytestmark = pytest.mark.law
N = 12


def fill(ledger: Ledger, changed: int | None = None, count: int = N) -> None:
    """Records of known content; ``changed`` is the one that somebody would like to have been another."""
    for number in range(count):
        amount = 999 if number == changed else number
        ledger.append([Draft("decision", "bank-a", f"d{number}", canonical_json({"amount": amount}), f"k{number}")])


def book(path: Path) -> Ledger:
    url = f"sqlite:///{path}"
    migrate(url)
    return Ledger(url)


@pytest.fixture
def signer() -> Signer:
    return Signer.make("zone.example/ledger")


def test_a_note_is_the_one_of_the_specification() -> None:
    """Byte for byte, by hand: three lines, a blank one, an em dash, the name, and key id with signature in base64.

    The key is the first test vector of RFC 8032 (section 7.1): its public half is given there.
    """
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signer = Signer("example.org/log", Ed25519PrivateKey.from_private_bytes(seed))
    assert signer.verifier.key.public_bytes_raw() == public
    digest = "ab" * 32
    text = b"example.org/log\n7\n" + base64.b64encode(b"\xab" * 32) + b"\n"
    key_id = hashlib.sha256(b"example.org/log\n\x01" + public).digest()[:4]
    signature = base64.b64encode(key_id + signer.key.sign(text))
    assert signer.sign(7, digest).encode() == text + b"\n" + "\u2014 example.org/log ".encode() + signature + b"\n"
    assert signer.verifier.text == f"example.org/log+{key_id.hex()}+{base64.b64encode(bytes([1]) + public).decode()}"
    found = Verifier.read(signer.verifier.text).check(signer.sign(7, digest))
    assert (found.origin, found.n_records, found.digest) == ("example.org/log", 7, digest)


def test_a_rebuilt_chain_and_a_cut_end_are_found(tmp_path: Path, signer: Signer) -> None:
    """Both verify by themselves; against the checkpoint each is named. The grown ledger holds against it."""
    whole, rebuilt, cut = (book(tmp_path / f"{name}.sqlite") for name in ("whole", "rebuilt", "cut"))
    fill(whole)
    note = signer.sign(*whole.end())
    checkpoint = signer.verifier.check(note)
    known = {checkpoint.n_records: checkpoint.digest}
    fill(rebuilt, changed=4)
    for record in list(whole.scan())[: N - 3]:
        cut.append([Draft(record.kind, record.owner, record.subject, record.body, record.unique_key)])
    assert whole.verify(known=known).breaks == ()
    assert rebuilt.verify().breaks == ()
    assert "was rebuilt" in rebuilt.verify(known=known).breaks[0]
    assert cut.verify().breaks == ()
    assert any("was cut" in fault for fault in cut.verify(known=known).breaks)
    whole.append([Draft("decision", "bank-a", "later", b"{}")])
    assert whole.verify(known=known).breaks == ()


def test_an_empty_ledger_has_a_checkpoint(sqlite_ledger: Ledger, signer: Signer) -> None:
    """No record, the genesis digest; a ledger that grew from there still holds against it."""
    checkpoint = signer.verifier.check(signer.sign(*sqlite_ledger.end()))
    assert (checkpoint.n_records, checkpoint.digest) == (0, GENESIS)
    fill(sqlite_ledger)
    assert sqlite_ledger.verify(known={0: GENESIS}).breaks == ()
    assert sqlite_ledger.verify(known={0: "1" * 64}).breaks != ()


TAMPERED = {
    "another count": lambda note: note.replace("\n12\n", "\n11\n"),
    "a count with a zero before it": lambda note: note.replace("\n12\n", "\n012\n"),
    "another digest": lambda note: note.replace(note.split("\n")[2], base64.b64encode(b"\x01" * 32).decode()),
    "another origin": lambda note: note.replace("zone.example/ledger\n", "zone.example/other\n", 1),
    "another signature": lambda note: note[:-6] + ("A" if note[-6] != "A" else "B") + note[-5:],
    "no signature": lambda note: note.split("\n\n")[0] + "\n\n",
    "no blank line": lambda note: note.replace("\n\n", "\n"),
    "one line more": lambda note: note.replace("\n\n", "\nmore\n\n"),
    "no end of line": lambda note: note[:-1],
    "nothing": lambda note: "",
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_changed_note_is_refused(sqlite_ledger: Ledger, signer: Signer, change) -> None:
    fill(sqlite_ledger)
    note = signer.sign(*sqlite_ledger.end())
    assert change(note) != note
    with pytest.raises(CheckpointError):
        signer.verifier.check(change(note))


def test_another_key_of_the_same_name_is_refused(signer: Signer) -> None:
    """Whoever makes a key of that name can sign, and nobody who has the right one believes it."""
    with pytest.raises(CheckpointError, match="no signature of the key"):
        signer.verifier.check(Signer.make(signer.name).sign(3, "ab" * 32))
    another = Signer("other", signer.key)
    with pytest.raises(CheckpointError):
        signer.verifier.check(another.sign(3, "ab" * 32))


def test_a_private_key_is_its_owners_alone(tmp_path: Path, signer: Signer) -> None:
    """Mode 0600, never written over, refused when others may read it; the pair survives its files."""
    path = tmp_path / "keys" / "ledger.key"
    public = signer.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert Signer.load(path).verifier.text == signer.verifier.text == public.read_text().strip()
    assert signer.verifier.text not in path.read_text()
    with pytest.raises(CheckpointError, match="never written over"):
        Signer.make("x").save(path)
    path.chmod(0o640)
    with pytest.raises(CheckpointError, match="0640"):
        Signer.load(path)


@pytest.mark.parametrize("text", ["", "x", "name+00000000+AAAA", "PRIVATE+KEY+x+00000000+" + "A" * 44, "é"])
def test_what_is_no_key_is_named(tmp_path: Path, text: str) -> None:
    """Neither as a private nor as a public key."""
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(CheckpointError):
        Signer.load(path)
    with pytest.raises(CheckpointError):
        Verifier.read(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "/a", "x" * 65, "园区"])
def test_a_name_that_no_signature_line_holds_makes_no_key(name: str) -> None:
    with pytest.raises(CheckpointError):
        Signer.make(name)


def test_the_notary_signs_each_end_once_and_never_against_its_last_note(tmp_path: Path, signer: Signer) -> None:
    """Nothing new, no note; a rebuilt or cut ledger is refused, and the notes stay."""
    ledger, folder = book(tmp_path / "a.sqlite"), tmp_path / "notes"
    fill(ledger)
    notary = Notary(ledger, signer, folder)
    first = notary.sign()
    assert first is not None
    assert (first[0].name, first[0].read_text()) == (f"checkpoint-{N:015d}.txt", first[1])
    assert notary.sign() is None
    ledger.append([Draft("decision", "bank-a", "later", b"{}")])
    assert notary.sign() is not None
    latest = notary.latest()
    assert latest is not None
    assert latest.n_records == N + 1
    for name, changed, count, result in (("b", 4, N + 1, "another"), ("c", None, N - 1, "missing")):
        other = book(tmp_path / f"{name}.sqlite")
        fill(other, changed, count)
        with pytest.raises(CheckpointError, match=result):
            Notary(other, signer, folder).sign()
    assert len(list(folder.iterdir())) == 2


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The commands over a ledger of their own."""
    ledger = book(tmp_path / "l.sqlite")
    fill(ledger)
    monkeypatch.setenv(LEDGER_URL, ledger.url)
    monkeypatch.delenv(KEY_FILE, raising=False)

    def run(*arguments: object):
        return CliRunner().invoke(app, [str(one) for one in arguments])

    return ledger, run


def test_the_commands_make_a_key_sign_and_verify(command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a new key to a found cut, with exit statuses; the key comes as text, as file or by the environment."""
    ledger, run = command
    key, note = tmp_path / "key", tmp_path / "note"
    made = run("checkpoint-key", key, "--name", "zone-1")
    assert made.exit_code == 0, made.output
    assert public_path(key).read_text().strip() in made.output
    assert run("checkpoint-key", key).exit_code == 2
    assert run("checkpoint").exit_code == 2
    assert run("checkpoint", "--key", key).output.startswith("zone-1\n12\n")
    assert run("checkpoint", "--key", key, "--out", note).exit_code == 0
    for public in (public_path(key), public_path(key).read_text().strip()):
        assert run("verify", "--checkpoint", note, "--public-key", public).exit_code == 0
    assert run("verify", "--checkpoint", note).exit_code == 2
    monkeypatch.setenv(KEY_FILE, str(key))
    assert run("verify", "--checkpoint", note).exit_code == 0
    stranger = Signer.make("zone-1").verifier.text
    refused = run("verify", "--checkpoint", note, "--public-key", stranger)
    assert (refused.exit_code, "Traceback" in refused.output) == (2, False)
    note.write_text(note.read_text().replace("\n12\n", "\n11\n"))
    assert run("verify", "--checkpoint", note).exit_code == 2
    assert run("verify", "--checkpoint", tmp_path / "none").exit_code == 2
    assert run("checkpoint", "--out", note).exit_code == 0
    with ledger.engine.execution_options(writes=True).begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER records_no_delete")
        connection.exec_driver_sql(f"DELETE FROM records WHERE seq > {N - 2}")
    assert run("verify").exit_code == 0
    cut = run("verify", "--checkpoint", note)
    assert (cut.exit_code, "was cut" in cut.output) == (1, True)


def test_two_notes_of_one_count_that_differ_are_refused(tmp_path: Path, signer: Signer) -> None:
    """Whoever signed both has shown two ledgers."""
    paths = [tmp_path / "a", tmp_path / "b"]
    for path, digest in zip(paths, ("ab" * 32, "cd" * 32), strict=True):
        path.write_text(signer.sign(5, digest))
    with pytest.raises(CheckpointError, match="another digest"):
        read_checkpoints(paths, signer.verifier.text)


def test_the_service_signs_on_its_schedule(service, tmp_path: Path, signer: Signer) -> None:
    """Beside the ledger, each line in the log, a new note after each period in which records came."""
    quick = replace(service, params=replace(service.params, checkpoint_every_s=0.2))
    with structlog.testing.capture_logs() as logs:
        worker = Worker(quick, f"sqlite:///{tmp_path / 'l.sqlite'}", signer=signer)
        try:
            folder = tmp_path / "checkpoints"
            _wait(lambda: len(list(folder.glob("*.txt"))) == 1)
            worker.ledger.append([Draft("x", "o", "s", b"{}")])
            _wait(lambda: len(list(folder.glob("*.txt"))) == 2)
            paths = sorted(folder.glob("*.txt"))
            known = read_checkpoints(paths, signer.verifier.text)
            assert worker.ledger.verify(known=known).breaks == ()
            _wait(lambda: len([entry for entry in logs if entry["event"] == "checkpoint"]) == 2)
            assert [entry["note"] for entry in logs if entry["event"] == "checkpoint"] == [p.read_text() for p in paths]
        finally:
            worker.close()


REPLACED = {"whole": (0, 200, None), "cut": (2, 503, "missing"), "rebuilt": (2, 503, "another")}  # records cut, answer


@pytest.mark.parametrize(("cut", "status", "why"), REPLACED.values(), ids=REPLACED)
def test_a_ledger_below_its_newest_note_is_not_ready_from_the_start(
    open_shop, service, tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch, cut: int, status: int, why
) -> None:
    """A note of seconds ago, and the next is due in an hour: the first check finds what was cut or rebuilt."""
    path, checked = tmp_path / "l.sqlite", Notary.check
    url, seen = f"sqlite:///{path}", []
    Worker(service, url).close()  # its releases are on record
    shorter = path.read_bytes()
    ledger = Ledger(url)
    ledger.append([Draft("decision", "bank-a", f"d{number}", b"{}") for number in range(2)])
    note = Notary(ledger, signer, tmp_path / "checkpoints").sign()
    ledger.close()
    assert note is not None
    if cut:
        path.write_bytes(shorter)
    if why == "another":
        ledger = Ledger(url)
        ledger.append([Draft("decision", "bank-a", f"d{number}", b'{"other":1}') for number in range(2)])
        ledger.close()

    def spy(notary: Notary):
        try:
            seen.append(checked(notary))
        except CheckpointError as fault:
            seen.append(str(fault))
            raise

    monkeypatch.setattr(Notary, "check", spy)
    assert service.params.checkpoint_every_s == 3600.0
    with structlog.testing.capture_logs() as logs:
        worker = Worker(service, url, signer=signer)
        try:
            _wait(lambda: len(seen) >= 1)
            _wait(lambda: why is None or faults_of(worker.upkeep))
            faults = [] if why is None else ["checkpoint: LedgerChangedError"]
            assert faults_of(worker.upkeep) == faults
            failed = [entry for entry in logs if entry["event"] == "upkeep_failed"]
            # Which record, in the log alone.
            assert [(entry["work"], entry["fault"], entry["detail"]) for entry in failed] == [
                ("checkpoint", "LedgerChangedError", seen[0]) for _ in faults
            ]
        finally:
            worker.close()
    assert why is None or why in seen[0]
    monkeypatch.undo()
    shop = open_shop(url, signer=signer)
    _wait(lambda: shop.client.get("/readyz").status_code == status)
    answer = shop.client.get("/readyz")
    if why is not None:
        body = answer.json()
        assert (body["type"], body["title"]) == (
            "/problems/ledger-changed", "The ledger does not agree with its signed checkpoint",
        )  # fmt: skip
        assert body["title_zh"] == "台账与其已签名的检查点不一致"
        assert "checkpoint: LedgerChangedError" in body["detail"]
        assert why not in body["detail"]


def _wait(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
