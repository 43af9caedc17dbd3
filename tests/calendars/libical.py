"""libical as a judge: what it cannot parse, and what breaks the restrictions of iTIP (RFC 5546 section 3)."""

import ctypes
from ctypes import c_char_p, c_int, c_void_p
from functools import cache
from typing import Any

LIBRARY = "libical.so.3"


@cache
def _library() -> Any:
    library = ctypes.CDLL(LIBRARY)
    signatures: dict[str, tuple[list[Any], Any]] = {
        "icalparser_parse_string": ([c_char_p], c_void_p),
        "icalrestriction_check": ([c_void_p], c_int),
        "icalcomponent_as_ical_string": ([c_void_p], c_char_p),
        "icalcomponent_get_summary": ([c_void_p], c_char_p),
        "icalcomponent_get_description": ([c_void_p], c_char_p),
        "icalcomponent_get_uid": ([c_void_p], c_char_p),
        "icalcomponent_free": ([c_void_p], None),
    }
    for name, (arguments, result) in signatures.items():
        function = getattr(library, name)
        function.argtypes, function.restype = arguments, result
    return library


def complaints(ics: bytes) -> list[str]:
    """What libical says against the file, one sentence each; none for one that is well formed and allowed by its METHOD."""
    library = _library()
    component = library.icalparser_parse_string(ics)
    if not component:
        return ["no component at all"]
    try:
        is_allowed = library.icalrestriction_check(component)
        text = library.icalcomponent_as_ical_string(component).decode()
    finally:
        library.icalcomponent_free(component)
    found = [line for line in text.replace("\r\n ", "").splitlines() if line.startswith("X-LIC-ERROR")]
    return found if found or is_allowed else ["the restrictions are not met"]


def facts(ics: bytes) -> tuple[str, str, str]:
    """UID, summary and description of the one event."""
    library = _library()
    component = library.icalparser_parse_string(ics)
    try:
        names = ("uid", "summary", "description")
        read = [getattr(library, f"icalcomponent_get_{name}")(component) for name in names]
        uid, summary, description = ((text or b"").decode() for text in read)
    finally:
        library.icalcomponent_free(component)
    return uid, summary, description
