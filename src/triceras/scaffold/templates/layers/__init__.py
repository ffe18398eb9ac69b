"""Layers, one a file; configurations name them by `_target_`."""
