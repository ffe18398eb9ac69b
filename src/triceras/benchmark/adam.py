"""What hand-written code is told of Keras's Adam."""

from typing import Any

import keras

from triceras.errors import UserError


def settings_of(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """What an optimizer does, in the names of Keras.

    Returns:
        `learning_rate`, the first one; `decay_steps`, over which it falls along half a cosine, or
        `None`, and `alpha`, the last one as a fraction of the first; `beta_1`, `beta_2`,
        `epsilon`, and `weight_decay`, which is taken off every weight.

    Raises:
        UserError: it is another one than Adam or AdamW, or its learning rate falls otherwise.
    """
    if not isinstance(optimizer, keras.optimizers.Adam):
        raise UserError(
            f"hand-written code in benchmarks/peers has Adam and AdamW, not "
            f"{type(optimizer).__name__}: use optimizer=adam, or an experiment without such code"
        )
    config = optimizer.get_config()
    rate = config["learning_rate"]
    schedule = {"learning_rate": rate, "decay_steps": None, "alpha": 0.0}
    if isinstance(rate, dict):
        if rate["class_name"] != "CosineDecay":
            raise UserError(
                f"hand-written code in benchmarks/peers has no {rate['class_name']} of a learning "
                "rate: use a number, or optimizer=adam_cosine"
            )
        falling = rate["config"]
        schedule = {
            "learning_rate": falling["initial_learning_rate"],
            "decay_steps": falling["decay_steps"],
            "alpha": falling["alpha"],
        }
    adam = {name: float(config[name]) for name in ("beta_1", "beta_2", "epsilon")}
    return {**schedule, **adam, "weight_decay": float(config["weight_decay"] or 0.0)}
