"""Cut Amazon's five root certificates out of certifi's bundle.

`python amazon_roots.py > controlplane/storage/lean/amazon_roots.pem`. Loading these five takes 2 ms, the
whole bundle 40. Which ones: https://www.amazontrust.com/repository/
"""

from __future__ import annotations

import ssl
import sys
from hashlib import sha256
from pathlib import Path

import certifi

SHA256_OF_ROOTS = {
    "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e": "Amazon Root CA 1",
    "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4": "Amazon Root CA 2",
    "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4": "Amazon Root CA 3",
    "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092": "Amazon Root CA 4",
    "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5": "Starfield Services Root CA G2",
}
END = "-----END CERTIFICATE-----\n"


def extract_roots(bundle: str) -> str:
    """Give the five as PEM, each under its name.

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
    return "".join(f"# {name}\n{found[fingerprint]}" for fingerprint, name in SHA256_OF_ROOTS.items())


if __name__ == "__main__":
    sys.stdout.write(extract_roots(Path(certifi.where()).read_text(encoding="utf-8")))
