"""A report as a folder: both languages, every table, and links that lead to files that are there."""

import re
from dataclasses import replace

from models.incubators.files import PAGES, write_files
from models.incubators.gathered import gather
from tests.models.incubators.conftest import ON


def test_every_link_leads_to_a_file_of_the_folder(registry, tmp_path):
    made = gather(registry, ON, "zh")
    written = write_files({"zh": made, "en": replace(made, lang="en")}, tmp_path)
    assert len(written) == len(set(written)) == 18
    for name in PAGES.values():
        page = (tmp_path / name).read_text(encoding="utf-8")
        linked = set(re.findall(r'href="([^"#]+)"', page))
        assert linked <= {path.name for path in tmp_path.iterdir()}
        assert set(PAGES.values()) - {name} <= linked
