"""One question to Secrets Manager, over the lean client's connection and signature."""

from __future__ import annotations

import json
from time import gmtime, monotonic, strftime

from controlplane.domain.errors import StoreUnavailable
from controlplane.storage.lean.errors import error_of
from controlplane.storage.lean.signing import Signer, environment_credentials
from controlplane.storage.lean.wire import Connection, Endpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from controlplane.settings import Settings
    from controlplane.storage.lean.signing import Credentials

_CONTENT_TYPE = "application/x-amz-json-1.1"
_TARGET = "secretsmanager.GetSecretValue"
_NOT_THERE = ("ResourceNotFoundException", "AccessDeniedException")
_ATTEMPTS = 3
_TIMEOUT = 1.0


class SecretsClient:
    """Reads secrets in one region; an attempt takes at most a second, and there are at most three."""

    def __init__(
        self, *, region: str, endpoint: str | None = None,
        credentials: Callable[[], Credentials] = environment_credentials, ca_file: str | None = None,
    ) -> None:
        """Prepare; nothing is opened or read before the first question. `ca_file` is as in Connection."""
        place = Endpoint(endpoint or f"https://secretsmanager.{region}.amazonaws.com")
        self._connection = Connection(place, timeout=_TIMEOUT, ca_file=ca_file)
        self._authority = place.authority
        self._credentials = credentials
        self._signer = Signer(region, service="secretsmanager", content_type=_CONTENT_TYPE)

    def read(self, arn: str, stage: str) -> str | None:
        """Return a secret's text at a stage, None where it is not or may not be read; raise StoreUnavailable."""
        for _ in range(_ATTEMPTS):
            try:
                status, _, answer = self._connection.exchange(self._request(arn, stage), monotonic() + _TIMEOUT)
            except OSError:
                continue
            if status == 200:
                return str(json.loads(answer)["SecretString"])
            if error_of(status, answer).code in _NOT_THERE:
                return None
        raise StoreUnavailable

    def _request(self, arn: str, stage: str) -> bytes:
        body = json.dumps({"SecretId": arn, "VersionStage": stage}).encode()
        signed = self._signer.signed_headers(
            self._credentials(), stamp=strftime("%Y%m%dT%H%M%SZ", gmtime()), host=self._authority, target=_TARGET,
            body=body,
        )
        return f"POST / HTTP/1.1\r\n{signed}content-length: {len(body)}\r\n\r\n".encode() + body


def secrets_client(settings: Settings) -> SecretsClient:
    """Return the client of a deployment; nothing is opened yet."""
    return SecretsClient(region=settings.region, endpoint=settings.secrets_endpoint or None,
                         ca_file=settings.ca_bundle or None)
