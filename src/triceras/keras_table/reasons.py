"""Why a model does not train to one curve."""

LOOKUP = (
    "is made of TensorFlow: on PyTorch the custom loop refuses it in one line; loop=fit takes it"
)
STATEFUL = "fit on JAX would forget its state, and is refused in one line"

REASONS: dict[tuple[str, str], str] = {
    ("layer", "AugMix"): (
        "draws from Python's own generator, which a compiled step does once: refused in one line"
    ),
    ("layer", "BatchNormalization synchronized"): "Keras has it on TensorFlow alone, and says so",
    ("layer", "GRU stateful"): STATEFUL,
    ("layer", "HashedCrossing"): LOOKUP,
    ("layer", "Hashing"): LOOKUP,
    ("layer", "IntegerLookup"): LOOKUP,
    ("layer", "LSTM stateful"): STATEFUL,
    ("layer", "RandAugment"): (
        "rounds to whole colours, where the last bit decides for one or the next"
    ),
    ("layer", "SimpleRNN stateful"): STATEFUL,
}
