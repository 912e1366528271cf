"""What a feed's Link header names: its WebSub hub and the address under which that knows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from newsloom.types import FeedDocument

_LINK = re.compile(r"<([^<>]{1,2000})>\s*;([^<]{0,300})")
_REL = re.compile(r"\brel\s*=\s*\"?([\w\s-]{1,60})", re.IGNORECASE)


def with_links(document: FeedDocument, headers: Mapping[str, str]) -> FeedDocument:
    """The document with the hub and the topic that the Link header names, which come before its own."""
    said: dict[str, str] = {}
    for address, parameters in _LINK.findall(headers.get("link", "")[:8_000]):
        found = _REL.search(parameters)
        for relation in found[1].lower().split() if found else ():
            if address.startswith(("http://", "https://")):
                said.setdefault(relation, address)
    if "hub" not in said:
        return document
    return replace(document, hub=said["hub"], topic=said.get("self", document.topic))
