"""`sslmode` of DATABASE_URL holds: the doctor says whether the connection is encrypted."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.servers.doctor import doctor
from tests.servers.postgresql import hand_over, running_server

pytestmark = [pytest.mark.server, pytest.mark.postgresql]


@pytest.fixture
def certificate() -> Iterator[Path]:
    """The folder of a certificate of 127.0.0.1 that signed itself; PostgreSQL's own user may read its key."""
    folder = Path(tempfile.mkdtemp(prefix="mentormap-tls-"))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "server.key").chmod(0o600)
    hand_over(folder, *folder.iterdir())
    yield folder
    shutil.rmtree(folder)


def test_a_server_without_tls_is_refused_where_sslmode_requires_it(tmp_path: Path) -> None:
    with running_server() as url:
        plain, required = doctor(tmp_path, url), doctor(tmp_path, f"{url}?sslmode=require")
    assert plain["database"] == "OK database postgresql answers"
    assert (
        plain["encryption"]
        == "OK encryption the connection to 127.0.0.1 is not encrypted, and does not leave this machine"
    )
    assert required["database"].startswith("FAIL database postgresql does not answer")


def test_a_server_with_tls_is_encrypted_and_its_certificate_is_checked(
    tmp_path: Path, certificate: Path
) -> None:
    files = f"-c ssl_cert_file={certificate}/server.crt -c ssl_key_file={certificate}/server.key"
    with running_server("-c ssl=on", files) as url:
        checked = doctor(tmp_path, f"{url}?sslmode=verify-ca&sslrootcert={certificate}/server.crt")
        switched_off = doctor(tmp_path, f"{url}?sslmode=disable")
    assert checked["encryption"] == "OK encryption the connection to 127.0.0.1 is encrypted by TLS"
    assert "is not encrypted" in switched_off["encryption"]
