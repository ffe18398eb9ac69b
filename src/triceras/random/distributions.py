"""The distributions that replace Keras's own."""

from triceras.random.choice import categorical, dropout, shuffle
from triceras.random.gamma import beta, gamma
from triceras.random.normal import normal, truncated_normal
from triceras.random.uniform import randint, uniform

PORTABLE = {
    "beta": beta,
    "categorical": categorical,
    "dropout": dropout,
    "gamma": gamma,
    "normal": normal,
    "randint": randint,
    "shuffle": shuffle,
    "truncated_normal": truncated_normal,
    "uniform": uniform,
}

# An exact binomial sampler takes more code than anyone here has needed, so each backend keeps its
# own, and its numbers differ, of which `triceras.random.install` warns.
NATIVE = ("binomial",)
