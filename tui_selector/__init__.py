"""Cull photo albums in the terminal, on the machine that holds them."""

import os

__version__ = "0.1.0"

# ONNX Runtime from 1.29 on reports to its maker, with a number that it gives this machine, unless
# it is told not to before it is loaded. Nothing leaves this machine. (The name has changed once.)
os.environ["ORT_DISABLE_TELEMETRY"] = os.environ["ORT_TELEMETRY_DISABLED"] = "1"
