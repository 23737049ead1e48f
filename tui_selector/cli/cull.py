"""The command that proposes which photos may go: it writes a plan file and does nothing."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from tui_selector.analysis.cull.language import KINDS, Rule, RulesError, canonical, parse
from tui_selector.cli.albums import catalog_of
from tui_selector.cli.background import engine_of
from tui_selector.cli.failure import CommandError, pointed
from tui_selector.cli.output import FolderArgument, emit, json_option, say
from tui_selector.cli.plan import summary
from tui_selector.engine import protocol
from tui_selector.engine.group_messages import FindGroups, FoundGroups
from tui_selector.library.display import printable
from tui_selector.library.groups import GroupSetting, GroupWish
from tui_selector.library.photo import Kind, Photo, State

if TYPE_CHECKING:
    from tui_selector.analysis.cull.shots import Alike, Shot, Verdict
    from tui_selector.library.catalog.catalog import Catalog
    from tui_selector.library.decisions.plan_file import Proposal, Verb

#: Rules that go by groups, and how the engine is asked for those.
_SETTINGS: dict[str, GroupSetting] = {
    "duplicates": "duplicate",
    "bursts": "bursts",
    "similar": "similar",
}

_RULES = "\b\nRules:\n" + "\n".join(
    f"  {(kind.example if kind.least < kind.most else kind.name):<20} {kind.meaning}"
    for kind in KINDS.values()
)


class _Album(msgspec.Struct, frozen=True):
    """What is judged, and sentences on what is not.

    `photos` are those of `shots`, in the same order.
    """

    shots: list[Shot]
    photos: dict[int, Photo]
    notes: list[str]


@click.command(short_help="Propose which photos may go, as a plan file.", epilog=_RULES)
@click.argument("folder", type=FolderArgument())
@click.option("--rules", default="", metavar="RULES", help='What may go, e.g. "blurry, dark:4".')
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="Keep N photos at most.")
@click.option("--trash", is_flag=True, help="Propose the trash, instead of the flag `reject`.")
@click.option("--pick", is_flag=True, help="Propose to pick what stays.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Name of the plan file."
)
@json_option
def cull(
    folder: Path,
    rules: str,
    keep: int | None,
    trash: bool,
    pick: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    """Propose which photos of FOLDER may go, with reasons. Nothing is done to them.

    RULES are names with commas between them. A number after a colon is another threshold than the
    usual one, shown below; -NAME leaves alone what the rule fits: "similar, dark:4, -screenshots".

    With --keep, N photos stay: good ones, spread over the time and the tabs of the album. What you
    picked or gave stars to stays in any case; brackets, focus stacks and panoramas stay whole.

    The plan is written to FILE, or beside the catalog; with --json and no FILE its JSON lines are
    printed. Look at it with `tui-selector plan show`, carry it out with `tui-selector plan apply`.

    The exit code is 0 when there is a plan, 1 when photos cannot be judged or FILE cannot be
    written, and 2 when RULES make no sense.
    """
    parsed = _parsed(rules)
    if not parsed and keep is None:
        raise CommandError("Say what may go: --rules, --keep, or both.", 2)
    from tui_selector.analysis.cull.verdicts import judge

    with engine_of(folder) as client:
        client.request(protocol.Settle())
        answers: dict[str, FoundGroups] = {}
        for name in _asked(parsed, keep):
            threshold = next((rule.threshold for rule in parsed if rule.name == name), None)
            wish = GroupWish(setting=_SETTINGS[name], threshold=threshold)
            answer = client.request(FindGroups(wish=wish, counts=False))
            assert isinstance(answer, FoundGroups)
            answers[name] = answer
    with catalog_of(folder) as catalog:
        album = _album(catalog, parsed)
    verdicts = judge(album.shots, parsed, _alike(answers), keep)
    verbs: tuple[Verb, Verb] = ("pick" if pick else "keep", "trash" if trash else "reject")
    proposal = _proposal(folder, canonical(parsed), keep, album, verdicts, verbs)
    notes = [*album.notes, *dict.fromkeys(each.note for each in answers.values() if each.note)]
    for note in notes:
        sys.stderr.write(f"tui-selector: {printable(note)}\n")
    _give(folder, proposal, verdicts, output, as_json)


# -- what is judged ------------------------------------------------------------------------------


def _parsed(text: str) -> tuple[Rule, ...]:
    """
    Raises:
        CommandError: The rules cannot be understood; the column is pointed at.
    """
    try:
        return parse(text)
    except RulesError as error:
        raise CommandError(pointed(error.sentence, text, error.column, error.length), 2) from error


def _asked(rules: Iterable[Rule], keep: int | None) -> list[str]:
    """Rules whose groups are needed.

    What stays together is found among duplicates (a photo and its edits) and bursts (brackets).
    """
    wanted = {"duplicates", "bursts", *(rule.name for rule in rules)}
    if keep is not None:
        wanted.add("similar")
    return [name for name in _SETTINGS if name in wanted]


def _alike(answers: dict[str, FoundGroups]) -> list[Alike]:
    from tui_selector.analysis.cull.shots import Alike

    return [
        Alike(
            rule=name,
            kind=group.kind,
            protected=group.protected,
            why=group.why,
            photos=tuple(group.photos),
            reasons=tuple(group.reasons),
        )
        for name, answer in answers.items()
        for group in answer.groups
    ]


def _album(catalog: Catalog, rules: Sequence[Rule]) -> _Album:
    """Read what is known of the indexed photos."""
    from tui_selector.analysis.cull.shots import Shot

    everything = list(catalog.photos.all())
    photos = [
        photo
        for photo in everything
        if photo.state is State.INDEXED and photo.kind is not Kind.VIDEO and photo.hash
    ]
    ids = [photo.id for photo in photos]
    tabs = catalog.tabs.of(ids)
    names = {tab.id: tab.name for tab in catalog.tabs.all()}
    qualities = catalog.qualities.of(ids)
    shots = [
        Shot(
            id=photo.id,
            path=photo.path,
            taken=photo.taken,
            flag=photo.flag,
            rating=photo.rating,
            tab=tabs.get(photo.id, 0),
            tab_name=names.get(tabs.get(photo.id, 0), ""),
            quality=qualities.get(photo.id),
        )
        for photo in photos
    ]
    notes = []
    videos = sum(photo.kind is Kind.VIDEO for photo in everything)
    if videos:
        notes.append(f"{_number(videos, 'video')} not judged.")
    others = len(everything) - videos - len(photos)
    if others:
        notes.append(f"{_number(others, 'file')} not judged, not being indexed or readable.")
    unknown = sum(shot.quality is None or not shot.quality.side for shot in shots)
    if unknown:
        notes.append(f"{_number(unknown, 'photo')} not measured yet: no rule about pixels fits.")
    unseen = sum(shot.quality is None or shot.quality.faces is None for shot in shots)
    if unseen and any(rule.name == "closed-eyes" for rule in rules):
        notes.append(f"{_number(unseen, 'photo')} not searched for faces yet; try again later.")
    return _Album(shots, {photo.id: photo for photo in photos}, notes)


def _number(count: int, what: str) -> str:
    return f"1 {what} is" if count == 1 else f"{count:,} {what}s are"


# -- the plan ------------------------------------------------------------------------------------


def _proposal(
    folder: Path,
    rules: str,
    keep: int | None,
    album: _Album,
    verdicts: Sequence[Verdict],
    verbs: tuple[Verb, Verb],
) -> Proposal:
    """The plan file: what stays is told as well, and why.

    Args:
        verbs: What is done with what stays, and with what goes.
    """
    from tui_selector.library.decisions.plan_file import Proposal, Proposed

    stays, goes = verbs

    def hash_of(id_: int) -> bytes:
        content = album.photos[id_].hash
        assert content is not None, "only indexed photos are judged"
        return content

    return Proposal(
        id=os.urandom(8).hex(),
        library=folder,
        made=time.time(),
        rules=rules,
        keep=keep,
        photos=tuple(
            Proposed(
                path=album.photos[verdict.id].path,
                hash=hash_of(verdict.id),
                action=stays if verdict.keeps else goes,
                reasons=verdict.reasons,
                instead=None if verdict.instead is None else hash_of(verdict.instead),
            )
            for verdict in verdicts
        ),
    )


def _give(
    folder: Path,
    proposal: Proposal,
    verdicts: Sequence[Verdict],
    output: Path | None,
    as_json: bool,
) -> None:
    """Print the plan or write it, and say what it comes to.

    Raises:
        CommandError: It cannot be written.
    """
    from tui_selector.library.decisions.plan_file import PlanFileError, lines, write

    if as_json and output is None:
        for line in lines(proposal):
            emit(msgspec.Raw(line.rstrip()))
        return
    place = output.expanduser() if output else _place(folder, proposal)
    try:
        write(place, proposal)
    except PlanFileError as error:
        raise CommandError(str(error)) from error
    counts = Counter(name for verdict in verdicts for name in verdict.rules)
    kept = sum(verdict.keeps for verdict in verdicts)
    if as_json:
        emit({"plan": str(place), "stay": kept, "go": len(verdicts) - kept, "rules": counts})
        return
    say(summary(proposal))
    say(_counted(proposal, counts, kept))
    name = printable(str(place))
    say(
        [
            f"Nothing has been done. The plan is {name}",
            f"  tui-selector plan show {name}",
            f"  tui-selector plan apply {name}",
        ]
    )


def _place(folder: Path, proposal: Proposal) -> Path:
    """A new name beside the catalog of a folder.

    Raises:
        CommandError: The folder for it cannot be made.
    """
    from tui_selector.paths import library_paths

    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(proposal.made))
    plans = library_paths(folder).plans
    try:
        plans.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(
            f"The folder {printable(str(plans))} cannot be made ({error})."
        ) from error
    return plans / f"{stamp}-{proposal.id[:4]}.jsonl"


def _counted(proposal: Proposal, counts: Counter[str], kept: int) -> Iterator[str]:
    """How many photos each rule takes away; one may be taken by several."""
    from tui_selector.analysis.cull.shots import BUDGET

    for name in (*KINDS, BUDGET):
        if counts[name]:
            said = f"more than --keep {proposal.keep}" if name == BUDGET else name
            yield f"{counts[name]:>7,}  {said}"
    if proposal.keep is not None and kept > proposal.keep:
        yield f"More than {proposal.keep:,} stay, as you picked them or gave them stars."
    elif proposal.keep is not None and kept < proposal.keep:
        yield f"Fewer than {proposal.keep:,} are left to stay."


COMMANDS = (cull,)
