"""Data sets, one a file; `conf/data/` names them by `_target_`."""
