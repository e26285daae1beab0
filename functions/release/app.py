"""CodeDeploy's question before requests move to new versions: may they?"""

from __future__ import annotations

import os

from controlplane.bootstrap import ReleaseTools, Services
from controlplane.gateway.release_check import ReleaseRefused, check_release
from controlplane.gateway.tasks import Done, Task, bind_task


def release(task: Task, _services: Services) -> Done:
    """Take a key through its life on the new versions, and tell CodeDeploy what came out."""
    tools = ReleaseTools(os.environ)
    refused = "the check ended early"
    try:
        check_release(authorizer=tools.authorizer, apikeys=tools.apikeys, region=tools.region)
        refused = ""
    except ReleaseRefused as error:
        refused = str(error)
    finally:
        tools.report(task.event, good=not refused)
    return Done(reply={"good": not refused}, told={"good": not refused, "refused": refused})


handler = bind_task(release)
