"""A browser's name as people say it."""

PROGRAMS = (  # the first that is found: Edge and Opera also call themselves Chrome, and Chrome Safari
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "a Mac"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Such as "Firefox on Linux"; an unknown one is "A browser" or "an unknown system"."""
    program = _first(user_agent, PROGRAMS) or "A browser"
    system = _first(user_agent, SYSTEMS) or "an unknown system"
    return f"{program} on {system}"


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
