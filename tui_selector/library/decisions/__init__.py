"""What the owner decides: plans, their journal, undo, and the trash."""
