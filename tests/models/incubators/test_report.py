"""One call for a page, a table or a workbook."""

from __future__ import annotations

import io

import openpyxl
import pytest

from data.incubators.fields import RegistryError
from models.incubators.report import report_csv, report_page, report_xlsx
from tests.models.incubators.conftest import ON, incubator, made_of, report, tenant


@pytest.fixture(scope="module")
def small():
    return made_of(incubator=[incubator("Z1")], tenant=[tenant("A")], report=[report()])


def test_each_form_holds_the_same_figures(small):
    """A page, a CSV and a workbook of one small registry."""
    assert "孵化载体" in report_page(small, ON, "zh")
    assert report_csv(small, ON, "en").decode("utf-8-sig").splitlines()[1].startswith("incubators and makerspaces,1,")
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(small, ON, "zh")))
    assert book.worksheets[0]["B2"].value == 1
    with pytest.raises(RegistryError, match="table is"):
        report_csv(small, ON, "zh", "profit")
