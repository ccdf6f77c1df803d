"""``python -m training COMMAND``: a command per stage of dvc.yaml, and what a person does once in a while."""

from __future__ import annotations

from data.arithmetic import choose_kernels, processor_flags

choose_kernels(processor_flags())  # before NumPy is imported

import typer

from training.pipeline.approvals import approvals
from training.pipeline.approvals_events import approvals_events
from training.pipeline.assemble import assemble
from training.pipeline.certificate import certificate
from training.pipeline.chain_investors import chain_investors
from training.pipeline.chain_placement import chain_placement
from training.pipeline.chain_scores import chain_scores
from training.pipeline.clearance import clearance
from training.pipeline.clearance_events import clearance_events
from training.pipeline.decide import decide
from training.pipeline.draws import draws
from training.pipeline.import_card import import_card
from training.pipeline.incubator_records import incubator_records
from training.pipeline.incubators import incubators
from training.pipeline.ingest import ingest
from training.pipeline.ladder import ladder, ladder_versions
from training.pipeline.matching import matching
from training.pipeline.matching_encoder import matching_encoder
from training.pipeline.matching_feedback import matching_feedback
from training.pipeline.matching_index import matching_index
from training.pipeline.points import points
from training.pipeline.promote import champion, promote
from training.pipeline.quota import quota
from training.pipeline.risk import risk
from training.pipeline.synthesize import synthesize
from training.pipeline.tune import tune

app = typer.Typer(no_args_is_help=True, add_completion=False, help="How the learned models are made.")
for stage in (
    synthesize,
    ingest,
    assemble,
    points,
    risk,
    tune,
    quota,
    certificate,
    draws,
    decide,
    ladder,
    ladder_versions,
    import_card,
    matching_encoder,
    matching_index,
    matching,
    chain_placement,
    chain_scores,
    promote,
    champion,
    matching_feedback,
    chain_investors,
    clearance_events,
    clearance,
    approvals_events,
    approvals,
    incubator_records,
    incubators,
):
    app.command()(stage)

if __name__ == "__main__":
    app()
