"""Models, one a file; `conf/model/` names them by `_target_`."""
