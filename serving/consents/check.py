"""No use of an enterprise's data without its consent: signed by a registered issuer, in force, for this bank and use.

A revocation is a record of the ledger, and a record made under a consent is not written after it (``Draft.not_after``
is checked under the chain's own lock). So no decision and no reading of points follows the revocation of its consent,
whichever worker it came to. Issuers and revocations are also read every half second, which refuses before anything is
computed; when they were read too long ago nothing is answered.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from data.beijing import BEIJING_ZONE
from data.codebook import read_loan_terms
from data.consents import (
    CATEGORIES,
    JURISDICTION,
    LONGEST_DAYS,
    Consent,
    Receipt,
    Share,
    is_signed_by,
    read_public_key,
)
from data.members import instant_text
from data.texts.figures import Text
from data.texts.sentences import label, sentence
from serving.auth.access import STALE_S, Caller
from serving.contract.instants import day_in
from serving.contract.refusals import Fault, Refusal
from serving.ledger.ledger import Draft, Ledger, canonical_json, digest_of

CONSENT, REVOKED, POINTS_SEEN, MATCH_LIST = "consent", "consent_revoked", "points_seen", "match_list"
QUOTAS_SEEN = "quotas_seen"
ISSUER, ISSUER_ENDED = "consent_issuer", "consent_issuer_ended"
LEEWAY = timedelta(seconds=60)  # by which two clocks may differ


@dataclass(frozen=True, slots=True)
class IssuerKey:
    """A public key whose signatures are taken, or were until ``ended_at``."""

    issuer: str
    key_id: str
    name: str
    public_key: str
    registered_at: str
    key: Ed25519PublicKey
    ended_at: str | None = None


class ConsentBook:
    """Issuers' keys and revocations of one ledger, as of the last ``refresh``."""

    def __init__(self) -> None:
        self.issuers: Mapping[tuple[str, str], IssuerKey] = {}  # by issuer and key_id
        self._revoked_at: Mapping[str, str] = {}  # by revocation_key
        self._after = dict.fromkeys((ISSUER, ISSUER_ENDED, REVOKED), 0)
        self._reading = Lock()
        self._read_at: float | None = None

    def refresh(self, ledger: Ledger) -> None:
        """Read what was recorded since the last time; raises LedgerError."""
        with self._reading:
            self._refresh(ledger)

    def _refresh(self, ledger: Ledger) -> None:
        issuers, revoked_at = dict(self.issuers), {}
        for kind in self._after:
            for record in ledger.find(kind=kind, after=self._after[kind]):
                self._after[kind] = record.seq
                body = record.content
                if kind == REVOKED:
                    revoked_at[str(record.unique_key)] = record.recorded_at
                    continue
                name = (body["issuer"], body["key_id"])
                if kind == ISSUER:
                    issuers[name] = IssuerKey(
                        *name,
                        body["name"],
                        body["public_key"],
                        record.recorded_at,
                        read_public_key(body["public_key"]),
                    )
                elif name in issuers:
                    held = issuers[name]
                    issuers[name] = IssuerKey(
                        *name, held.name, held.public_key, held.registered_at, held.key, record.recorded_at
                    )
        self.issuers = issuers
        if revoked_at:
            self._revoked_at = {**self._revoked_at, **revoked_at}
        self._read_at = time.monotonic()

    def must_be_fresh(self) -> None:
        """A refusal when issuers and revocations were read more than ``STALE_S`` seconds ago, or never."""
        if self._read_at is None or time.monotonic() - self._read_at > STALE_S:
            raise Refusal("ledger-unavailable", f"revocations of consents have not been read for {STALE_S:g} s")

    def live_key(self, issuer: str, key_id: str) -> IssuerKey | None:
        """The registered key that has not ended."""
        held = self.issuers.get((issuer, key_id))
        return held if held is not None and held.ended_at is None else None

    def revoked_at(self, consent: Receipt) -> str | None:
        """When the consent was revoked, if it was."""
        return self._revoked_at.get(revocation_key(consent.issuer, consent.uscc, consent.id))


@dataclass
class Checked:
    """Faults of a consent, with their texts in both languages; nothing when it holds."""

    faults: list[Fault] = field(default_factory=list)
    zh: list[str] = field(default_factory=list)
    en: list[str] = field(default_factory=list)

    @property
    def only_ended(self) -> bool:
        """Whether it once held: its term is over, or it or its issuer's key was ended."""
        return bool(self.faults) and all(fault.where.removeprefix("consent.") in _ENDINGS for fault in self.faults)

    def add(self, where: str, found: object, allowed: str | Text, why: Text) -> None:
        """One more fault; ``why`` is its reason in both languages."""
        self.faults.append(Fault(where, str(found)[:120], allowed))
        self.zh.append(why[0])
        self.en.append(why[1])

    def add_all(self, other: Checked, where: str) -> None:
        """All that is against the consent of one request of a batch."""
        self.faults += [replace(fault, where=f"{where}{fault.where}") for fault in other.faults]
        self.zh += other.zh
        self.en += other.en

    def refusal(self) -> Refusal:
        """The refusal; a reason that several consents of a batch share is given once."""
        reasons = "；".join(dict.fromkeys(self.zh)), "; ".join(dict.fromkeys(self.en))
        return Refusal("consent-invalid", sentence("problem.consent-invalid.detail", reasons=reasons), self.faults)


_ENDINGS = ("expires_at", "revoked", "key_id.ended")


def check_consent(
    consent: Consent | None,
    needs: Sequence[Share],
    uscc: str,
    caller: Caller,
    book: ConsentBook,
    business: tuple[str, str] | None = None,
) -> Checked:
    """All faults of a bank's use of an enterprise's data; an enterprise needs no consent for its own.

    needs : the scopes that the use takes; business : the product and the purpose that it is for, if any
    Raises a Refusal when an enterprise requests another's data, or when revocations were read too long ago.
    """
    checked = Checked()
    if caller.role == "enterprise":
        if caller.name != uscc:
            raise Refusal("not-yours", faults=[Fault("uscc", uscc, sentence("fault.your_own", name=caller.name))])
        return checked
    book.must_be_fresh()
    if consent is None:
        checked.add("consent", "nothing", sentence("fault.consent.none", list=_shares(needs)), label("consent.none"))
        return checked
    _check_signature(checked, consent, book)
    if consent.uscc != uscc:
        checked.add("consent.uscc", consent.uscc, uscc, label("consent.firm"))
    if consent.bank_id != caller.name or caller.name not in consent.recipients:
        found = ", ".join(dict.fromkeys((consent.bank_id, *consent.recipients)))
        checked.add("consent.bank_id", found, caller.name, label("consent.bank"))
    _check_receipt(checked, consent, needs)
    if absent := [share for share in needs if share not in consent.scope]:
        allowed, why = (sentence(key, list=_shares(absent)) for key in ("fault.consent.scope", "consent.scope"))
        checked.add("consent.scope", ", ".join(consent.scope), allowed, why)
    ticked = {"products": consent.products, "purposes": consent.purposes}
    names = {one.key: (one.zh, one.en) for one in read_loan_terms()}
    for (name, given), wanted in zip(ticked.items(), business or (), strict=False):
        if wanted not in given:
            business_name = names[wanted]
            allowed, why = (sentence(f"{key}.business", business=business_name) for key in ("fault.consent", "consent"))
            checked.add(f"consent.{name}", ", ".join(given), allowed, why)
    _check_time(checked, consent, book)
    return checked


def _check_receipt(checked: Checked, consent: Consent, needs: Sequence[Share]) -> None:
    """A portal may sign what the service itself signs: known data, one jurisdiction, a bounded period."""
    known = [name for names in CATEGORIES.values() for name in names]
    used = [name for share in needs if share in consent.scope for name in CATEGORIES[share]]
    given = set(consent.data_categories)
    if given - set(known) or set(used) - given:
        found, allowed = ", ".join(consent.data_categories), sentence("fault.consent.categories", list=known)
        if missing := [name for name in used if name not in given]:
            allowed = sentence("fault.consent.categories_needed", list=known, needed=missing)
        checked.add("consent.data_categories", found, allowed, label("consent.categories"))
    if consent.jurisdiction != JURISDICTION:
        checked.add("consent.jurisdiction", consent.jurisdiction, JURISDICTION, label("consent.jurisdiction"))
    granted, expires = datetime.fromisoformat(consent.granted_at), datetime.fromisoformat(consent.expires_at)
    if expires - granted > timedelta(days=LONGEST_DAYS):
        days = (expires - granted).total_seconds() / 86_400
        allowed = sentence("fault.consent.term", days=LONGEST_DAYS)
        checked.add("consent.term", f"{days:.1f}", allowed, label("consent.term"))


def _check_signature(checked: Checked, consent: Consent, book: ConsentBook) -> None:
    signer = book.issuers.get((consent.issuer, consent.key_id))
    named = f"{consent.issuer} / {consent.key_id}"
    if signer is None:
        checked.add("consent.issuer", named, label("fault.consent.issuer"), label("consent.issuer"))
    elif not consent.signature:
        checked.add(
            "consent.signature", "nothing", sentence("fault.consent.signed_by", issuer=named), label("consent.unsigned")
        )
    elif not is_signed_by(consent, signer.key):
        allowed = sentence("fault.consent.signature", issuer=named)
        checked.add("consent.signature", consent.signature, allowed, label("consent.signature"))
    elif signer.ended_at is not None:
        checked.add("consent.key_id.ended", signer.ended_at, label("fault.consent.key"), label("consent.key_ended"))


def _check_time(checked: Checked, consent: Consent, book: ConsentBook) -> None:
    now = datetime.now(UTC)
    granted, expires = datetime.fromisoformat(consent.granted_at), datetime.fromisoformat(consent.expires_at)
    if granted > now + LEEWAY or granted >= expires:
        allowed = sentence("fault.consent.begin", now=instant_text(now))
        checked.add("consent.granted_at", consent.granted_at, allowed, label("consent.not_begun"))
    if expires <= now:
        allowed = sentence("fault.consent.end", now=instant_text(now))
        why = sentence("consent.expired", date=day_in(consent.expires_at, BEIJING_ZONE))
        checked.add("consent.expires_at", consent.expires_at, allowed, why)
    if (revoked_at := book.revoked_at(consent)) is not None:
        add_revoked(checked, consent.id, revoked_at)


def _shares(shares: Sequence[Share]) -> list[Text]:
    """What each scope is called."""
    return [label(f"share.{share}") for share in shares]


def add_revoked(checked: Checked, consent_id: str, revoked_at: str) -> None:
    """The fault of a consent that its enterprise has revoked."""
    why = sentence("consent.revoked", date=day_in(revoked_at, BEIJING_ZONE))
    checked.add("consent.revoked", f"{consent_id}, {revoked_at}", label("fault.consent.in_force"), why)


def check_recorded(members: Mapping[str, Any], uscc: str, caller: Caller, book: ConsentBook) -> Checked:
    """All that is now against a consent that a record holds; one of an earlier form, which cannot be read, is none."""
    try:
        consent = Consent.model_validate_json(canonical_json(members))
    except ValidationError:
        consent = None
    return check_consent(consent, (), uscc, caller, book)


def revoked_refusal(consent_id: str, revoked_at: str) -> Refusal:
    """The refusal of a request whose consent was revoked while it was being answered."""
    checked = Checked()
    add_revoked(checked, consent_id, revoked_at)
    return checked.refusal()


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may do with own values, and what of the record a refusal may quote.

    take : the key has the permission ``own_values``
    quote : a consent lets the caller read what agencies recorded; personal : and the founders' data
    """

    take: bool = False
    quote: bool = False
    personal: bool = False


NO_RIGHTS = Rights()


def may_see_personal(consent: Consent | None, caller: Caller) -> bool:
    """The founder tier is shown only with the key's scope, and to a bank only with the consent's as well."""
    if "personal" not in caller.permissions:
        return False
    return caller.role == "enterprise" or (consent is not None and "personal" in consent.scope)


def rights_of(consent: Consent | None, caller: Caller) -> Rights:
    """What a caller whose consent was checked may do with own values, and read of the record."""
    own = caller.role == "enterprise"
    quote = own or (consent is not None and "query" in consent.scope)
    return Rights("own_values" in caller.permissions, quote, may_see_personal(consent, caller))


def revocation_key(issuer: str, uscc: str, consent_id: str) -> str:
    """The unique key of a consent's revocation; an enterprise can take only keys of its own consents."""
    return f"consent-revoked:{issuer}:{uscc}:{consent_id}"


def points_seen_draft(consent: Consent, bank: str, day: str, *, personal: bool) -> Draft:
    """The record that a bank read an enterprise's points under a consent: one for each consent and day."""
    body: dict[str, Any] = {
        "bank_id": bank,
        "consent": {"id": consent.id, "issuer": consent.issuer},
        "day": day,
        "personal": personal,
        "uscc": consent.uscc,
    }
    text = canonical_json(body)
    digest = digest_of(text)
    return Draft(
        POINTS_SEEN, bank, consent.id, text, f"points-seen:{digest}", digest,
        not_after=revocation_key(consent.issuer, consent.uscc, consent.id),
    )  # fmt: skip
