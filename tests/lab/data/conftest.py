from triceras.testing.data_files import *
