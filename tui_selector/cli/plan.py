"""Commands about plan files: look at one, carry it out, take it back. They need no engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui_selector.cli.albums import catalog_of, outcome_fields
from tui_selector.cli.decide import tell
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import emit, json_option, path_fields, say
from tui_selector.library.display import printable

if TYPE_CHECKING:
    from tui_selector.library.decisions.execution import Refusal
    from tui_selector.library.decisions.plan_file import Proposal, Proposed, Verb
    from tui_selector.library.decisions.proposing import Planned

#: What is done, in the order in which it is shown.
_VERBS: tuple[Verb, ...] = ("trash", "reject", "pick", "keep")

#: Photos and refusals that are named before a question.
_NAMED = 12

_file = click.argument("file", type=click.Path(path_type=Path))


@click.group("plan", short_help="Look at a plan file, carry it out, take it back.")
def plan() -> None:
    """Look at a plan file, carry it out, take it back.

    A plan file, as `tui-selector cull` writes it, says what is to be done with which photos and
    why; nothing is done before `plan apply`. It may be edited: a line that is taken out is a photo
    that is left as it is.
    """


@plan.command("show")
@_file
@click.option("--all", "everything", is_flag=True, help="Photos that are kept, too, and why.")
@json_option
def show(file: Path, everything: bool, as_json: bool) -> None:
    """Print what the plan FILE would do, with the reasons.

    The exit code is 0, or 2 when FILE is no plan.
    """
    proposal = read_plan(file)
    if as_json:
        emit(proposal_fields(proposal))
        return
    say(summary(proposal))
    say(_listed(proposal, everything=everything))


@plan.command("apply")
@_file
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would be done and what refused.")
@json_option
def apply_plan(file: Path, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Do what the plan FILE says, after a question.

    A photo that has changed, moved or been picked since the plan was made is left as it is, with a
    sentence; the others are done. `tui-selector plan undo FILE` takes it all back.

    The exit code is 0 when every photo is as the plan says, 1 when some are not or the question
    was answered with no, and 2 when FILE is no plan, or is about a folder that is not there.
    """
    proposal = read_plan(file)
    folder = _folder(proposal)
    asks = not (yes or dry_run)
    if asks and (as_json or not sys.stdin.isatty()):
        raise CommandError("There is nobody to ask; say --yes, or --dry-run to see more.", 2)
    with catalog_of(folder, refresh=True) as catalog:
        from tui_selector.library.decisions.decisions import Decisions
        from tui_selector.library.decisions.moves import RefusedError
        from tui_selector.library.decisions.proposing import plan_proposal

        try:
            planned = plan_proposal(catalog, proposal)
        except RefusedError as error:
            raise CommandError(str(error), 2) from error
        if dry_run:
            _report_dry(planned, as_json)
            return
        if asks:
            _ask(proposal, planned)
        outcome = Decisions(catalog).apply_proposal(proposal)
        ids = [action.photo.id for action in outcome.plan.actions if hasattr(action, "photo")]
    tell(folder, ids)
    if as_json:
        emit({**outcome_fields(outcome), "settled": planned.settled})
    else:
        if outcome.plan.actions or not outcome.refused:
            title = outcome.plan.title or "Nothing was left to do"
            say(f"{title}: {outcome.done:,} done.{_settled(planned)}")
        if outcome.done:
            say(f"`tui-selector plan undo {printable(str(file))}` takes it back.")
    _complain(outcome.refused)


@plan.command("undo")
@_file
@json_option
def undo_plan(file: Path, as_json: bool) -> None:
    """Take back what the plan FILE did, also after other decisions.

    What was decided anew since stays as it is, with a sentence. The exit code is 0 when all was
    taken back, 1 when something was not or nothing had been done, 2 when FILE is no plan.
    """
    proposal = read_plan(file)
    folder = _folder(proposal)
    with catalog_of(folder) as catalog:
        from tui_selector.library.decisions.decisions import Decisions

        outcome = Decisions(catalog).undo(proposal.id)
    if outcome is None:
        raise CommandError(
            f"Nothing of the plan {printable(str(file))} stands: it was not applied, or was taken "
            "back."
        )
    tell(folder, [action.photo.id for action in outcome.plan.actions if hasattr(action, "photo")])
    if as_json:
        emit(outcome_fields(outcome))
    else:
        say(f"{outcome.plan.title}: {outcome.done:,} taken back.")
    _complain(outcome.refused)


# -- shared with `cull` --------------------------------------------------------------------------


def summary(proposal: Proposal) -> list[str]:
    """Lines that say what a plan is about and how many photos it does what with."""
    from tui_selector.library.decisions.proposing import counted

    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(proposal.made))
    rules = f" by the rules: {printable(proposal.rules)}" if proposal.rules else ""
    numbers = counted(proposal.photos)
    counts = ", ".join(f"{verb} {numbers[verb]:,}" for verb in _VERBS if numbers[verb])
    return [
        f"Plan for {printable(str(proposal.library))}, made {made}{rules}.",
        f"{counts[:1].upper()}{counts[1:]}." if counts else "It does nothing.",
    ]


def proposal_fields(proposal: Proposal) -> dict[str, Any]:
    """A plan file for JSON: the fields of its lines."""
    return {
        "id": proposal.id,
        "library": path_fields(str(proposal.library)),
        "made": proposal.made,
        "rules": proposal.rules,
        "keep": proposal.keep,
        "photos": [
            {
                **path_fields(photo.path),
                "hash": photo.hash.hex(),
                "action": photo.action,
                "reasons": list(photo.reasons),
                "instead": photo.instead.hex() if photo.instead else None,
            }
            for photo in proposal.photos
        ],
    }


def read_plan(file: Path) -> Proposal:
    """
    Raises:
        CommandError: It is no plan file.
    """
    from tui_selector.library.decisions.plan_file import PlanFileError, read

    try:
        return read(file.expanduser())
    except PlanFileError as error:
        raise CommandError(str(error), 2) from error


# -- parts ---------------------------------------------------------------------------------------


def _folder(proposal: Proposal) -> Path:
    """The folder that a plan is about, which is one that was opened before.

    Raises:
        CommandError: It is not there, or never was a library.
    """
    from tui_selector.paths import library_paths

    shown = printable(str(proposal.library))
    if not proposal.library.is_dir():
        raise CommandError(f"The folder that the plan is about is not there: {shown}.", 2)
    if not library_paths(proposal.library).catalog.exists():
        raise CommandError(
            f"The plan is about {shown}, which tui-selector has never looked at; nothing was done.",
            2,
        )
    return proposal.library


def _ordered(proposal: Proposal) -> Iterator[Proposed]:
    for verb in _VERBS:
        yield from (photo for photo in proposal.photos if photo.action == verb)


def _listed(proposal: Proposal, *, everything: bool) -> Iterator[str]:
    for photo in _ordered(proposal):
        if photo.action != "keep" or everything:
            yield f"{photo.action:<6} {printable(photo.path)}"
            yield from (f"         {printable(reason)}" for reason in photo.reasons)


def _settled(planned: Planned) -> str:
    return f" {planned.settled:,} were so already." if planned.settled else ""


def _report_dry(planned: Planned, as_json: bool) -> None:
    """Say what would be done; what would be refused makes the command fail."""
    from tui_selector.library.decisions.plan import path_of

    paths = [path_of(action) for action in planned.plan.actions]
    if as_json:
        emit(
            {
                "title": planned.plan.title,
                "would_do": [path_fields(path) for path in paths],
                "settled": planned.settled,
                "refused": [
                    {**path_fields(refusal.path), "reason": refusal.sentence}
                    for refusal in planned.refused
                ],
            }
        )
    else:
        title = planned.plan.title or "Nothing to do"
        say(f"{title}: {len(paths):,} would be done.{_settled(planned)}")
    _complain(planned.refused)


def _ask(proposal: Proposal, planned: Planned) -> None:
    """Show what is going to happen and ask.

    Raises:
        CommandError: The answer is no.
    """
    from tui_selector.library.decisions.plan import path_of

    say(summary(proposal))
    going = {path_of(action) for action in planned.plan.actions}
    if not going:
        return
    shown = [photo for photo in _ordered(proposal) if photo.path in going]
    for photo in shown[:_NAMED]:
        say(f"{photo.action:<6} {printable(photo.path)}  {printable(' '.join(photo.reasons))}")
    if len(shown) > _NAMED:
        say(f"and {len(shown) - _NAMED:,} more; `tui-selector plan show` prints them all.")
    if planned.refused:
        say(f"{len(planned.refused):,} do not fit any more and are left as they are.")
    if not click.confirm(f"{planned.plan.title}?", default=False, err=True):
        raise CommandError("Nothing was changed.")


def _complain(refused: Sequence[Refusal]) -> None:
    """
    Raises:
        CommandError: Something was refused.
    """
    if refused:
        raise CommandError("\n".join(printable(refusal.sentence) for refusal in refused))


COMMANDS = (plan,)
