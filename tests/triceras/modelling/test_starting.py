import pytest
from omegaconf import OmegaConf

from triceras.config import build, compose
from triceras.errors import UserError
from triceras.modelling.build import build_model
from triceras.modelling.starting import start_from, without_weights
from triceras.testing.backbone import build_classifier

pytestmark = pytest.mark.once


def test_where_nothing_is_said_all_is_trained():
    model = build_classifier()
    start_from(model, OmegaConf.create({}))
    assert len(model.trainable_variables) == 8


def test_a_model_of_which_all_is_frozen_is_refused():
    with pytest.raises(UserError, match=r"model\.freeze=\['\*'\] leaves nothing to train"):
        start_from(build_classifier(), OmegaConf.create({"freeze": ["*"]}))


@pytest.mark.slow
def test_an_objective_of_which_all_is_frozen_is_refused():
    config = compose(["experiment=adversaries", "model.freeze=[discriminator]"])
    data = build("data", config.data)
    with pytest.raises(UserError, match=r"leaves the objective \w+ nothing to train"):
        build_model(config.model, config.optimizer, data)


def test_a_model_that_is_given_other_weights_needs_no_file():
    config = OmegaConf.create({"weights": {"path": "gone.npz"}, "freeze": ["head"]})
    model = build_classifier()
    start_from(model, without_weights(config))
    assert not model.get_layer("head").trainable
    with pytest.raises(UserError, match=r"gone\.npz: there is no such file"):
        start_from(model, config)
