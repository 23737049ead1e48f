"""The same application in a browser, through textual-serve (the extra `serve`)."""
