"""Which photos may go, by rules that the owner names, and which few are worth keeping."""
