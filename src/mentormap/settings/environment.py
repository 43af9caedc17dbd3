"""Reads the environment: every option is a variable, every secret may also be a file named by NAME_FILE.

Demo makes its own secrets on first start and keeps them, readable by its owner alone, in the data folder.
"""

import fcntl
import json
import os
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_address, ip_network
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from environs import Env

_HOST: Final = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
"""A name, or a number of IPv4 or IPv6, in small letters."""


class ConfigurationError(Exception):
    """The program cannot start like this; `problems` are sentences that say what is wrong and how to fix it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def secret(env: Env, name: str, default: str = "") -> str:
    """The value of NAME, or what the file named by NAME_FILE holds."""
    path = env.str(f"{name}_FILE", "")
    if not path:
        return env.str(name, default)
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(
            [f"{name}_FILE names {path}, which cannot be read: {error.strerror}."]
        ) from None


def whole_number(env: Env, name: str, default: int, *, least: int, most: int, why: str = "") -> int:
    """The value of NAME. Raises ConfigurationError for one that is out of bounds; `why` is a sentence."""
    value = env.int(name, default)
    if not least <= value <= most:
        raise ConfigurationError(
            [f"{name} must lie between {least} and {most}, and is {value}. {why}".strip()]
        )
    return value


def one_of(env: Env, name: str, *options: str) -> str:
    """The option that NAME says, in capitals or not, by default the first. Raises ConfigurationError."""
    value = env.str(name, options[0])
    for option in options:
        if option.casefold() == value.casefold():
            return option
    raise ConfigurationError([f"{name} is {value!r}; it must be {', '.join(options[:-1])} or {options[-1]}."])


def origins(env: Env, name: str) -> list[str]:
    """Returns the origins that NAME lists with commas, such as https://example.com. Raises ConfigurationError."""
    listed: list[str] = env.list(name, [])
    for origin in listed:
        if not is_web_origin(origin):
            problem = f"{name} names {origin!r}; an origin is scheme and host, such as https://example.com."
            raise ConfigurationError([problem])
    return listed


LOOPBACK: Final = "127.0.0.0/8,::1"
_MOST_PROXIES_V4: Final = 2**24
_MOST_PROXIES_V6: Final = 2**112
"""The public addresses in a /8 of IPv4 and a /16 of IPv6. The largest content delivery networks have far fewer."""


def trusted_proxies(env: Env, *, host: str) -> list[IPv4Network | IPv6Network]:
    """Returns the addresses whose forwarded headers are trusted, by default this machine's. Raises ConfigurationError."""
    if _counts_proxies(env) and (env.int("TRUSTED_PROXY_COUNT") > 1 or not _is_loopback(host)):
        problem = "TRUSTED_PROXY_COUNT is no longer used. Remove it, and list in TRUSTED_PROXIES the addresses or networks of all proxies between clients and this program, such as 127.0.0.1,10.0.0.0/24."
        raise ConfigurationError([problem])
    listed = env.list("TRUSTED_PROXIES", LOOPBACK.split(","))
    proxies = [_network(text) for text in listed if text.strip()]
    _refuse_strangers(proxies)
    return proxies


def _refuse_strangers(proxies: Sequence[IPv4Network | IPv6Network]) -> None:
    """Judges all networks together: `0.0.0.0/0` can be written in parts. Raises ConfigurationError."""
    public = [network for network in proxies if not network.is_private]
    version4 = list(collapse_addresses(one for one in public if isinstance(one, IPv4Network)))
    version6 = list(collapse_addresses(one for one in public if isinstance(one, IPv6Network)))
    if _addresses(version4) < _MOST_PROXIES_V4 and _addresses(version6) < _MOST_PROXIES_V6:
        return
    covered = ", ".join(str(network) for network in (*version4, *version6))
    problem = f"TRUSTED_PROXIES covers {covered}, so strangers can pretend to be any client. Write only the addresses of your proxies."
    raise ConfigurationError([problem])


def _addresses(networks: Iterable[IPv4Network | IPv6Network]) -> int:
    return sum(network.num_addresses for network in networks)


def _counts_proxies(env: Env) -> bool:
    """Returns whether the variable of older releases is set. One proxy on this machine needs no change, as that is now the default."""
    return env.int("TRUSTED_PROXY_COUNT", 0) > 0 and not env.str("TRUSTED_PROXIES", "")


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip())
    except ValueError:
        raise ConfigurationError(
            [
                f"TRUSTED_PROXIES names {text.strip()!r}, which is neither an address nor a network. Write one such as 127.0.0.1 or 10.0.0.0/24."
            ]
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def new_vapid_key() -> str:
    """A private key for web push (RFC 8292): 32 random bytes on the curve P-256, in base64url."""
    numbers = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    return urlsafe_b64encode(numbers.private_value.to_bytes(32, "big")).rstrip(b"=").decode()


def is_vapid_key(text: str) -> bool:
    try:
        return len(urlsafe_b64decode(text + "=" * (-len(text) % 4))) == 32
    except ValueError:
        return False


RUNNING: Final = "running.json"
"""In the data folder: PORT, SANDBOX_PORT and process of the `mentormap run` that holds a lock (flock) on this file."""


def running_here(data_dir: Path) -> dict[str, int]:
    """Returns the ports of a program that runs on this folder now; empty if none does."""
    try:
        with (data_dir / RUNNING).open(encoding="utf-8") as file:
            return {} if _is_unlocked(file.fileno()) else dict(json.load(file))
    except (OSError, ValueError):
        return {}


def _is_unlocked(descriptor: int) -> bool:
    """Returns whether the process that held the lock has ended."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


DEMO_SECRETS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{secrets.token_hex(24)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{secrets.token_hex(24)}",
    "METRICS_TOKEN": lambda: secrets.token_urlsafe(24),
    "VAPID_PRIVATE_KEY": new_vapid_key,
}


def demo_secrets(data_dir: Path) -> dict[str, str]:
    """Returns this demo's random secrets, made once; if two first starts run at once, both read the same ones.

    Later starts write nothing, so that commands still work on a full disk.
    """
    path = data_dir / "secrets.json"
    if path.exists():
        return _read_secrets(path)
    made = {name: make() for name, make in DEMO_SECRETS.items()}
    draft = data_dir / f"secrets.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file)
    try:
        os.link(draft, path)
    except FileExistsError:
        made = _read_secrets(path)
    finally:
        draft.unlink()
    return made


def _read_secrets(path: Path) -> dict[str, str]:
    return {str(name): str(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}


def all_or_none(service: str, **values: str) -> None:
    """A service that is set up by halves is a mistake. Raises ConfigurationError, naming what is missing."""
    missing = [name for name, value in values.items() if not value]
    if 0 < len(missing) < len(values):
        raise ConfigurationError(
            [f"{service} needs {' and '.join(missing)} too. Set all of {', '.join(values)}, or none."]
        )


def service_account(text: str, *, user: str) -> dict[str, Any]:
    """Google's JSON key, empty if there is none. Raises ConfigurationError."""
    if not text:
        return {}
    try:
        account = dict(json.loads(text))
    except (ValueError, TypeError):
        account = {}
    if not {"client_email", "private_key", "token_uri"} <= account.keys():
        problem = "GOOGLE_SERVICE_ACCOUNT is not the JSON key of a service account: paste the whole file, or name it in GOOGLE_SERVICE_ACCOUNT_FILE."
        raise ConfigurationError([problem])
    if not user:
        raise ConfigurationError(
            [
                "Google Meet needs GOOGLE_CALENDAR_USER: the address of the person in whose calendar rooms are made."
            ]
        )
    return account


def is_web_origin(text: str) -> bool:
    """Accepts scheme, host and port only, with the host in ASCII (RFC 3986 section 3.2.2), as browsers send it."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    is_host = _HOST.fullmatch(url.hostname or "") is not None
    is_alone = "@" not in url.netloc and url.netloc == text.partition("://")[2]
    return url.scheme in {"http", "https"} and is_host and is_alone and port != 0
