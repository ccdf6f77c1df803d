"""No look at an enterprise without its consent: named, unexpired, for this bank, and for this use."""

from __future__ import annotations

from datetime import UTC, datetime

from data.requests import Consent, Share, consent_sha256
from serving.access import Principal
from serving.problems import Fault, ProblemError


def check_consent(consent: Consent | None, share: Share, uscc: str, principal: Principal) -> None:
    """Refuse a bank that shows no consent covering ``share``; an enterprise asking about itself needs none."""
    if principal.role == "enterprise":
        if principal.name != uscc:
            raise ProblemError("not-yours", faults=[Fault("uscc", uscc, f"your own, {principal.name}")])
        return
    if consent is None:
        raise ProblemError("consent-refused", faults=[Fault("consent", "nothing", f"a consent with {share!r}")])
    now, faults = datetime.now(UTC), []
    if share not in consent.scope:
        faults.append(Fault("consent.scope", str(list(consent.scope)), f"with {share!r}"))
    if consent.expires_at <= now:
        faults.append(Fault("consent.expires_at", consent.expires_at.isoformat(), f"after {now:%Y-%m-%dT%H:%M:%SZ}"))
    if consent.granted_at > now or consent.granted_at >= consent.expires_at:
        faults.append(Fault("consent.granted_at", consent.granted_at.isoformat(), "not in the future, before its end"))
    expected = consent_sha256(consent, uscc, principal.name)
    if consent.sha256 != expected:
        allowed = "the digest of this consent for this enterprise and bank, see the schema of Consent"
        faults.append(Fault("consent.sha256", consent.sha256, allowed))
    if faults:
        raise ProblemError("consent-refused", f"{len(faults)} fault(s)", faults)


def may_see_personal(consent: Consent | None, principal: Principal) -> bool:
    """The founder tier is shown only with the key's scope, and to a bank only with the consent's as well."""
    if "personal" not in principal.scopes:
        return False
    return principal.role == "enterprise" or (consent is not None and "personal" in consent.scope)
