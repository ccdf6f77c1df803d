"""The report of a registry on a day: a page, its tables as CSV, all of them as a workbook."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from data.incubators.registry import Registry
from models.chain.node_view import Language
from models.incubators.gathered import gather
from models.incubators.lists import Table, csv_of, xlsx_of
from models.incubators.page import NO_LINKS, ReportLinks, page_of


def report_page(
    registry: Registry,
    on: dt.date,
    lang: Language,
    *,
    since: dt.date | None = None,
    quarantine: pd.DataFrame | None = None,
    links: ReportLinks = NO_LINKS,
) -> str:
    """The page of the report of ``gather``."""
    return page_of(gather(registry, on, lang, since=since, quarantine=quarantine), links)


def report_csv(
    registry: Registry,
    on: dt.date,
    lang: Language,
    table: Table = "statistics",
    *,
    since: dt.date | None = None,
    quarantine: pd.DataFrame | None = None,
) -> bytes:
    """One table of the report of ``gather``; raises RegistryError for an unknown one."""
    return csv_of(gather(registry, on, lang, since=since, quarantine=quarantine), table)


def report_xlsx(
    registry: Registry,
    on: dt.date,
    lang: Language,
    *,
    since: dt.date | None = None,
    quarantine: pd.DataFrame | None = None,
) -> bytes:
    """Every table of the report of ``gather``, and what the figures count."""
    return xlsx_of(gather(registry, on, lang, since=since, quarantine=quarantine))
