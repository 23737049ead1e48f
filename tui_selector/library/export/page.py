"""A contact sheet as one HTML file that needs nothing else: no script, no font, no network.

Pictures are in it as JPEG. Names and tags are hostile: they are printable and escaped, and a
content policy in the file forbids browsers to run or fetch anything whatever it says.
"""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from tui_selector.library.catalog.catalog import Catalog
from tui_selector.library.display import printable
from tui_selector.library.export.planning import ExportPlan
from tui_selector.library.export.prints import Print, print_of
from tui_selector.library.export.writing import Progress, new_file
from tui_selector.library.pictures.thumbnails import ThumbnailStore

if TYPE_CHECKING:
    from tui_selector.library.export.execution import Exported

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 1.5rem; font: 14px/1.4 system-ui, sans-serif; }}
body {{ background: #16181d; color: #e6e6e6; }}
h1 {{ font-size: 1.2rem; }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); gap: 1rem; }}
figure {{ margin: 0; break-inside: avoid; }}
.picture {{ display: flex; height: 220px; background: #20232a; border-radius: 6px; }}
img {{ margin: auto; max-width: 100%; max-height: 100%; border-radius: 4px; }}
figcaption {{ padding: .35rem .1rem; overflow-wrap: anywhere; }}
small {{ color: #a0a4ad; display: block; }}
b {{ font-weight: 600; }}
i {{ font-style: normal; background: #2c3340; border-radius: 3px; padding: 0 .3rem; }}
@media print {{ body {{ background: #fff; color: #000; }} .picture {{ background: none; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<main>
"""
_TAIL = "</main>\n</body>\n</html>\n"


def write_page(catalog: Catalog, plan: ExportPlan, progress: Progress, done: Exported) -> None:
    """Write the sheet of a plan's photos.

    Raises:
        RefusedError: It cannot be written.
        StoppedError: The export was stopped.
    """
    count = "1 photo" if len(plan.photos) == 1 else f"{len(plan.photos):,} photos"
    title = escape(f"{printable(plan.root.name)}: {count}")
    progress.start(len(plan.photos))
    with ThumbnailStore(catalog.paths.thumbnails) as store, new_file(plan.target) as stream:
        stream.write(_HEAD.format(title=title).encode())
        for photo in plan.photos:
            stream.write(_figure(print_of(catalog, store, photo)).encode())
            progress.step(1)
        stream.write(_TAIL.encode())
        done.bytes = stream.tell()
    done.files, done.photos = 1, len(plan.photos)


def _figure(print_: Print) -> str:
    picture = "no picture"
    if print_.jpeg:
        data = base64.b64encode(print_.jpeg).decode()
        picture = f'<img alt="{escape(print_.name)}" src="data:image/jpeg;base64,{data}">'
    words = escape(" · ".join(print_.words))
    tags = " ".join(f"<i>{escape(tag)}</i>" for tag in print_.tags)
    return (
        f'<figure><div class="picture">{picture}</div><figcaption><b>{escape(print_.name)}</b>'
        f"<small>{words}</small>{tags}</figcaption></figure>\n"
    )
