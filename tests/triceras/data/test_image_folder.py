import shutil

import numpy as np
import pytest
from PIL import Image

from triceras.data import image_files
from triceras.data.image_folder import load
from triceras.errors import UserError
from triceras.testing.runs import column, run

RANDOM = np.random.default_rng(0)
# A colour for each class, so that there is something to learn.
COLOURS = {"blue": (20, 30, 200), "green": (30, 200, 20), "red": (200, 20, 30)}


def write(folder, count=10, size=(12, 16), ending="png"):
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            noise = RANDOM.integers(0, 50, (*size, 3))
            picture = Image.fromarray((noise + colour).astype("uint8"))
            picture.save(folder / name / f"{i:02}.{ending}")
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write(tmp_path_factory.mktemp("colours") / "colours")


def loaded(folder, **options):
    return load(path=str(folder), **({"size": [6, 8]} | options))


def all_of(data, part):
    return np.concatenate([split[part] for split in (data.train, data.validation, data.test)])


@pytest.mark.once
def test_folders_are_classes_and_each_has_its_share(folder):
    data = loaded(folder, test_size=6, validation_size=0.1)
    assert (data.name, data.classes, data.image_shape) == ("colours", 3, (6, 8, 3))
    assert data.declares == {"class_names": ["blue", "green", "red"]}
    assert data.kept == {"vocabularies": {"label": ["blue", "green", "red"]}}
    assert [len(data.train), len(data.validation), len(data.test)] == [21, 3, 6]
    for seed in range(3):
        other = loaded(folder, test_size=6, split_seed=seed).test["label"]
        assert np.bincount(other).tolist() == [2, 2, 2]
    assert data.train["image"].dtype == np.float32
    for image, label in zip(all_of(data, "image"), all_of(data, "label"), strict=True):
        assert image.mean(axis=(0, 1)).argmax() == [2, 1, 0][label]


@pytest.mark.once
def test_a_class_that_is_not_trained_on_is_told(tmp_path, caplog):
    for split in ("train", "test"):
        write(tmp_path / split, count=3)
    loaded(tmp_path, validation_size=0)
    assert not caplog.records
    (tmp_path / "test" / "red").rename(tmp_path / "test" / "Red")
    assert loaded(tmp_path, validation_size=0).classes == 4
    assert "test has pictures in Red, and train has no folder of that name" in caplog.text


@pytest.mark.once
def test_pictures_are_those_of_the_files(folder):
    data = loaded(folder, size=[12, 16], scale=False)
    known = {np.asarray(Image.open(path)).tobytes() for path in folder.rglob("*.png")}
    assert {image.tobytes() for image in all_of(data, "image")} == known
    scaled = loaded(folder, size=[12, 16])
    np.testing.assert_array_equal(all_of(scaled, "image"), all_of(data, "image") / np.float32(255))


@pytest.mark.once
def test_grey_ones_and_a_crop(folder, tmp_path):
    assert loaded(folder, grey=True).train.shape("image") == (6, 8, 1)
    # Left and right black, the middle white.
    wide = np.zeros((10, 30, 3), "uint8")
    wide[:, 10:20] = 255
    for name in "ab":
        (tmp_path / name).mkdir()
        for i in range(4):
            Image.fromarray(wide).save(tmp_path / name / f"{i}.png")
    options = {"size": [10, 10], "test_size": 2, "validation_size": 2}
    assert loaded(tmp_path, **options, resize="crop").train["image"].min() == 1
    assert loaded(tmp_path, **options).train["image"].mean() == pytest.approx(1 / 3, abs=0.05)


@pytest.mark.once
@pytest.mark.parametrize("scale", [True, False])
def test_what_is_too_large_is_decoded_when_it_is_needed(folder, scale):
    data, whole = (loaded(folder, scale=scale, memory_mb=mb) for mb in (0, 1))
    assert not data.train.in_memory(["image"])
    assert data.train.dtype("image") == whole.train.dtype("image")
    rows = np.array([3, 0, 3])
    for part in ("image", "label"):
        np.testing.assert_array_equal(data.train[part][rows], whole.train[part][rows])
        np.testing.assert_array_equal(data.test[part][:], whole.test[part])


@pytest.mark.once
def test_splits_that_are_there(tmp_path):
    write(tmp_path / "train", 4, ending="jpg")
    write(tmp_path / "test", 2, ending="JPEG")
    data = loaded(tmp_path, validation_size=3)
    assert [len(data.train), len(data.validation), len(data.test)] == [9, 3, 6]
    (tmp_path / "test").rename(tmp_path / "validation")
    assert [len(loaded(tmp_path, test_size=3).validation)] == [6]


@pytest.mark.once
def test_pictures_of_no_class(folder, tmp_path):
    for file in (folder / "blue").iterdir():
        shutil.copy(file, tmp_path / f"{9 - int(file.stem)}.png")
    data = loaded(tmp_path, size=[12, 16], scale=False, test_size=2)
    assert (data.labels, data.classes, data.image_shape) == (None, None, (12, 16, 3))
    assert list(data.train.parts) == ["image"]
    for split in (data.train, data.validation, data.test):
        for number, image in zip(split.numbers, split["image"], strict=True):
            with Image.open(tmp_path / f"{number}.png") as picture:
                np.testing.assert_array_equal(image, np.asarray(picture))


@pytest.mark.once
def test_another_file_is_other_data(folder, tmp_path):
    before = loaded(folder).sha256
    assert loaded(folder).sha256 == before
    write(tmp_path / "colours")
    assert loaded(tmp_path / "colours").sha256 != before


@pytest.mark.once
def test_what_is_no_folder_of_pictures(folder, tmp_path):
    write(tmp_path / "broken", 4)
    (tmp_path / "broken/red/00.png").write_bytes(b"no picture")
    (tmp_path / "none/red").mkdir(parents=True)
    write(tmp_path / "tests/test", 2)
    write(tmp_path / "beside", 2)
    write(tmp_path / "partly/train", 2)
    (tmp_path / "partly/test").mkdir()
    for place in ("beside", "partly/test"):
        shutil.copy(folder / "blue/00.png", tmp_path / place / "stray.png")
    for path, options, message in (
        (tmp_path / "broken", {}, "red/00.png cannot be decoded .*: take it out"),
        (tmp_path / "none", {}, "none has no pictures: give a folder"),
        (tmp_path / "nowhere", {}, "nowhere is no folder"),
        (folder.parent, {}, "colours has folders and no pictures, so it is no class"),
        (tmp_path / "tests", {}, "has a folder test and none called train"),
        (tmp_path / "beside", {}, r"has pictures \(stray.png\) beside its folders of classes"),
        (
            tmp_path / "partly",
            {},
            "some of train, test have folders of classes",
        ),
        (folder, {"size": [3]}, r"data.size=\[3\] is unknown: use \[height,width\]"),
        (folder, {"size": 3}, "data.size=3 is unknown"),
        (folder, {"resize": "pad"}, "data.resize=pad is unknown"),
        (folder, {"grey": "no"}, "data.grey=no is unknown"),
        (folder, {"test_size": 40}, "no row is left to train on"),
    ):
        with pytest.raises(UserError, match=message) as told:
            loaded(path, **options)
        assert "\n" not in str(told.value)


@pytest.mark.once
@pytest.mark.slow
def test_a_run_learns_colours(folder, tmp_path, backend):
    options = ["data=image_folder", f"data.path={folder}", "data.size=[6,8]", "batch_size=8"]
    options += ["experiment=convolutional", "epochs=null", "max_steps=20"]
    losses = {}
    for loop, memory in (("custom", 1), ("fit", 0)):
        more = [f"loop={loop}", f"data.memory_mb={memory}"]
        losses[loop, memory] = column(run(tmp_path, backend, *options, *more))
    first = losses["custom", 1]
    assert np.mean(first[-5:]) < 0.7 * np.mean(first[:3])
    for other in losses.values():
        np.testing.assert_allclose(other, first, rtol=1e-5)


@pytest.mark.once
@pytest.mark.parametrize("grey", [True, False])
def test_pictures_of_sixteen_bits_keep_their_greys(folder, tmp_path, grey):
    steps = np.linspace(0, 65535, 6 * 8).reshape(6, 8)
    for name in "abc":
        Image.fromarray(steps.astype("uint16")).save(tmp_path / f"{name}.png")
    images = all_of(loaded(tmp_path, grey=grey), "image")
    np.testing.assert_allclose(images[..., 0], [steps / 65535] * 3, atol=0.5 / 255)


@pytest.mark.once
def test_what_is_left_out_is_named(folder, tmp_path, caplog):
    shutil.copytree(folder, tmp_path / "more")
    (tmp_path / "more" / "white").mkdir()
    (tmp_path / "more" / "red" / "._00.png").write_bytes(b"not of a picture")
    Image.new("RGB", (6, 8)).save(tmp_path / "more" / "red" / "one.bmp")
    assert loaded(tmp_path / "more").classes == 3
    assert "red: 1, as one.bmp; convert them" in caplog.text
    assert "white has no PNG or JPEG files, and is not counted as a class" in caplog.text


@pytest.mark.once
def test_pictures_that_nobody_would_see_are_refused(tmp_path):
    write(tmp_path / "train")
    write(tmp_path / "val", count=1)
    with pytest.raises(UserError, match="has pictures in val beside train: only train, validation"):
        loaded(tmp_path)
    (tmp_path / "val").rename(tmp_path / "validation")
    (tmp_path / "notes").mkdir()
    assert len(loaded(tmp_path).validation) == 3
    write(tmp_path / "train" / "red" / "more", count=1)
    with pytest.raises(UserError, match="red has pictures, and more in it has some as well"):
        loaded(tmp_path)


@pytest.mark.once
@pytest.mark.parametrize("alpha", [255, 0])
def test_transparent_pictures_are_told_of(tmp_path, caplog, alpha, monkeypatch):
    monkeypatch.setattr(image_files, "TOLD", set())
    for i in range(6):
        Image.new("RGBA", (8, 8), (200, 100, 50, alpha)).save(tmp_path / f"{i}.png")
    image = loaded(tmp_path, test_size=2, validation_size=0, scale=False).train["image"]
    assert image[0, 0, 0].tolist() == [200, 100, 50]
    told = [record.getMessage() for record in caplog.records if "transparent" in record.message]
    assert len(told) == (alpha == 0)
