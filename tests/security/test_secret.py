"""A secret shows itself nowhere (style: secrets have a type)."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from dataclasses import asdict

import pytest

from controlplane.security.secret import Secret
from controlplane.security.token_secrets import TokenSecret

VALUE = "f00d" * 16


def test_prints_as_stars() -> None:
    """No way of turning a secret into text gives its value."""
    secret = Secret(VALUE)

    shown = {repr(secret), str(secret), f"{secret}", f"{secret!r}", "{}".format(secret), "%s" % secret}  # noqa: UP031, UP032
    assert shown == {"Secret(***)"}
    assert f"{secret:>12}" == " Secret(***)"


def test_prints_as_stars_inside_others() -> None:
    """A value that holds a secret does not show it either."""
    holder = TokenSecret("0badcafe", Secret(VALUE))

    assert repr([holder]) == "[TokenSecret(kid='0badcafe', value=Secret(***))]"


def test_absent_from_tracebacks_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a traceback with local variables nor a log record gives it away."""
    secret = Secret(VALUE)

    try:
        raise ValueError(secret)
    except ValueError as error:
        report = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
        logging.getLogger("test").exception("failed with %s", secret)

    assert "Secret(***)" in report
    assert VALUE not in report.replace(f"VALUE = '{VALUE}'", "") + caplog.text


@pytest.mark.parametrize("leave", [json.dumps, pickle.dumps, copy.deepcopy, vars], ids=lambda leave: leave.__name__)
def test_refuses_to_be_serialised(leave: object) -> None:
    """A secret cannot leave the process inside something that is serialised wholesale."""
    with pytest.raises(TypeError):
        leave(Secret(VALUE))  # type: ignore[operator]
    with pytest.raises(TypeError):
        asdict(TokenSecret("0badcafe", Secret(VALUE)))


def test_reveals_when_asked() -> None:
    """The value is there for the one place that needs it, and equal secrets are equal."""
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE) == Secret(VALUE) != Secret("other")
    assert Secret(VALUE) != VALUE
