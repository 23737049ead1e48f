"""The command line: every command, with a screen and without."""
