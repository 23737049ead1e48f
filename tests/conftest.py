"""Fixtures every room shares."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

# No test measures time, properties neither: on a busy machine any example may take long.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# Tests run in as many processes as there are cores, and start engines beside them. With more than
# one thread in each of them the cores mostly wait for each other: ten times the CPU time for the
# weights of the built-in model. Read by libraries when they are loaded, by engines too.
for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
# Where a test does use several threads, those that wait for the others sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Processes that tests start compile what they import once, not each of them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# An application that runs makes so many objects that a tenth of the time would go into looking for
# garbage among those of everything that is imported.
gc.set_threshold(20_000, 10, 10)

#: Where files are kept in memory, and the bytes that must be free there for the files of a run.
_IN_MEMORY, _ROOM = Path("/dev/shm"), 4_000_000_000

SHARED_DATA = Path(
    os.environ.get(
        "TUI_SELECTOR_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"
    )
)


def pytest_configure() -> None:
    """Choose where the tests' files are, and how far their processes stand back.

    Files are kept in memory where there is room: thousands of catalogs wait for a disk. A folder
    that is asked for in `PYTEST_DEBUG_TEMPROOT` or with `--basetemp` is left alone.
    """
    with suppress(OSError):
        if os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free > _ROOM:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_IN_MEMORY))
    if "PYTEST_XDIST_WORKER" in os.environ:
        _stand_back_with_the_engines()


def _stand_back_with_the_engines() -> None:
    """Let this one of several processes that run tests weigh what the engines weigh.

    Engines stand back behind everything else. Beside processes that are never idle, those that
    another test waits for would hardly get to run.
    """
    from tui_selector.engine.priority import stand_back, stand_back_from_the_start

    with suppress(OSError):
        # Sessions are weighed whole: the one that the tests were started from keeps its weight.
        os.setsid()
        stand_back_from_the_start(os.getpid())
        stand_back(back=True)


def pytest_xdist_auto_num_workers() -> int:
    """With `-n auto`, one process more than there are cores: often one waits for an engine."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Return a function that gives a folder of real test photos, or skips the test."""

    def folder(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.is_dir():
            pytest.skip(f"the real photos are not here: {path} (set TUI_SELECTOR_TEST_DATA)")
        return path

    return folder


def _folder_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes that run these tests side by side have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def converted_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache in which the built-in model is converted once for a run of the tests.

    It begins with a damaged conversion, which the first that needs the model has to replace.
    """
    from tui_selector.models import artifacts

    models = _folder_of_the_run(tmp_path_factory) / "converted-models"
    if not models.exists():
        begun = tmp_path_factory.mktemp("begun") / "models"
        folder = artifacts.folder_in(begun)
        folder.mkdir(parents=True)
        for name in artifacts.FILES:
            (folder / name).write_bytes(b"damaged")
        artifacts.seal(folder)
        (folder / artifacts.PICTURES).write_bytes(b"damagee")
        # Where another of the processes was faster, what it put there stays.
        with suppress(OSError):
            begun.rename(models)
    return models


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders, one for each test."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in count())


def _move_into(monkeypatch: pytest.MonkeyPatch, home: Path, models: Path) -> None:
    """Make a home where there is none yet, and have everything that starts now live there."""
    for variable, name in {
        "HOME": "",
        "XDG_CONFIG_HOME": "config",
        "XDG_DATA_HOME": "data",
        "XDG_CACHE_HOME": "cache",
        "XDG_STATE_HOME": "state",
        "XDG_RUNTIME_DIR": "run",
    }.items():
        folder = home / name
        folder.mkdir(mode=0o700, exist_ok=True)
        monkeypatch.setenv(variable, str(folder))
    (home / "cache" / "tui-selector").mkdir(exist_ok=True)
    with suppress(FileExistsError):
        (home / "cache" / "tui-selector" / "models").symlink_to(models)


@pytest.fixture(autouse=True)
def own_folders(
    homes: Iterator[Path],
    monkeypatch: pytest.MonkeyPatch,
    converted_models: Path,
) -> Iterator[Path]:
    """Keep every test's settings, catalogs, caches and sockets out of the user's folders."""
    home = next(homes)
    _move_into(monkeypatch, home, converted_models)
    # Test processes side by side are told the size of a terminal that none of them has.
    for variable in ("COLUMNS", "LINES"):
        monkeypatch.delenv(variable, raising=False)
    for variable in list(os.environ):
        if variable.startswith("TUI_SELECTOR_") and variable != "TUI_SELECTOR_TEST_DATA":
            monkeypatch.delenv(variable)
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def home_of_the_module(
    homes: Iterator[Path], converted_models: Path
) -> Callable[[pytest.MonkeyPatch], None]:
    """A function that moves a test into a home that it has in common with others of its module,
    for libraries that all of them read and none of them changes."""
    home = next(homes)
    return lambda monkeypatch: _move_into(monkeypatch, home, converted_models)
