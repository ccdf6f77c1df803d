"""What a change of policy would do, to whom, and whether the difference is real.

read (a study from YAML files), run, tables (CSV), command; page and pages (in both languages), fingerprint, kept and
verify (citable results), publish (all of them). The calculation lies in models/reform.
"""
