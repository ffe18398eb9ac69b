import keras
import numpy as np

from triceras.engines.versions import version_of, version_of_tensor


def test_an_assignment_makes_another_version():
    variable = keras.Variable(np.zeros((3, 2)))
    before = version_of(variable)
    assert before == version_of(variable)
    variable.assign(np.ones((3, 2)))
    # TensorFlow's steps look variables up, and need no version.
    assert (before != version_of(variable)) == (keras.backend.backend() != "tensorflow")


def test_another_tensor_of_the_same_numbers_is_the_same():
    one, two, other = (keras.ops.convert_to_tensor([1.0, x]) for x in (2.0, 2.0, 3.0))
    assert version_of_tensor(one) == version_of_tensor(two)
    assert version_of_tensor(one) != version_of_tensor(other)
    assert version_of_tensor(one) != 1.0


def test_what_counts_no_changes_has_a_version_all_the_same(backend):
    if backend != "torch":
        return
    torch = keras.backend.backend() and __import__("torch")
    with torch.inference_mode():
        tensor = torch.zeros(3)
    assert version_of_tensor(tensor) == version_of_tensor(tensor)
