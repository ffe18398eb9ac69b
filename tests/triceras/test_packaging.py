import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import triceras
from triceras.backend import BACKENDS

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
DYNAMIC = PYPROJECT["tool"]["setuptools"]["dynamic"]
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

# What the tests need of that not everybody does.
OPTIONAL = ("mlflow", "tensorboard", "search", "ray")

# What an outer `make test` hands down would steer the inner one.
OWN_VARIABLES = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "ARGS", "BACKEND", "PYTHON")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key not in OWN_VARIABLES}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )


def installs(folder: Path, *arguments: str) -> list[str]:
    """The extras that `make` would install into an empty virtual environment, in order."""
    done = make("--dry-run", *arguments, f"VENV={folder}")
    assert done.returncode == 0, done.stderr
    return re.findall(r'"Installing (\w+) into', done.stdout)


def pins() -> dict[str, Requirement]:
    lines = [line for line in LOCK.splitlines() if line and not line.lstrip().startswith("#")]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def read(path: str) -> list[Requirement]:
    """The requirements of a file."""
    lines = (ROOT / path).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def wanted() -> list[Requirement]:
    """What the engine room asks for."""
    files = (ROOT / "src" / "triceras" / "requirements").glob("*.txt")
    return [requirement for path in sorted(files) for requirement in read(str(path))]


def installed_requirements() -> set[str]:
    """All packages here that the project needs, directly or not."""
    found: set[str] = set()
    to_see = wanted()
    while to_see:
        requirement = to_see.pop()
        name = canonicalize_name(requirement.name)
        try:
            lines = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        further = [Requirement(line) for line in lines]
        extras = requirement.extras or {""}
        for each in further:
            applies = not each.marker or any(each.marker.evaluate({"extra": e}) for e in extras)
            if applies and canonicalize_name(each.name) not in found:
                to_see.append(each)
        found.add(name)
    return found


class TestLock:
    def test_pins_are_exact(self):
        for pin in pins().values():
            (specifier,) = pin.specifier
            assert re.fullmatch(r"==[^*]+", str(specifier)), pin
            assert Version(specifier.version).local is None, pin

    def test_no_place_and_no_hash(self):
        assert not re.search(r"://|\s@\s|--hash|--index|--extra-index|--find-links", LOCK)

    @pytest.mark.parametrize("requirement", wanted(), ids=str)
    def test_pins_what_the_project_asks_for(self, requirement):
        (specifier,) = pins()[canonicalize_name(requirement.name)].specifier
        assert requirement.specifier.contains(specifier.version)

    def test_pins_nothing_that_the_project_itself_cannot_use(self):
        for requirement in read("requirements.txt"):
            pin = pins().get(canonicalize_name(requirement.name))
            for specifier in pin.specifier if pin else ():
                assert requirement.specifier.contains(specifier.version), requirement

    @pytest.mark.slow
    def test_pins_all_that_is_needed_and_here(self):
        assert "absl-py" in installed_requirements()  # Keras needs it
        assert installed_requirements() <= pins().keys()

    def test_pins_what_builds_the_project(self):
        assert "setuptools" in pins()


class TestProject:
    def test_extras(self):
        extras = {name: text["file"] for name, text in DYNAMIC["optional-dependencies"].items()}
        assert set(extras) == {*BACKENDS, "all", "benchmark", "report", "dev", *OPTIONAL}
        for backend in BACKENDS:
            assert [requirement.name for requirement in read(*extras[backend])] == [backend]
        for extra in OPTIONAL:
            assert set(extras[extra]) < set(extras["dev"])
        assert extras["all"] == [path for backend in BACKENDS for path in extras[backend]]

    def test_requirements_are_the_engine_room_s_and_the_project_s_own(self):
        assert set(PROJECT["dynamic"]) == {"version", "dependencies", "optional-dependencies"}
        base, own = DYNAMIC["dependencies"]["file"]
        assert Path(base).is_relative_to("src/triceras")
        assert own == "requirements.txt"
        files = [base, *(p for e in DYNAMIC["optional-dependencies"].values() for p in e["file"])]
        assert {str(r) for r in wanted()} == {str(r) for path in files for r in read(path)}

    def test_version_is_the_package_s(self):
        assert str(Version(triceras.__version__)) == triceras.__version__

    def test_python_versions_are_those_of_the_workflow_and_the_makefile(self):
        jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "matrix.yml").read_text())["jobs"]
        versions = jobs["backend"]["strategy"]["matrix"]["python"]
        assert " | ".join(versions) + ")" in MAKEFILE
        accepted = SpecifierSet(PROJECT["requires-python"])
        assert [f"3.{minor}" for minor in range(20) if f"3.{minor}" in accepted] == versions


class TestMakefile:
    def test_help_lists_every_target(self):
        (targets,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
        listed = re.findall(r"^  make ([\w-]+)", make().stdout, re.MULTILINE)
        assert listed == targets.split()

    @pytest.mark.parametrize(
        ("arguments", "extras"),
        [
            ([], ["jax"]),
            (["ARGS=experiment=classifier backend=torch"], ["torch"]),
            (["ARGS=-m backend=jax,torch seed=1,2"], ["jax", "torch"]),
            (["ARGS=-m 'backend=tensorflow,jax'"], ["jax", "tensorflow"]),
            (["BACKEND=tensorflow"], ["tensorflow"]),
            (["BACKEND=all"], ["jax", "tensorflow", "torch"]),
        ],
    )
    def test_train_installs_only_the_backends_that_it_uses(self, tmp_path, arguments, extras):
        assert installs(tmp_path, "train", *arguments) == extras

    def test_train_trains_on_the_backend_that_it_installs(self, tmp_path):
        command = make("--dry-run", "train", "BACKEND=torch", f"VENV={tmp_path}").stdout
        assert "scripts/train.py backend=torch" in command

    def test_test_installs_all_backends_or_the_one_asked_for(self, tmp_path):
        assert installs(tmp_path, "test") == [*BACKENDS, "benchmark", "report", "dev"]
        assert installs(tmp_path, "test", "BACKEND=torch") == ["torch", "report", "dev"]

    def test_setup_installs_what_reports_and_searches_need_and_training_does_not(self, tmp_path):
        assert installs(tmp_path, "setup") == ["jax", "report", "search"]
        assert installs(tmp_path, "report") == ["report"]

    def test_benchmark_installs_what_native_code_needs(self, tmp_path):
        assert installs(tmp_path, "benchmark") == [*BACKENDS, "benchmark"]
        assert installs(tmp_path, "benchmark", "BACKEND=torch") == ["torch"]

    def test_parity_compares_all_backends_or_those_asked_for(self, tmp_path):
        assert installs(tmp_path, "parity") == [*BACKENDS]
        assert installs(tmp_path, "parity", "BACKEND=jax,torch") == ["jax", "torch"]
        command = make(
            "--dry-run", "parity", "BACKEND=jax,torch", "ARGS=experiment=autoencoder"
        ).stdout
        assert "scripts/parity.py backends=jax,torch experiment=autoencoder" in command

    def test_what_is_installed_is_left_alone(self, tmp_path):
        (tmp_path / "extras").mkdir()
        for name in ("ready", "extras/jax"):
            (tmp_path / name).touch()
        assert installs(tmp_path, "train") == []
        assert installs(tmp_path, "train", "BACKEND=torch") == ["torch"]

    def test_unknown_backend(self):
        done = make("setup", "BACKEND=pytorch")
        assert done.returncode != 0
        assert "BACKEND=pytorch is unknown: use jax tensorflow torch" in done.stderr

    @pytest.mark.parametrize(("answer", "found"), [("3.9", "3.9"), ("", "not there")])
    def test_python_that_will_not_do(self, tmp_path, answer, found):
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\necho {answer}\n")
        python.chmod(0o755)
        done = make("train", f"VENV={tmp_path / 'venv'}", f"PYTHON={python}")
        assert done.returncode != 0
        assert f"is needed and {python} is {found}: name another" in done.stderr
        assert not (tmp_path / "venv").exists()


def test_ci_is_what_a_person_would_run():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    told = (ROOT / ".ci" / "run").read_text()
    targets = ("lint", "typecheck", "project-check", "test")
    assert [word for word in re.findall(r"[a-z-]+", told) if word in targets] == list(targets)
    assert make("--dry-run", *targets, f"PYTHON={sys.executable}").returncode == 0
