import pytest

from lab.guide.coverage import Block, Count, coverage, problems, read_blocks, read_results
from triceras.errors import UserError
from triceras.testing.markdown import read_table
from triceras.testing.suite import run_suite

pytestmark = pytest.mark.once

BLOCKS = [
    Block(0, "Setup", "imports", "src/triceras/backend.py"),
    Block(1, "Layers", "weights", "conf/train.yaml", "not tracked"),
]


@pytest.fixture(scope="module")
def junit(tmp_path_factory):
    """A JUnit file that pytest itself wrote."""
    folder = tmp_path_factory.mktemp("junit")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_blocks.py").write_text(
        "import pytest\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError\n"
        "def test_of_no_block(): assert False\n"
        "@pytest.mark.parametrize('loop', ['custom', 'fit'])\n"
        "def test_block_00_holds(loop): pass\n"
        "def test_block_01_holds(): pass\n"
        "def test_block_01_fails(): assert False\n"
        "def test_block_02_has_an_error(broken): pass\n"
        "def test_block_03_is_left_out(): pytest.skip()\n"
        "def test_block_04_holds(): pass\n"
        "def test_block_04_is_left_out(): pytest.skip()\n"
    )
    run_suite("jax", [str(folder)], folder, print)
    return folder / "jax.xml"


@pytest.mark.slow
def test_results(junit):
    assert read_results(junit) == {
        0: Count(passed=2),
        1: Count(passed=1, failed=1),
        2: Count(failed=1),
        3: Count(skipped=1),
        4: Count(passed=1, skipped=1),
    }


@pytest.mark.slow
def test_results_of_a_run_that_crashed(tmp_path):
    assert read_results(tmp_path / "torch.xml") == {}


@pytest.mark.slow
def test_results_that_are_cut_off(junit, tmp_path):
    (tmp_path / "jax.xml").write_text(junit.read_text()[:-40])
    with pytest.raises(UserError, match=r"jax\.xml is not a JUnit file"):
        read_results(tmp_path / "jax.xml")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("count", "text", "good"),
    [
        (Count(), "not run", False),
        (Count(passed=3), "passed 3/3", True),
        (Count(passed=2, failed=1), "failed 1/3", False),
        (Count(passed=2, skipped=1), "passed 2/3", False),
        (Count(skipped=1), "not run", False),
    ],
)
def test_count(count, text, good):
    assert str(count) == text
    assert count.good is good


@pytest.mark.slow
def test_table(junit):
    results = {"jax": read_results(junit), "torch": {}}
    own, answer = "the guide's own code on Keras 3", "answer"
    first, second = read_table(coverage(BLOCKS, results))
    assert first == {
        "block": "0",
        "section": "Setup",
        "shows": "imports",
        answer: "[backend.py](../src/triceras/backend.py)",
        own: "",
        "jax": "passed 2/2",
        "torch": "**not run**",
    }
    assert second[answer] == "[conf/train.yaml](../conf/train.yaml)"
    assert second[own] == "fails: not tracked"
    assert second["jax"] == "**failed 1/2**"


@pytest.mark.slow
def test_problems(junit):
    results = {"jax": read_results(junit), "torch": {0: Count(passed=1)}}
    assert list(problems(BLOCKS, results)) == [
        "block 1 on jax: failed 1/2",
        "block 1 on torch: not run",
    ]


@pytest.mark.slow
def test_blocks_are_numbered_from_0(tmp_path):
    (tmp_path / "blocks.yaml").write_text(
        "- {section: Setup, shows: imports, answer: src/triceras/backend.py}\n"
        "- {section: Layers, shows: weights, answer: conf/train.yaml,"
        " fails_on_keras_3: not tracked}\n"
    )
    assert read_blocks(tmp_path / "blocks.yaml") == BLOCKS
