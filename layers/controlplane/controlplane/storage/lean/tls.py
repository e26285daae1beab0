"""TLS over a connected socket, by the interpreter's own `_ssl`; importing `ssl` over it takes twice as long.

`ssl` gives every constant of OpenSSL a name and a class, which nobody here looks at. What makes a connection safe is
done below it: the context refuses whoever cannot prove to be the host (docs/adr/0014).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _ssl import _SSLContext

    from controlplane.storage.lean.wire import Socket

AMAZON_ROOTS = os.path.join(os.path.dirname(__file__), "amazon_roots")
_AMAZON = ".amazonaws.com"


def trusting(roots: str | None, host: str) -> _SSLContext:
    """Return what judges servers: by a file of roots, or a directory of them under their hashes.

    None means Amazon's own roots for amazonaws.com, and the system's for other hosts.
    """
    from _ssl import CERT_REQUIRED, PROTOCOL_TLS_CLIENT, PROTO_TLSv1_2, _SSLContext

    context = _SSLContext(PROTOCOL_TLS_CLIENT)
    context.verify_mode = CERT_REQUIRED
    context.check_hostname = True
    context.minimum_version = PROTO_TLSv1_2
    if roots is None and host.endswith(_AMAZON) and os.path.isdir(AMAZON_ROOTS):
        roots = AMAZON_ROOTS
    if roots is None:
        context.set_default_verify_paths()
    elif os.path.isdir(roots):
        context.load_verify_locations(None, roots)
    else:
        context.load_verify_locations(roots)
    return context


class Secured:
    """A socket that speaks TLS, as far as one exchange of messages needs it."""

    __slots__ = ("_peer", "_stream", "close", "not_yet", "recv", "send", "settimeout")

    def __init__(self, context: _SSLContext, peer: Socket, host: str) -> None:
        """Shake hands; raise OSError, SSLCertVerificationError among them, when the peer is not the host."""
        from _ssl import SSLWantReadError, SSLWantWriteError

        self.not_yet = (SSLWantReadError, SSLWantWriteError)
        self._peer = peer
        self._stream = context._wrap_socket(peer, False, host)  # type: ignore[attr-defined]
        self._stream.do_handshake()
        self.recv, self.send = self._stream.read, self._stream.write
        self.settimeout, self.close = peer.settimeout, peer.close

    def sendall(self, data: bytes) -> None:
        """Send everything; raise OSError when it cannot be sent in time."""
        left = memoryview(data)
        while left:
            left = left[self._stream.write(left):]
