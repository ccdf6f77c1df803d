"""What the values of a row, the register and the other tables say against a row; each fault is a reason for quarantine.

reasons : one text a row, to which every fault found is added with "; " after it
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from data.ingest.rules import TableRule

DESCRIBED = "described"  # in the tables that another refers to: keys that have a text


def check_values(typed: pd.DataFrame, rule: TableRule, reasons: pd.Series) -> None:
    """Values of one row that cannot stand beside each other, and keys that occur twice."""
    keys = list(rule.key)
    needed_keys = [key for key in keys if not rule.fields[key].nullable]
    twice = typed.duplicated(keys, keep=False) & typed[needed_keys].notna().all(axis=1)
    reasons[twice] += f"{' + '.join(keys)}: occurs more than once; "
    for earlier, later in rule.order:
        if {earlier, later} <= set(typed):
            reasons[typed[earlier] > typed[later]] += f"{earlier} is after {later}; "
    for smaller, larger in rule.at_most:
        over = (typed[smaller] > typed[larger]).to_numpy(dtype=bool)
        reasons[over] += (
            f"{smaller}: "
            + _printed(typed[smaller][over])
            + " is more than "
            + _printed(typed[larger][over])
            + f" of {larger}; "
        )
    for amount, other in rule.needs:
        bare = (typed[amount] > 0).to_numpy(dtype=bool) & typed[other].isna().to_numpy(dtype=bool)
        reasons[bare] += f"{amount}: " + _printed(typed[amount][bare]) + f" without {other}; "
    for first, then, beside in rule.implies:
        needed = typed[beside].notna() if beside in typed else not beside
        reasons[typed[first].eq(True) & typed[then].eq(False) & needed] += f"{first}: true, but {then} is false; "
    for column, value, empty in rule.empty_where:
        if {column, empty} <= set(typed):
            reasons[typed[column].eq(value) & typed[empty].notna()] += (
                f"{empty}: is not kept where {column} is {value}; "
            )


def check_register(typed: pd.DataFrame, rule: TableRule, enterprises: pd.DataFrame, reasons: pd.Series) -> None:
    """Rows of enterprises that the register does not have, or did not have yet or any more on the day of the row."""
    if rule.enterprise not in typed:
        return
    firm = typed[rule.enterprise]
    reasons[firm.notna() & ~firm.isin(set(enterprises["uscc"]))] += (
        f"{rule.enterprise}: is not in the enterprises table; "
    )
    if rule.day and "founded_on" in enterprises:
        founded = firm.map(enterprises.set_index("uscc")["founded_on"])
        early = founded > typed[rule.day]
        reasons[early] += f"{rule.day}: before the enterprise was founded on " + _dates(founded[early]) + "; "
    exits = [name for name in ("closed_on", "left_on") if name in enterprises]
    if rule.day and exits:
        gone = firm.map(enterprises.set_index("uscc")[exits].min(axis=1))
        late = gone <= typed[rule.day]
        reasons[late] += f"{rule.day}: the enterprise closed or left on " + _dates(gone[late]) + "; "


def check_references(
    typed: pd.DataFrame, rule: TableRule, others: Mapping[str, pd.DataFrame], reasons: pd.Series
) -> None:
    """Values that name a row of another table which is not there, and keys that no table describes."""
    for name, (table, key) in rule.refers.items():
        if name in typed and table in others:
            strange = typed[name].notna() & ~typed[name].isin(set(others[table][key]))
            reasons[strange] += f"{name}: is not in the table {table}; "
    if rule.described_by and DESCRIBED in others:
        key = rule.key[0]
        bare = typed[key].notna() & ~typed[key].isin(set(others[DESCRIBED][key]))
        reasons[bare] += f"{key}: has no text, no row that can be used in {' or '.join(rule.described_by)}; "


def _printed(values: pd.Series) -> pd.Series:
    return values.map("{:,.12g}".format).astype(object)


def _dates(days: pd.Series) -> pd.Series:
    return days.map("{:%Y-%m-%d}".format).astype(object)
