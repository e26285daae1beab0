"""Every operation of the route table that a person needs has a command."""

from __future__ import annotations

import pytest

from controlplane.api.routes import BY_OPERATION, ROUTES
from tests.cli.conftest import CommandLine
from tests.cli.fake_control_plane import FakeControlPlane

NOT_FOR_PEOPLE = {
    "get_health": "for load balancers",
    "get_ready": "for load balancers",
    "get_metrics": "for Prometheus",
    "get_capabilities": "for SDKs",
    "get_openapi": "for generators",
    "unknown_path": "not an operation",
    "create_org": "always refused; `ironflow org create` asks for create_platform_org",
    "list_environments_alias": "another path of list_environments",
    "create_environment_alias": "another path of create_environment",
    "update_environment_alias": "another path of update_environment",
    "delete_environment_alias": "another path of delete_environment",
}
POLICY = "--name N --effect allow --actions a:b --resources *"
PERSON = "--email e@example.com --name N --password-stdin"
COMMANDS = {
    "validate_credential": "whoami",
    "login_user": "login --email e@example.com --password-stdin",
    "login_platform_user": "platform login --email e@example.com --password-stdin",
    "logout_platform_user": "platform logout",
    "bootstrap_platform": f"platform create-admin {PERSON}",
    "list_keys": "apikey list",
    "create_key": "apikey create N",
    "get_key": "apikey get ID",
    "delete_key": "apikey delete ID",
    "rotate_key": "apikey rotate ID",
    "set_key_roles": "apikey roles ID --role R",
    "list_platform_users": "platform users list",
    "create_platform_user": f"platform users create {PERSON}",
    "get_platform_user": "platform users get ID",
    "update_platform_user": "platform users update ID --name N",
    "delete_platform_user": "platform users delete ID",
    "list_platform_roles": "platform roles list",
    "create_platform_role": "platform roles create N",
    "get_platform_role": "platform roles get ID",
    "update_platform_role": "platform roles update ID --name N",
    "delete_platform_role": "platform roles delete ID",
    "list_platform_policies": "platform policies list",
    "create_platform_policy": f"platform policies create {POLICY}",
    "get_platform_policy": "platform policies get ID",
    "update_platform_policy": "platform policies update ID --name N",
    "delete_platform_policy": "platform policies delete ID",
    "explain_platform_decision": "platform policies explain --user ID --action a:b",
    "list_tenants": "platform tenants list",
    "create_tenant": "platform tenants provision --name N",
    "get_tenant": "platform tenants get ID",
    "update_tenant": "platform tenants update ID --suspend",
    "delete_tenant": "platform tenants delete ID",
    "create_platform_org": "org create N",
    "query_platform_audit": "platform audit",
    "list_orgs": "org list",
    "get_org": "org get ID",
    "update_org": "org update ID --name N",
    "delete_org": "org delete ID",
    "list_tenants_as_operator": "tenant list",
    "provision_tenant": "tenant provision N",
    "list_projects": "project list",
    "create_project": "project create N",
    "update_project": "project update ID --name N",
    "delete_project": "project delete ID",
    "list_environments": "env list",
    "create_environment": "env create n",
    "update_environment": "env update ID --name n",
    "delete_environment": "env delete ID",
    "list_functions": "function list",
    "register_function": "function register N",
    "get_function": "function get ID",
    "delete_function": "function delete ID",
    "list_users": "user list",
    "create_user": f"user create {PERSON}",
    "get_user": "user get ID",
    "update_user": "user update ID --name N",
    "delete_user": "user delete ID",
    "change_password": "user password ID --password-stdin",
    "list_roles": "role list",
    "create_role": "role create N",
    "get_role": "role get ID",
    "update_role": "role update ID --name N",
    "delete_role": "role delete ID",
    "list_role_policies": "role policies ID",
    "attach_policy": "role attach ID POLICY",
    "detach_policy": "role detach ID POLICY",
    "list_policies": "policy list",
    "create_policy": f"policy create {POLICY}",
    "get_policy": "policy get ID",
    "update_policy": "policy update ID --name N",
    "delete_policy": "policy delete ID",
    "dry_run_policy": "policy test ID",
    "explain_decision": "policy explain --key ID --action a:b",
    "list_policy_versions": "policy versions ID",
    "rollback_policy": "policy rollback ID 1",
    "query_audit": "audit",
}


def test_every_operation_has_a_command_or_a_reason() -> None:
    """Whoever adds a row to the route table adds its command, or says here why there is none."""
    operations = {route.operation for route in ROUTES}

    assert operations == COMMANDS.keys() | NOT_FOR_PEOPLE.keys()
    assert set() == COMMANDS.keys() & NOT_FOR_PEOPLE.keys()


@pytest.mark.parametrize(("operation", "command"), COMMANDS.items())
def test_a_command_reaches_its_operation(
    ironflow: CommandLine, server: FakeControlPlane, operation: str, command: str
) -> None:
    """One request, of that very operation; a refusal of it ends the command with exit code 1."""
    ironflow.logged_in()
    server.refuses(operation, 409, "not today")

    ran = ironflow(*command.split(), stdin="one\ntwo\n")

    assert [operation] == [asked.operation for asked in server.asked]
    assert (1, "") == (ran.code, ran.out)
    assert "Error: not today\n" in ran.err


@pytest.mark.parametrize(
    ("operation", "command"),
    [(name, line) for name, line in COMMANDS.items() if "login" not in name and "logout" not in name],
)
def test_a_command_prints_the_body_with_json(
    ironflow: CommandLine, server: FakeControlPlane, operation: str, command: str
) -> None:
    """Whatever the API answers is what a program reads, byte for byte; nothing where there is no body."""
    body = b'[ {"id" :"1"} ]' if operation.startswith("list") else b'{ "id" :"1"}'
    empty = BY_OPERATION[operation].success == 204
    server.answers(operation, None if empty else body)

    ran = ironflow(*command.split(), "--json", stdin="one\ntwo\n")

    assert (0, "" if empty else body.decode()) == (ran.code, ran.out)


@pytest.mark.parametrize("command", COMMANDS.values())
def test_every_command_explains_itself(ironflow: CommandLine, command: str) -> None:
    """`--help` stands at the end of any command line and says what the command is for."""
    ran = ironflow(*command.split(), "--help")

    assert (0, "") == (ran.code, ran.err)
    assert ran.out.startswith("Usage: ironflow ")
    assert "Global options:" in ran.out
