"""``python -m serving allocate``: one bank's approved quotas of a table job under one budget."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow as pa
import typer
import yaml
from pydantic import ValidationError
from rich.console import Console

from data.requests import PortfolioLimits
from data.yaml_file import read_yaml_file
from models.quota.budget import COLUMNS, share_budget
from serving.audit.replay import find_policy
from serving.cli.faults import refused
from serving.clock import Clock
from serving.contract.refusals import invalid_request
from serving.decide.table_job import TABLE_JOB, TableError
from serving.ledger.ledger import Ledger
from serving.ledger.store import ledger_url
from serving.params import read_params

console = Console(soft_wrap=True, highlight=False)


def allocate(
    table: Path = typer.Argument(help="Parquet: what `batch` wrote for this bank, unchanged."),
    bank: str = typer.Option(..., help="The bank whose table job it was."),
    budget_wan: float = typer.Option(..., help="The budget, in 10,000 yuan."),
    limits: Path | None = typer.Option(
        None,
        help="YAML: groups (list of column: growth_stage or product, value, most_wan) and expected_loss_wan.",
    ),
    out: Path = typer.Option(..., help="Parquet: uscc, quota_wan and amount_wan, in the table's order. A new file."),
) -> None:
    """Share a budget among the firms that a table job approved, for the largest expected profit.

    No amount is above its firm's quota or below the smallest of the bank's policy; a quota whose validity has ended
    counts as none. The table must be the output of a recorded job of the bank.
    """
    with refused():
        if out.exists():
            raise FileExistsError(f"{out} exists; allowed: a new file")
        ledger = Ledger(ledger_url(), reading=True)
        decided, version = read_job_output(table, bank, ledger)
        policy = find_policy(ledger, version)
        ledger.close()
        today = pd.Timestamp(Clock.from_environment(read_params().zone).today())
        approved = decided["outcome"] == "preapproved"
        valid = approved & (decided["valid_until"] >= today)
        loans = decided.assign(quota_wan=decided["amount_wan"].where(valid, 0))[list(COLUMNS)]
        shared = share_budget(loans, budget_wan, read_limits(limits), policy)
        loans[["uscc", "quota_wan"]].assign(amount_wan=shared.amount_wan).to_parquet(out, index=False)
    for text in (shared.text, *(price.text for price in shared.prices)):
        console.print(*text, sep="\n")
    console.print(
        f"{len(decided)} rows, {int(approved.sum())} approved, {int((approved & ~valid).sum())} no longer valid"
    )


def read_job_output(table: Path, bank: str, ledger: Ledger) -> tuple[pd.DataFrame, str]:
    """The decisions of a recorded table job of the bank, and the version of its policy; raises TableError."""
    content = table.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    jobs = ledger.find(kind=TABLE_JOB, owner=bank, subject=f"job-{digest[:24]}")
    job = next((record for record in reversed(jobs) if record.content["output"] == digest), None)
    if job is None:
        raise TableError(
            f"{table.name} is not found among the table jobs of {bank}; allowed: an unchanged output of one"
        )
    try:
        return pd.read_parquet(BytesIO(content)), str(job.content["policy"])
    except pa.ArrowException as fault:
        raise TableError(f"{table.name}: not a readable Parquet file") from fault


def read_limits(path: Path | None) -> PortfolioLimits:
    """The limits of a file, none without one; raises ValueError or a Refusal with every fault."""
    if path is None:
        return PortfolioLimits()
    try:
        given = read_yaml_file(path)
        if isinstance(given, dict) and isinstance(given.get("groups"), list):
            given["groups"] = tuple(given["groups"])  # as JSON has it
        return PortfolioLimits.model_validate(given)
    except ValidationError as fault:
        raise invalid_request(fault) from fault
    except (yaml.YAMLError, ValueError) as fault:
        raise ValueError(f"{path.name} cannot be read as YAML: {fault}") from fault
