"""One export declaration, made by hand, in which no rule finds anything on a day of 2020."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import pytest

from data.clearance.codes import Codes
from data.clearance.records import Declaration
from models.clearance.checks import Finding, check

DAY = dt.date(2020, 5, 18)
HEAD = {
    "IEFlag": "E", "CustomMaster": "2910", "IEPort": "3104", "ContrNo": "T-2020-001", "IEDate": "20200520",
    "AgentCode": "3301000001", "AgentName": "模拟报关有限公司", "AgentCodeScc": "91000000000000019G",
    "TradeCode": "3301000000", "TradeName": "模拟视频技术有限公司", "OwnerName": "模拟视频技术有限公司",
    "OverseasConsigneeEname": "SIMULATED BUYER LTD", "TrafMode": "2", "TrafName": "SIMULATED VESSEL", "BillNo": "SB1",
    "VoyNo": "001E", "TradeMode": "0110", "CutMode": "101", "TradeAreaCode": "USA", "TradeCountry": "USA",
    "DistinatePort": "USA000", "EntyPortCode": "310401", "TransMode": "3", "WrapType": "22", "PackNo": "12",
    "GrossWet": "260.5", "NetWt": "240",
}  # fmt: skip
# 8504401400: stabilised direct-current power supplies, counted in pieces and kilograms in 2020.
GOODS = {
    "GNo": "1", "CodeTS": "8504401400", "GName": "电源适配器", "GModel": "0|0|电源|无品牌|型号T1", "GQty": "100",
    "GUnit": "007", "DeclPrice": "45.5", "DeclTotal": "4550", "TradeCurr": "USD", "FirstUnit": "007",
    "FirstQty": "100", "SecondUnit": "035", "SecondQty": "240", "OriginCountry": "CHN", "DestinationCountry": "USA",
    "DistrictCode": "33013", "DutyMode": "1",
}  # fmt: skip
CONTAINER = {"ContainerId": "CSQU3054383", "ContainerMd": "11", "LclFlag": "0", "GoodsNo": "1"}

Lines = Sequence[Mapping[str, str]]
Make = Callable[..., Declaration]
Find = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def codes() -> Codes:
    return Codes.load()


@pytest.fixture(scope="session")
def make() -> Make:
    """A declaration like the one above but for the elements given; ``goods`` takes what differs in each line."""

    def declaration(
        goods: Lines = ({},), containers: Lines = (CONTAINER,), licences: Lines = (), documents: Lines = (), **head: str
    ) -> Declaration:
        lines = tuple({**GOODS, "GNo": str(n), **line} for n, line in enumerate(goods, start=1))
        keys, parties = (("client_seq_no", "T1"),), ()
        parts = lines, tuple(licences), tuple(containers), tuple(documents)
        return Declaration(keys, "single_window", "4.8", parties, {**HEAD, **head}, *parts)

    return declaration


@pytest.fixture(scope="session")
def find(make: Make, codes: Codes) -> Find:
    """Findings of such a declaration; ``day`` is the day of its declaration."""

    def found(day: dt.date = DAY, **parts: object) -> list[Finding]:
        return check(make(**parts), codes, day)

    return found


@pytest.fixture(scope="session")
def ids(find: Find) -> Callable[..., list[tuple[str, str]]]:
    """Rule and path of each finding."""
    return lambda **parts: [(one.rule_id, one.where) for one in find(**parts)]
