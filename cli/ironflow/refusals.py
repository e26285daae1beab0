"""From the API's error body to what a person reads on stderr (contract, section 1)."""

from __future__ import annotations

from typing import Any

from controlplane.api.routes import Access, Route
from ironflow.client import Reply
from ironflow.identity import API_KEY, Credential, login_command
from ironflow.output import safe
from ironflow.problems import Refused, Unauthenticated

WRONG_LOGIN = "invalid credentials"
PLATFORM_ONLY = "platform credential required"
ENVIRONMENT_REQUIRED = "environment required"
INSIDE_ONLY = {
    Access.TENANT: "A platform credential acts inside an organization only: add --as-org ORG.",
    Access.KEYS: "A platform credential acts on platform keys, --platform, or inside an organization, --as-org ORG.",
}
REQUEST_ID_HEADERS = ("x-request-id", "x-amzn-requestid", "apigw-requestid")


def refusal(reply: Reply, *, route: Route, credential: Credential | None, as_org: str | None) -> Refused:
    """Build the failure that a refused request ends in: its sentence, the missing action, the request id, a way out."""
    body = _body(reply)
    sentence = safe(str(body.get("error") or body.get("message") or f"the server answered HTTP {reply.status}"))
    required = safe(str(body.get("required") or ""))
    lines = [f"Required: {required}"] if required else []
    if identifier := request_id(reply):
        lines.append(f"Request id: {identifier}")
    lines += _way_out(reply, sentence, required, route, credential, as_org)
    kind = Unauthenticated if reply.status == 401 else Refused
    return kind(reply.status, sentence, *lines)


def request_id(reply: Reply) -> str:
    """Find the id under which the server logged the request; empty when it did not say."""
    found = next((reply.headers[name] for name in REQUEST_ID_HEADERS if name in reply.headers), "")
    return safe(str(_body(reply).get("request_id") or found) if reply.status >= 400 else found)


def _body(reply: Reply) -> dict[str, Any]:
    import json

    try:
        found = json.loads(reply.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _way_out(
    reply: Reply, sentence: str, required: str, route: Route, credential: Credential | None, as_org: str | None
) -> list[str]:
    if reply.status == 401:
        return [_mend(sentence, credential)]
    if reply.status == 429 and "retry-after" in reply.headers:
        return [f"Try again in {safe(reply.headers['retry-after'])} s."]
    if sentence == PLATFORM_ONLY:
        return [f"Log in as a platform user: {login_command(None)}, or set {API_KEY} to a platform key."]
    if sentence == ENVIRONMENT_REQUIRED:
        return ["Name one: --env ID, or IRONFLOW_ENV."]
    outside = bool(credential and credential.is_platform) and not as_org and not required.startswith("platform:")
    if reply.status == 403 and outside and route.access in INSIDE_ONLY:
        return [INSIDE_ONLY[route.access]]
    return [_explanation(required)] if ":" in required else []


def _mend(sentence: str, credential: Credential | None) -> str:
    if credential is None:
        return "Check the e-mail address and the password."
    return "Check the current password." if sentence == WRONG_LOGIN else credential.mend


def _explanation(required: str) -> str:
    command = "platform policies explain" if required.startswith("platform:") else "policy explain"
    return f"Explain: ironflow {command} --action {required} --key ID (or --user ID)"
