"""Bytes overwritten at random: taken or refused as Pillow decides, with its pixels where taken."""

import random

import pytest
from image import made_files
from image.comparing import Job, assert_equal


def sources():
    # Left out: progressive files. Where a scan is damaged, libjpeg-turbo smooths blocks differently from version to version.
    files = {name: content for name, content in made_files.jpegs(40, 30).items() if "progressive" not in name}
    files |= made_files.webps(24, 18)
    files["png"] = made_files.png(24, 18, 8, 2)
    files["png interlaced"] = made_files.png(24, 18, 4, 3, interlaced=True)
    return files


SOURCES = sources()


@pytest.mark.parametrize("name", SOURCES)
def test_overwritten(pixels, tmp_path, name):
    chance = random.Random(name)
    jobs = []
    for number in range(60):
        content = bytearray(SOURCES[name])
        for _ in range(chance.choice([1, 1, 2, 5])):
            content[chance.randrange(len(content))] = chance.choice([0, 255, chance.randrange(256)])
        path = tmp_path / f"{number}"
        path.write_bytes(content)
        jobs.append(Job(path))
    assert_equal(pixels, jobs)
