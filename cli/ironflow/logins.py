"""Logging in and out, and asking who one is: the same for platform and tenant users."""

from __future__ import annotations

from ironflow.credentials import Login
from ironflow.identity import Credential, Prefer
from ironflow.output import safe, sentence
from ironflow.passwords import read_password
from ironflow.problems import Failure, Unauthenticated
from ironflow.session import Session

PLATFORM = "platform"
LOGGED_IN = "Logged in as {email} (expires: {expires_at})"


def log_in(session: Session, operation: str, *, kind: str, email: str, from_stdin: bool) -> None:
    """Exchange a password for a token and keep it, in place of the one this server had."""
    password = read_password(session, from_stdin=from_stdin)
    found = session.call(operation, body={"email": email, "password": password}).json()
    try:
        login = Login(str(found["token"]), str(found["expires_at"]), dict(found["user"]), kind)
    except (KeyError, TypeError, ValueError) as error:
        raise Failure("the server's answer holds no token: is it an Ironflow server?") from error
    session.credential_file.save(session.server.url, login)
    session.say(_logged_in(login))


def log_out(session: Session) -> None:
    """Forget the stored token, and end its session where the server keeps one."""
    login = session.credential_file.find(session.server.url)
    if login is None:
        session.note(f"Not logged in to {session.server.url}.")
        return
    session.credential_file.remove(session.server.url)
    if login.kind == PLATFORM:
        _end_session(session, login)
    session.say(f"Logged out: {safe(login.email)}")


def show_identity(session: Session, *, prefer: Prefer) -> None:
    """Print whose credential would be used, after the server has confirmed it."""
    credential = session.require_credential(prefer)
    reply = session.call("validate_credential", prefer=prefer)
    login = credential.login
    session.answer(
        reply,
        lambda fields: session.say(
            _logged_in(login) if login else sentence("API key of {org_id} (roles: {roles})", fields)
        ),
    )


def _end_session(session: Session, login: Login) -> None:
    try:
        session.call("logout_platform_user", credential=Credential(login.token, login))
    except Unauthenticated:
        pass  # it had ended already
    except Failure as failure:
        raise Failure(
            "the token is forgotten here, but the server was not told that the session ended", *failure.lines
        ) from failure


def _logged_in(login: Login) -> str:
    return LOGGED_IN.format(email=safe(login.email), expires_at=safe(login.expires_at))
