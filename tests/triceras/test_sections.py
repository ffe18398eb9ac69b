import pytest
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf, open_dict

from triceras.config import compose
from triceras.errors import UserError
from triceras.sections import GROUPS, check, settings_of_a_run

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def composed():
    return compose(["experiment=classifier", "logger=csv"])


@pytest.fixture
def config(composed):
    return composed.copy()


def refused(config):
    with pytest.raises(UserError) as caught:
        check(config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_shipped_is_in_order(config):
    check(config)


@pytest.mark.slow
def test_whatever_is_taken_out_is_named_with_its_cure(config):
    for key in {*settings_of_a_run(), *GROUPS} - {"project"}:
        less = OmegaConf.masked_copy(config, [name for name in config if name != key])
        assert refused(less).startswith(f"{key} is not set, and a run needs it: ")
    config.figures = {"format": ["png"]}
    assert refused(config).endswith("use figures=none")


@pytest.mark.parametrize(
    "key", ["model.network", "model.targets", "figures.draw", "loop.name", "backend.name"]
)
def test_a_part_of_a_group_that_is_taken_out_is_named(config, key):
    group, name = key.split(".")
    with open_dict(config):
        del config[group][name]
    assert refused(config).startswith(f"{key} is not set")


def test_a_part_that_is_misspelt_is_not_only_missing(config):
    with open_dict(config):
        config.model["targts"] = config.model["targets"]
        del config.model["targets"]
    assert refused(config) == (
        "model.targts has no effect, as nothing reads it: did you mean model.targets?"
    )


def test_what_a_model_may_be_without(config):
    with open_dict(config):
        for name in ("metrics", "evaluations"):
            del config.model[name]
        config.model.loss = None
    check(config)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model.network", 3, "model.network=3 cannot be built: give it a group of settings whose"),
        ("model.network", None, "model.network=null cannot be built"),
        ("model.network", {"units": 3}, "model.network has no _target_"),
        ("model.network", {"_target_": 3}, "model.network._target_=3 is no dotted name"),
        ("model.loss", "mse", "model.loss=mse cannot be built"),
        ("model.loss", [None, "mse"], "model.loss[1]=mse cannot be built"),
        ("model.metrics", "accuracy", "model.metrics=accuracy is no list: give one, or []"),
        ("model.metrics", [None, ["accuracy"]], "model.metrics[1][0]=accuracy cannot be built"),
        ("model.metrics", ["accuracy"], "model.metrics[0]=accuracy cannot be built"),
        ("model.evaluations", 3, "model.evaluations=3 is no group of things to build"),
        ("figures.draw", [1], "figures.draw=[1] is no group"),
        ("callback.checkpoints", 3, "callback.checkpoints=3 cannot be built"),
        ("data", {"limit": 3}, "data has no _target_"),
        ("data", 3, "data is no group of settings: use data= with one of arrays, digits"),
        ("optimizer", {}, "optimizer is empty: use optimizer=adam"),
        ("optimizer", {"a": 3}, "optimizer.a=3 cannot be built"),
        (
            "optimizer",
            {"a": {"_target_": "keras.optimizers.Adam"}, "learning_rate": 0.1},
            "optimizer.learning_rate=0.1 is set, and optimizer= is several (a): set it in each",
        ),
        ("backend.environment", 3, "backend.environment=3 is no group of variables"),
        ("monitor", 3, "monitor=3 is no text: write 'monitor=\"3\"'"),
        ("monitor", None, "monitor=null is no text: give one"),
        ("cache_dir", "", "cache_dir is empty: give one, or leave cache_dir= out"),
        ("notes", ["a"], "notes=['a'] is no text: give one"),
    ],
)
def test_a_value_of_a_wrong_kind_is_named_with_its_cure(config, key, value, message):
    OmegaConf.update(config, key, value, merge=False)
    assert refused(config).startswith(message)


@pytest.mark.slow
def test_a_key_that_nothing_reads(config, monkeypatch):
    """It is refused where it is like one that is read, and where it was typed."""

    def type_(*words):
        compose(words)
        monkeypatch.setattr(HydraConfig.instance(), "cfg", HydraConfig.instance().cfg)

    with open_dict(config):
        config.experiment = "${monitor}"
        config.width = 64
    check(config)
    type_("+width=3")
    assert refused(config) == "width has no effect, as nothing reads it: leave it out"
    config.batch_size = "${width}"
    check(config)
    type_("+model.inner.width=3")
    inner = config.copy()
    OmegaConf.update(inner, "model.inner.width", 3, force_add=True)
    assert refused(inner) == "model.inner has no effect, as nothing reads it: leave it out"
    inner.batch_size = "${model.inner.width}"
    check(inner)
    type_("seed=0")
    for key, meant in {"epoch": "epochs", "model.metrisc": "model.metrics"}.items():
        wrong = config.copy()
        OmegaConf.update(wrong, key, 3, force_add=True)
        assert refused(wrong) == (
            f"{key} has no effect, as nothing reads it: did you mean {meant}?"
        )
