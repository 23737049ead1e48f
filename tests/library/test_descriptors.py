"""Bytes that native code writes on descriptor 2 must never reach the screen."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

TEXTUAL_APP = """
import os, sys
from pathlib import Path
from tui_selector.library.descriptors import quiet_native_output

def main():
    with quiet_native_output(Path(sys.argv[1])):
        from textual.app import App
        from textual.widgets import Static

        class Shown(App):
            def compose(self):
                yield Static("DRAWN BY TEXTUAL")

            def on_mount(self):
                os.write(2, b"NATIVE NOISE")
                os.system("echo CHILD NOISE >&2")
                self.call_after_refresh(self.exit)

        Shown().run()
    os.write(2, b"SEEN AGAIN")
    print("AND THIS", file=sys.stderr)

main()
"""


def run_in_terminal(*command: str) -> bytes:
    """Run a command with a pseudo-terminal as its screen and return everything drawn on it."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, close_fds=True)
    os.close(slave)
    screen = b""
    try:
        while chunk := os.read(master, 65536):
            screen += chunk
    except OSError:
        # Linux reports the hang-up of the last writer as an error.
        pass
    finally:
        os.close(master)
        assert process.wait() == 0
    return screen


def test_native_output_stays_off_a_real_terminal(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "native.log"
    screen = run_in_terminal(sys.executable, "-c", TEXTUAL_APP, str(log))
    assert b"DRAWN BY TEXTUAL" in screen
    assert b"NOISE" not in screen
    assert b"SEEN AGAIN" in screen
    assert b"AND THIS" in screen
    assert b"NATIVE NOISE" in log.read_bytes()
    assert b"CHILD NOISE" in log.read_bytes()
    assert log.stat().st_mode & 0o077 == 0


REDIRECT = """
import os, sys
from pathlib import Path
from tui_selector.library.descriptors import redirect_native_output

log = None if sys.argv[1] == "-" else Path(sys.argv[1])
redirect_native_output(log)
os.write(2, b"native\\n")
print("python", file=sys.stderr)
print("out")
"""


def redirected(log: str) -> tuple[str, str]:
    result = subprocess.run(
        [sys.executable, "-c", REDIRECT, log], capture_output=True, text=True, check=True
    )
    return result.stdout, result.stderr


def test_a_process_without_a_screen_writes_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_text("before\n")
    assert redirected(str(log)) == ("out\n", "")
    assert log.read_text() == "before\nnative\npython\n"


def test_a_log_that_cannot_be_opened_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert redirected(str(tmp_path / "file" / "engine.log")) == ("out\n", "")
    assert redirected("-") == ("out\n", "")


def test_a_log_that_has_grown_too_long_starts_again(tmp_path: Path) -> None:
    log = tmp_path / "engine.log"
    log.write_bytes(b"x" * 1_000_001)
    redirected(str(log))
    assert log.read_text() == "native\npython\n"


CLOSED = """
import os, sys
os.close(2)
sys.stderr = sys.__stderr__ = None
from tui_selector.library.descriptors import quiet_native_output
with quiet_native_output(None):
    os.write(2, b"lost")
print("out")
"""


def test_a_process_started_without_descriptor_two_works() -> None:
    result = subprocess.run(
        [sys.executable, "-c", CLOSED], stdout=subprocess.PIPE, text=True, check=True
    )
    assert result.stdout == "out\n"
