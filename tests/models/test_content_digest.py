from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import BaseModel

from models.content_digest import content_digest
from models.quota.engine import read_policy

pytestmark = pytest.mark.law


def digest(engine, **parts) -> str:
    return replace(engine, **parts).models_digest


def test_any_figure_of_any_model_changes_the_models_digest(trained):
    """One point on the card, one reference value, one grade bound, one curve value, one shift: another digest."""
    engine = trained.engine
    card, risk, limit, peers = engine.points, engine.risk, engine.limit, engine.peers
    stage = next(iter(card.points))
    key = next(iter(card.points[stage]))
    moved = {
        **card.points,
        stage: {**card.points[stage], key: [*card.points[stage][key][:-1], card.points[stage][key][-1] + 1e-9]},
    }
    levels, ranks = card.reference[stage][key]
    placed = {**card.reference, stage: {**card.reference[stage], key: ([*levels[:-1], levels[-1] + 1e-9], ranks)}}
    grades = (replace(risk.grades[0], upper_pd=risk.grades[0].upper_pd * (1 + 1e-12)), *risk.grades[1:])
    low = {name: value + 1e-9 for name, value in peers.low.items()}
    changed = [
        digest(engine, points=replace(card, points=moved)),
        digest(engine, points=replace(card, reference=placed)),
        digest(engine, risk=replace(risk, grades=grades)),
        digest(engine, risk=replace(risk, interval_level=0.8)),
        digest(engine, limit=replace(limit, shift_log=limit.shift_log + 1e-12)),
        digest(engine, limit=replace(limit, low_text=limit.low_text + " ")),
        digest(engine, peers=replace(peers, low=low)),
    ]
    assert len({engine.models_digest, *changed}) == len(changed) + 1
    assert type(engine).load(trained.folder).models_digest == engine.models_digest


def other_values(value) -> list:
    """Values of the same kind that differ from this one as little as can be; of a model, in one field each."""
    if isinstance(value, BaseModel):
        return [
            value.model_copy(update={name: other})
            for name in type(value).model_fields
            for other in other_values(getattr(value, name))
        ]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1]
    if isinstance(value, float):
        return [float(np.nextafter(value, 2.0 * value + 1.0))]
    if isinstance(value, str):
        return [value + " "]
    if isinstance(value, tuple | list) and value and not isinstance(value[0], str):
        return [(*value[:at], other, *value[at + 1 :]) for at, one in enumerate(value) for other in other_values(one)]
    if isinstance(value, tuple | list):
        return [(*value, "x")]
    if isinstance(value, dict):
        return [{**value, key: other} for key, item in value.items() for other in other_values(item)]
    raise AssertionError(f"a policy holds a {type(value).__name__}")


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # a changed text is no product and no purpose
def test_every_figure_of_a_policy_changes_its_digest_and_a_copy_never_keeps_an_old_one():
    """Whatever is changed by however little, caps of each stage among them, while the version stays the same."""
    policy = read_policy()
    changed = [other.digest for other in other_values(policy)]
    assert len(changed) > 40
    assert len({policy.digest, *changed}) == len(changed) + 1
    assert policy.model_copy(deep=True).digest == policy.digest


def test_a_digest_is_that_of_the_content_and_refuses_what_it_cannot_read():
    """Order of members is no content; an unknown kind of value is an error rather than left out."""
    assert content_digest({"a": 1, "b": [2.0]}) == content_digest({"b": (2.0,), "a": 1})
    assert content_digest(np.array([1.0])) != content_digest(np.array([1.0000000000000002]))
    with pytest.raises(TypeError, match="set cannot be digested"):
        content_digest({1})
