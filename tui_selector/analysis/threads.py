"""One thread for each small multiplication, however many cores there are.

Matrices of some hundred rows are multiplied no quicker by several threads; where other threads keep
the cores busy, as indexing does, they are multiplied many times slower, as the threads of one
multiplication wait for each other.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_users = 0
_limit: Any = None
_libraries: Any = None
_modules = 0


@contextmanager
def single_threaded_algebra() -> Iterator[None]:
    """Let BLAS and LAPACK use one thread; what was set before counts again when the last is out.

    The setting is one for the whole process, whose threads may be in here together.
    """
    global _users, _limit

    with _lock:
        if not _users:
            _limit = _loaded().limit(limits=1, user_api="blas")
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                _limit.restore_original_limits()


def _loaded() -> Any:
    """What controls the libraries of this process.

    Looking for them takes milliseconds, as long as a small photo's decoding, so that it is done
    only where modules were imported since.
    """
    global _libraries, _modules
    from threadpoolctl import ThreadpoolController

    modules = len(sys.modules)
    if modules != _modules:
        _libraries, _modules = ThreadpoolController(), modules
    return _libraries
