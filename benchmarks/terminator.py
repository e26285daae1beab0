"""TLS before a store, as DynamoDB has it: a process of its own, with a certificate and a root that are thrown away."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import amazon_roots
from controlplane.storage.lean.tls import AMAZON_ROOTS

_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Secure:
    """Where the store speaks TLS, and its root beside those that are trusted anyway: a directory's, and a bundle's."""

    endpoint: str
    directory: Path
    bundle: Path


@contextmanager
def tls_before(endpoint: str, folder: Path) -> Iterator[Secure]:
    """Start a terminator; its root stands with Amazon's five in the directory, with all of certifi's in the bundle."""
    root, chain = _certificates(folder)
    directory, bundle = folder / "roots", folder / "roots.pem"
    directory.mkdir()
    for path in Path(AMAZON_ROOTS).iterdir():
        (directory / path.name).write_bytes(path.read_bytes())
    (directory / amazon_roots.file_name(root)).write_text(root)
    bundle.write_text(Path(certifi.where()).read_text(encoding="utf-8") + root)
    command = [sys.executable, "-m", "benchmarks.terminator", endpoint.rpartition(":")[2].strip("/"), str(chain)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1])
    try:
        port = int(process.stdout.readline()) if process.stdout else 0
        yield Secure(f"https://127.0.0.1:{port}", directory, bundle)
    finally:
        process.terminate()
        process.wait(20)


def _certificates(folder: Path) -> tuple[str, Path]:
    """Make a root, and a server's key and certificate by it in one file."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("bench root", "bench")]
    made = []
    for name, key, authority in zip(names, keys, (True, False), strict=True):
        made.append(
            x509.CertificateBuilder(names[0], name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .sign(keys[0], hashes.SHA256())
        )
    root, server = (one.public_bytes(serialization.Encoding.PEM) for one in made)
    private = keys[1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    chain = folder / "server.pem"
    chain.write_bytes(private + server)
    return root.decode(), chain


async def _serve(port: int, chain: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(_CHUNK):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(carry(reader, behind[1]), carry(behind[0], writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
