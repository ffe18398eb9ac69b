"""A project of one's own: its name, its files, and how the engine room beside it is renewed."""
