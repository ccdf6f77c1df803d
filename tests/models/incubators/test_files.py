"""The report as a folder."""

from __future__ import annotations

import re

from models.incubators.files import PAGES, write_files
from models.incubators.lists import TABLES


def test_every_file_that_a_page_leads_to_is_there(reports, tmp_path):
    """Two pages that lead to each other, a workbook a language, a CSV a table and language."""
    written = write_files(reports, tmp_path / "report")
    names = {path.name for path in written}
    assert names == {path.name for path in (tmp_path / "report").iterdir()}
    assert len(names) == 2 * (2 + len(TABLES))
    for page in PAGES.values():
        html = (tmp_path / "report" / page).read_text(encoding="utf-8")
        links = set(re.findall(r'href="([^"#]+)"', html))
        assert links <= names
        assert links & set(PAGES.values())
