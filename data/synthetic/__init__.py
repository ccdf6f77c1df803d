"""Synthetic firms with a planted truth.

cohort (parameters), firms (their lives), loans (loans and invoices), truth (what drives outcomes), tables (as
agencies hold them); matching (demands, documents, events), its texts and its outcomes.
"""
