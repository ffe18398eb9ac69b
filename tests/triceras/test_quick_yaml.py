import pytest
import yaml
from omegaconf import OmegaConf, _utils

from triceras import quick_yaml
from triceras.config import PACKAGE
from triceras.quick_yaml import Reader, loaders, make_loader, read_quickly

pytestmark = [pytest.mark.once, pytest.mark.skipif(not yaml.__with_libyaml__, reason="no libyaml")]

TEXTS = (
    "",
    "a: 1e-3\nb: [1, 2.5, .inf, yes, ~, '3']\nc: 2020-01-01\nd: ${a}\n",
    "a: &x {b: 0x1F, c: 1_000}\nd: *x\ne: |\n  two\n  lines\n",
    "- π\n- 1:30\n- null\n- !!str 5\n",
)
FAULTS = (
    "a: 1\na: 2\n",
    "a: [1, 2\n",
    "a: b: c\n",
    "a:\n\t- 1\n",
    "a: 'x\n",
    "a: @b\n",
    "a: \x01\n",
)


@pytest.fixture(autouse=True)
def read_by_libyaml(monkeypatch):
    monkeypatch.setattr(_utils, "get_yaml_loader", make_loader)
    read_quickly()


@pytest.mark.parametrize("text", TEXTS)
def test_it_reads_what_omegaconf_does(text):
    assert yaml.load(text, Reader) == yaml.load(text, make_loader())


def test_the_packages_own_files():
    files = sorted(PACKAGE.rglob("*.yaml"))
    assert len(files) > 20
    for file in files:
        # Configurations are compared as they are written: `==` of OmegaConf resolves them, and what
        # is drawn anew each time, `${unique_id:}`, is then another one where some test knows of it.
        found = OmegaConf.to_container(OmegaConf.load(file))
        wanted = OmegaConf.create(yaml.load(file.read_text(), make_loader()))
        assert found == OmegaConf.to_container(wanted)


@pytest.mark.parametrize("text", FAULTS)
def test_faults_are_told_in_the_words_of_pyyaml(text, tmp_path):
    file = tmp_path / "broken.yaml"
    file.write_text(text)
    with pytest.raises(yaml.YAMLError) as found:
        OmegaConf.load(file)
    with file.open() as stream, pytest.raises(yaml.YAMLError) as wanted:
        yaml.load(stream, make_loader())
    assert str(found.value) == str(wanted.value)
    assert str(file) in str(found.value)


def test_what_is_good_is_read_once(monkeypatch):
    quick, own = loaders()
    assert issubclass(quick, yaml.CSafeLoader)
    assert issubclass(own, yaml.SafeLoader)
    monkeypatch.setattr(quick_yaml, "loaders", lambda: (quick, None))
    assert OmegaConf.create("a: 1") == {"a": 1}
