"""Made columns by hand: a category's encoding never holds a row's own outcome; ratios, differences, unseen values."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from training.risk.widen import SMOOTHING, Widened

pytestmark = pytest.mark.law

# Two categories, two folds: a training row is encoded from the other fold, (bad there + 20 * mean) / (rows there + 20).
#        town, outcome, fold
ROWS = [
    ("north", 1, 0),
    ("north", 0, 0),
    ("north", 1, 1),
    ("south", 0, 0),
    ("south", 0, 1),
    ("south", 1, 1),
]
# The mean of all outcomes is 3 / 6; 20 cases of it are 10.
ENCODED = [
    (1 + 10) / (1 + 20),  # fold 1 of north: one row, bad
    (1 + 10) / (1 + 20),
    (1 + 10) / (2 + 20),  # fold 0 of north: two rows, one bad
    (1 + 10) / (2 + 20),  # fold 1 of south: two rows, one bad
    (0 + 10) / (1 + 20),  # fold 0 of south: one row, good
    (0 + 10) / (1 + 20),
]


def towns(rows=ROWS) -> pd.DataFrame:
    return pd.DataFrame({"town": pd.Categorical([row[0] for row in rows], categories=["north", "south"])})


def fitted(outcomes=None, weight=None) -> Widened:
    y = np.array([row[1] for row in ROWS] if outcomes is None else outcomes, dtype=float)
    weight = np.ones(len(ROWS)) if weight is None else np.asarray(weight, dtype=float)
    return Widened(towns(), y, weight, folds=np.array([row[2] for row in ROWS]), pairs=0)


def column(made: Widened, name: str, matrix=None) -> np.ndarray:
    return (made.train if matrix is None else matrix)[:, made.names.index(name)]


def test_a_training_row_is_encoded_from_the_other_folds():
    """Every row by hand; the category also counts as itself and by log(1 + its rows)."""
    made = fitted()
    assert SMOOTHING == 20
    assert made.names == ["town", "town:mean", "town:count"]
    assert column(made, "town:mean") == pytest.approx(ENCODED, rel=1e-12)
    assert column(made, "town").tolist() == [0, 0, 0, 1, 1, 1]
    assert column(made, "town:count") == pytest.approx(np.log1p([3.0] * 6))
    assert made.native_positions == [0]


def test_a_row_s_own_outcome_never_enters_its_own_encoding():
    """Turning one outcome moves its own encoding by the mean of all outcomes alone, which is the same for all rows."""
    y = np.array([row[1] for row in ROWS], dtype=float)
    folds = np.array([row[2] for row in ROWS])
    for own in range(len(ROWS)):
        turned = y.copy()
        turned[own] = 1 - turned[own]
        others = np.array(
            [row[0] == ROWS[own][0] and fold != folds[own] for row, fold in zip(ROWS, folds, strict=True)]
        )
        expected = (y[others].sum() + SMOOTHING * turned.mean()) / (others.sum() + SMOOTHING)
        assert column(fitted(turned), "town:mean")[own] == pytest.approx(expected, rel=1e-12)


def test_other_rows_are_encoded_from_all_training_rows_and_unseen_ones_as_the_mean():
    """North (2 + 10) / (3 + 20), south (1 + 10) / (3 + 20); a missing town gets the mean of all and a count of 0."""
    made = fitted()
    new = pd.DataFrame({"town": pd.Categorical(["south", "north", None], categories=["north", "south"])})
    got = made.of(new)
    assert column(made, "town:mean", got) == pytest.approx([11 / 23, 12 / 23, 0.5], rel=1e-12)
    assert column(made, "town:count", got) == pytest.approx([np.log(4), np.log(4), 0.0])
    assert np.array_equal(column(made, "town", got), [1, 0, np.nan], equal_nan=True)


def test_a_category_is_known_by_its_name_whatever_table_it_comes_in():
    """A table that lists the towns in another order, lacks one and has one more; an unseen town counts as missing."""
    made = fitted()
    new = pd.DataFrame({"town": pd.Categorical(["south", "east", "south"], categories=["south", "east"])})
    got = made.of(new)
    assert np.array_equal(column(made, "town", got), [1, np.nan, 1], equal_nan=True)
    assert column(made, "town:mean", got) == pytest.approx([11 / 23, 0.5, 11 / 23], rel=1e-12)


def test_weights_count_as_repeated_rows_in_the_means():
    """The third row three times: fold 1 of north holds weight 3, bad; the mean is 5 / 8 and a case weighs 8 / 6."""
    made = fitted(weight=[1, 1, 3, 1, 1, 1])
    prior, case = 5 / 8, 20 * 8 / 6
    assert column(made, "town:mean")[:3] == pytest.approx(
        [(3 + case * prior) / (3 + case)] * 2 + [(1 + case * prior) / (2 + case)], rel=1e-12
    )


def crossed(rows: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    """Two numbers whose difference decides, a pair of categories, and a column that is promised a sign."""
    rng = np.random.default_rng(5)
    x = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.normal(size=rows), "kept": rng.normal(size=rows)})
    x["one"] = pd.Categorical(rng.choice(["p", "q"], rows))
    x["two"] = pd.Categorical(rng.choice(["r", "s", "t"], rows))
    return x, (x["a"] - x["b"] + rng.normal(size=rows) > 0).to_numpy(dtype=float)


def test_ratios_differences_and_crossed_categories_are_made_and_signed_columns_left_alone():
    """Differences and ratios under their names, one and two crossed; nothing of the column with a promised sign."""
    x, y = crossed()
    made = Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"}))
    first, second = made.crossed[0][:2]
    assert {first, second} == {"a", "b"}
    assert made.names == [
        "a", "b", "kept", "one", "two", "one:mean", "one:count", "two:mean", "two:count", "one&two:mean",
        "one&two:count", f"{first} - {second}", f"{first} / {second}",
    ]  # fmt: skip
    assert (column(made, f"{first} - {second}") == x[first] - x[second]).all()
    assert (column(made, f"{first} / {second}") == x[first] / x[second]).all()
    both = x["one"].astype(str) + x["two"].astype(str)
    assert column(made, "one&two:count") == pytest.approx(np.log1p(both.map(both.value_counts()).to_numpy(dtype=float)))
    again = made.of(x)
    same = [name for name in made.names if not name.endswith(":mean")]
    for name in same:
        assert (column(made, name, again) == column(made, name)).all(), name
    share = pd.Series(y).groupby(both.to_numpy()).agg(["sum", "count"]).loc[both]
    expected = (share["sum"] + 20 * y.mean()) / (share["count"] + 20)
    assert column(made, "one&two:mean", again) == pytest.approx(expected.to_numpy(), rel=1e-12)
    assert not Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=0).crossed


def test_a_ratio_to_zero_is_missing():
    """Neither infinity nor a warning; so is one that no number can hold."""
    x, y = crossed()
    made = Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"}))
    first, second = made.crossed[0][:2]
    new = x.head(4).assign(**{first: [1.0, 0.0, 6.0, 1e300], second: [0.0, 0.0, 3.0, 1e-300]})
    got = column(made, f"{first} / {second}", made.of(new))
    assert np.array_equal(got, [np.nan, np.nan, 2.0, np.nan], equal_nan=True)


def test_whole_numbers_that_repeat_count_as_categories_in_long_tables():
    """From 1,000 rows on, with more than 10 and at most a tenth as many values; an unseen number as the mean."""
    rng = np.random.default_rng(6)
    code = rng.integers(0, 12, 1_000).astype(float)
    code[:12] = np.arange(12)
    few, many, parts = code % 10, np.arange(1_000.0), code + 0.5
    x = pd.DataFrame({"code": code, "few": few, "many": many, "parts": parts})
    y = (code == 3).astype(float)
    made = Widened(x, y, np.ones(1_000), folds=np.arange(1_000) % 5, pairs=0)
    assert made.names == ["code", "few", "many", "parts", "code:mean", "code:count"]
    new = made.of(x.head(2).assign(code=[3.0, 99.0]))
    rows = (code == 3).sum()
    assert column(made, "code:mean", new) == pytest.approx([(rows + 20 * y.mean()) / (rows + 20), y.mean()], rel=1e-12)
    assert column(made, "code:count", new) == pytest.approx([np.log1p(rows), 0.0])
    short = Widened(x.head(999), y[:999], np.ones(999), folds=np.arange(999) % 5, pairs=0)
    assert short.names == ["code", "few", "many", "parts"]
    fixed = Widened(x, y, np.ones(1_000), folds=np.arange(1_000) % 5, pairs=0, fixed=frozenset({"code"}))
    assert fixed.names == ["code", "few", "many", "parts"]


def test_of_many_made_columns_those_stay_that_a_quick_booster_gains_most_from(monkeypatch):
    """Two of four crosses are kept, the planted difference first; single encodings stay; ``of`` makes the same ones."""
    x, y = crossed()
    everything = Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"}))
    monkeypatch.setattr("training.risk.widen.CROSSES_KEPT", 4)
    same = Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"}))
    assert same.names == everything.names  # just four: nothing to choose
    monkeypatch.setattr("training.risk.widen.CROSSES_KEPT", 1)
    made = Widened(x, y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"}))
    first, second = everything.crossed[0][:2]
    assert made.names == [*everything.names[:9], f"{first} - {second}"]
    assert made.crossed == [(first, second, "-")]
    assert [one.columns for one in made.encodings] == [("one",), ("two",)]
    for name in made.names:
        assert (column(made, name) == column(everything, name)).all(), name
    assert made.of(x).shape == made.train.shape
    assert (column(made, made.names[-1], made.of(x)) == column(made, made.names[-1])).all()
    assert made.native_positions == [3, 4]
    names = {"a": "y", "b": "z"}  # the same by any name
    last = Widened(
        x.rename(columns=names), y, np.ones(len(y)), folds=np.arange(len(y)) % 5, pairs=2, fixed=frozenset({"kept"})
    )
    assert last.crossed == [(names[first], names[second], "-")]


def test_of_made_columns_with_equal_gain_the_first_made_stay(monkeypatch):
    """No column separates good from bad: six crosses gain nothing, the first two stay, in every process."""
    monkeypatch.setattr("training.risk.widen.CROSSES_KEPT", 4)
    rng = np.random.default_rng(9)
    x = pd.DataFrame({name: pd.Categorical(rng.choice(["p", "q"], 40)) for name in "abcd"})
    made = Widened(x, np.zeros(40), np.ones(40), folds=np.arange(40) % 2, pairs=3)
    assert [one.columns for one in made.encodings] == [("a",), ("b",), ("c",), ("d",), ("a", "b"), ("a", "c")]
    assert made.names == [
        *"abcd", *(f"{name}:{what}" for name in (*"abcd", "a&b", "a&c") for what in ("mean", "count"))
    ]  # fmt: skip


def test_a_pair_of_categories_is_counted_as_a_pair_missing_ones_too(monkeypatch):
    """Three towns by twelve numbers, each with missing values: log(1 + rows) of every pair that occurs."""
    monkeypatch.setattr("training.risk.widen.INTEGER_ROWS", 200)
    rng = np.random.default_rng(4)
    town = rng.choice(["north", "south", "west", None], 200)
    code = rng.choice([*np.arange(12.0), np.nan], 200)
    code[:12] = np.arange(12.0)
    y = (rng.random(200) < 0.3).astype(float)
    x = pd.DataFrame({"code": code, "town": pd.Categorical(town, categories=["north", "south", "west"])})
    made = Widened(x, y, np.ones(200), folds=np.arange(200) % 4, pairs=1)
    assert made.names == [
        "code", "town", "town:mean", "town:count", "code:mean", "code:count", "town&code:mean", "town&code:count"
    ]  # fmt: skip
    pair = pd.Series([f"{one} {two}" for one, two in zip(town, code, strict=True)])
    rows, bad = pair.map(pair.value_counts()), pd.Series(y).groupby(pair).transform("sum")
    got = made.of(x)
    assert column(made, "town&code:count") == pytest.approx(np.log1p(rows.to_numpy(dtype=float)))
    assert column(made, "town&code:count", got) == pytest.approx(np.log1p(rows.to_numpy(dtype=float)))
    assert column(made, "town&code:mean", got) == pytest.approx(((bad + 20 * y.mean()) / (rows + 20)).to_numpy())
    # Numbers above, below and between the known ones count as missing.
    odd = pd.DataFrame(
        {"code": [99.0, -1.0, 2.5], "town": pd.Categorical(["west", None, "north"], ["north", "south", "west"])}
    )
    mean, count = (column(made, f"code:{what}", made.of(odd)) for what in ("mean", "count"))
    absent = np.isnan(code)
    as_missing = (y[absent].sum() + 20 * y.mean()) / (absent.sum() + 20)
    assert (mean.tolist(), count.tolist()) == (
        pytest.approx([as_missing] * 3),
        pytest.approx([np.log1p(absent.sum())] * 3),
    )


def test_pairs_of_a_long_and_a_short_category_stay_apart():
    """Five towns by three kinds, each pair once: every count is log 2."""
    x = pd.DataFrame({"town": pd.Categorical(list("pqrst" * 3)), "kind": pd.Categorical(list("uuuuuvvvvvwwwww"))})
    made = Widened(x, np.arange(15) % 2.0, np.ones(15), folds=np.arange(15) % 2, pairs=1)
    assert column(made, "town&kind:count") == pytest.approx(np.full(15, np.log(2)))


def test_an_unseen_pair_counts_as_none():
    """Of four pairs two occur; the other two, one before and one after them, get the mean of all and a count of 0."""
    one, two = (pd.Categorical(list(text)) for text in ("ppqq", "ssrr"))
    y = np.array([1.0, 0.0, 1.0, 1.0])
    made = Widened(pd.DataFrame({"one": one, "two": two}), y, np.ones(4), folds=np.arange(4) % 2, pairs=1)
    new = pd.DataFrame({"one": pd.Categorical(list("pqpq")), "two": pd.Categorical(list("rsss"))})
    new = new.assign(two=pd.Categorical(["r", "s", "s", "r"]))
    got = made.of(new)
    both = {("p", "s"): (1 + 20 * 0.75) / 22, ("q", "r"): (2 + 20 * 0.75) / 22}
    expected = [both.get(pair, 0.75) for pair in zip(new["one"], new["two"], strict=True)]
    assert column(made, "one&two:mean", got) == pytest.approx(expected)
    assert column(made, "one&two:count", got) == pytest.approx([0.0, 0.0, np.log(3), np.log(3)])


@pytest.mark.parametrize(("numbers", "levels", "code"), [(110, 11, True), (109, 11, False), (100, 10, False)])
def test_how_many_numbers_make_a_code(monkeypatch, numbers, levels, code):
    """More than 10 of them, each ten rows on average or more; missing rows count as rows, not as numbers."""
    monkeypatch.setattr("training.risk.widen.INTEGER_ROWS", numbers)
    values = np.arange(numbers, dtype=float) % levels
    values[-5:] = np.nan
    y = np.arange(numbers) % 2.0
    for column_, is_code in ((values, code), (values / 2, False), (np.full(numbers, np.nan), False)):
        made = Widened(pd.DataFrame({"n": column_}), y, np.ones(numbers), folds=np.arange(numbers) % 5, pairs=0)
        assert (list(made.levels) == ["n"]) == is_code
    if code:
        assert Widened(pd.DataFrame({"n": values}), y, np.ones(numbers), folds=np.arange(numbers) % 5, pairs=0).levels[
            "n"
        ].tolist() == list(range(levels))


def test_a_category_of_many_levels_is_encoded_only(monkeypatch):
    """At most so many levels are columns of their own; at most so many columns are crossed, the first ones."""
    monkeypatch.setattr("training.risk.widen.NATIVE_LEVELS", 2)
    monkeypatch.setattr("training.risk.widen.CROSSED_COLUMNS", 2)
    x = pd.DataFrame({name: pd.Categorical(list(text)) for name, text in (("a", "xyzx"), ("b", "uuvv"), ("c", "stst"))})
    made = Widened(x, np.array([0.0, 1.0, 1.0, 0.0]), np.ones(4), folds=np.arange(4) % 2, pairs=1)
    assert made.native == ["b", "c"]
    assert made.names[:2] == ["b", "c"]
    assert [one.columns for one in made.encodings] == [("a",), ("b",), ("c",), ("a", "b")]
    assert made.native_positions == [0, 1]


def test_as_many_leading_columns_are_crossed_as_requested_and_none_without_gain():
    """Of five numbers three separate; a constant never leads; with one number there is nothing to cross."""
    rng = np.random.default_rng(8)
    x = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc")).assign(flat=1.0)
    y = (x["c"] + 0.5 * x["a"] > 0).to_numpy(dtype=float)
    folds = np.arange(300) % 5
    two = Widened(x, y, np.ones(300), folds=folds, pairs=2)
    assert two.crossed == [("c", "a", "-"), ("c", "a", "/")]
    many = Widened(x, y, np.ones(300), folds=folds, pairs=9)
    assert {name for cross in many.crossed for name in cross[:2]} == {"a", "b", "c"}
    assert len(many.crossed) == 6
    assert Widened(x, y, np.full(300, 5e-4), folds=folds, pairs=2).crossed == two.crossed  # whatever the weights' unit
    assert Widened(x[["a"]], y, np.ones(300), folds=folds, pairs=2).names == ["a"]
    # Rows without weight do not lead: where only the rows that b decides weigh, b leads.
    mixed = np.where(np.arange(300) < 150, y, x["b"] > 0).astype(float)
    weight = np.where(np.arange(300) < 150, 1e-9, 1.0)
    assert Widened(x, mixed, weight, folds=folds, pairs=2).crossed[0][0] == "b"


# What the two quick boosters are that say which columns lead and which made ones stay.
QUICK = {
    "objective": "binary", "learning_rate": 0.1, "num_leaves": 15, "min_child_samples": 10, "num_threads": 1,
    "deterministic": True, "force_row_wise": True, "verbosity": -1,
}  # fmt: skip


def test_the_quick_boosters_are_small_and_repeatable(monkeypatch):
    """One thread and a seed; half of the columns a tree for leaders, a fifth to choose among made ones; 100 trees."""
    monkeypatch.setattr("training.risk.widen.CROSSES_KEPT", 1)
    requested, train = [], lgb.train

    def recorded(settings, data, rounds):
        made = train(settings, data, rounds)
        requested.append((settings, data.get_weight().tolist(), data.get_label().tolist(), data.num_feature(), rounds))
        return made

    monkeypatch.setattr("training.risk.widen.lgb.train", recorded)
    x, y = crossed(100)
    weight = np.linspace(0.5, 1.5, 100)
    Widened(x, y, weight, folds=np.arange(100) % 5, pairs=2, fixed=frozenset({"kept"}), seed=7)
    Widened(x, y, weight, folds=np.arange(100) % 5, pairs=2, fixed=frozenset({"kept"}))
    assert [one[0] for one in requested] == [
        QUICK | {"feature_fraction": share, "seed": seed} for seed in (7, 0) for share in (0.5, 0.2)
    ]
    for _, weights, labels, width, rounds in requested:
        assert weights == pytest.approx(weight.tolist(), rel=1e-6)
        assert (labels, rounds) == (y.tolist(), 100)
        assert width in (2, 13)
