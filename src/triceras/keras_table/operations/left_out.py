"""What Keras exports that is in no case, and why."""

MANY = "is read from a configuration, and computes nothing"

LEFT_OUT: dict[str, dict[str, str]] = {
    "ops": {
        "convert_to_numpy": "leaves the framework",
        "custom_gradient": "is given what it computes",
    },
    "activations": dict.fromkeys(("deserialize", "get", "serialize"), MANY),
    "losses": {**dict.fromkeys(("deserialize", "get", "serialize"), MANY), "Loss": "is the base"},
    "metrics": {
        **dict.fromkeys(("deserialize", "get", "serialize"), MANY),
        "Metric": "is the base of others",
    },
    "layers": {
        **dict.fromkeys(("deserialize", "serialize"), MANY),
        "AugMix": "draws from Python's own generator",
        **dict.fromkeys(("HashedCrossing", "Hashing", "IntegerLookup"), "is made of TensorFlow"),
        "Layer": "is the base of others",
        "Input": "computes nothing",
        "InputSpec": "computes nothing",
    },
}
