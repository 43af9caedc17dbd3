"""The shipped configurations of nginx and Caddy, as they stand, with other names and ports."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def certify(folder: Path) -> None:
    """A certificate for localhost that signs itself."""
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    subprocess.run(
        [*command, *files, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True
    )


@contextmanager
def nginx(folder: Path, ports: dict[str, int]) -> Iterator[None]:
    """Runs it in the foreground on a copy of our configuration, as the owner of this process."""
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'pid'}; error_log {folder / 'error.log'};\n"
        "worker_rlimit_nofile 16384; events { worker_connections 4096; }\n"
        f"http {{ access_log off; {temporary_folders(folder)}\n{configuration(folder, ports)}\n}}\n"
    )
    process = subprocess.Popen(["/usr/sbin/nginx", "-c", str(folder / "nginx.conf")])
    try:
        deadline = time.monotonic() + 20
        while not (folder / "pid").exists():
            assert process.poll() is None, (folder / "error.log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def configuration(folder: Path, ports: dict[str, int]) -> str:
    """Ours, with the ports and the names of this test."""
    ours = (
        (DEPLOY / "nginx.conf").read_text().replace("/etc/letsencrypt/live/mentors.example.com", str(folder))
    )
    ours = ours.replace("mentors.example.com", "localhost").replace("/var/log/nginx", str(folder))
    for documented, actual in ports.items():
        ours = ours.replace(f"listen {documented}", f"listen 127.0.0.1:{actual}")
        ours = ours.replace(f"127.0.0.1:{documented};", f"127.0.0.1:{actual};")
    return ours


def temporary_folders(folder: Path) -> str:
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{name}_temp_path {folder / name};" for name in names)


@contextmanager
def caddy(folder: Path, *, port: int, upstream: int) -> Iterator[None]:
    """Ours, with the certificate of this test instead of one from the internet."""
    ours = (DEPLOY / "Caddyfile").read_text().replace("127.0.0.1:3002", f"127.0.0.1:{upstream}")
    keys = f"{folder / 'fullchain.pem'} {folder / 'privkey.pem'}"
    ours = ours.replace(
        "mentors.example.com {", f"https://localhost:{port} {{\n\ttls {keys}\n\tbind 127.0.0.1"
    )
    ours = ours.replace(
        "{\n\tservers", "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n\tservers", 1
    )
    (folder / "Caddyfile").write_text(ours)
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(
            ["/usr/bin/caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"],
            env=os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        _await_caddy(f"https://localhost:{port}", folder, process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await_caddy(url: str, folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / "caddy.log").read_text()
        try:
            requests.get(f"{url}/health/live", verify=str(folder / "fullchain.pem"), timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError((folder / "caddy.log").read_text())
