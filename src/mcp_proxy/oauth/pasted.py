"""An authorization response that a person has copied by hand.

Where a browser cannot reach this machine, its last page is one that does not load; its
address holds all that the redirect would have brought.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode


def pasted_query(text: str) -> str:
    """The query of a redirect, out of what somebody pasted.

    The whole address; its query alone; or the code and the state, with a blank or `#`
    between them, as some servers show them. Anything else gives an empty query, which no
    request is answered by.
    """
    text = re.sub(r"\s+", " ", text).strip().strip("<>\"'")
    if "://" in text or text.startswith("?"):
        return text.partition("?")[2].partition("#")[0].replace(" ", "")
    if re.match(r"(?:[^ ]*&)?(?:code|error|state)=", text):
        return text
    code, _, state = text.replace("#", " ", 1).partition(" ")
    return urlencode({"code": code, "state": state.strip()}) if state else ""
