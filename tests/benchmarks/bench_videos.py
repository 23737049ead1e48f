"""Compare choosing the frames that stand for a video with decoding every frame of it.

Run: python tests/benchmarks/bench_videos.py [seconds of each video]
The videos are made of real photos that the camera pans over, with cuts at known times; the codec is
H.264 where the encoder is there. Prints, for key frames at cuts (as on the web), every second (as
from a phone) and hardly any: CPU seconds of choosing and of decoding every frame on one thread, the
ratio, frames of video gone through in a second, and how many of the cuts were found.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
import skimage
from PIL import Image

from tui_selector.library.pictures.scenes import choose_moments
from tui_selector.library.pictures.video import Film

RATE, SIZE = 25, (640, 360)
NAMES = ("astronaut", "coffee", "chelsea", "rocket", "retina", "immunohistochemistry")
#: Seconds from one cut to the next, over and over.
SCENES = (3.2, 7.6, 1.6, 9.0, 2.4, 5.2)


def frames(seconds: float) -> tuple[list[float], list[tuple[int, float]]]:
    """Where the cuts are, and the scene of every frame with how far the pan has come, 0 to 1."""
    cuts, shown, scene, now = [0.0], [], 0, 0.0
    while now < seconds:
        length = SCENES[scene % len(SCENES)]
        count = round(min(length, seconds - now) * RATE)
        shown += [(scene, number / (length * RATE)) for number in range(count)]
        now += length
        scene += 1
        cuts.append(now)
    return [cut for cut in cuts if cut < seconds], shown


def record(seconds: float, key_every: int, *, keys_at_cuts: bool) -> bytes:
    """Encode a video."""
    sources = [
        np.asarray(Image.fromarray(getattr(skimage.data, name)()[..., :3]).resize((800, 600)))
        for name in NAMES
    ]
    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    stream = io.BytesIO()
    with av.open(stream, "w", format="mp4") as container:
        track = container.add_stream(codec, rate=RATE)
        assert isinstance(track, av.VideoStream)
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        track.bit_rate = 2_000_000
        track.codec_context.gop_size = key_every
        options = {"preset": "superfast"} if codec == "libx264" else {}
        track.codec_context.options = options | ({} if keys_at_cuts else {"sc_threshold": "0"})
        for number, (scene, share) in enumerate(frames(seconds)[1]):
            left, top = int(150 * share), int(200 * share)
            pixels = sources[scene % len(sources)][top : top + SIZE[1], left : left + SIZE[0]]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(track.encode(frame))
        container.mux(track.encode())
    return stream.getvalue()


def every_frame(data: bytes) -> int:
    """Decode all of it on one thread."""
    with av.open(io.BytesIO(data), "r") as container:
        container.streams.video[0].codec_context.thread_count = 1
        return len([None for _ in container.decode(video=0)])


def chosen(data: bytes) -> list[float]:
    film = Film(io.BytesIO(data))
    try:
        return choose_moments(film)
    finally:
        film.close()


def cpu_seconds(run: Callable[[], object]) -> float:
    """The better of two runs, all threads counted."""
    times = []
    for _ in range(2):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    seconds = float(sys.argv[1]) if sys.argv[1:] else 40.0
    cuts, shown = frames(seconds)
    print(f"{seconds:.0f} s of {SIZE[0]} x {SIZE[1]} at {RATE} frames/s, {len(cuts)} scenes")
    for name, key_every, keys_at_cuts in (
        ("keys at cuts", 250, True),
        ("a key every second", RATE, False),
        ("hardly any key", 100_000, False),
    ):
        data = record(seconds, key_every, keys_at_cuts=keys_at_cuts)
        moments = chosen(data)
        found = sum(any(-0.05 <= moment - cut <= 1.1 for moment in moments) for cut in cuts)
        ours = cpu_seconds(lambda data=data: chosen(data))  # type: ignore[misc]
        theirs = cpu_seconds(lambda data=data: every_frame(data))  # type: ignore[misc]
        print(
            f"{name:20} choosing {ours:6.2f} s, every frame {theirs:6.2f} s: {ours / theirs:.2f}x; "
            f"{len(shown) / ours:7.0f} frames/s; {len(moments)} frames chosen, "
            f"{found} of {len(cuts)} scenes"
        )


if __name__ == "__main__":
    main()
