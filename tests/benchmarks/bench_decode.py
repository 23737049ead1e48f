"""Compare decoding for indexing with a plain Pillow loop, on photos the size of a camera's.

Run: python tests/benchmarks/bench_decode.py [number of photos]
Prints CPU milliseconds for each photo, the ratio, and the floor: reading a JPEG's entropy coding,
which no scaled decoder can leave out.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import skimage
from PIL import Image

from tui_selector.library.pictures.decode import decode, fit

SIZE = (4000, 3000)
MODEL = (256, 256)


def camera_photo(seed: int) -> bytes:
    """A real picture enlarged to 12 megapixels, with sensor noise, as a camera would store it."""
    names = ("astronaut", "coffee", "chelsea", "rocket")
    source = Image.fromarray(getattr(skimage.data, names[seed % len(names)])())
    large = np.asarray(source.resize(SIZE, Image.Resampling.BICUBIC), dtype=np.int16)
    noise = np.random.default_rng(seed).normal(0, 6, large.shape).astype(np.int16)
    stream = io.BytesIO()
    Image.fromarray((large + noise).clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=92)
    return stream.getvalue()


def plain(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        shape = (MODEL[0], MODEL[0] * image.height // image.width)
        return image.convert("RGB").resize(shape, Image.Resampling.BICUBIC)


def floor(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as image:
        image.draft("L", (1, 1))
        image.load()
        return image


def scaled(longest: int) -> Callable[[bytes], Image.Image]:
    def run(data: bytes) -> Image.Image:
        return fit(decode(Path("a.jpg"), longest=longest, data=data).image, MODEL)

    return run


def cpu_milliseconds(run: Callable[[bytes], Image.Image], data: bytes) -> float:
    start = time.thread_time()
    run(data)
    return (time.thread_time() - start) * 1000


def main() -> None:
    photos = [camera_photo(seed) for seed in range(int(sys.argv[1]) if sys.argv[1:] else 6)]
    contenders = {
        "plain Pillow": plain,
        "floor (1/8, grey)": floor,
        **{f"decode(longest={longest})": scaled(longest) for longest in (256, 512, 1024, 2048)},
    }
    for run in contenders.values():
        run(photos[0])
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(3):
        for photo in photos:
            for name, run in contenders.items():
                times[name].append(cpu_milliseconds(run, photo))
    base = statistics.median(times["plain Pillow"])
    print(f"{len(photos)} photos of 12 MP, {sum(map(len, photos)) / len(photos) / 1e6:.1f} MB each")
    for name, run in contenders.items():
        middle = statistics.median(times[name])
        if run is floor:
            print(f"{name:24} {middle:7.1f} ms CPU   {base / middle:5.2f} x plain")
            continue
        drift = [
            np.abs(np.asarray(run(photo), float) - np.asarray(plain(photo), float)).mean()
            for photo in photos[:2]
        ]
        print(
            f"{name:24} {middle:7.1f} ms CPU   {base / middle:5.2f} x plain"
            f"   mean difference {statistics.mean(drift):.2f} of 255"
        )


if __name__ == "__main__":
    main()
