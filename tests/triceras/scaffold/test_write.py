import ast

import pytest
import yaml

from triceras.errors import UserError
from triceras.scaffold.write import (
    KINDS,
    TEMPLATES,
    defaults,
    experiment_with_labels,
    filled,
    identifiers,
    place,
    write,
)

pytestmark = pytest.mark.once

PIECES = [kind for kind in KINDS if kind != "experiment"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_bears_its_own_name_alone(kind, template):
    old = {"data": "digits", "model": "old", "experiment": "first"}
    others = {other: name for other, name in old.items() if other != kind}
    paths = write(template, kind, "spiral_arms", others)
    for path in paths:
        text = (template / path).read_text()
        assert "example" not in text.lower().replace("examples", "").replace("one example", "")
        assert "triceras.scaffold" not in text
        assert "spiral_arms" in path.as_posix()
        if path.suffix == ".py":
            ast.parse(text)
        else:
            yaml.safe_load(text)


def test_a_layer_is_a_file_a_configuration_and_a_test(template):
    assert [path.as_posix() for path in write(template, "layer", "spiral_arms")] == [
        "src/lab/layers/spiral_arms.py",
        "conf/model/spiral_arms.yaml",
        "tests/lab/layers/test_spiral_arms.py",
    ]
    source = (template / "src/lab/layers/spiral_arms.py").read_text()
    assert "class SpiralArms(keras.layers.Layer):" in source
    assert 'serializable(package="lab")' in source
    test = (template / "tests/lab/layers/test_spiral_arms.py").read_text()
    assert "from lab.layers.spiral_arms import SpiralArms" in test
    assert (
        "_target_: lab.layers.spiral_arms.SpiralArms"
        in (template / "conf/model/spiral_arms.yaml").read_text()
    )


def test_every_template_is_of_some_kind():
    of_a_kind = {source for sources in KINDS.values() for source in sources}
    of_all = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.py")}
    of_all |= {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.yaml")}
    rest = {path for path in of_all - of_a_kind if not path.endswith("__init__.py")}
    assert rest == {"conf/train.yaml"}
    assert of_a_kind <= of_all


@pytest.mark.parametrize("kind", PIECES)
def test_what_exists_is_refused_and_stays(kind, template, git, commit):
    write(template, kind, "spiral_arms")
    commit(template)
    with pytest.raises(UserError, match=f"{kind} 'spiral_arms' exists: .*spiral_arms"):
        write(template, kind, "spiral_arms")
    assert not git(template, "status", "--porcelain")


def test_a_source_of_the_engine_room_is_not_taken_the_place_of(template):
    source = template / "src" / "triceras" / "conf" / "data" / "arrays.yaml"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.touch()
    with pytest.raises(UserError, match=r"data 'arrays' is one of the engine room's.*arrays\.yaml"):
        write(template, "data", "arrays")
    assert not (template / "conf" / "data" / "arrays.yaml").exists()


def test_a_model_a_layer_and_an_objective_share_their_names(template, git, commit):
    write(template, "layer", "spiral_arms")
    commit(template)
    for kind in ("model", "objective"):
        with pytest.raises(UserError, match=r"conf/model/spiral_arms\.yaml is there"):
            write(template, kind, "spiral_arms")
    assert not git(template, "status", "--porcelain")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("layer", "keras"), ("data", "np"), ("layer", "class")),
        *(("data", "keras"), ("experiment", "keras"), ("model", "omegaconf"), ("data", "triceras")),
    ],
)
def test_a_name_that_would_break_the_file(kind, name, template, git):
    with pytest.raises(UserError, match=f"'{name}'"):
        write(template, kind, name)
    assert not git(template, "status", "--porcelain")


def test_where_templates_go():
    names = {"layer": "gate"}
    places = {source: place(source, "lab", names).as_posix() for source in KINDS["layer"]}
    assert list(places.values()) == [
        "src/lab/layers/gate.py",
        "conf/model/gate.yaml",
        "tests/lab/layers/test_gate.py",
    ]


def test_names_that_are_not_given_stay():
    text = "ExampleLayer example_layer example_data triceras.scaffold.templates.layers"
    assert filled(text, "lab", {"layer": "a_b"}) == "AB a_b example_data lab.layers"


def test_words_of_prose_are_no_identifiers(tmp_path):
    path = tmp_path / "x.py"
    path.write_text('"""A spiral."""\n\nimport keras  # arms\n')
    assert identifiers(path) == {"import", "keras"}


def test_what_is_trained_by_default(template):
    assert defaults(template) == {"data": "digits", "experiment": "old"}


@pytest.mark.slow
def test_the_default_experiment_comes_first_if_it_has_labels_and_a_loss(template):
    train = template / "conf" / "train.yaml"
    before = train.read_text()
    for default, expected in (
        ("linear", "linear"),
        ("autoencoder", "classifier"),
        ("adversaries", "classifier"),
        ("none", "classifier"),
    ):
        train.write_text(before.replace("experiment: old", f"experiment: {default}"))
        assert experiment_with_labels(template) == expected
