"""The quota.

measure, terms, rules, decide (columns), engine (one firm or many); answer, reasons, warnings, advice (with levers),
drivers (sentences); policy, certificate; budget (loans that share one), portfolio (its linear programme).
"""
