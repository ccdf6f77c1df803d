"""A tracked model takes what its users have, and its store moves with its folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

import pandas as pd
import pytest

from training.tracking import in_types_of, track

ROWS = 4


@dataclass(frozen=True)
class Numbers:
    """A section of params.yaml."""

    seed: int = 1


class Doubling:
    """A model of the day, the flag, the text and the number."""

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        assert (frame["as_of"].dtype.kind, frame["is_open"].dtype.kind) == ("M", "b")
        assert frame["note"].isna().all()
        return pd.DataFrame({"twice": 2.0 * frame["headcount"] + frame["as_of"].dt.year})


def example() -> pd.DataFrame:
    """Columns of every kind; a whole number, a day, and text that is missing throughout."""
    return pd.DataFrame(
        {
            "headcount": pd.Series(range(10, 10 + ROWS), dtype="int64"),
            "margin": [0.5, None, 1.0, 2.0],
            "as_of": pd.date_range("2024-01-01", periods=ROWS),
            "is_open": [True, False, True, True],
            "uscc": pd.Series([f"91310000{number:010d}" for number in range(ROWS)], dtype=object),
            "note": pd.Series([None] * ROWS, dtype=object),
        }
    )


@pytest.mark.surface
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning", "ignore::FutureWarning")  # MLflow's
def test_a_tracked_model_takes_whole_numbers_and_csv_tables_and_moves_with_its_store(tmp_path, monkeypatch):
    """int64, float64 and a table written to CSV and read back give the same; so does the store in another folder."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (here / "requirements.lock").write_text("pandas\n", encoding="utf-8")
    monkeypatch.chdir(here)
    table = example()
    run = track("points", Numbers(), {"auc": 0.7}, "digest", (), Doubling(), table)
    import mlflow

    expected = [2 * count + 2024.0 for count in range(10, 10 + ROWS)]
    table.to_csv("table.csv", index=False)
    shutil.move(here, there)
    monkeypatch.chdir(there)
    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    model = mlflow.pyfunc.load_model(f"runs:/{run}/model")
    for given in (table, table.astype({"headcount": float}), pd.read_csv("table.csv")):
        assert model.predict(given)["twice"].tolist() == expected


@pytest.mark.contract
def test_a_cell_that_is_not_of_its_columns_kind_is_named():
    """Column and row are named; nothing is guessed."""
    table = example()
    with pytest.raises(ValueError, match="headcount: row 2 is no number"):
        in_types_of(table.astype({"headcount": object}).assign(headcount=["1", "2", "many", "4"]), table)
    with pytest.raises(ValueError, match=r"lacks the columns \['margin'\]"):
        in_types_of(table.drop(columns="margin"), table)
