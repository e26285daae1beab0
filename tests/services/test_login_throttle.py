"""Failed logins cost time, and never the account (contract, section 4)."""

from __future__ import annotations

import pytest

from controlplane.bootstrap import Services
from controlplane.domain.errors import ResourceExhausted, Unauthenticated
from controlplane.domain.names import PLATFORM_ORG
from controlplane.domain.principal import Principal
from controlplane.ports import AuditFilter
from controlplane.services.login_throttle import ACCOUNT, ADDRESS, account_of, network_of
from tests.services.conftest import SettableClock

RIGHT, WRONG, HERE, THERE = "correct horse", "battery staple", "192.0.2.1", "198.51.100.7"


@pytest.fixture(autouse=True)
def _ann(services: Services, platform_admin: Principal) -> None:
    """There is one platform user, Ann."""
    services.platform_users.create_platform_user(
        email="ann@example.com", password=RIGHT, name="Ann", role_ids=None, by=platform_admin)


def _login(services: Services, password: str = RIGHT, *, email: str = "ann@example.com", address: str = HERE) -> bool:
    return bool(services.logins.login_platform_user(email=email, password=password, address=address))


def _fail(services: Services, *, times: int, email: str = "ann@example.com", address: str = HERE) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            _login(services, WRONG, email=email, address=address)


def _delay(services: Services, *, email: str = "ann@example.com", address: str = HERE) -> int:
    with pytest.raises(ResourceExhausted) as refused:
        _login(services, email=email, address=address)
    return refused.value.retry_after


@pytest.mark.parametrize("email", ["ann@example.com", "ANN@example.com", "nobody@example.com"])
def test_429_after_five_failures(services: Services, email: str) -> None:
    """The sixth attempt waits, right password or not, from wherever; an address that nobody has behaves the same."""
    _fail(services, times=5, email=email)

    assert 4 == _delay(services, email=email, address=THERE)


def test_four_failures_are_free(services: Services) -> None:
    """Mistyping a few times costs nothing, and a success takes it back."""
    for _ in range(3):
        _fail(services, times=4)

        assert _login(services)


def test_the_delay_grows_and_ends(services: Services, clock: SettableClock) -> None:
    """Each failure doubles the delay up to a quarter of an hour; whoever waits gets in, so nobody is locked out."""
    _fail(services, times=4)
    delays = []
    for _ in range(12):
        _fail(services, times=1)
        delays.append(_delay(services))
        clock.forward(delays[-1])

    assert [4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900] == delays
    assert _login(services)


def test_a_success_resets_the_account(services: Services, clock: SettableClock) -> None:
    """After a success the next failures are the first ones again."""
    _fail(services, times=5)
    clock.forward(_delay(services))
    assert _login(services)

    _fail(services, times=4)

    assert _login(services)


def test_waiting_does_not_grow_the_delay(services: Services, clock: SettableClock) -> None:
    """An attempt that is turned away counts for nothing, so nobody keeps an account shut without guessing."""
    _fail(services, times=5)
    clock.forward(1)

    assert [3, 3, 3] == [_delay(services) for _ in range(3)]


def test_a_delayed_attempt_leaves_no_event(services: Services) -> None:
    """A flood of attempts does not become a flood of events."""
    _fail(services, times=5)
    for _ in range(3):
        _delay(services)

    assert 5 == services.store.count_events(AuditFilter(trail=PLATFORM_ORG, event_type="platform.login.failed")).number


def test_another_account_is_not_delayed(services: Services) -> None:
    """One account's failures are that account's."""
    _fail(services, times=5, email="nobody@example.com")

    assert _login(services)


def test_platform_and_tenant_accounts_are_apart(services: Services) -> None:
    """The same address at the other door is another account."""
    _fail(services, times=5)

    with pytest.raises(Unauthenticated):
        services.logins.login_user(email="ann@example.com", password=WRONG, address=HERE)


def test_failures_are_forgotten_after_a_day(services: Services, clock: SettableClock) -> None:
    """What happened long ago is no burst."""
    _fail(services, times=4)
    clock.forward(86_400)

    _fail(services, times=4)

    assert _login(services)


def test_429_after_thirty_failures_from_an_address(services: Services, clock: SettableClock) -> None:
    """Trying one password on many accounts is stopped by where it comes from; other addresses go on."""
    for number in range(30):
        _fail(services, times=1, email=f"user{number}@example.com")

    assert 4 == _delay(services)
    assert _login(services, address=THERE)
    clock.forward(4)
    assert _login(services)


def test_an_address_that_goes_on_waits_longer(services: Services, clock: SettableClock) -> None:
    """The delay of an address grows like that of an account, as long as it does not pause for a minute."""
    for number in range(30):
        _fail(services, times=1, email=f"user{number}@example.com")
    clock.forward(_delay(services))
    _fail(services, times=1, email="user31@example.com")

    assert 8 == _delay(services)
    clock.forward(8 + 60)
    _fail(services, times=1, email="user32@example.com")
    assert _login(services)


def test_thirty_failures_in_longer_than_a_minute_are_free(services: Services, clock: SettableClock) -> None:
    """A busy office that mistypes now and then is not shut out."""
    for number in range(60):
        clock.forward(3)
        _fail(services, times=1, email=f"user{number}@example.com")

    assert _login(services)


def test_successes_do_not_count_against_an_address(services: Services) -> None:
    """A machine may log in as often as it likes."""
    assert all(_login(services) for _ in range(40))


def test_no_email_stands_in_a_counters_key(services: Services) -> None:
    """A counter is found by a hash, and is removed by the table itself when it has become meaningless."""
    _fail(services, times=1)

    attempts = services.store.attempts(ACCOUNT.kind, account_of("platform", "ann@example.com"))
    assert attempts
    assert "ann" not in attempts.subject
    assert attempts.window_started_at + 86_400 == attempts.ttl


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("", "unknown"), ("1.2.3.4, 5.6.7.8", "unknown"),
])  # fmt: skip
def test_an_address_counts_as_its_network(address: str, network: str) -> None:
    """An IPv6 subscriber holds 2^64 addresses; they count as one."""
    assert network == network_of(address)


def test_the_limits_are_the_contracts() -> None:
    """Five failures of an account and thirty a minute from an address."""
    assert (5, 30, 60) == (ACCOUNT.free, ADDRESS.free, ADDRESS.window)
