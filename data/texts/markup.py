"""Text as a person reads it: without HTML, entities and control characters."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style|template)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
# A name, then the end or a space: "p < 0.05 and n > 30" and "a<b, b>c" hold no tag.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9:-]*(?:[\s/][^<>]*)?>|<![A-Za-z][^<>]*>|<\?[^<>]*>")
_BREAKS = re.compile(r"</?(?:p|div|br|li|ul|ol|tr|td|th|h[1-6]|table|section)\b[^<>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")


def visible_text(text: str) -> str:
    """``text`` without tags, comments, scripts, styles and control characters, entities as their characters.

    Spaces are joined and a paragraph's end stays a line's end. What is left may still look like a tag, where an entity
    wrote one: it is text. The result of the result is the result for text without entities.
    """
    shown = _HIDDEN.sub(" ", text)
    shown = _TAG.sub("", _BREAKS.sub("\n", shown))
    shown = unescape(shown)
    kept = "".join(
        letter if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " "
        for letter in shown
    )
    lines = (_SPACES.sub(" ", line).strip() for line in kept.splitlines())
    return "\n".join(line for line in lines if line)
