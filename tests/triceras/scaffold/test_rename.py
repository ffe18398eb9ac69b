import tomllib

import pytest

from triceras.config import ROOT
from triceras.errors import UserError
from triceras.scaffold.git import git as run_git
from triceras.scaffold.names import check_project_name
from triceras.scaffold.rename import named_readme, named_train, rename, renamed_text

pytestmark = pytest.mark.once

PARTS = {"models", "data"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from lab.models.a import A", "from neuro.models.a import A"),
        ("from lab import models", "from neuro import models"),
        ("import lab", "import neuro"),
        ("import lab as l, os", "import neuro as l, os"),
        ("import lab.models as m", "import neuro.models as m"),
        ("  _target_: lab.data.digits.load", "  _target_: neuro.data.digits.load"),
        ('"triceras.models" = "lab.models"', '"triceras.models" = "neuro.models"'),
        ("see src/lab/models, tests/lab.", "see src/neuro/models, tests/neuro."),
        ('serializable(package="lab")', 'serializable(package="neuro")'),
        ('logging.getLogger("lab")', 'logging.getLogger("neuro")'),
        ("serializable(package='lab')", "serializable(package='neuro')"),
        ('{"class_name": "lab>Linear"}', '{"class_name": "neuro>Linear"}'),
    ],
)
def test_what_names_the_package(before, after):
    assert renamed_text(before, "lab", "neuro", PARTS) == after
    assert renamed_text(after, "neuro", "lab", PARTS) == before


@pytest.mark.parametrize(
    "text",
    [
        "Whatever the lab trains. A lab, the lab.",
        "the lab's models",
        "brought from lab to lab, import lab results",
        "lab.example.org",
        "matlab.models, my_lab.models, collab.data",
        "other.lab.models",
        "src/laboratory, src/lab_two",
        'label = "lab"',
        "from labels import x",
        "scikit/lab.data",
    ],
)
def test_what_does_not(text):
    assert renamed_text(text, "lab", "neuro", PARTS) == text


def test_a_map_keeps_its_columns():
    text = "src/lab/        YOURS\n  layers/       all\ntests/lab/      tests\nsrc/lab/ x\n"
    assert renamed_text(text, "lab", "neuro", PARTS) == (
        "src/neuro/      YOURS\n  layers/       all\ntests/neuro/    tests\nsrc/neuro/ x\n"
    )
    assert renamed_text("src/lab/  x", "lab", "longer", PARTS) == "src/longer/ x"


def test_what_python_left_is_not_in_the_way(template):
    for wing in ("src", "tests"):
        cache = template / wing / "neuro" / "models" / "__pycache__"
        cache.mkdir(parents=True)
        (cache / "old.pyc").touch()
    check_project_name("neuro", template)
    rename(template, "neuro")
    assert (template / "src" / "neuro" / "models" / "old.py").exists()
    assert (template / "tests" / "neuro" / "models" / "test_old.py").exists()


def test_a_project(template):
    rename(template, "neuro")
    assert not (template / "src" / "lab").exists()
    assert not (template / "tests" / "lab").exists()
    read = {
        path: (template / path).read_text()
        for path in run_git(template, "ls-files").split()
        if (template / path).exists()
    }
    assert "from neuro.models import other" in read["src/neuro/models/old.py"]
    assert "from neuro.models.old" in read["tests/neuro/models/test_old.py"]
    assert "_target_: neuro.models.old.build" in read["conf/model/old.yaml"]
    assert "of the lab" in read["conf/experiment/old.yaml"]
    assert "\nproject: neuro\n" in read["conf/train.yaml"]
    assert read["README.md"].startswith("# Neuro\n")
    assert "Look into `src/neuro/models`." in read["README.md"]
    said = tomllib.loads(read["pyproject.toml"])
    assert said["project"]["name"] == "neuro"
    assert said["tool"]["triceras"]["lab"] == "neuro"
    assert said["tool"]["triceras"]["moved"] == {"lab": "neuro", "triceras.models": "neuro.models"}
    assert "# The lab's name." in read["pyproject.toml"]


def test_the_engine_room_stays(template):
    rename(template, "neuro")
    assert not run_git(template, "diff", "HEAD", "--", "src/triceras", "tests/triceras", "scripts")


def test_a_project_may_be_renamed_again(template):
    rename(template, "neuro")
    run_git(template, "add", "--all")
    rename(template, "field_two")
    said = tomllib.loads((template / "pyproject.toml").read_text())
    assert said["project"]["name"] == "field-two"
    assert said["tool"]["triceras"]["moved"]["lab"] == "neuro"
    assert said["tool"]["triceras"]["moved"]["neuro"] == "field_two"
    assert (template / "src" / "field_two" / "models" / "old.py").exists()


def test_files_that_are_no_text_stay(template, commit):
    (template / "conf" / "picture.png").write_bytes(b"\x89PNG\xff src/lab")
    commit(template)
    rename(template, "neuro")
    assert (template / "conf" / "picture.png").read_bytes() == b"\x89PNG\xff src/lab"


def test_a_readme_of_one_s_own_is_not_lost():
    rest = "\n\n## A\n\n### B\n"
    assert named_readme(f"# Triceras\n\nText.{rest}", "x").endswith(f".{rest}")
    assert named_readme("", "spiral_arms").startswith("# Spiral arms\n")


def test_a_configuration_that_names_no_project():
    with pytest.raises(UserError, match="add the line `project: <name>`"):
        named_train("seed: 0\n", "x")


def test_the_front_page_of_a_project_does_not_say_how_to_make_one():
    text = named_readme((ROOT / "README.md").read_text(), "neuro")
    assert "git clone" not in text
    assert "new.py project" not in text
    assert "## What you add\n\n```bash\npython scripts/new.py model <name>" in text
    assert "Each trains at once" in text
