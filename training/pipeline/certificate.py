"""Loss certificates of the example policies."""

from __future__ import annotations

import pandas as pd

from data.splits import enterprise_share
from models.content_digest import content_digest
from models.quota.certificate import write_certificates
from models.quota.engine import QuotaEngine, read_policies
from training.assembled import (
    DERIVED,
    AssembleParams,
    read_cases,
    read_labels,
    read_tables,
)
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS
from training.quota.certificate_cohort import CertificateParams, Loans, issue, seasoned_loans


def certificate() -> None:
    """Issue each example bank's loss certificate from seasoned loans of enterprises that no model was fitted on."""
    assembled, params = read_section("assemble", AssembleParams), read_section("certificate", CertificateParams)
    engine = QuotaEngine.load(ARTIFACTS)
    cohort, others = read_seasoned(engine, assembled)
    issued = issue(engine, cohort, others, read_policies(), params, content_digest(assembled))
    write_certificates(ARTIFACTS / "quota/certificates.json", issued)


def read_seasoned(engine: QuotaEngine, assembled: AssembleParams) -> tuple[Loans, Loans]:
    """Loans whose twelve-month outcome is known, measured: of the enterprises kept for testing, and of the others."""
    loans, cases = read_tables("loans")["loans"], read_cases(DERIVED / "loans")
    table = seasoned_loans(loans, read_labels("default_12m").values)
    held = enterprise_share(table["uscc"]) < assembled.test_share

    def part(kept: pd.DataFrame) -> Loans:
        return Loans(kept.reset_index(drop=True), engine.measure(cases.loc[kept.index]))

    return part(table.loc[held]), part(table.loc[~held])
