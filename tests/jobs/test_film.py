"""Films: exact where they are APNG, flat grounds where they are GIF, as long as asked for, and whole or not there."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rnnviz.jobs.film import MOST_PIXELS, film_job, publish, refusal
from rnnviz.jobs.film_file import Palette, make_film
from rnnviz.jobs.job import run_here

WHITE, RED = (255, 255, 255), (200, 30, 30)


def frames(folder: Path, count: int, colours: int = 0) -> list[Path]:
    """A red square that moves over white; with `colours`, above a band of so many others."""
    rng = np.random.default_rng(1)
    band = rng.integers(0, 256, (colours, 3)).astype(np.uint8)
    paths = []
    for number in range(count):
        picture = np.full((40, 60, 3), 255, np.uint8)
        picture[5:15, 4 * number : 4 * number + 10] = RED
        if colours:
            picture[20:] = band[rng.integers(0, colours, (20, 60))]
        paths.append(folder / f"{number}.png")
        Image.fromarray(picture).save(paths[-1])
    return paths


def shown(path: Path) -> list[np.ndarray]:
    found = []
    with Image.open(path) as film:
        for number in range(film.n_frames):
            film.seek(number)
            found.append(np.array(film.convert("RGB")))
    return found


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB"))


@pytest.mark.parametrize("ending", [".gif", ".png", ".apng"])
def test_a_film_of_few_colours_is_exact(tmp_path: Path, ending: str) -> None:
    paths = frames(tmp_path, 6, colours=100)
    shares = list(run_here(film_job(paths, tmp_path / f"film{ending}", 0.25, 0)))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    for found, path in zip(shown(tmp_path / f"film{ending}"), paths, strict=True):
        np.testing.assert_array_equal(found, pixels(path))


def test_an_apng_of_many_colours_is_exact_and_a_gif_keeps_its_grounds(tmp_path: Path) -> None:
    paths = frames(tmp_path, 4, colours=1000)
    for ending in (".png", ".gif"):
        list(make_film([str(path) for path in paths], str(tmp_path / f"film{ending}"), 0.1, 0))
    for exact, near, path in zip(shown(tmp_path / "film.png"), shown(tmp_path / "film.gif"), paths, strict=True):
        np.testing.assert_array_equal(exact, pixels(path))
        np.testing.assert_array_equal(near[:20], pixels(path)[:20])  # white and red, the frequent ones
        assert np.abs(near.astype(int) - pixels(path).astype(int)).max() < 80  # of at most 192 for 1,000


def test_a_gif_has_one_palette_for_all_pictures(tmp_path: Path) -> None:
    list(make_film([str(path) for path in frames(tmp_path, 4, colours=1000)], str(tmp_path / "film.gif"), 0.1, 0))
    content = (tmp_path / "film.gif").read_bytes()
    assert content[10] & 0x80  # a global table of colours
    at, local = content.find(b"\x2c", 13 + 768), 0
    with Image.open(tmp_path / "film.gif") as film:
        first = film.getpalette()
        for number in range(film.n_frames):
            film.seek(number)
            local += film.tile != [] and film.palette is not None and film.mode == "P" and film.getpalette() != first
    assert at > 0
    assert local == 0


@pytest.mark.parametrize(("loops", "gif", "apng"), [(0, 0, 0), (1, None, 1), (3, 2, 3)])
def test_it_lasts_as_long_and_is_shown_as_often_as_asked_for(tmp_path, loops, gif, apng) -> None:
    """A GIF counts the repetitions, and says nothing where there is none; an APNG counts how often it is played."""
    names = [str(path) for path in frames(tmp_path, 3)]
    for ending, played in ((".gif", gif), (".png", apng)):
        list(make_film(names, str(tmp_path / f"film{ending}"), 0.25, loops))
        with Image.open(tmp_path / f"film{ending}") as film:
            assert film.n_frames == 3
            assert film.info["duration"] == 250
            assert film.info.get("loop") == played


def test_pictures_that_are_alike_stand_as_long_as_all_of_them(tmp_path: Path) -> None:
    names = [str(frames(tmp_path, 1)[0])] * 4
    list(make_film(names, str(tmp_path / "film.gif"), 0.5, 0))
    with Image.open(tmp_path / "film.gif") as film:
        durations = []
        for number in range(film.n_frames):
            film.seek(number)
            durations.append(film.info["duration"])
    assert sum(durations) == 2000


def test_the_nearest_colour_is_taken() -> None:
    palette = Palette()
    palette.take_in(np.array([[0x000000, 0xFF0000, 0x0000FF]], np.uint32))
    palette.settle()
    found = np.array(palette.picture(np.array([[0x100808, 0xE01010]], np.uint32)).convert("RGB"))
    assert found.tolist() == [[[0, 0, 0], [255, 0, 0]]]


def test_too_large_a_film_is_refused_in_words() -> None:
    assert refusal(100, 1280, 800) == ""
    said = refusal(2000, 1280, 800)
    assert "2,048 million pixels" in said
    assert f"{MOST_PIXELS // 10**6} million" in said
    assert "at most 5,000 pictures" in refusal(10_000, 10, 10)


def test_a_film_takes_its_place_only_when_it_is_whole(tmp_path: Path) -> None:
    made, out = tmp_path / "made.gif", tmp_path / "film.gif"
    out.write_text("before", encoding="utf-8")
    with pytest.raises(OSError, match=r"made\.gif"):
        publish(made, out)
    assert out.read_text(encoding="utf-8") == "before"
    made.write_text("film", encoding="utf-8")
    publish(made, out)
    assert out.read_text(encoding="utf-8") == "film"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.gif", "made.gif"]
