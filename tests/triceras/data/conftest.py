from triceras.testing.data_files import arrays as arrays
from triceras.testing.data_files import idx_folder as idx_folder
from triceras.testing.data_files import npz_file as npz_file
from triceras.testing.data_files import options as options
from triceras.testing.data_files import refuses as refuses
