"""Print the template as CloudFormation gets it: `python -m tests.template.translated > translated.json`."""

from __future__ import annotations

import json
import sys

from devserver.template import translate_template
from tests.template.conftest import TEMPLATE

if __name__ == "__main__":
    json.dump(translate_template(TEMPLATE), sys.stdout, indent=1)
