"""Texts of synthetic firms and patents on the nodes of a chain, by a small grammar over the words of its file.

A text names what the firm makes by key words, products or the node's name, half of them in other words of the same
meaning, and names nodes that are not the firm's as well: whom it supplies, what it buys, what it is unlike. So the
words of the right node are often missing and those of a wrong one there; ``chain.figures`` says how often words alone
find the node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.chain.chain_file import Chain, Node
from data.chain.standards import gb4754_classes
from data.synthetic.matching_texts import pick

PARAPHRASED = 0.5  # of the words that have another form
DESCRIBED = 0.25  # of the texts: no key word, the classes of the standard and products only
UNLIKE = 0.3  # of the texts that name a node that the firm is not on
ENGLISH_PATENTS = 0.05
# Parts of words with another form of the same meaning, tried in this order.
PARAPHRASES: Mapping[str, str] = {
    "摄像机": "摄像头",
    "传感器": "感测元件",
    "传感": "感测",
    "芯片": "集成电路",
    "识别": "辨识",
    "平台": "系统",
    "检测": "测试",
    "探测": "侦测",
    "监测": "监控",
    "设备": "装置",
    "终端": "终端机",
    "存储": "保存",
    "加密": "密码保护",
    "无线": "非接触",
    "视频": "影像",
    "图像": "画面",
    "人脸": "面部",
    "车牌": "号牌",
    "报警": "警报",
    "门禁": "出入管控",
    "锁": "锁具",
    "光纤": "光导纤维",
    "网关": "接入设备",
    "网络": "联网",
    "数据": "信息",
    "算法": "计算方法",
    "模型": "网络模型",
    "训练": "学习",
    "边缘": "端侧",
    "云": "云端",
    "定位": "位置测定",
    "导航": "引导",
    "电池": "电芯",
    "天线": "收发天线",
    "模组": "模块",
    "机器人": "自动机",
    "诊断": "诊查",
    "医疗": "医用",
    "医院": "医疗机构",
    "药物": "药品",
    "药": "药剂",
    "疫苗": "免疫制剂",
    "细胞": "活细胞",
    "基因": "遗传",
    "核酸": "遗传物质",
    "蛋白": "蛋白质",
    "抗体": "免疫球蛋白",
    "材料": "基材",
    "支架": "支撑件",
    "导管": "管路",
    "试剂": "检验试剂",
    "监护": "看护监测",
    "影像": "成像",
    "超声": "超声波",
    "康复": "功能恢复",
    "养老": "老年照护",
    "健康": "保健",
    "物流": "货运",
    "仓储": "库房",
    "农业": "种养",
    "能源": "用能",
    "城市": "市政",
    "家居": "居家",
    "工业": "制造业",
    "管理": "管控",
    "控制": "调控",
    "分析": "研判",
    "服务": "支持",
}
TRADES: tuple[tuple[str, str], ...] = (  # of firms that belong on no node: what they do, its class
    ("餐饮管理、食品销售", "6210"),
    ("服装设计、服饰零售", "5232"),
    ("文化艺术交流活动策划、会展服务", "7289"),
    ("人力资源服务、劳务派遣", "7263"),
    ("房地产经纪、物业管理", "7020"),
    ("广告设计制作、品牌策划", "7259"),
    ("职业技能培训、教育咨询", "8391"),
    ("建筑装饰装修工程", "5011"),
    ("财务咨询、税务代理", "7241"),
    ("跨境日用百货销售", "5219"),
    ("动漫设计、游戏发行", "6572"),
    ("茶叶种植与销售", "0164"),
)
TAILS = ("货物进出口。", "技术服务、技术咨询。", "依法须经批准的项目除外。", "会议及展览服务。", "信息咨询服务。")
FEATURES = ("低功耗", "高可靠", "小型化", "可远程升级", "通过型式检验", "支持二次开发", "适应高低温环境")
PATENT_FORMS = (
    "一种{word}的{aspect}方法及装置",
    "一种{word}",
    "{word}及其{aspect}方法",
    "一种用于{other}的{word}",
    "基于{aspect}的{word}系统",
)
ASPECTS = ("校准", "制备", "自适应调节", "故障诊断", "低功耗控制", "安装", "数据处理", "防护", "散热", "质量评价")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What can be named for one node: its own words, those of the nodes it supplies, and of others nearby.

    code : a class of GB/T 4754-2017 of the node or of its first child with one, "" where there is none
    """

    node: Node
    own: tuple[str, ...]
    products: tuple[str, ...]
    customers: tuple[str, ...]
    others: tuple[str, ...]
    code: str


def vocabulary(chain: Chain, node: Node) -> Vocabulary:
    """The words of a node; those of a node with children are its name and the words of its children."""
    below = chain.children(node.id)
    own = node.keywords or tuple(word for child in below for word in child.keywords[:2])
    feeds = [chain.node(one) for one in (node.feeds or [one for child in below for one in child.feeds])]
    near = [one for one in chain.children(node.parent or node.id) if one.id != node.id and one.keywords]
    return Vocabulary(
        node=node,
        own=(node.name_zh, *own),
        products=node.products or tuple(word for child in below for word in child.products[:1]),
        customers=tuple(word for one in feeds for word in (one.name_zh, *one.keywords[:2])),
        others=tuple(word for one in near for word in (one.name_zh, *one.keywords[:2])),
        code=next((code for one in (node, *below) for code in one.gb4754), ""),
    )


def paraphrase(word: str, rng: np.random.Generator) -> str:
    """The word, with one part in another form for half of those that have one."""
    if rng.random() < PARAPHRASED:
        for part, other in PARAPHRASES.items():
            if part in word and other not in word:
                return word.replace(part, other, 1)
    return word


def document_texts(
    kind: str, words: Vocabulary, second: Vocabulary | None, rng: np.random.Generator
) -> tuple[str, str]:
    """Title and text of one document of a firm on a node, and on a second one if it is there too."""
    if rng.random() < DESCRIBED:
        described = pick(rng, words.products or words.own)
        names = [described, gb4754_classes().get(words.code, described)]
    else:
        names = [paraphrase(one, rng) for one in _some(words.own, 2, rng)]
    if second is not None:
        names.append(paraphrase(pick(rng, second.own), rng))
    listed = "、".join(dict.fromkeys(names))
    to = f"，面向{paraphrase(pick(rng, words.customers), rng)}" if words.customers and rng.random() < 0.6 else ""
    if kind == "business_scope":
        verb = pick(rng, ("技术研发、生产与销售", "制造、销售", "技术开发、技术转让", "研发与技术服务"))
        return "经营范围", f"一般项目：{listed}{verb}{to}；{_unlike(words, rng)}{pick(rng, TAILS)}"
    if kind == "product":
        model = f"{chr(65 + int(rng.integers(26)))}{int(rng.integers(100, 999))}"
        text = f"{model}型{listed}，{pick(rng, FEATURES)}{to}。{_unlike(words, rng)}"
        return f"{names[0]}系列产品", text
    led = pick(rng, ("专注于", "主营", "从事", "深耕"))
    return "企业简介", f"公司{led}{listed}业务{to}，{pick(rng, FEATURES)}。{_unlike(words, rng)}"


def unplaced_texts(kind: str, chains: Sequence[Chain], rng: np.random.Generator) -> tuple[str, str, str]:
    """Title, text and class of a document of a firm that belongs on no node; half of them name a node's words."""
    trade, code = TRADES[int(rng.integers(len(TRADES)))]
    chain = chains[int(rng.integers(len(chains)))]
    word = pick(rng, [word for node in chain.leaves() for word in node.keywords])
    uses = f"经营中使用{word}等设施；" if rng.random() < 0.5 else ""
    if kind == "business_scope":
        return "经营范围", f"一般项目：{trade}；{uses}{pick(rng, TAILS)}", code
    return ("主营产品" if kind == "product" else "企业简介"), f"公司从事{trade}。{uses}", code


def patent_title(words: Vocabulary, rng: np.random.Generator) -> tuple[str, bool]:
    """A title, and whether it is in English."""
    if rng.random() < ENGLISH_PATENTS:
        return f"Method and apparatus for {words.node.name_en.lower()}", True
    word = paraphrase(pick(rng, words.products if words.products and rng.random() < 0.25 else words.own), rng)
    other = pick(rng, words.customers or words.others or words.own)
    return pick(rng, PATENT_FORMS).format(word=word, other=other, aspect=pick(rng, ASPECTS)), False


def product_names(words: Vocabulary) -> tuple[str, str]:
    """Two names of products of a node, as a table of links names them."""
    first, second = words.own[1], words.own[-1]
    return f"{first}组件", f"{second}成品"


def _some(words: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    chosen = rng.permutation(len(words))[:count]
    return [words[int(one)] for one in chosen]


def _unlike(words: Vocabulary, rng: np.random.Generator) -> str:
    if not words.others or rng.random() > UNLIKE:
        return ""
    return pick(rng, (f"不含{pick(rng, words.others)}；", f"配套{pick(rng, words.others)}由外部采购；"))
