"""The words of the command line, known before its parser is imported."""

#: Words that are commands; anything else in first place is a folder to open.
COMMANDS = (
    "open",
    "demo",
    "index",
    "clusters",
    "search",
    "groups",
    "ask",
    "caption",
    "criteria",
    "map",
    "timeline",
    "list",
    "quality",
    "mark",
    "tag",
    "trash",
    "undo",
    "redo",
    "cull",
    "plan",
    "export",
    "xmp",
    "serve",
    "models",
    "vocabulary",
    "engine",
    "index-info",
    "evaluate",
    "doctor",
)

#: Options of `open` that take the next word as their value.
VALUED = ("--graphics", "--theme", "--order", "--tile", "--device", "--projection")
