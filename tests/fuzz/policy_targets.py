"""The parsers of what is stored and searched: durations, moments, actions, IRNs and policies (contract, section 6)."""

from __future__ import annotations

import re
from functools import cache

from controlplane.domain.access import conclude, consider, decide
from controlplane.domain.durations import parse_duration
from controlplane.domain.emails import check_email, normalise_email
from controlplane.domain.errors import InvalidArgument
from controlplane.domain.grants import Grant
from controlplane.domain.moments import first_ms, last_ms
from controlplane.domain.patterns import (
    action_matches,
    check_actions,
    glob_matches,
    known_actions,
    resource_matches,
    resources_valid,
    split_list,
    unknown_actions,
)
from controlplane.domain.timestamps import timestamp
from controlplane.security.conditions.patterns import expanded_size
from tests.fuzz.target import Target, accepts, either, text_of

TEN_YEARS = 3653 * 86_400
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
VERDICTS = {"t": True, "f": False}


def duration(data: bytes) -> None:
    """The sum of its parts, within its bounds, by another reading of the same text."""
    text = text_of(data)

    seconds = either(lambda: parse_duration(text), InvalidArgument)

    whole = re.fullmatch(r"(?:[0-9]{1,12}[dhms])+", text)
    total = sum(int(part[:-1]) * UNITS[part[-1]] for part in re.findall("[0-9]+[dhms]", text)) if whole else 0
    assert seconds == (total if 1 <= total <= TEN_YEARS else None)
    assert seconds is None or parse_duration(f"{seconds}s") == seconds


def moment(data: bytes) -> None:
    """The first millisecond never lies after the last; what we write of it is read as the same second."""
    text = text_of(data)

    first = either(lambda: first_ms(text, name="from"), InvalidArgument)
    last = either(lambda: last_ms(text, name="to"), InvalidArgument)

    assert (first is None) == (last is None)
    if first is not None and last is not None:
        assert 0 <= first < 2**48
        assert 1 <= last < 2**48 + 1000
        assert first <= last
        assert first_ms(timestamp(first // 1000), name="from") == first // 1000 * 1000


def actions(data: bytes) -> None:
    """A list is accepted when each part names a known action of its kind; prepared or not, it names the same ones."""
    text = text_of(data)
    for platform in (False, True):
        accepted = accepts(lambda: check_actions(text, platform=platform), InvalidArgument)  # noqa: B023
        unknown = unknown_actions(text, platform=platform)
        assert accepted is (unknown == ())
        parts = split_list(text)
        grant = Grant("allow", parts, ("*",), "", platform=platform)
        odd = [form for part in parts[:3]
               for form in (part, part[:-1], part[:-2], part.replace("*", "a:b"), part + "x")]  # fmt: skip
        for action in (*known_actions(platform=platform), *known_actions(platform=not platform), *odd):
            named = [part for part in parts if action_matches(part, action, platform=platform)]
            assert grant.names_action(action) is bool(named)
            assert all(_same_shape(part, action) for part in named)


def _same_shape(pattern: str, action: str) -> bool:
    """Compare by regular expression, segment by segment."""
    *front, end = pattern.split(":")
    tail = "[^:]*(?::[^:]*)*" if end == "*" else re.escape(end)
    return bool(re.fullmatch(":".join(["[^:]*" if one == "*" else re.escape(one) for one in front] + [tail]), action,
                             re.DOTALL))  # fmt: skip


def irn(data: bytes) -> None:
    """A pattern names a resource by one definition, prepared or not, however it is computed."""
    pattern, _, resource = text_of(data).partition("\n")

    matches = resource_matches(pattern, resource)

    assert Grant("deny", (), (pattern,), "").names_resource(resource) is matches
    wanted, given = pattern.split(":"), resource.split(":", 6)
    if pattern == "*":
        assert matches
    elif len(wanted) != 7 or len(given) != 7:
        assert not matches
    else:
        plain = [one in ("*", other) for one, other in zip(wanted[:6], given[:6], strict=True)]
        plain[4] = plain[4] or _one_is_the_plural(*sorted((wanted[4], given[4]), key=len))
        assert matches is (all(plain) and glob_matches(wanted[6], given[6]))
    assert resources_valid(pattern) is (
        split_list(pattern) != () and all(one == "*" or one.count(":") == 6 for one in split_list(pattern))
    )


def _one_is_the_plural(one: str, many: str) -> bool:
    return one != "" and many in ([one + "s", one[:-1] + "ies"] if one.endswith("y") and len(one) > 1 else [one + "s"])


def glob(data: bytes) -> None:
    """A glob matches by its definition: `*` is any run, `?` is any one character."""
    pattern, _, text = text_of(data).partition("\n")

    matches = glob_matches(pattern, text)

    assert matches is _glob(pattern[:60], text[:60]) or len(pattern) > 60 or len(text) > 60


def _glob(pattern: str, text: str) -> bool:
    @cache
    def matches(at: int, reached: int) -> bool:
        if at == len(pattern):
            return reached == len(text)
        if pattern[at] == "*":
            return matches(at + 1, reached) or (reached < len(text) and matches(at, reached + 1))
        return reached < len(text) and pattern[at] in ("?", text[reached]) and matches(at + 1, reached + 1)

    return matches(0, 0)


def decision(data: bytes) -> None:
    """Deciding and explaining agree, a deny that holds or fails wins, and without an allow nothing is allowed."""
    action, _, rest = text_of(data).partition("\n")
    resource, _, rest = rest.partition("\n")
    grants = [_grant(line) for line in rest.split("\n")[:8] if line]

    def holds(condition: str) -> bool | None:
        return VERDICTS.get(condition[:1])

    asked = {"action": action, "resource": resource}
    made = decide(grants, **asked, holds=holds)

    assert made == conclude(consider(grants, **asked, holds=holds))
    met = [one for one in grants if one.names_action(action) and one.names_resource(resource)]
    verdicts = [(one.allows, True if one.condition == "" else holds(one.condition)) for one in met]
    denied = any(not allows and verdict is not False for allows, verdict in verdicts)
    assert made.allowed is (not denied and (True, True) in verdicts)
    assert made.allowed is decide(grants[::-1], **asked, holds=holds).allowed


def _grant(line: str) -> Grant:
    effect, names, places, condition = (line.split("\t") + [""] * 3)[:4]
    return Grant(effect, split_list(names), split_list(places), condition, platform=effect.startswith("platform"))


def email(data: bytes) -> None:
    """What is accepted has one @ between two visible parts, as it is written and as it is compared."""
    text = text_of(data)

    if accepts(lambda: check_email(text), InvalidArgument):
        for form in (text, normalise_email(text)):
            assert re.fullmatch(r"[^@\s]+@[^@\s]+", form)
            assert len(form) <= 254
            assert form.isprintable()
            form.encode()


def pattern_size(data: bytes) -> None:
    """A regular expression's size is counted in bounded time, and is at least that of its plain letters."""
    text = text_of(data).encode("utf-8", "ignore").decode()

    size = expanded_size(text)

    assert size >= 0
    assert not re.fullmatch("[a-z]+", text) or size == len(text)


_IRN = "irn:ironflow:org_a:proj_a:function:env_a:fn_1"
TARGETS = (
    Target(
        "duration",
        duration,
        ("720h", "1h30m", "90s", "3653d", "0s", "-1h", "1.5h", "999999999999d", "1h 2m", "٣h"),
        ("d", "h", "m", "s", "0"),
    ),
    Target(
        "moment",
        moment,
        (
            "2026-03-12T10:00:00Z",
            "2026-03-12",
            "2026-03-12T10:00:00.123456+02:00",
            "2026-W11-4",
            "9999-12-31",
            "0001-01-01T00:00:00+23:59",
            "20260312T100000Z",
            "2026-03-12 10:00",
        ),
        ("T", "Z", "+00:00", "-23:59", ".999999", "9999", "0001"),
    ),
    Target(
        "actions",
        actions,
        (
            "users:read",
            "users:*,apikeys:read",
            "*",
            "platform:*",
            "*:read",
            "platform:users:read, ",
            "a:b:c:d",
            ",,",
            "agent:tools:*",
        ),
        (":*", "*:", "platform:", "users", "read", ","),
        longest=200,
    ),
    Target(
        "irn",
        irn,
        (
            f"*\n{_IRN}",
            f"{_IRN}\n{_IRN}",
            f"irn:ironflow:*:*:functions:*:fn_*\n{_IRN}:x",
            f"irn:ironflow:org_a:*:policies:*:*\n{_IRN}",
            "a:b\nc",
            f"{_IRN},*\n",
            f"*:*:*:*:y:*:?\n{_IRN}",
        ),
        (":", "*", "?", "irn:ironflow:", "policies", "policy", "function", "\n"),
    ),
    Target(
        "glob",
        glob,
        ("*\nabc", "a*c\nabc", "a?c\nabc", "*a*b*\nxaxb", "?*?\nab", "**\n", "\n", "a*a\na"),
        ("*", "?", "\n"),
    ),
    Target(
        "decision",
        decision,
        (
            f"users:read\n{_IRN}\nallow\tusers:*\t*\t",
            "users:read\n*\ndeny\t*\t*\tt\nallow\t*\t*",
            f"users:read\n{_IRN}\nallow\tusers:read\t{_IRN}\tt\ndeny\tusers:*\t{_IRN},*\tf",
            "platform:users:read\n*\nplatform\tplatform:*\t*\n\nallow\t*\t*\tx",
        ),
        ("allow\t", "deny\t", "\t*", "\tt", "\tf", "\n", "users:read"),
    ),
    Target(
        "email",
        email,
        ("ops@example.com", "É@x.example", "a@b@c", "a b@c", "@", "a\u200b@b", "ﬃ@x", "a＠b"),
        ("@", "＠"),
    ),
    Target(
        "pattern_size",
        pattern_size,
        ("abc", "(a|b)*c{2,5}", r"\pL[[:alpha:]]\Q.*\E", "(?i)x{1000}", "((((", "[^]]]", "a{9}{9}{9}"),
        ("{1000}", "(?i)", "[[:", r"\Q", r"\E", r"\p{", "(?P<a>"),
    ),
)
