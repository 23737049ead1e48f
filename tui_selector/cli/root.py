"""The root of the command line: a folder is opened, a command does more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tui_selector import __version__
from tui_selector.cli.failure import CommandError, complain
from tui_selector.cli.output import FolderArgument
from tui_selector.cli.words import COMMANDS

_EPILOG = """
Photos stay where they are and nothing leaves this machine, unless you name a chat server elsewhere
and allow it. What tui-selector knows about a folder is kept outside it; `tui-selector doctor` says
where. No command deletes a photo: `trash` moves it to the desktop's trash, and `undo` brings it
back.
"""


#: Command to the module that holds it.
_MODULES = {
    "demo": "demo",
    "index": "background",
    "clusters": "background",
    "engine": "background",
    "search": "search",
    "index-info": "search",
    "groups": "groups",
    "ask": "chat",
    "caption": "caption",
    "criteria": "criteria",
    "map": "map",
    "timeline": "timeline",
    "evaluate": "evaluate",
    "list": "look",
    "quality": "quality",
    "mark": "decide",
    "tag": "tags",
    "trash": "decide",
    "undo": "decide",
    "redo": "decide",
    "cull": "cull",
    "plan": "plan",
    "export": "export",
    "xmp": "xmp",
    "serve": "serve",
    "models": "models",
    "vocabulary": "vocabulary",
    "doctor": "doctor",
}


class RootGroup(click.Group):
    """A group whose first word may also be a folder, which is then opened."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if arguments and arguments[0] not in COMMANDS:
            arguments = ["open", *arguments]
        return super().resolve_command(context, arguments)

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        # Options before the folder are those of `open`.
        own = {"--help", "-h", "--version"}
        if arguments and arguments[0].startswith("-") and arguments[0] not in own:
            arguments = ["open", *arguments]
        return super().parse_args(context, arguments)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        # A command's module is read only when the command is asked for: `open` starts quicker.
        if name not in self.commands and name in _MODULES:
            module = import_module(f"tui_selector.cli.{_MODULES[name]}")
            for command in module.COMMANDS:
                self.add_command(command)
        return super().get_command(context, name)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)


@click.group(
    cls=RootGroup,
    no_args_is_help=True,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    subcommand_metavar="FOLDER | COMMAND [ARGUMENTS]...",
)
@click.version_option(__version__, message="tui-selector %(version)s")
def root() -> None:
    """Cull a photo album in the terminal, on the machine that holds it.

    `tui-selector ~/Photos` opens a folder: its photos appear in tabs of what belongs together.
    Press `?` there for every key. The commands below do the same work without a screen.
    """


@root.command("open")
@click.argument("folder", type=FolderArgument())
@click.option(
    "--graphics",
    type=click.Choice(["auto", "kitty", "classic", "sixel", "halfcell", "off"]),
    help="How pictures are drawn; `auto` asks the terminal.",
)
@click.option(
    "--theme",
    metavar="NAME",
    help="Colours: `album`, `album-light`, or any theme listed by ctrl+p.",
)
@click.option(
    "--order", type=click.Choice(["name", "time"]), help="Photos by file name or by capture time."
)
@click.option("--tile", type=click.IntRange(1, 7), help="Size of a tile.")
@click.option(
    "--device",
    metavar="DEVICE",
    help="Where models run: auto, cpu, cuda, cuda:0,cuda:1, cuda:all, mps.",
)
@click.option(
    "--projection",
    type=click.Choice(["pacmap", "umap", "pca"]),
    help="How the map is laid out.",
)
@click.pass_context
def open_folder(context: click.Context, /, folder: Path, **flags: Any) -> None:
    """Open FOLDER on the screen."""
    from tui_selector.cli.screen import show

    context.exit(show(folder, flags))


def _usage(error: click.UsageError) -> str:
    """What makes no sense, in one line, and where it stands how it is meant."""
    said = " ".join(error.format_message().split())
    if said.startswith("Got unexpected extra argument"):
        said += "; what holds blanks stands between quotes"
    said = said if said.endswith((".", "?")) else f"{said}."
    return said if error.ctx is None else f"{said} `{error.ctx.command_path} --help` shows how."


def run(arguments: Sequence[str], *, opening: bool = False) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name.
        opening: Whether the alternate screen is already shown; it is left before any sentence.

    Returns:
        The exit code: 0 done, 1 it failed, 2 the arguments make no sense, 130 interrupted.
    """
    try:
        code = root.main(list(arguments), "tui-selector", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        return complain("Interrupted; what was done is kept.", 130, opening)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 2
    except click.UsageError as error:
        return complain(_usage(error), 2, opening)
    except click.ClickException as error:
        return complain(error.format_message(), error.exit_code, opening)
    except CommandError as error:
        return complain(str(error), error.code, opening)
    except BrokenPipeError:
        # The reader of our output has left (`| head`); its pipe must not be flushed into at exit.
        sys.stdout = None
        return 0
    return code if isinstance(code, int) else 0
