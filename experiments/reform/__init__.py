"""What a change of policy would do, to whom, and whether the difference is real.

read (a study from YAML files), run, tables (CSV), command; page, pictures (pages in both languages), fingerprint,
verify (citable results). The calculation lies in models/reform.
"""
