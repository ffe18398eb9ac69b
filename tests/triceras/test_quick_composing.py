"""What is composed quickly is what Hydra and OmegaConf compose by themselves."""

import hydra
import pytest
from hydra._internal import config_loader_impl
from hydra._internal import defaults_list as lists
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from omegaconf import OmegaConf, base, errors, grammar_parser

from triceras import config, quick_composing
from triceras.quick_composing import compose_quickly, map_where_needed

pytestmark = pytest.mark.once

FILES = {
    "train.yaml": "defaults: [_self_, {size: big}, {shape: round}, {'size@extra': '${shape}'}]\n",
    "size/big.yaml": "edge: 10\nname: ${size.edge}-${oc.env:HOME}\n",
    "size/round.yaml": "edge: 3\n",
    "size/square.yaml": "edge: 4\n",
    "shape/round.yaml": "corners: 0\n",
    "shape/square.yaml": "defaults: [/size@more: big, _self_]\ncorners: 4\n",
}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Lists of defaults, one of which names what another one has chosen."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("TRICERAS_CONF", str(tmp_path))


@pytest.fixture(autouse=True)
def without_a_memory(monkeypatch):
    of_hydra = ConfigLoaderImpl.load_configuration.of_hydra
    monkeypatch.setattr(ConfigLoaderImpl, "load_configuration", of_hydra)
    monkeypatch.setattr(config_loader_impl, "create_defaults_list", lists.create_defaults_list)
    config.prepare_hydra()


@pytest.fixture
def maps(monkeypatch):
    """Counts the maps of choices that Hydra makes."""
    made = []

    def counted(*args):
        made.append(args)
        return own(*args)

    own = quick_composing.make_map
    monkeypatch.setattr(quick_composing, "make_map", counted)
    return made


def composed(*words):
    with hydra.initialize_config_dir(str(config.own_folder()), version_base="1.3"):
        found = hydra.compose("train", list(words), return_hydra_config=True)
        return OmegaConf.to_container(found)


@pytest.mark.parametrize("words", [(), ("shape=square",), ("size=round", "+extra.edges=2")])
def test_a_choice_in_a_list_of_defaults_is_hydras(files, maps, monkeypatch, words):
    found = composed(*words)
    # The list that has one, and no other.
    assert len(maps) == 1
    assert found["extra"]["edge"] == (4 if words == ("shape=square",) else 3)
    monkeypatch.setattr(lists, "_create_interpolation_map", quick_composing.make_map)
    assert composed(*words) == found


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("experiment=classifier", "seed=3", "+model.extra=${seed}")])
def test_the_projects_configuration_is_hydras(maps, monkeypatch, words):
    found = composed(*words)
    assert not maps
    assert lists._create_interpolation_map is map_where_needed
    monkeypatch.setattr(lists, "_create_interpolation_map", quick_composing.make_map)
    monkeypatch.setattr(base, "parse", grammar_parser.parse)
    assert composed(*words) == found
    assert len(maps) > 10


def test_what_is_parsed_once_has_the_value_of_each_time(monkeypatch):
    texts = ["${a}", "${b}-${a}", "${b.c} and ${oc.env:WHO}", "${oc.decode:${list}}", r"\${a} ${a}"]
    first = {"a": 1, "b": {"c": 2}, "list": "[1,2]"}
    second = {"a": "x", "b": {"c": "${a}"}, "list": "{y: 3}"}

    def values(given):
        monkeypatch.setenv("WHO", str(given["a"]))
        texts_of = OmegaConf.create({**given, "texts": texts})
        return OmegaConf.to_container(texts_of, resolve=True)["texts"]

    compose_quickly()
    found = [values(given) for given in (first, second, first, second)]
    monkeypatch.setattr(base, "parse", grammar_parser.parse)
    assert found == 2 * [values(first), values(second)]
    assert found[0][2] == "2 and 1"
    assert found[1][2] == "x and x"


def test_what_cannot_be_parsed_is_told_each_time():
    for _ in range(2):
        with pytest.raises(errors.GrammarParseError):
            quick_composing.parse("${a")


def test_groups_have_the_choices_that_hydra_finds(files):
    with hydra.initialize_config_dir(str(config.own_folder()), version_base="1.3"):
        loader = GlobalHydra.instance().config_loader()
        for group in ("", "size", "shape", "none"):
            for kind in ObjectType:
                found = loader.get_group_options(group, kind)
                assert found == quick_composing.get_group_options(loader, group, kind)
