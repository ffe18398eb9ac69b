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
    ("layer", "ContrastLimitedAdaptiveHistogramEqualization"): (
        "on PyTorch Keras counts in whole numbers, and so rounds its limit to 0"
    ),
    ("layer", "GRU stateful"): STATEFUL,
    ("layer", "HashedCrossing"): LOOKUP,
    ("layer", "Hashing"): LOOKUP,
    ("layer", "IntegerLookup"): LOOKUP,
    ("layer", "LSTM stateful"): STATEFUL,
    ("layer", "RandAugment"): (
        "rounds to whole colours, where the last bit decides for one or the next"
    ),
    ("layer", "RandomElasticTransform"): (
        "Keras draws its field by each framework's own generator, whatever the seed; fit on JAX "
        "cannot trace it"
    ),
    ("layer", "SimpleRNN stateful"): STATEFUL,
    ("optimizer", "Nadam clipvalue"): (
        "one loss of PyTorch's fit is 1.03e-5 off, of which Keras has a code of its own there"
    ),
}
