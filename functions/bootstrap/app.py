"""The bootstrap key in the cloud: whoever IAM lets invoke this function receives it, once (contract, section 2)."""

from __future__ import annotations

from controlplane.bootstrap import Services
from controlplane.domain.timestamps import timestamp
from controlplane.gateway.tasks import Done, Task, bind_task

EVENT = "BOOTSTRAP_ADMIN_KEY_ISSUED"


def bootstrap(task: Task, services: Services) -> Done:
    """Issue the bootstrap key, or with `{"reset": true}` replace it; its value is in the reply and nowhere else.

    The reply of a key that was issued before is `{"created": false, "prefix": …}`.
    """
    reset = task.event.get("reset") is True
    first_boot = services.first_boot
    key = first_boot.reset_bootstrap_key() if reset else first_boot.issue_bootstrap_key()
    if not key.created:
        return Done(reply={"created": False, "prefix": key.prefix}, told={"created": False})
    document = {"key": key.raw, "key_id": key.key_id, "org_id": key.org_id, "role": key.role,
                "timestamp": timestamp(key.timestamp)}
    told = {"event": EVENT, "created": True, "reset": reset, "file_path": str(task.event.get("file_path", ""))[:1024]}
    return Done(reply={"created": True, "prefix": key.prefix, "document": document}, told=told)


handler = bind_task(bootstrap)
