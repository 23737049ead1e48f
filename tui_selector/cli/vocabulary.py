"""The command that shows which words models look for in photos."""

from __future__ import annotations

import click

from tui_selector import paths
from tui_selector.cli.failure import CommandError
from tui_selector.cli.output import emit, json_option, say
from tui_selector.library.display import printable


@click.command(short_help="Show the words that become tags, yours among them.")
@click.option("--all", "everything", is_flag=True, help="Also the words that come with it.")
@json_option
def vocabulary(everything: bool, as_json: bool) -> None:
    """Show which words a pulled model looks for in photos, to make tags of them.

    \b
    Words of your own stand in a text file, one a line:
      our boat: a small wooden rowing boat
      birthday cake
    The part behind the colon is what the model is asked; the part before it is the tag. Photos that
    are indexed already get the new tags when the engine starts next (`tui-selector engine stop`).
    The built-in model knows the classes of ImageNet and no other words.
    """
    from tui_selector.models.embedder import ModelError
    from tui_selector.models.vocabulary import facets, own_list, owner_list

    file = paths.vocabulary_file()
    try:
        own = owner_list(file)
    except ModelError as error:
        raise CommandError(str(error)) from error
    ours = own_list() if everything else ()
    if as_json:
        words = [
            {"tag": label.tag, "asked": label.asked, "facet": label.facet}
            for label in (*own, *ours)
        ]
        emit({"file": str(file), "words": words})
        return
    shown = printable(str(file))
    count = {0: "No words", 1: "One word"}.get(len(own), f"{len(own)} words")
    say([f"{count} of your own in {shown}"])
    say(f"  {printable(label.tag)}: {printable(label.asked)}" for label in own)
    for facet, tags in facets(ours).items():
        say([f"{facet}: {', '.join(tags)}"])


COMMANDS = (vocabulary,)
