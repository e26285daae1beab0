"""What the lean client costs to import, and whom it trusts."""

from __future__ import annotations

import datetime
import http.server
import ipaddress
import json
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import amazon_roots
from controlplane.authorizer_bootstrap import authorizer_parts
from controlplane.domain.errors import StoreUnavailable
from controlplane.domain.identity import Inquiry
from controlplane.domain.values import replace
from controlplane.settings import Settings
from controlplane.storage.lean.client import DynamoClient
from controlplane.storage.lean.signing import Credentials
from controlplane.storage.lean.tls import AMAZON_ROOTS, trusting
from controlplane.storage.lean.wire import Endpoint

HEAVY = {
    "asyncio", "boto3", "botocore", "dataclasses", "datetime", "email", "hashlib", "hmac", "http", "inspect",
    "logging", "msgspec", "pydantic", "pynamodb", "random", "socket", "ssl", "stringprep", "subprocess", "tempfile",
    "threading", "typing", "urllib", "uuid",
}  # fmt: skip


IMPORT = "import controlplane.storage.lean.client as lean, time"
REQUEST = """
client = lean.DynamoClient(endpoint="http://localhost:9", region="eu-west-1")
try:
    client.call("PutItem", {}, deadline=time.monotonic() + 1)
except lean.StoreUnavailable:
    pass
"""


@pytest.mark.parametrize("lines", [IMPORT, IMPORT + REQUEST], ids=["import", "request"])
def test_a_start_brings_nothing_heavy(lines: str) -> None:
    """A cold start pays for no module that a plain request does not need."""
    paths = [path for path in sys.path if path]
    program = f"import sys; sys.path[:] = {paths!r}\n{lines}\nprint(*sorted(sys.modules))"

    loaded = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)

    roots = {name.partition(".")[0] for name in loaded.stdout.split()}
    assert [] == sorted(roots & HEAVY)


def test_a_client_touches_nothing_before_its_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparing a client needs no credentials, no certificate file and no network."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)

    client = DynamoClient(endpoint=None, region="eu-west-1", ca_file="/nowhere.pem")

    assert isinstance(client, DynamoClient)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # Starfield's is 0
def test_the_shipped_roots_are_amazons_five() -> None:
    """The certificates in the layer are those that the pinned fingerprints name, taken from certifi."""
    shipped = {path.name: path.read_text(encoding="ascii") for path in Path(AMAZON_ROOTS).iterdir()}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    for name in shipped:
        context.load_verify_locations(f"{AMAZON_ROOTS}/{name}")

    assert amazon_roots.extract_roots(Path(certifi.where()).read_text(encoding="utf-8")) == shipped
    assert {"x509": 5, "crl": 0, "x509_ca": 5} == context.cert_store_stats()


@pytest.mark.parametrize("roots", [AMAZON_ROOTS, None], ids=["amazon-roots", "system-roots"])
def test_a_server_is_judged_as_by_the_standard_library(roots: str | None) -> None:
    """Without `ssl` nothing is softer: proof and name are required, with the protocols and ciphers of its context."""
    usual, made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trusting(roots, "localhost")

    names = ("verify_mode", "check_hostname", "verify_flags", "options", "minimum_version", "maximum_version",
             "security_level", "post_handshake_auth", "num_tickets")
    assert {name: getattr(usual, name) for name in names} == {name: getattr(made, name) for name in names}
    assert (ssl.CERT_REQUIRED, True, ssl.TLSVersion.TLSv1_2) == (
        made.verify_mode, made.check_hostname, made.minimum_version)
    assert usual.get_ciphers() == made.get_ciphers()


def test_a_bundle_without_a_root_is_refused() -> None:
    """The build stops rather than ship fewer roots than it should."""
    with pytest.raises(LookupError, match=r"Amazon Root CA 1, .*Starfield"):
        amazon_roots.extract_roots("")


@pytest.mark.parametrize(
    ("address", "host", "port", "authority", "secure"),
    [
        ("https://dynamodb.eu-west-1.amazonaws.com", "dynamodb.eu-west-1.amazonaws.com", 443, None, True),
        ("http://127.0.0.1:8000/", "127.0.0.1", 8000, "127.0.0.1:8000", False),
        ("http://localhost", "localhost", 80, "localhost", False),
        ("http://[::1]:8000", "::1", 8000, "[::1]:8000", False),
        ("https://[::1]", "::1", 443, "[::1]", True),
    ],
)
def test_an_endpoint_is_taken_apart(address: str, host: str, port: int, authority: str | None, secure: bool) -> None:
    """Every usual way to write an endpoint leads to its host and port."""
    endpoint = Endpoint(address)

    assert (host, port, authority or host, secure) == (
        endpoint.host,
        endpoint.port,
        endpoint.authority,
        endpoint.secure,
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost:8000",
        "ftp://h",
        "http://",
        "http://h:0",
        "http://h:x",
        "http://h/path",
        "http://u@h",
        "http://h\r\n",
        "http://a:b:80",
        "http://::1",
        "http://[::1",
        "http://[::1M:8000/",
        "http://d[ynamodb.example",
        "http://[]",
        "http://-.",
    ],
)
def test_an_endpoint_that_is_none_is_refused(address: str) -> None:
    """A mistyped endpoint is said at the start, not at the first request."""
    with pytest.raises(ValueError, match="a DynamoDB endpoint is"):
        Endpoint(address)


LARGE = b'{"large":"' + b"x" * 200_000 + b'"}'


class EmptyTable(http.server.BaseHTTPRequestHandler):
    """Answers every post with an empty object, in the style of DynamoDB, or in two halves with a large one."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["content-length"]))
        answer = LARGE if b"large" in asked else b"{}"
        self.send_response(200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        half = len(answer) // 2
        self.wfile.write(answer[:half])
        time.sleep(0.01 if answer is LARGE else 0)
        self.wfile.write(answer[half:])

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def own_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "A  Test\tRoot ")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path: Path = tmp_path_factory.mktemp("tls") / "own.pem"
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def secure_port(own_root: Path) -> Iterator[int]:
    """A TLS server for 127.0.0.1 on its own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_root)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), EmptyTable) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def ask(
    host: str, port: int, ca_file: str | None, *, times: int = 1, payload: dict[str, object] | None = None
) -> dict[str, object]:
    client = DynamoClient(
        endpoint=f"https://{host}:{port}",
        region="eu-west-1",
        credentials=lambda: Credentials("local", "local"),
        timeout=2,
        ca_file=ca_file,
    )
    wait = 5 if times > 1 else 0.5
    for _ in range(times):
        answer = client.call("GetItem", payload or {}, deadline=time.monotonic() + wait)
    return answer


def read_with(settings: Settings) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "local")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "local")
        authorizer_parts(settings).reader.read(Inquiry(org_id="org_1", user_id="user_1"))


def test_tls_reaches_a_server_whose_root_is_in_the_directory(
    secure_port: int, own_root: Path, tmp_path: Path,
) -> None:
    """A root is found under the hash of its subject, as the shipped ones are: the names in the layer are right."""
    certificate = own_root.read_text()
    (tmp_path / amazon_roots.file_name(certificate)).write_text(certificate)

    assert {} == ask("127.0.0.1", secure_port, str(tmp_path))


def test_an_authorizer_trusts_the_bundle_that_its_environment_names(secure_port: int, own_root: Path) -> None:
    """AWS_CA_BUNDLE counts where the table is asked, as it does for every SDK."""
    settings = Settings(table="t", region="eu-west-1", endpoint=f"https://127.0.0.1:{secure_port}")

    with pytest.raises(StoreUnavailable):
        read_with(settings)
    with pytest.raises(KeyError, match="Responses"):  # the server's answer is an empty one
        read_with(replace(settings, ca_bundle=str(own_root)))


def test_tls_reaches_a_server_whose_root_is_in_the_file(secure_port: int, own_root: Path) -> None:
    """A secure endpoint is served over one kept connection, trusted through the given roots."""
    assert {} == ask("127.0.0.1", secure_port, str(own_root), times=3)


def test_tls_brings_large_requests_and_large_replies(secure_port: int, own_root: Path) -> None:
    """What takes many records of TLS, and stops on its way, arrives whole in either direction."""
    asked: dict[str, object] = {"large": "y" * 20_000_000}

    assert json.loads(LARGE) == ask("127.0.0.1", secure_port, str(own_root), times=3, payload=asked)


@pytest.mark.parametrize("ca_file", [AMAZON_ROOTS, None], ids=["amazon-roots", "system-roots"])
def test_tls_refuses_a_server_that_the_roots_do_not_vouch_for(secure_port: int, ca_file: str | None) -> None:
    """No request, and no session token in it, goes to a server that cannot prove itself."""
    with pytest.raises(StoreUnavailable) as refusal:
        ask("127.0.0.1", secure_port, ca_file)

    assert isinstance(refusal.value.__cause__, ssl.SSLCertVerificationError)


def test_tls_refuses_a_certificate_for_another_name(secure_port: int, own_root: Path) -> None:
    """A trusted root is not enough: the certificate must be for the endpoint's host."""
    with pytest.raises(StoreUnavailable) as refusal:
        ask("localhost", secure_port, str(own_root))

    assert isinstance(refusal.value.__cause__, ssl.SSLCertVerificationError)
