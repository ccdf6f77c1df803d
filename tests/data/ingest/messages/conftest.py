"""Small messages, all values invented."""

import pytest

from data.ingest.messages.build import build

RESULT = {
    "CUS_CIQ_NO": "E20260000000000009",
    "ENTRY_ID": "290120260000000009",
    "NOTICE_DATE": "2026-03-01T20:58:44",
    "CHANNEL": "J",
    "NOTE": "审结",
    "CUSTOM_MASTER": "2901",
    "D_DATE": "2026-03-01",
}
DECLARATION = {
    "DecHead": {"IEFlag": "E", "CustomMaster": "2901", "TradeCoScc": "91330000TEST000009", "InputerName": "某某某"},
    "DecLists": {"DecList": [{"GNo": "1", "CodeTS": "8525891900"}, {"GNo": "2", "CodeTS": "8504401400"}]},
    "DecContainers": {"Container": [{"ContainerId": "TEST0000009"}]},
    "DecFreeTxt": {"VoyNo": "009E", "DecBpNo": "00000000000"},
    "DecSign": {"ClientSeqNo": "T000000000000009", "OperName": "某某某"},
    "DecOtherPacks": {"DecOtherPack": [{"PackQty": "1"}, {"PackQty": "2"}]},
    "EdocRealation": [{"EdocID": "a.pdf"}, {"EdocID": "b.pdf"}],
}


@pytest.fixture
def receipt():
    """Makes a receipt with other members and in another encoding."""

    def made(encoding="UTF-8", **members):
        return build("sw.receipt", {"DEC_RESULT": RESULT | members, "RESULT_INFO": ""}, encoding=encoding)

    return made


@pytest.fixture
def declaration():
    return build("sw.declaration", DECLARATION)
