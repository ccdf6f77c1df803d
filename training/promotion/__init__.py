"""Which model is the champion: checks of a challenger, the error that its looks spend, registry and history.

checks (without outcomes), outcomes (against outcomes), spending, verdict (all of them in order), risk, points, quota,
matching (the columns that the checks read, by capability); registry (MLflow), history (chained entries).
"""
