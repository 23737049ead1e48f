"""What the commands `models` say of a model, to programs and to people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from tui_selector import paths
from tui_selector.library.display import printable
from tui_selector.models import choice, folders
from tui_selector.models.embedder import ModelError
from tui_selector.models.folders import Pulled
from tui_selector.models.machine import Machine
from tui_selector.models.registry import BUILTIN, Model, known
from tui_selector.models.sizes import in_words

#: The built-in model in the list; its size is that of the program's own packages.
BUILTIN_FACTS: dict[str, Any] = {
    "name": BUILTIN,
    "hub": "",
    "pulled": True,
    "size": 0,
    "licence": "Apache-2.0",
    "commercial": True,
    "dimensions": 512,
    "languages": "English",
    "family": "",
    "remote_code": False,
    "chats": False,
    "misfit": "",
    "about": "Comes with the program; knows the 1,000 things of ImageNet.",
}


def facts_of(model: Model | None, each: Pulled | None, machine: Machine) -> dict[str, Any]:
    """A model for JSON."""
    fields: dict[str, Any] = {
        "name": model.name if model else each.name if each else "",
        "hub": model.hub if model else each.manifest.hub if each else "",
        "pulled": each is not None,
        "size": each.manifest.size if each else model.size if model else 0,
        "licence": model.licence if model else each.manifest.licence if each else "",
        "commercial": model.commercial if model else None,
        "dimensions": model.dimensions if model else 0,
        "languages": model.languages if model else None,
        "family": model.family if model else "",
        "remote_code": model.remote_code if model else False,
        "chats": model.chats if model else False,
        "misfit": choice.misfit(model, machine) if model else None,
        "about": model.about if model else "",
    }
    if each:
        fields["folder"] = str(each.folder)
        fields["revision"] = each.manifest.revision
        try:
            contents = folders.examine(each.folder)
        except ModelError as error:
            fields["problem"] = str(error)
        else:
            fields["dimensions"] = contents.dimensions or fields["dimensions"]
            fields["family"] = contents.family
            fields["remote_code"] = contents.remote_code
            fields["chats"] = contents.chats
    elif model:
        fields["revision"] = model.revision
    return fields


def pulled_as(name: str) -> Pulled | None:
    """What was pulled of a model, by its short name or its id on the hub."""
    model = known(name)
    hub = model.hub if model else name
    return next((e for e in folders.pulled(paths.models_folder()) if e.manifest.hub == hub), None)


def facts_by_name(name: str, machine: Machine) -> dict[str, Any]:
    """A model for JSON, by a name or the folder that it is in.

    Raises:
        ModelError: There is no model of that name.
    """
    if name == BUILTIN:
        return dict(BUILTIN_FACTS)
    model, each = known(name), pulled_as(name)
    if model or each:
        return facts_of(model, each, machine)
    folder = Path(name).expanduser()
    if folder.is_dir():
        contents = folders.examine(folder)
        return {"name": str(folder.resolve()), **msgspec.structs.asdict(contents)}
    if folders.is_hub_id(name):
        raise ModelError(
            f"{printable(name)} is not on this machine, and only `tui-selector models pull` asks "
            "the hub about it."
        )
    raise ModelError(
        f"There is no model {printable(name)}; `tui-selector models list` prints those that are."
    )


def lines_of(fields: dict[str, Any], machine: Machine) -> Iterator[str]:
    """A model for people."""
    yield printable(fields["name"])
    if fields.get("about"):
        yield f"  {fields['about']}"
    if fields.get("hub"):
        revision = fields.get("revision") or "the newest"
        yield f"  on the hub   {printable(fields['hub'])}, revision {printable(revision)}"
    about = "" if fields.get("pulled", True) else "about "
    if fields["size"]:
        yield f"  size         {about}{in_words(fields['size'])}"
    if "licence" in fields:
        use = {True: "", False: ", not for commercial use", None: ""}[fields["commercial"]]
        yield f"  licence      {printable(fields['licence'] or 'not named')}{use}"
    if fields["chats"]:
        yield "  does         answers questions about photos"
    else:
        yield f"  dimensions   {fields['dimensions'] or 'not named'}"
    if fields.get("languages"):
        yield f"  languages    {fields['languages']}"
    yield f"  family       {printable(fields['family'] or 'its own')}"
    if fields["remote_code"]:
        yield "  code         runs code that comes with it: --trust-remote-code"
    if "pulled" in fields:
        there = fields.get("folder") or ("yes" if fields["pulled"] else "no")
        yield f"  here         {printable(there)}"
    if fields.get("misfit") is not None:
        memory = in_words(machine.memory)
        fit = f"no, it {fields['misfit']}" if fields["misfit"] else "yes"
        yield f"  fits         {fit} ({machine.device}, {memory} of memory)"
    if "problem" in fields:
        yield f"  problem      {fields['problem']}"
    if "spoilt" in fields:
        spoilt = ", ".join(map(printable, fields["spoilt"]))
        yield f"  files        {f'changed: {spoilt}; pull it again' if spoilt else 'all as pulled'}"
