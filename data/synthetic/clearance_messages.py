"""The bytes of simulated messages: declarations, import responses and receipts, some in an envelope.

Everything in them is invented: firms with codes that no authority can issue, numbers that begin with SIM or lie in a
range of their own, no person. The declaration says so in its remarks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from data.beijing import BEIJING
from data.clearance.container_numbers import check_digit
from data.ingest.messages.build import Elements, build
from data.synthetic.clearance_events import DECLARATION, RESPONSE
from data.synthetic.clearance_world import AIR, EXPORT, RAIL, ROAD, SEA, goods

RESULT = ["CUS_CIQ_NO", "ENTRY_ID", "NOTICE_DATE", "CHANNEL", "NOTE", "CUSTOM_MASTER", "I_E_DATE", "D_DATE"]
SIMULATED = "模拟数据，非真实报关单"
OVERSEAS = "SIMULATED OVERSEAS COMPANY"
VESSELS = {SEA: "模拟轮", AIR: "模拟航班", ROAD: "模拟货车", RAIL: "模拟班列"}
ABSENT_HS = "9999999999"  # in no tariff


@dataclass(frozen=True, slots=True)
class SimulatedMessage:
    """A simulated message as it arrives: when (UTC), in which folder (OutBox sent, InBox received), its name."""

    received_at: dt.datetime
    box: str
    name: str
    raw: bytes


def numbers_of(declarations: pd.DataFrame, seed: int) -> pd.DataFrame:
    """client_seq_no, seq_no, entry_id and other_entry_id (a wrong one) of each declaration; serials begin with 9.

    seed : its last digits are in each number, so that cohorts of several seeds can lie in one store
    """
    of_seed, short = f"{seed % 1_000:03d}", seed % 40 * 1_000_000
    first = pd.to_datetime(declarations["first_declared"] + 8 * 3600, unit="s")
    export = declarations["direction"] == EXPORT
    flag, year, serial = export.map({True: "E", False: "I"}), first.dt.strftime("%Y"), declarations["number"]
    entry = declarations["office"].astype(str) + year + export.map({True: "0", False: "1"})
    return pd.DataFrame(
        {
            "client_seq_no": "SIM" + year + of_seed + serial.map("{:07d}".format),
            "seq_no": flag + year + ("9" + of_seed) + serial.map("{:09d}".format),
            "entry_id": entry + (900_000_000 + (short + serial) % 50_000_000).map("{:09d}".format),
            "other_entry_id": entry + (950_000_000 + (short + serial) % 50_000_000).map("{:09d}".format),
        }
    )


def write_messages(
    declarations: pd.DataFrame, lines: pd.DataFrame, events: pd.DataFrame, agents: pd.DataFrame
) -> Iterator[SimulatedMessage]:
    """The messages that arrive, by the time that they do; those planted as lost are left out or cut in half.

    declarations : with their course, numbers_of and firm_uscc, firm_name; lines, events : as planned
    """
    heads, named = _records(declarations), _records(agents)
    of_head: list[list[dict[str, Any]]] = [[] for _ in heads]
    for row in _records(lines.merge(goods(), left_on="good", right_index=True).sort_values(["number", "line"])):
        of_head[row["number"]].append(row)
    for position, event in enumerate(_records(events.loc[~events["lost"] | events["cut"]])):
        head = heads[event["number"]]
        encoding = "GBK" if event["gbk"] else "UTF-8"
        box, kind = "InBox", "Receipt"
        if event["kind"] == DECLARATION:
            box, kind = "OutBox", "Declare"
            raw = declaration_bytes(head, of_head[event["number"]], named[head["agent"]], event, encoding)
        elif event["kind"] == RESPONSE:
            kind = "Successed" if event["code"] == "0" else "Failed"
            raw = response_bytes(head, event, encoding)
        else:
            raw = receipt_bytes(head, event, encoding)
        if event["enveloped"]:
            raw = envelope_bytes(raw, head, event)
        if event["cut"]:
            raw = raw[: len(raw) // 2]
        at = dt.datetime.fromtimestamp(event["received"], dt.UTC)
        yield SimulatedMessage(at, box, f"{kind}_{head['client_seq_no']}_{position:07d}.xml", raw)


def receipt_bytes(head: Mapping[str, Any], event: Mapping[str, Any], encoding: str) -> bytes:
    """A receipt of customs about one status."""
    entry = head["other_entry_id" if event["other_number"] else "entry_id"] if event["numbered"] else ""
    at, declared = _local(event["at"]), _local(head["first_declared"])
    day = f"{declared:%Y-%m-%d}"
    members = (head["seq_no"], entry, f"{at:%Y-%m-%dT%H:%M:%S}", event["code"], event["note"], head["office"], "", day)
    result = dict(zip(RESULT, members, strict=True))
    return build("sw.receipt", {"DEC_RESULT": result, "RESULT_INFO": ""}, encoding=encoding)


def response_bytes(head: Mapping[str, Any], event: Mapping[str, Any], encoding: str) -> bytes:
    """What the client answers when a declaration is imported: its number, or why not."""
    taken = event["code"] == "0"
    members = {
        "ResponseCode": event["code"],
        "ErrorMessage": "暂存成功" if taken else "商品编号不存在",
        "ClientSeqNo": head["client_seq_no"],
        "SeqNo": head["seq_no"] if taken else "",
        "TrnPreId": "",
    }
    return build("sw.import_response", members, encoding=encoding)


def envelope_bytes(inner: bytes, head: Mapping[str, Any], event: Mapping[str, Any]) -> bytes:
    """A message in the envelope of the data exchange platform."""
    sent: Elements = {
        "CopMsgId": f"SIM{head['number']:09d}{event['code']}{event['at']}",
        "SenderId": "SIMCUSTOMS",
        "ReceiverIds": {"ReceiverId": "SIMAGENT"},
        "CreatTime": f"{_local(event['at']):%Y-%m-%dT%H:%M:%S}",
        "MsgType": "DECCUS001",
    }
    added: Elements = {"FileName": "", "IcCard": "", "BizKey": {"RetType": "1", "DealFlag": "0"}}
    return build("dxp", {"TransInfo": sent, "Data": inner, "AddInfo": added})


def declaration_bytes(
    head: Mapping[str, Any],
    rows: list[dict[str, Any]],
    agent: Mapping[str, Any],
    event: Mapping[str, Any],
    encoding: str,
) -> bytes:
    """A declaration as the agent sends it; ``event["code"]`` names a rule of the form that it breaks, or nothing."""
    error, export = event["code"], head["direction"] == EXPORT
    day = _local(event["at"]) + dt.timedelta(days=1 if export else -2)
    gross, net = head["gross_kg"], head["net_kg"]
    if error == "net_above_gross":
        gross, net = net, gross + 1
    port = f"{head['country']}000"
    firm_code = f"3301{head['firm']:06d}"
    again = event["episode"] > 1
    abroad = {"OverseasConsigneeEname": OVERSEAS}
    if not export:
        abroad = {"OverseasConsignorEname": OVERSEAS, "DespPortCode": port}
    parts: dict[str, Any] = {
        "DecHead": {
            "SeqNo": head["seq_no"] if again else "",
            "IEFlag": "E" if export else "I",
            "Type": "",
            "AgentCode": agent["customs_code"],
            "AgentName": agent["name"],
            "AgentCodeScc": agent["uscc"],
            "BillNo": f"SIMBL{head['number']:09d}",
            "ContrNo": f"SIMCT{head['number']:09d}",
            "CustomMaster": head["office"],
            "CutMode": "503" if head["supervision_mode"] == "0615" else "101",
            "DistinatePort": port,
            "GrossWet": f"{gross:.2f}",
            "IEDate": f"{day:%Y%m%d}",
            "IEPort": head["entry_port"],
            "NetWt": f"{net:.2f}",
            "NoteS": SIMULATED,
            "OwnerCode": firm_code,
            "OwnerName": head["firm_name"],
            "OwnerCodeScc": head["firm_uscc"],
            "PackNo": str(head["n_packages"]),
            "TradeCode": firm_code,
            "TradeCountry": head["country"],
            "TradeMode": head["supervision_mode"],
            "TradeName": head["firm_name"],
            "TradeCoScc": head["firm_uscc"],
            "TradeAreaCode": head["country"],
            "TrafMode": head["transport"],
            "TrafName": VESSELS[head["transport"]],
            "TransMode": "3" if export else "1",
            "WrapType": "22",
            "EntyPortCode": head["port"],
            **abroad,
        },
        "DecLists": {"DecList": [_goods(row, head, error if row["line"] == 1 else "") for row in rows]},
        "DecFreeTxt": {"VoyNo": f"{head['number'] % 1000:03d}E"},
        "DecSign": {"OperType": "G", "ClientSeqNo": head["client_seq_no"]},
    }
    documents = _documents(rows, head)
    if documents:
        parts["DecLicenseDocus"] = {"LicenseDocu": documents}
    if head["transport"] == SEA and head["gross_kg"] > 800:
        container = {"ContainerId": _container(head["number"]), "ContainerMd": "21"}
        parts["DecContainers"] = {"Container": [container]}
    return build("sw.declaration", parts, version="4.8", encoding=encoding)


def _goods(row: Mapping[str, Any], head: Mapping[str, Any], error: str) -> dict[str, str]:
    export, total = head["direction"] == EXPORT, row["total"]
    by_weight = row["first_unit"] == "035"
    first = "999" if error == "wrong_first_unit" else row["first_unit"]
    line = {
        "GNo": str(row["line"]),
        "CodeTS": ABSENT_HS if error == "unknown_hs" else row["code_ts"],
        "GName": row["name"],
        "GModel": f"0|0|{row['name']}|模拟",
        "GQty": f"{row['quantity']:.0f}",
        "GUnit": row["first_unit"] if not by_weight else "011",
        "DeclPrice": f"{row['price']:.2f}",
        "DeclTotal": f"{total * 1.5 if error == 'total_not_product' else total:.2f}",
        "TradeCurr": head["currency"],
        "FirstUnit": first,
        "FirstQty": f"{row['net_kg']:.2f}" if by_weight else f"{row['quantity']:.0f}",
        "OriginCountry": "CHN" if export else head["country"],
        "DestinationCountry": head["country"] if export else "CHN",
        "DutyMode": "3" if head["supervision_mode"] == "0615" else "1",
        "DistrictCode": "33013",
    }
    if row["second_unit"]:
        line |= {"SecondUnit": row["second_unit"], "SecondQty": f"{row['net_kg']:.2f}"}
    return line


def _documents(rows: list[dict[str, Any]], head: Mapping[str, Any]) -> list[dict[str, str]]:
    """The certificate of inspection (A for imports, B for exports) where the tariff asks for it."""
    letter = "B" if head["direction"] == EXPORT else "A"
    needed = any(letter in row["licence_codes"] for row in rows)
    return [{"DocuCode": letter, "CertCode": f"SIM{head['number']:012d}"}] if needed else []


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _container(number: int) -> str:
    head = f"SIMU{number % 1_000_000:06d}"
    return f"{head}{check_digit(head)}"


def _local(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, BEIJING)
