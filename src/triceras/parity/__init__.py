"""One seed, one curve: whether an experiment computes the same on every backend."""
