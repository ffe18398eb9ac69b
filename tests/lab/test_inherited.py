"""What every model, layer, data set, objective and experiment is tested for."""

from triceras.testing.inherited.tests import *  # noqa: F403
