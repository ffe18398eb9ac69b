"""Every operation, loss, metric and layer of Keras, computed in each way of each backend."""
