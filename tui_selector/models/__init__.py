"""Pixels and words into vectors. torch and transformers live only here.

Importing this package takes every library below it off the network: what could ask a hub for a
file finds it on this disk or fails. `pull` alone goes back on it, in the process of its command.
"""

import os

#: Whether the owner keeps the programs of this machine from asking a hub, `models pull` included.
OWNER_OFFLINE = os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
