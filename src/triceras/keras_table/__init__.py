"""All that Keras exports to be trained with, trained on each backend in each loop, and compared."""
