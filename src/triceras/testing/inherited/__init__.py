"""The tests that whatever a project adds gets by itself.

A file of one line runs them, in the tests of the project's own package:

    from triceras.testing.inherited.tests import *

Every model, experiment and data set of `conf/`, and every layer and loss that the package of
`[tool.triceras] lab` defines, is found, and tried on its own data. What is to be different for one
of them is said under `tests` in its YAML file; see `triceras.testing.inherited.deviations`.
"""
