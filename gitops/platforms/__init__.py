"""EDGE: adapters of the Platform port. Foreign exceptions and foreign words end here."""

import sys
from typing import Any, cast

# httpx brings a command line of its own and imports it, with rich, pygments and click, wherever it finds them: a tenth
# of what a plan costs. It does without where there is no such module, which is what None means here.
cast("dict[str, Any]", sys.modules).setdefault("httpx._main", None)
