"""`python -m stripe_sandbox`: serves until it has to stop."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from stripe_sandbox.app import create_app
from stripe_sandbox.config import DEFAULT_PORT, Config
from stripe_sandbox.params import is_web_address
from stripe_sandbox.server import build
from stripe_sandbox.webhooks import Endpoint


def main(argv: Sequence[str] | None = None) -> int:
    os.umask(0o077)  # its files contain keys and payments
    options = parser().parse_args(argv)
    if (sentence := what_is_wrong(options)) is not None:
        return refuse(sentence)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        server = build(create_app(configuration(options)), options.host, options.port)
    except OSError as error:
        return refuse(f"The sandbox cannot listen on {options.host}:{options.port}: {error}.")
    server.serve_forever()
    return 0


def parser() -> argparse.ArgumentParser:
    """Every option has an environment variable; secrets are better given there, where no process list shows them."""
    known = argparse.ArgumentParser(prog="stripe_sandbox", description=__doc__)
    for option, default, meaning in (
        ("host", "127.0.0.1", "address to listen on"),
        ("port", str(DEFAULT_PORT), "port to listen on"),
        ("data", ":memory:", "SQLite file that holds everything"),
        ("api-key", "", "the secret key that is accepted"),
        ("webhook-url", "", "where events are sent"),
        ("webhook-secret", "", "what signs them, whsec_…"),
        ("public-url", "", "where browsers find this server"),
    ):
        name = f"SANDBOX_{option.upper().replace('-', '_')}"
        kind = int if option == "port" else str
        known.add_argument(
            f"--{option}", type=kind, default=os.environ.get(name, default), help=f"{meaning} ({name})"
        )
    return known


def what_is_wrong(options: argparse.Namespace) -> str | None:
    if not options.api_key:
        return "The sandbox needs an API key to accept: set SANDBOX_API_KEY to sk_test_…."
    if options.webhook_url and not is_web_address(options.webhook_url):
        return f"SANDBOX_WEBHOOK_URL is not a web address: {options.webhook_url}"
    if options.webhook_url and not options.webhook_secret:
        return "The sandbox signs its webhooks: set SANDBOX_WEBHOOK_SECRET to whsec_…."
    return None


def configuration(options: argparse.Namespace) -> Config:
    return Config(
        api_key=options.api_key,
        data=options.data,
        public_url=(options.public_url or f"http://localhost:{options.port}").rstrip("/"),
        webhook=Endpoint(options.webhook_url, options.webhook_secret) if options.webhook_url else None,
    )


def refuse(sentence: str) -> int:
    sys.stderr.write(f"{sentence}\n")
    return 2


def stop(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
