import inspect

import keras

from triceras.random.distributions import NATIVE, PORTABLE


def test_every_distribution_of_keras_is_accounted_for():
    """A distribution that a new Keras adds must become portable, or be named as native."""
    public = {name for name, value in inspect.getmembers(keras.random) if inspect.isfunction(value)}
    assert public == {*PORTABLE, *NATIVE}


def test_the_signatures_are_those_of_the_public_functions():
    for name, function in PORTABLE.items():
        theirs = inspect.signature(getattr(keras.random, name)).parameters.values()
        ours = inspect.signature(function).parameters.values()
        assert [(p.name, p.default) for p in ours] == [(p.name, p.default) for p in theirs], name
