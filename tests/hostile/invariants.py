"""The twenty invariants: what holds, which test attacks it, and the guard whose removal that test must notice."""

from __future__ import annotations

from dataclasses import dataclass

_CORE = "layers/controlplane/controlplane/"


@dataclass(frozen=True)
class Invariant:
    """`taken` is the guard as it stands in `file`, `left` what is there without it; `more` are further attacks."""

    name: str
    guard: str
    file: str
    taken: str
    left: str
    test: str
    more: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where the guard stands, from the project's folder."""
        return _CORE + self.file


INVARIANTS = (
    Invariant(
        "default deny",
        "without an allow the answer is no",
        "domain/access.py",
        "return _NOBODY_ALLOWS if allowing is None else Decision(True, allowing, ALLOWED)",
        "return Decision(True, allowing, ALLOWED)",
        "tests/domain/test_access_properties.py::test_without_an_allow_nothing_is_allowed",
        ("tests/spec/test_every_caller_on_every_route.py", "tests/authorizer/test_odd_requests.py"),
    ),
    Invariant(
        "deny wins",
        "a deny counts whatever was allowed before it",
        "domain/access.py",
        "if not grant.allows and verdict is not False:",
        "if not grant.allows and verdict is not False and allowing is None:",
        "tests/domain/test_access_properties.py::test_a_deny_that_matches_always_wins",
        ("tests/domain/test_agreement.py (against Cedar)",),
    ),
    Invariant(
        "adding an allow never removes",
        "an allow that does not hold is passed over",
        "domain/access.py",
        "        if grant.allows and verdict is True:\n",
        "        if grant.allows and verdict is not True:\n            return _NOBODY_ALLOWS\n"
        "        if grant.allows:\n",
        "tests/domain/test_access_properties.py::test_another_allow_never_takes_away",
    ),
    Invariant(
        "tenant isolation, byte for byte and in counts",
        "a role must be one of the organization's",
        "services/authority.py",
        "        if missing:\n",
        "        if False:\n",
        "tests/journeys/test_isolation.py::test_a_foreign_id_is_answered_as_one_that_does_not_exist",
        ("tests/journeys/test_pages.py::test_a_cursor_belongs_to_its_list", "tests/storage/test_trail.py"),
    ),
    Invariant(
        "no escalation, by any sequence of calls",
        "a policy is written only by who covers it",
        "services/authority.py",
        "        check_may_write(self.grants_of",
        "        return\n        check_may_write(self.grants_of",
        "tests/services/test_roles_escalation_properties.py::test_no_sequence_of_changes_gives_more",
        (
            "tests/services/test_roles_escalation.py",
            "tests/services/test_users_escalation.py",
            "tests/domain/test_coverage_properties.py",
        ),
    ),
    Invariant(
        "revocation immediate in every process",
        "no content is remembered, only places",
        "storage/identity_reader.py",
        "        return self._batch_get(self._table, keys, deadline)\n",
        "        kept = self.__dict__.setdefault('kept', {})\n"
        "        missing = [key for key in keys if str(key) not in kept]\n"
        "        for item in self._batch_get(self._table, missing, deadline) if missing else ():\n"
        "            kept[str({'pk': item['pk'], 'sk': item['sk']})] = item\n"
        "        return [kept[str(key)] for key in keys if str(key) in kept]\n",
        "tests/authorizer/test_round_trips.py::test_what_changed_counts_on_the_very_next_request",
        ("tests/journeys/test_in_force.py (two servers)", "tests/races/test_policies_in_force.py"),
    ),
    Invariant(
        "one live secret per key at every instant",
        "a rotation removes the old value in its transaction",
        "services/apikeys.py",
        "        remove_key(transaction, old)\n        add_key(transaction, new)",
        "        transaction.remove(old)\n        add_key(transaction, new)",
        "tests/faults/test_every_operation.py::test_an_operation_under_any_single_fault[rotate_key]",
        (
            "tests/races/test_keys_races.py",
            "tests/races/test_linearizable_key.py",
            "tests/journeys/test_use_while_rotated.py",
        ),
    ),
    Invariant(
        "bootstrap once for ever",
        "the permanent marker is claimed with the first user",
        "services/platform_bootstrap.py",
        "        transaction.claim(replace(BOOTSTRAPPED, owner_id=user.id), otherwise=AlreadyExists(_ALREADY))\n",
        "",
        "tests/services/test_users_bootstrap.py::test_409_the_second_time",
        (
            "tests/races/test_users_races.py::test_of_many_bootstraps_one_succeeds",
            "tests/services/test_users_bootstrap.py::test_409_for_ever",
        ),
    ),
    Invariant(
        "an admin always remains",
        "the last one cannot leave the roll",
        "services/platform_admins.py",
        "        if not _is_admin(after) and not others:\n",
        "        if False:\n",
        "tests/services/test_users_last_admin.py::test_409_for_the_last_one",
        ("tests/races/test_users_races.py::test_two_admins_never_remove_each_other",),
    ),
    Invariant(
        "one user per e-mail",
        "a claim is made only where there is none",
        "storage/transaction.py",
        "        self._put(claim, otherwise, guard=ABSENT)",
        "        self._put(claim, otherwise)",
        "tests/races/test_users_races.py::test_of_many_users_with_one_email_one_is_created",
    ),
    Invariant(
        "a change if and only if an audit event",
        "the event is of the change's transaction",
        "services/apikeys.py",
        '        transaction.append(key_event(self._recorder, "revoked", key, by=by))\n',
        "",
        "tests/faults/test_every_operation.py::test_an_operation_under_any_single_fault[delete_key]",
        (
            "tests/journeys/test_replay.py (the trails rebuild what there is)",
            "tests/journeys/test_a_key_s_life.py::test_the_trail_of_a_key_is_exactly_its_life",
        ),
    ),
    Invariant(
        "an impersonation is on record before it acts",
        "the authorizer writes, then answers",
        "gateway/authorizer/authorizer.py",
        "                self._recorder.impersonated(request, ruling.principal)\n        except",
        "                pass\n        except",
        "tests/authorizer/test_impersonation.py::test_without_its_event_nothing_is_served",
        ("tests/journeys/test_impersonation.py::test_the_whole_matrix", "tests/faults/test_authorizer.py"),
    ),
    Invariant(
        "audit is append-only",
        "an event is put only where none is",
        "storage/transaction.py",
        "        self._put(event, None, guard=ABSENT)",
        "        self._put(event, None)",
        "tests/storage/test_trail.py::test_an_event_is_never_replaced",
        ("tests/template/test_permissions.py (no function may change an audit item)",),
    ),
    Invariant(
        "a secret appears in exactly one reply and nowhere else",
        "a kept reply is kept without it",
        "gateway/idempotency.py",
        "    del holder[place[-1]]\n",
        "",
        "tests/hostile/test_secret_sweep.py",
        ("the ledger of every server of the tests (tests/http/world.py)", "tests/security/test_secret.py"),
    ),
    Invariant(
        "every operation atomic under any single fault",
        "one transaction for key, credential and event",
        "services/apikeys.py",
        "        add_key(transaction, key)\n",
        "        add_key(transaction, key)\n        transaction.commit()\n"
        "        transaction = self._store.transaction()\n",
        "tests/faults/test_every_operation.py::test_an_operation_under_any_single_fault[create_key]",
        ("tests/journeys/test_crash.py (kill -9)", "tests/sweep/test_interruptions.py"),
    ),
    Invariant(
        "idempotent redelivery",
        "a note that stands is answered, not carried out",
        "services/idempotency.py",
        "        if mine.state != STARTED:\n",
        "        if False:\n",
        "tests/services/test_idempotency.py::test_a_repetition_gets_the_first_reply",
        (
            "tests/services/test_idempotency_races.py",
            "tests/http/test_idempotency.py",
            "tests/faults/test_every_operation.py::test_a_post_with_an_idempotency_key_under_any_single_fault",
        ),
    ),
    Invariant(
        "expiry exact to the second and never deleting",
        "a key is expired from its very second on",
        "gateway/authorizer/callers.py",
        "self._clock.now() >= key.expires_at",
        "self._clock.now() > key.expires_at",
        "tests/authorizer/test_credentials.py::test_the_sentences_of_keys",
        ("tests/sweep/test_notices.py",),
    ),
    Invariant(
        "any bytes in give 2xx or 4xx in bounded time and memory",
        "depth is measured before anything recurses",
        "api/body_parser.py",
        "    _check_depth(text)\n",
        "",
        "tests/hostile/test_bodies.py",
        (
            "tests/hostile/test_any_request.py",
            "tests/hostile/test_over_http.py",
            "tests/hostile/test_parsers.py",
            "tests/devserver/test_hostile_input.py",
            "tests/security/test_hostile_conditions.py",
        ),
    ),
    Invariant(
        "nothing of one request is seen by the next in a warm container",
        "what was found belongs to one request",
        "storage/identity_reader.py",
        "        found = _Found()\n",
        "        found = self.__dict__.setdefault('found', _Found())\n",
        "tests/authorizer/test_round_trips.py",
        ("tests/hostile/test_any_request.py (24,000 callers, one container)",),
    ),
    Invariant(
        "built-ins unchanged by any sequence",
        "a built-in role is no role that may be changed",
        "services/role_reading.py",
        "        if role_id in _code(by.org_id):\n            raise InvalidArgument(problem)\n",
        "",
        "tests/services/test_roles.py::test_built_ins_cannot_be_changed",
        ("tests/domain/test_access_grants.py::test_a_stored_role_never_replaces_a_built_in",),
    ),
)
