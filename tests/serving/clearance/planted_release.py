"""Customs clearance of an open service: two declarations, one with its answers, and a message that cannot be read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from starlette.responses import Response

from data.clearance.codes import Codes
from data.events import EventStore
from data.ingest.messages.build import build
from data.ingest.messages.read import read_message
from serving.clearance.board import Board
from serving.clearance.learned import Learned
from serving.clearance.service import CLEARANCE_OFF, ClearanceService, Forecasts
from serving.clearance.store import MessageStore, Source
from serving.matching.packed import FirstUse

NUMBER, CLIENT_NUMBER = "E20260000000000001", "T000000000000001"
ZONE = Source("operator", "zone")
AT = dt.datetime(2026, 3, 1, 13, tzinfo=dt.UTC)
COURSE = {
    "7": "2026-03-01T20:58:36",
    "L": "2026-03-01T20:58:37",
    "J": "2026-03-01T20:58:44",
    "P": "2026-03-02T09:11:02",
}


def declaration(uscc: str, client_number: str = CLIENT_NUMBER) -> bytes:
    """An export of this firm."""
    head = {
        "IEFlag": "E", "CustomMaster": "2901", "IEPort": "3104", "TradeCoScc": uscc, "TradeName": "测试视频技术公司",
        "TradeMode": "0110", "TrafMode": "2", "TradeCountry": "502", "GrossWet": "260.5", "NetWt": "240",
        "PackNo": "12",
    }  # fmt: skip
    line = {"GNo": "1", "CodeTS": "8525891900", "GName": "网络摄像机", "GQty": "100", "DeclPrice": "45.5",
            "DeclTotal": "4550", "TradeCurr": "502"}  # fmt: skip
    parts = {"DecHead": head, "DecLists": {"DecList": [line]}, "DecSign": {"ClientSeqNo": client_number}}
    return build("sw.declaration", parts, version="4.8")


def response(number: str = NUMBER, client_number: str = CLIENT_NUMBER) -> bytes:
    """The Single Window gives the declaration its number."""
    taken = {"ResponseCode": "0", "ErrorMessage": "暂存成功", "ClientSeqNo": client_number, "SeqNo": number}
    return build("sw.import_response", taken)


def receipt(channel: str, number: str = NUMBER, at: str = "") -> bytes:
    """A receipt of customs."""
    result = {"CUS_CIQ_NO": number, "NOTICE_DATE": at or COURSE[channel], "CHANNEL": channel, "NOTE": f"回执{channel}",
              "CUSTOM_MASTER": "2901"}  # fmt: skip
    return build("sw.receipt", {"DEC_RESULT": result, "RESULT_INFO": ""})


def planted_messages(folder: Path, uscc: str) -> MessageStore:
    """The messages came backwards, an hour apart, and one came twice."""
    folder.mkdir(parents=True, exist_ok=True)
    store = MessageStore(EventStore(f"sqlite:///{folder / 'clearance.sqlite'}"), read_message)
    sent = [*(receipt(channel) for channel in reversed(COURSE)), receipt("J"), response(), declaration(uscc), b"<cut"]
    for hours, raw in enumerate(sent):
        store.receive(raw, ZONE, AT + dt.timedelta(hours=hours))
    return store


def planted_clearance(folder: Path, uscc: str, forecasts: Forecasts | None = None) -> ClearanceService:
    """The service over the messages, which are stored with the first use."""
    stores = FirstUse(lambda: planted_messages(folder, uscc), CLEARANCE_OFF)
    made = FirstUse(lambda: forecasts if forecasts is not None else Forecasts.load(folder), CLEARANCE_OFF)
    board = Board(stores.get)
    return ClearanceService(stores, made, board, Learned(board.current), Codes.load(), lambda: dt.date(2026, 3, 2))


class EndedStream:
    """A stream that has ended, in place of one that never does."""

    def open(self, *_: object) -> Response:
        """What a client gets."""
        return Response("", media_type="text/event-stream")
