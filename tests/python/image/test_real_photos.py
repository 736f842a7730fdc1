"""Real photos: decoded, and resized as the main job does it, with Pillow's bytes."""

import tarfile

from image.comparing import Job, assert_equal


def test_photos_of_all_classes(pixels, data_dir, tmp_path):
    """Every ninth photo, which takes in all classes: more than 2,000."""
    jobs, classes, every = [], set(), set()
    with tarfile.open(data_dir / "fruits360/test.tar") as archive:
        photos = (m for m in archive if m.isfile() and m.name.endswith(".jpg"))
        for number, member in enumerate(photos):
            label = member.name.split("/")[-2]
            every.add(label)
            if number % 9 and label in classes:
                continue
            classes.add(label)
            path = tmp_path / f"{number}.jpg"
            path.write_bytes(archive.extractfile(member).read())
            jobs.append(Job(path, width=224, height=224))
    assert len(jobs) >= 2000 and classes == every
    assert_equal(pixels, jobs)
