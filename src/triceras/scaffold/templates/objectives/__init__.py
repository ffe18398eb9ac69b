"""What is minimised, one a file; `conf/model/` names it under `loss`."""
