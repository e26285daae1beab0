"""Cut Amazon's five root certificates out of certifi's bundle, each into a file that OpenSSL finds by its subject.

`python amazon_roots.py controlplane/storage/lean/amazon_roots`. A start loads the one root that vouches for its
server; all five take it 2 ms, the whole bundle 40. Which ones: https://www.amazontrust.com/repository/
"""

from __future__ import annotations

import ssl
import sys
from hashlib import sha1, sha256
from pathlib import Path

import certifi
from cryptography import x509

SHA256_OF_ROOTS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e": "Amazon Root CA 1",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4": "Amazon Root CA 2",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4": "Amazon Root CA 3",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092": "Amazon Root CA 4",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5": "Starfield Services Root CA G2",
}
END = "-----END CERTIFICATE-----\n"
_UTF8_STRING, _SET, _SEQUENCE, _OBJECT_ID = b"\x0c", b"\x31", b"\x30", b"\x06"


def extract_roots(bundle: str) -> dict[str, str]:
    """Give the five as PEM, each under its name, by the names of their files.

    Raises LookupError when the bundle lacks one.
    """
    found = {}
    for part in bundle.split(END)[:-1]:
        certificate = part[part.index("-----BEGIN") :] + END
        fingerprint = sha256(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()
        if fingerprint in SHA256_OF_ROOTS:
            found[fingerprint] = certificate
    if missing := SHA256_OF_ROOTS.keys() - found.keys():
        raise LookupError(", ".join(sorted(SHA256_OF_ROOTS[each] for each in missing)))
    return {file_name(found[one]): f"# {name}\n{found[one]}" for one, name in SHA256_OF_ROOTS.items()}


def file_name(certificate: str) -> str:
    """Return where OpenSSL looks for a root: the hash of its subject in a canonical form, and a number."""
    subject = x509.load_pem_x509_certificate(certificate.encode()).subject
    canonical = b"".join(_der(_SET, b"".join(map(_attribute, part))) for part in subject.rdns)
    digest = sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}.0"


def _attribute(one: x509.NameAttribute[str | bytes]) -> bytes:
    text = " ".join(str(one.value).lower().split()).encode()
    return _der(_SEQUENCE, _der(_OBJECT_ID, _object_id(one.oid.dotted_string)) + _der(_UTF8_STRING, text))


def _object_id(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    if max(others, default=0) > 0x7F:
        raise ValueError(f"a subject's attribute is not a usual one: {dotted}")
    return bytes([first * 40 + second, *others])


def _der(tag: bytes, content: bytes) -> bytes:
    if len(content) > 0x7F:
        raise ValueError("a subject's attribute is longer than usual")
    return tag + bytes([len(content)]) + content


def main(folder: Path) -> None:
    """Write the files."""
    folder.mkdir(exist_ok=True)
    for name, text in extract_roots(Path(certifi.where()).read_text(encoding="utf-8")).items():
        (folder / name).write_text(text, encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
