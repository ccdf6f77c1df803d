"""The synthetic cohort and its planted truth."""

from __future__ import annotations

from data.chain.chain_file import load_chains
from data.codebook import reference_path
from data.synthetic.approvals import synthesize_approvals, write_approvals
from data.synthetic.approvals_params import SyntheticApprovalsParams
from data.synthetic.chain import synthesize_chain, write_chain
from data.synthetic.chain_params import SyntheticChainParams
from data.synthetic.clearance import synthesize_clearance, write_clearance
from data.synthetic.clearance_params import SyntheticClearanceParams
from data.synthetic.matching import SyntheticMatchingParams, synthesize_matching, write_matching
from data.synthetic.tables import SyntheticParams, target_table, write_cohort
from data.synthetic.tables import synthesize as make_cohort
from training.params import read_section
from training.pipeline.artifacts import ARTIFACTS, CAVEAT, RAW, TRUTH, console, write_json


def synthesize() -> None:
    """Make the synthetic cohort, demands, chains, declarations and approvals, their truth apart, and print figures."""
    cohort = make_cohort(read_section("synthetic", SyntheticParams))
    write_cohort(cohort, RAW, TRUTH)
    matching = synthesize_matching(
        cohort.tables["enterprises"], read_section("synthetic_matching", SyntheticMatchingParams)
    )
    write_matching(matching, RAW, TRUTH)
    chain = synthesize_chain(
        cohort.tables["enterprises"],
        cohort.tables["credit_facts"],
        load_chains(reference_path("chains")),
        read_section("synthetic_chain", SyntheticChainParams),
    )
    write_chain(chain, RAW, TRUTH)
    clearance = synthesize_clearance(
        cohort.tables["enterprises"], read_section("synthetic_clearance", SyntheticClearanceParams)
    )
    write_clearance(clearance, RAW, TRUTH)
    approvals = synthesize_approvals(read_section("synthetic_approvals", SyntheticApprovalsParams))
    write_approvals(approvals, RAW, TRUTH)
    targets = target_table(cohort)
    console.print(targets.to_string())
    figures = {str(row["target"]): float(row["figure"]) for row in targets.to_dict("records")}
    parts = {"matching": dict(matching.figures), "chain": dict(chain.figures), "clearance": dict(clearance.figures)}
    parts |= {"approvals": dict(approvals.figures)}
    write_json(ARTIFACTS / "synthetic/metrics.json", {"caveat": CAVEAT, **figures, **parts})
