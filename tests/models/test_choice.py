"""Which model is chosen: pure of any disk, machine and network."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_selector.models.choice import choose, misfit, needed
from tui_selector.models.embedder import ModelError
from tui_selector.models.folders import Manifest, Pulled
from tui_selector.models.machine import Machine
from tui_selector.models.registry import BUILTIN, MODELS, known

GIB = 1 << 30
LARGE_GPU = Machine("cuda", 24 * GIB)
SMALL_GPU = Machine("cuda", 4 * GIB)
CPU = Machine("cpu", 16 * GIB)
SMALL_CPU = Machine("cpu", 2 * GIB)


def pulled(*names: str) -> list[Pulled]:
    found = []
    for name in names:
        model = known(name)
        hub = model.hub if model else name
        found.append(Pulled(Path("/models") / hub, Manifest(hub=hub, revision="", files={})))
    return found


@pytest.mark.parametrize(
    ("names", "machine", "expected"),
    [
        ((), LARGE_GPU, BUILTIN),
        (("siglip2", "siglip2-so400m"), LARGE_GPU, "siglip2-so400m"),
        (("siglip2", "siglip2-so400m"), SMALL_GPU, "siglip2"),
        (("siglip2", "siglip2-so400m"), CPU, "siglip2"),
        (("clip-b32", "siglip2"), SMALL_CPU, "clip-b32"),
        (("clip-l14",), CPU, BUILTIN),
        (("jina-clip-v2", "chinese-clip", "some/other"), LARGE_GPU, BUILTIN),
    ],
)
def test_auto_takes_the_best_that_fits(
    names: tuple[str, ...], machine: Machine, expected: str
) -> None:
    assert choose("auto", pulled(*names), machine).name == expected


@given(
    st.sets(st.sampled_from([model.name for model in MODELS])),
    st.sampled_from(["cpu", "cuda", "mps"]),
    st.integers(0, 64),
)
def test_auto_never_takes_what_does_not_fit_or_runs_code(
    names: set[str], device: str, memory: int
) -> None:
    machine = Machine(device, memory * GIB)
    chosen = choose("auto", pulled(*names), machine)
    assert not chosen.trusted
    if chosen.name == BUILTIN:
        return
    model = known(chosen.name)
    assert model
    assert chosen.name in names
    assert not model.remote_code
    assert misfit(model, machine) == ""
    assert needed(model, device) < machine.memory


def test_builtin_is_builtin_whatever_is_there() -> None:
    assert choose(BUILTIN, pulled("siglip2"), LARGE_GPU).folder is None


@pytest.mark.parametrize("wanted", ["siglip2", "google/siglip2-base-patch16-224", "a/b"])
def test_what_is_not_there_is_named_with_what_gets_it(wanted: str) -> None:
    with pytest.raises(ModelError, match=f"models pull {wanted}"):
        choose(wanted, pulled("clip-b32"), CPU)


@pytest.mark.parametrize("wanted", ["siglip3", "", "a b", "\x1b[2J", "relative/deep/folder"])
def test_what_there_is_not_is_said_without_control_characters(wanted: str) -> None:
    with pytest.raises(ModelError) as caught:
        choose(wanted, [], CPU)
    assert "models list" in str(caught.value)
    assert str(caught.value).isprintable()


def test_names_and_ids_of_known_models_are_their_own() -> None:
    names = [word for model in MODELS for word in (model.name, model.hub)]
    assert len(names) == len(set(names))
    assert BUILTIN not in names
    assert all(model.rank == 0 for model in MODELS if model.remote_code)
