"""Who answers beside the built-in assistant: models of this machine, and servers."""
