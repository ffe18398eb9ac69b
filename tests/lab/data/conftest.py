from triceras.testing.data_files import *  # noqa: F403
