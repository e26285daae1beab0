"""Events as API Gateway sends them to a REQUEST authorizer, with the headers of an ordinary client."""

from __future__ import annotations

from itertools import count
from time import time
from typing import Any

_ORDINARY = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate, br",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Viewer-Country": "DE",
    "Host": "abcdefghij.execute-api.eu-central-1.amazonaws.com",
    "User-Agent": "python-requests/2.32.3",
    "Via": "1.1 0123456789abcdef0123456789abcdef.cloudfront.net (CloudFront)",
    "X-Amz-Cf-Id": "0123456789abcdef0123456789abcdef0123456789abcdef0123456=",
    "X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793",
    "X-Forwarded-For": "192.0.2.1, 198.51.100.1",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
}
_numbers = count(1)


def request_event(
    credential: str, *, method: str = "GET", path: str = "/api/v1/apikeys", headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return one request's event; every one has an id of its own, as on AWS."""
    sent = _ORDINARY | {"Authorization": f"Bearer {credential}"} | (headers or {})
    request_id = f"{next(_numbers):08x}-0000-4000-8000-000000000000"
    return {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:eu-central-1:123456789012:abcdefghij/dev/{method}{path}",
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012", "apiId": "abcdefghij", "httpMethod": method, "path": f"/dev{path}",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "python-requests/2.32.3"},
            "protocol": "HTTP/1.1", "requestId": request_id, "requestTimeEpoch": int(time() * 1000),
            "resourceId": "abc123", "resourcePath": path, "stage": "dev",
        },
    }
