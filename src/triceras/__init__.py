"""Triceras: write a Keras model once, train it on TensorFlow, JAX or PyTorch."""

__version__ = "0.1.0"
