"""The answer to every caller on every route, written by hand from the contract (sections 1 to 7).

Nothing here is derived from the code. A rule has one mark per caller, in the groups of `callers.COLUMNS`:
`+` the row's own status, `A` 401, `F` 403, `N` 404. Ids are random, so that a granted caller sees a 404, or a body that
is refused after the decision shows a 400: no cell changes anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#                     unknown  tenant    op.  platf.  inside
RULES = {
    "public":        "++++     ++++++++  ++   +++++   ++++",
    "identity":      "AAAA     ++++++FF  ++   +++++   +++F",
    "known":         "AAAA     ++++++F+  ++   +++++   ++++",
    "refused":       "AAAA     FFFFFFFF  FF   FFFFF   FFFF",
    "read":          "AAAA     +++F+FFF  ++   FFFFF   +++F",
    "ask":           "AAAA     +++F+FFF  ++   FFFFF   ++FF",
    "develop":       "AAAA     ++FF+FFF  +F   FFFFF   ++FF",
    "administer":    "AAAA     +FFF+FFF  +F   FFFFF   ++FF",
    "operate":       "AAAA     FFFFFFFF  +F   FFFFF   FFFF",
    "key read":      "AAAA     +++F+FFF  ++   +++F+   +++F",
    "key manage":    "AAAA     ++FF+FFF  +F   +FFF+   ++FF",
    "platform keys": "AAAA     FFFFFFFF  +F   +++F+   FFFF",
    "platform key":  "AAAA     FFFFFFFF  +F   +FFF+   FFFF",
    "session":       "AAAA     FFFFFFFF  FF   FFFF+   FFFF",
    "p. read":       "AAAA     FFFFFFFF  FF   +++F+   +++F",
    "p. tenants":    "AAAA     FFFFFFFF  FF   ++FF+   ++FF",
    "p. administer": "AAAA     FFFFFFFF  FF   +FFF+   +FFF",
}  # fmt: skip

MARKS = {"A": 401, "F": 403, "N": 404}

TABLE = """
GET    /health                                      public         200
GET    /ready                                       public         200
GET    /metrics                                     public         200
GET    /api/v1/capabilities                         public         200
GET    /api/v1/openapi.json                         identity       200
GET    /api/v1/nothing/here                         known          404
GET    /api/v1/auth/validate                        identity       200
POST   /api/v1/auth/login                           public         400
POST   /api/v1/platform/auth/login                  public         400
POST   /api/v1/platform/auth/logout                 session        204
POST   /api/v1/platform/bootstrap                   operate        400

GET    /api/v1/apikeys                              read           200
GET    /api/v1/apikeys?platform=true                platform keys  200
POST   /api/v1/apikeys                              develop        400  unknown role
POST   /api/v1/apikeys                              platform key   400  unknown platform role
GET    /api/v1/apikeys/{ak_}                        key read       404
DELETE /api/v1/apikeys/{ak_}                        key manage     404
POST   /api/v1/apikeys/{ak_}/rotate                 key manage     404
PUT    /api/v1/apikeys/{ak_}/roles                  key manage     404  roles

GET    /api/v1/platform/users                       p. read        200
POST   /api/v1/platform/users                       p. administer  400
GET    /api/v1/platform/users/{puser_}              p. read        404
PUT    /api/v1/platform/users/{puser_}              p. administer  404
DELETE /api/v1/platform/users/{puser_}              p. administer  404
GET    /api/v1/platform/roles                       p. read        200
POST   /api/v1/platform/roles                       p. administer  400
GET    /api/v1/platform/roles/{role_}               p. read        404
PUT    /api/v1/platform/roles/{role_}               p. administer  404
DELETE /api/v1/platform/roles/{role_}               p. administer  404
GET    /api/v1/platform/policies                    p. administer  200
POST   /api/v1/platform/policies                    p. administer  400
GET    /api/v1/platform/policies/{pol_}             p. administer  404
PUT    /api/v1/platform/policies/{pol_}             p. administer  404
DELETE /api/v1/platform/policies/{pol_}             p. administer  404
POST   /api/v1/platform/policies/explain            p. administer  400
GET    /api/v1/platform/tenants                     p. read        200
POST   /api/v1/platform/tenants                     p. tenants     400
GET    /api/v1/platform/tenants/{org_}              p. read        404
PUT    /api/v1/platform/tenants/{org_}              p. tenants     404
DELETE /api/v1/platform/tenants/{org_}              p. tenants     404
POST   /api/v1/platform/orgs                        p. tenants     400
GET    /api/v1/platform/audit                       p. read        200

GET    /api/v1/orgs                                 read           200
POST   /api/v1/orgs                                 refused        403
GET    /api/v1/orgs/{org_}                          read           404
PATCH  /api/v1/orgs/{org_}                          administer     404
DELETE /api/v1/orgs/{org_}                          administer     404
GET    /api/v1/tenants                              operate        200
POST   /api/v1/tenants/provision                    operate        400

GET    /api/v1/projects                             read           200
POST   /api/v1/projects                             administer     400
PUT    /api/v1/projects/{proj_}                     administer     404
DELETE /api/v1/projects/{proj_}                     administer     404
GET    /api/v1/environments                         read           200
POST   /api/v1/environments                         administer     400
PUT    /api/v1/environments/{env_}                  administer     404
DELETE /api/v1/environments/{env_}                  administer     404
GET    /api/v1/envs                                 read           200
POST   /api/v1/envs                                 administer     400
PUT    /api/v1/envs/{env_}                          administer     404
DELETE /api/v1/envs/{env_}                          administer     404
GET    /api/v1/functions                            read           200
POST   /api/v1/functions                            develop        400
GET    /api/v1/functions/{fn_}                      read           404
DELETE /api/v1/functions/{fn_}                      develop        404

GET    /api/v1/users                                read           200
POST   /api/v1/users                                administer     400
GET    /api/v1/users/{user_}                        read           404
PATCH  /api/v1/users/{user_}                        administer     404
DELETE /api/v1/users/{user_}                        administer     404
PATCH  /api/v1/users/{user_}/password               administer     404  passwords
GET    /api/v1/roles                                read           200
POST   /api/v1/roles                                administer     400
GET    /api/v1/roles/{role_}                        read           404
PATCH  /api/v1/roles/{role_}                        administer     404
DELETE /api/v1/roles/{role_}                        administer     404
GET    /api/v1/roles/{role_}/policies               read           404
POST   /api/v1/roles/{role_}/policies               administer     404  policy
DELETE /api/v1/roles/{role_}/policies/{pol_}        administer     404
GET    /api/v1/policies                             read           200
POST   /api/v1/policies                             administer     400
GET    /api/v1/policies/{pol_}                      read           404
PATCH  /api/v1/policies/{pol_}                      administer     404
DELETE /api/v1/policies/{pol_}                      administer     404
POST   /api/v1/policies/dry-run                     ask            200  condition
POST   /api/v1/policies/explain                     ask            400
GET    /api/v1/policies/{pol_}/versions             read           404
POST   /api/v1/policies/{pol_}/rollback/1           administer     404
GET    /api/v1/audit                                read           200
"""

BODIES: dict[str, Any] = {
    "": {},
    "unknown role": {"name": "never made", "role_ids": ["role_of_nobody"]},
    "unknown platform role": {"name": "never made", "platform": True, "role_ids": ["role_of_nobody"]},
    "roles": {"role_ids": ["role_viewer"]},
    "passwords": {"current_password": "never-this-one", "new_password": "nor-this-one"},
    "policy": {"policy_id": "pol_of_nobody"},
    "condition": {"condition": "true"},
}


@dataclass(frozen=True)
class Row:
    """What one request answers to each caller."""

    method: str
    path: str
    rule: str
    granted: int
    body: str

    @property
    def label(self) -> str:
        """The row's name in a report."""
        return f"{self.method} {self.path} {self.body}".strip()

    def expected(self, column: int) -> int:
        """Return the status that the caller of a column gets."""
        return MARKS.get(RULES[self.rule].replace(" ", "")[column], self.granted)


def rows() -> list[Row]:
    """Return the table as rows."""
    return [_row(line) for line in TABLE.splitlines() if line]


def _row(line: str) -> Row:
    method, path = line.split()[:2]
    rest = line[52:]
    return Row(method, path, rest[:15].strip(), int(rest[15:18]), rest[18:].strip())
