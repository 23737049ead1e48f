"""How long tests wait for other threads and processes."""

from __future__ import annotations

#: Seconds. Far more than anything takes, on a machine that is ten times slower and busy as well:
#: what comes is taken at once, and only what never comes makes a test wait so long.
PATIENCE = 100.0

#: The same for what takes a whole engine with its model, which the first one converts.
LONG_PATIENCE = 400.0
