"""The one exception that a person, not a program, is meant to read."""


class UserError(Exception):
    """What is wrong, where, and what to do, in one line.

    The scripts print its message without a traceback and exit with a code that is not 0. Set
    `HYDRA_FULL_ERROR=1` to see the traceback.
    """
