"""Pictures in a terminal: probe and painters behind one interface."""
