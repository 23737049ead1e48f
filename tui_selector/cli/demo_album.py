"""The demo album: bursts made from photographs that installed packages ship.

scikit-image and scikit-learn bring a score of free photographs. From each a burst is made as a
camera would take it: the hand shifts a little, one frame is blurred, one is moved, the exposure
changes. Every frame carries EXIF, so that time, place and camera have something to show.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image


class PhotographMissing(Exception):  # noqa: N818
    """A photograph that the album is made from is not installed."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A photograph and the frames that are made of it.

    Attributes:
        source: File name in the package's data folder.
        name: Start of the frames' names.
        when: Time of the first frame, ISO 8601 with the offset from UTC.
        frames: What happens in each frame: see `_frame`.
        camera: Maker and model.
        place: Latitude and longitude in degrees, or None.
        exposure: Seconds, f-number, ISO of the first frame.
    """

    source: str
    name: str
    when: str
    frames: tuple[str, ...]
    camera: tuple[str, str] = ("Demo", "Compact 1")
    place: tuple[float, float] | None = None
    exposure: tuple[float, float, int] = (1 / 125, 4.0, 200)


_REFLEX = ("Demo", "Reflex 2")
_CAPE = (28.6084, -80.6043)
_BEIJING = (39.9996, 116.2755)
_BURST = ("sharp", "shift", "blur", "shift", "moved")
_STARS = (1.0, 2.8, 1600)

# fmt: off
SCENES = (
    Scene("astronaut.png", "portrait", "2025-03-14T10:02:11-05:00", (*_BURST, "dark"), _REFLEX, _CAPE),
    Scene("rocket.jpg", "launch", "2025-03-14T18:46:03-05:00", (*_BURST, "turned"), _REFLEX, _CAPE),
    Scene("chelsea.png", "cat", "2025-05-02T08:15:40+01:00", (*_BURST, "bright")),
    Scene("coffee.png", "coffee", "2025-05-02T08:31:05+01:00", _BURST),
    Scene("motorcycle_left.png", "garage", "2025-05-11T15:09:30+02:00", ("sharp", "shift", "blur")),
    Scene("motorcycle_right.png", "garage_right", "2025-05-11T15:09:36+02:00", ("sharp", "moved")),
    Scene("china.jpg", "palace", "2025-07-20T12:01:00+08:00", ("sharp", "dark", "bright"), _REFLEX, _BEIJING),
    Scene("china.jpg", "palace_evening", "2025-07-20T19:12:08+08:00", ("evening", "shift", "blur"), _REFLEX, _BEIJING),
    Scene("flower.jpg", "flower", "2025-07-21T09:40:22+08:00", (*_BURST, "bright"), _REFLEX, _BEIJING),
    Scene("camera.png", "street", "2025-09-06T16:20:00+02:00", ("sharp", "shift", "blur", "moved")),
    Scene("horse.png", "horse", "2025-09-06T17:05:00+02:00", ("alpha",)),
    Scene("moon.png", "moon", "2025-11-05T22:30:00+01:00", ("sharp", "blur", "dark"), _REFLEX),
    Scene("hubble_deep_field.jpg", "stars", "2025-11-05T23:02:00+01:00", ("sharp", "shift"), _REFLEX, None, _STARS),
    Scene("coins.png", "coins", "2025-12-01T11:00:00+01:00", ("sharp", "shift")),
    Scene("page.png", "letter", "2025-12-01T11:04:00+01:00", ("sharp",)),
    Scene("brick.png", "wall", "2025-12-01T13:00:00+01:00", ("sharp",)),
    Scene("gravel.png", "path", "2025-12-01T13:04:00+01:00", ("sharp",)),
    Scene("grass.png", "lawn", "2025-12-01T13:06:00+01:00", ("sharp",)),
)
# fmt: on


def write_album(target: Path) -> Iterator[str]:
    """Write the album into `target`, giving the name of each file once it is there."""
    from PIL import Image

    for scene in SCENES:
        with Image.open(_source(scene.source)) as opened:
            original = opened.copy()
        for index, what in enumerate(scene.frames):
            alpha = what == "alpha"
            name = f"{scene.name}_{index + 1:02}{'.png' if alpha else '.jpg'}"
            exif = _exif(scene, index, what)
            if alpha:
                original.save(target / name, exif=exif)
            else:
                frame = _frame(original.convert("RGB"), what, index)
                frame.save(target / name, quality=92, exif=exif)
            yield name
    with Image.open(_source("china.jpg")) as opened:
        _write_video(opened.convert("RGB"), target / "palace_walk.mp4")
    yield "palace_walk.mp4"
    whole = (target / "coffee_01.jpg").read_bytes()
    (target / "card_error.jpg").write_bytes(whole[:200])
    yield "card_error.jpg"
    shutil.copyfile(target / "cat_01.jpg", target / "cat_copy.jpg")
    yield "cat_copy.jpg"


def _source(name: str) -> Path:
    """Where an installed package keeps one of its photographs."""
    from importlib.resources import files

    for package, folder in (("skimage", "data"), ("sklearn", "datasets/images")):
        path = Path(str(files(package).joinpath(folder, name)))
        if path.is_file():
            return path
    raise PhotographMissing(
        f"The photograph {name} is missing from scikit-image and scikit-learn; reinstall them."
    )


def _frame(image: Image.Image, what: str, index: int) -> Image.Image:
    """One frame of a burst: the hand shifts it, and `what` happens to it."""
    from PIL import Image, ImageEnhance, ImageFilter

    width, height = image.size
    margin = max(width // 40, 2)
    dx, dy = (index * 7) % margin, (index * 5) % margin
    frame = image.crop((dx, dy, width - margin + dx, height - margin + dy))
    if what == "blur":
        frame = frame.filter(ImageFilter.GaussianBlur(width / 250))
    elif what == "moved":
        reach = max(width // 60, 3)
        moved = frame.copy()
        for step in range(1, reach):
            shifted = frame.transform(
                frame.size, Image.Transform.AFFINE, (1, 0, step, 0, 1, 0), fillcolor=None
            )
            moved = Image.blend(moved, shifted, 1 / (step + 1))
        frame = moved.crop((0, 0, frame.width - reach, frame.height))
    elif what == "dark":
        frame = ImageEnhance.Brightness(frame).enhance(0.35)
    elif what == "bright":
        frame = ImageEnhance.Brightness(frame).enhance(1.9)
    elif what == "evening":
        red, green, blue = ImageEnhance.Brightness(frame).enhance(0.8).split()
        frame = Image.merge(
            "RGB",
            (red.point(lambda v: min(255, int(v * 1.25))), green, blue.point(lambda v: v * 0.7)),
        )
    elif what == "turned":
        frame = frame.transpose(Image.Transpose.ROTATE_90)
    return frame


def _exif(scene: Scene, index: int, what: str) -> Image.Exif:
    """What the camera wrote into a frame (Exif 3.0, CIPA DC-008)."""
    from PIL import ExifTags, Image

    base, detail = ExifTags.Base, ExifTags.IFD.Exif
    taken = datetime.fromisoformat(scene.when) + timedelta(milliseconds=280 * index)
    seconds, aperture, iso = scene.exposure
    bias = {"dark": -2.0, "bright": 2.0}.get(what, 0.0)
    exif = Image.Exif()
    exif[base.Make], exif[base.Model] = scene.camera
    exif[base.DateTime] = taken.strftime("%Y:%m:%d %H:%M:%S")
    if what == "turned":
        exif[base.Orientation] = 6
    exif.get_ifd(detail).update(
        {
            base.DateTimeOriginal: taken.strftime("%Y:%m:%d %H:%M:%S"),
            base.SubsecTimeOriginal: f"{taken.microsecond // 1000:03}",
            base.OffsetTimeOriginal: scene.when[-6:],
            base.ExposureTime: seconds * 2**bias,
            base.FNumber: aperture,
            base.ISOSpeedRatings: iso,
            base.ExposureBiasValue: bias,
            base.FocalLength: 50.0,
            base.BodySerialNumber: f"{len(scene.camera[1]):04}",
            base.LensModel: "Demo 50 mm f/1.8",
        }
    )
    if scene.place:
        latitude, longitude = scene.place
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _sexagesimal(latitude),
                ExifTags.GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _sexagesimal(longitude),
            }
        )
    return exif


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    """Degrees, minutes and seconds of an angle's size."""
    minutes, seconds = divmod(round(abs(degrees) * 3600, 2), 60)
    whole, minutes = divmod(minutes, 60)
    return whole, minutes, seconds


def _write_video(image: Image.Image, path: Path) -> None:
    """A pan over a photograph: two seconds, 24 frames each, MPEG-4."""
    import av

    width, height = 480, 320
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 2_000_000
        for step in range(48):
            left = step * (image.width - width) // 47
            part = image.crop((left, 60, left + width, 60 + height))
            frame = av.VideoFrame.from_image(part)  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
