"""The examples of the contract are of routes that exist, and signed where a consent is part of them."""

from __future__ import annotations

import json

import pytest

from data.consents import Consent, is_signed_by
from serving.http.examples import EXAMPLE_KEY, examples
from serving.http.routes import OPERATIONS

pytestmark = pytest.mark.contract


def test_there_is_an_example_for_each_body_and_no_other():
    """A new body without an example does not pass; that each is valid is checked with the document."""
    assert set(examples()) == {operation.path for operation in OPERATIONS if operation.body is not None}


def test_the_consent_of_the_example_is_signed():
    """By the example's own key, which everybody knows and nobody registers."""
    consent = Consent.model_validate_json(json.dumps(examples()["/v1/quota"]["consent"]))
    assert is_signed_by(consent, EXAMPLE_KEY.public_key())
