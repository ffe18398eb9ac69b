"""Portable randomness: the same numbers on TensorFlow, JAX, PyTorch and NumPy.

Nothing here imports Keras until it is asked for tensors, so that the host can draw without it.
"""
