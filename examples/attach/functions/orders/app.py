"""An API of your own: it asks for no credential, because only who may call it gets here."""

import json


def handler(event, _context):
    """Answer with what was asked and who asked, as the authorizer's context tells."""
    caller = event["requestContext"]["authorizer"]
    return {
        "statusCode": 201 if event["httpMethod"] == "POST" else 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps({
            "operation": caller["operation"],
            "principal": f"{caller['principal_type']} {caller['principal_id']}",
            "org_id": caller["org_id"],
            "environment_id": caller["environment_id"],
            "tool_scopes": json.loads(caller["tool_scopes"] or "null"),
        }),
    }
