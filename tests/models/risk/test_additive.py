from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pytest

from models.risk.additive import Additive, AdditiveError, Steps, read_additive


def grown(seed: int, *, additive: bool) -> tuple[lgb.Booster, np.ndarray]:
    """A booster on columns with ties, zeros, gaps and far values, as text has it."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(3_000, 5))
    x[:, 1] = rng.poisson(0.3, 3_000)
    x[rng.random(3_000) < 0.3, 2] = np.nan
    x[:, 3] = np.where(rng.random(3_000) < 0.2, 1e9, x[:, 3])
    x[:, 4] = np.where(rng.random(3_000) < 0.5, 0.0, x[:, 4])
    y = rng.random(3_000) < 1 / (1 + np.exp(2 - x[:, 0] - x[:, 1]))
    settings = {"objective": "binary", "num_leaves": 6, "learning_rate": 0.1, "verbosity": -1, "num_threads": 1}
    if additive:
        settings["interaction_constraints"] = [[position] for position in range(5)]
    return lgb.Booster(model_str=lgb.train(settings, lgb.Dataset(x, y), 60).model_to_string()), x


@pytest.mark.law
@pytest.mark.parametrize("seed", range(6))
def test_tables_repeat_the_booster_and_its_contributions(seed):
    """Raw log-odds and TreeSHAP to 1e-9, and the parts are the whole."""
    booster, x = grown(seed, additive=True)
    tables = read_additive(booster)
    result = np.asarray(booster.predict(x, pred_contrib=True, num_threads=1))
    assert np.allclose(tables.shares(x), result[:, :-1], atol=1e-9, rtol=0)
    assert tables.baseline == pytest.approx(result[0, -1], abs=1e-9)
    whole = tables.baseline + tables.shares(x).sum(axis=1)
    assert np.allclose(whole, booster.predict(x, raw_score=True, num_threads=1), atol=1e-9, rtol=0)


@pytest.mark.contract
def test_a_booster_that_is_not_additive_is_refused():
    """The tree and its features are named."""
    with pytest.raises(AdditiveError, match=r"tree \d+ splits on features \["):
        read_additive(grown(1, additive=False)[0])


def test_a_feature_that_only_shows_whether_it_is_missing_has_a_table_too():
    """LightGBM writes such a cut as an endless threshold; known values lie on one side, missing ones on the other."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2_000, 2))
    x[rng.random(2_000) < 0.4, 1] = np.nan
    y = rng.random(2_000) < np.where(np.isnan(x[:, 1]), 0.5, 0.1)
    settings = {"objective": "binary", "num_leaves": 2, "verbosity": -1, "num_threads": 1}
    settings |= {"interaction_constraints": [[0], [1]]}
    booster = lgb.Booster(model_str=lgb.train(settings, lgb.Dataset(x, y), 20).model_to_string())
    tables = read_additive(booster)
    whole = tables.baseline + tables.shares(x).sum(axis=1)
    assert np.abs(whole - booster.predict(x, raw_score=True, num_threads=1)).max() < 1e-9
    assert "threshold=inf" in booster.model_to_string()


NAN = float("nan")
CUT = 3.5000000000000004  # LightGBM's own cut between 3 and 4


def trained_on(x, y, rounds: int = 1, **settings) -> lgb.Booster:
    """A regression booster whose leaves are the means of their cases: no shrinking, no smallest leaf, one split."""
    settings = {
        "objective": "regression", "num_leaves": 2, "learning_rate": 1.0, "min_data_in_leaf": 1, "min_data_in_bin": 1,
        "min_sum_hessian_in_leaf": 0, "boost_from_average": False, "verbosity": -1, "num_threads": 1, **settings,
    }  # fmt: skip
    table = lgb.Dataset(np.array(x, float), np.array(y, float))
    return lgb.Booster(model_str=lgb.train(settings, table, rounds).model_to_string())


# cases, outcomes -> baseline (the mean), cuts, and shares below, above and missing: leaf less mean
BY_HAND = [
    # three cases of 0 and one of 8; no missing value was seen, so one counts as 0, below 3.5
    ([1, 2, 3, 4], [0, 0, 0, 8], 2.0, [3.5], [-2.0, 6.0, -2.0]),
    # the missing one lies with 2 and 4: the tree was trained to send it above 1.5
    ([1, 2, NAN, 4], [0, 8, 8, 8], 6.0, [1.5], [-6.0, 2.0, 2.0]),
    # a missing value goes below a cut at nought, known values above it
    ([1, 2, NAN, NAN], [0, 0, 8, 8], 4.0, [1e-35], [4.0, -4.0, 4.0]),
    # a cut at nought from either side: 0 lies above -1e-35 and below 1e-35
    ([-1, -1, 0, 0], [0, 0, 8, 8], 4.0, [-1e-35], [-4.0, 4.0, 4.0]),
    ([0, 0, 1, 1], [0, 0, 8, 8], 4.0, [1e-35], [-4.0, 4.0, -4.0]),
]


@pytest.mark.law
@pytest.mark.parametrize(("x", "y", "mean", "cuts", "shares"), BY_HAND)
def test_one_split_by_hand(x, y, mean, cuts, shares):
    """The share is the leaf's value less the mean over the booster's own cases."""
    tables = read_additive(trained_on(np.array(x, float)[:, None], y))
    assert tables.baseline == pytest.approx(mean)
    (steps,) = tables.steps
    assert (steps.feature, tables.width) == (0, 1)
    assert steps.cuts == pytest.approx(cuts, rel=1e-9, abs=1e-34)
    assert steps.shares == pytest.approx(shares)


@pytest.mark.law
def test_trees_of_one_feature_add_up_and_the_features_are_in_order():
    """The outcome is 6 where x1 > 1.5 and 2 more where x0 > 1.5, each pair twice; the constant third has no share."""
    x = [[a, b, 7] for a in (1, 2) for b in (1, 2)] * 2
    y = [6.0 * (b > 1.5) + 2.0 * (a > 1.5) for a, b, _ in x]
    tables = read_additive(trained_on(x, y, 2, interaction_constraints=[[0], [1], [2]]))
    assert [one.feature for one in tables.steps] == [0, 1]
    assert tables.steps[0].shares == pytest.approx([-1.0, 1.0, -1.0])
    assert tables.steps[1].shares == pytest.approx([-3.0, 3.0, -3.0])
    assert (tables.baseline, tables.width) == (pytest.approx(4.0), 3)
    result = tables.shares(np.array([[1.0, 2.0, 7.0], [NAN, NAN, NAN], [2.0, 1.5, -1.0]]))
    assert result == pytest.approx(np.array([[-1.0, 3.0, 0.0], [-1.0, -3.0, 0.0], [1.0, -3.0, 0.0]]))


@pytest.mark.law
def test_uneven_leaves_weigh_by_their_cases():
    """Three leaves of one feature: 0, 3 and 12 with 3, 2 and 1 cases; mean 18 / 6 = 3."""
    tables = read_additive(trained_on([[1], [1], [1], [2], [2], [3]], [0, 0, 0, 3, 3, 12], num_leaves=3))
    assert tables.baseline == pytest.approx(3.0)
    assert tables.steps[0].cuts == pytest.approx([1.5, 2.5])
    assert tables.steps[0].shares == pytest.approx([-3.0, 0.0, 9.0, -3.0])


@pytest.mark.law
def test_a_tree_without_a_question_is_part_of_the_baseline():
    """Every outcome is 5: no feature has a share."""
    tables = read_additive(trained_on([[1], [2], [3], [4]], [5, 5, 5, 5], boost_from_average=True))
    assert (tables.baseline, tables.steps, tables.width) == (5.0, (), 1)
    assert tables.shares(np.array([[1.0], [NAN]])).tolist() == [[0.0], [0.0]]


class Wrong:
    """A booster whose answers differ from its own trees where ``where`` of the values of its first feature holds."""

    def __init__(self, booster: lgb.Booster, where, by: float) -> None:
        self.booster, self.where, self.by = booster, where, by

    def dump_model(self):
        return self.booster.dump_model()

    def predict(self, matrix, **settings):
        result = self.booster.predict(matrix, **settings)
        result[self.where(matrix[:, 0]), 0] += self.by
        return result


class WithConstants(Wrong):
    """A booster with trees without a question, 2 and 3, before its own and 4 after them."""

    def dump_model(self):
        dump = self.booster.dump_model()
        two, three, four = ({"tree_structure": {"leaf_value": value}} for value in (2.0, 3.0, 4.0))
        return {**dump, "tree_info": [two, three, *dump["tree_info"], four]}

    def predict(self, matrix, **settings):
        result = self.booster.predict(matrix, **settings)
        result[:, -1] += 9.0
        return result


@pytest.mark.law
def test_trees_without_a_question_add_up_wherever_they_stand():
    """2 + 3 + 4 and the mean of 2 of the one tree that splits on it."""
    tables = read_additive(WithConstants(trained_on([[1], [2], [3], [4]], [0, 0, 0, 8]), np.isnan, 0.0))
    assert tables.baseline == pytest.approx(11.0)
    assert tables.steps[0].shares == pytest.approx([-2.0, 6.0, -2.0])


@pytest.mark.law
def test_a_value_at_a_cut_lies_below_it():
    """Cuts at 1 and 2: four shares, the last for a missing value."""
    steps = Steps(0, np.array([1.0, 2.0]), np.array([10.0, 20.0, 30.0, 40.0]))
    values = np.array([-1e300, 1.0, np.nextafter(1.0, 2.0), 2.0, 2.5, np.inf, NAN])
    assert steps.at(values).tolist() == [10.0, 10.0, 20.0, 20.0, 30.0, 30.0, 40.0]


@pytest.mark.contract
def test_each_feature_has_one_table_in_order():
    """Twice the same, or out of order."""
    one, two = (Steps(position, np.empty(0), np.zeros(2)) for position in (1, 2))
    Additive(0.0, (one, two), 3)
    for steps in ((two, one), (one, one)):
        listed = ", ".join(str(step.feature) for step in steps)
        with pytest.raises(AdditiveError, match=rf"^features \[{listed}\] are not in order, each once$"):
            Additive(0.0, steps, 3)


@pytest.mark.contract
def test_the_tree_that_reads_two_features_is_named():
    """The only tree splits on both."""
    both = trained_on([[1, 1], [1, 2], [2, 1], [2, 2]], [0, 0, 0, 3], num_leaves=3)
    message = r"^tree 0 splits on features \[0, 1\]; an additive model's trees split on one$"
    with pytest.raises(AdditiveError, match=message):
        read_additive(both)


@pytest.mark.contract
@pytest.mark.parametrize(
    "where",
    [np.isnan, lambda x: x == 0.0, lambda x: x == CUT, lambda x: x == np.nextafter(CUT, np.inf), lambda x: x == x],
    ids=["missing", "nought", "at the cut", "just above it", "any"],
)
def test_a_booster_that_answers_otherwise_is_refused(where):
    """RequestPart at nought, missing, at each cut and just above it; a difference of up to 1e-9 is rounding."""
    booster = trained_on([[1, 5], [2, 5], [3, 5], [4, 5]], [0, 0, 0, 8])
    assert read_additive(Wrong(booster, where, 0.9e-9)).width == 2
    for by, shown in ((0.125, "0.125"), (-0.25, "0.25"), (2e-9, "2e-09")):
        message = f"^tables and booster differ by {shown} of log-odds; at most 1e-9 is allowed$"
        with pytest.raises(AdditiveError, match=message):
            read_additive(Wrong(booster, where, by))


@pytest.mark.contract
@pytest.mark.parametrize(("x", "requested"), [([-1, -1, 0, 0], -1e-30), ([0, 0, 1, 1], 1.0000000180025095e-35)])
def test_a_cut_at_nought_is_requested_where_the_booster_can_see_it(x, requested):
    """LightGBM reads values within 1e-35 of nought as nought: its cut just under it is tested further off."""
    booster = trained_on(np.array(x, float)[:, None], [0, 0, 8, 8])
    with pytest.raises(AdditiveError, match=r"differ by 0\.5 of log-odds"):
        read_additive(Wrong(booster, lambda values: values == requested, 0.5))


def test_the_tables_are_compared_on_one_thread():
    """A model is read beside others that work: it takes one thread of the machine, and repeats to the last bit."""

    class Seen(Wrong):
        def predict(self, matrix, **settings):
            assert settings == {"pred_contrib": True, "num_threads": 1}
            return super().predict(matrix, **settings)

    assert read_additive(Seen(trained_on([[1], [2]], [0, 8]), np.isnan, 0.0)).width == 1


@pytest.mark.contract
def test_a_booster_with_another_baseline_is_refused():
    """The last column of its contributions is the baseline."""

    class Shifted(Wrong):
        def predict(self, matrix, **settings):
            result = self.booster.predict(matrix, **settings)
            result[:, -1] += 0.5
            return result

    with pytest.raises(AdditiveError, match=r"differ by 0\.5 of log-odds"):
        read_additive(Shifted(trained_on([[1], [2]], [0, 8]), np.isnan, 0.0))
