"""From a run to what does its steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui_selector.criteria.asking import Asker
from tui_selector.criteria.choice import Means, candidates
from tui_selector.criteria.facets import about, facet
from tui_selector.criteria.material import Material
from tui_selector.criteria.rows import Subject
from tui_selector.criteria.run import Run, Wish
from tui_selector.criteria.store import RunStore
from tui_selector.criteria.ways.by_captions import CaptionSorting
from tui_selector.criteria.ways.by_facts import FactSorting
from tui_selector.criteria.ways.by_model import ModelSorting
from tui_selector.criteria.ways.by_words import WordSorting
from tui_selector.criteria.ways.way import Sorting, Stop
from tui_selector.models.embedder import Embedder
from tui_selector.models.labels import narrower
from tui_selector.models.language import LanguageModel


class Made(NamedTuple):
    """What does the steps, and the descriptions that they go by; None where they are made."""

    sorting: Sorting
    descriptions: dict[str, str] | None


def means_for(
    wish: Wish,
    material: Material,
    subjects: Sequence[Subject],
    embedder: Embedder | None,
    model: LanguageModel | None,
    no_model: str,
) -> Means:
    """What there is to sort these photos with; `no_model` says why there is no language model.

    Raises:
        ValueError: The file of descriptions cannot be read; the message is a sentence.
    """
    return Means(
        model=model,
        no_model=no_model,
        embedder=embedder,
        photos=len(subjects),
        described=len(material.captions(subjects, wish.captions)),
        vectors=len(material.vectors(subjects)),
    )


def make_sorting(
    run: Run,
    means: Means,
    material: Material,
    subjects: Sequence[Subject],
    store: RunStore,
    stop: Stop,
) -> Made:
    """What does the steps of a run in its way.

    Args:
        run: With the way that was chosen, which must be ready (`choice.choose`).
        means: What there is.
        material: The photos.
        subjects: The pictures of the run.
        store: Where answers are kept.
        stop: Tells that the run is to be stopped.

    Raises:
        ValueError: What is needed is not there any more; the message is a sentence.
    """
    by_key = {subject.key: subject for subject in subjects}
    wish, embedder = run.wish, means.embedder
    embed = embedder.embed_texts if embedder is not None else None
    if run.way == "facts":
        return Made(FactSorting(wish, about(wish.criterion), material, by_key, embed), None)
    if run.way == "words":
        if embedder is None:
            raise ValueError("The model that compares photos with words is not there.")
        words, vectors = candidates(wish, embedder), material.vectors(subjects)
        about_what = facet(about(wish.criterion))
        return Made(WordSorting(wish, words, embedder, vectors, about_what, narrower), None)
    if run.way == "captions":
        if embedder is None or embed is None:
            raise ValueError("There is no model that makes vectors of texts.")
        return Made(CaptionSorting(wish, embed, embedder.name), _texts(wish, material, subjects))
    if means.model is None:
        raise ValueError(means.no_model)
    if run.way == "vision" and not means.model.sees:
        raise ValueError(f"{means.model.name} does not look at pictures.")
    asker = Asker(means.model, store, stop, material.load, attempts=run.attempts)
    sorting = ModelSorting(asker, wish, run.way, by_key)
    described = None if run.way == "vision" else _texts(wish, material, subjects)
    return Made(sorting, described)


def _texts(wish: Wish, material: Material, subjects: Sequence[Subject]) -> dict[str, str]:
    captions = material.captions(subjects, wish.captions)
    return {key: text for key, (text, _) in captions.items()}
