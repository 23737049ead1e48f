"""A poster frame for a video, through FFmpeg (PyAV)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import av
import av.error
import av.logging
import numpy as np
from PIL import Image

from tui_selector.library.folder.files import DecodeError
from tui_selector.library.pictures.picture import Picture
from tui_selector.library.pictures.still import memory

# Playlists name other files and addresses, so only self-contained formats are let in.
_CONTAINERS = "mov,matroska,avi,asf,flv,mpeg,mpegts,mpegvideo,ogg,mp4"
_KEY_FRAMES = 8
_PACKETS = 4000
_DARK = 24.0

av.logging.set_level(None)


def open_video(stream: BinaryIO) -> av.container.InputContainer:
    """Open a video for reading; no other file or address is ever followed.

    Raises av.error.FFmpegError, ValueError or OSError for what is not a video.
    """
    return av.open(
        stream,
        "r",
        metadata_errors="replace",
        container_options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "none"},
    )


def decode_video(stream: BinaryIO, longest: int) -> Picture:
    """Return the first key frame that is not nearly black, upright and with square pixels.

    The long side is min(`longest`, original). Raises DecodeError or av.error.FFmpegError.
    """
    with open_video(stream) as container:
        video = container.streams.best("video")
        if not isinstance(video, av.VideoStream):
            raise DecodeError("There is no picture in the video.")
        codec = video.codec_context
        if not memory.fits(codec.width * codec.height * 16):
            raise DecodeError(
                f"The video measures {codec.width} x {codec.height} pixels: too large."
            )
        codec.thread_count = 1
        codec.skip_frame = "NONKEY"
        with memory.borrow(codec.width * codec.height * 16):
            best: tuple[float, Image.Image, float] | None = None
            shape = (0, 0)
            for frame in _frames(container, video):
                shape = _shown_size(frame, video.sample_aspect_ratio)
                image = _scaled(frame, shape, longest)
                light = float(np.asarray(image.convert("L").resize((32, 32))).mean())
                if best is None or light > best[0]:
                    best = (light, image, frame.rotation)
                if light > _DARK:
                    break
        if best is None:
            raise DecodeError("No picture in the video can be decoded.")
        _, image, rotation = best
        width, height = shape
        turns = round(rotation / 90) % 4
        if turns:
            image = image.rotate(90 * turns, expand=True)
        return Picture(image, *((height, width) if turns % 2 else (width, height)))


def upright_size(container: av.container.InputContainer) -> tuple[int, int]:
    """Return (width, height) in square pixels, upright, as the first key frame shows it.

    Raises DecodeError or av.error.FFmpegError.
    """
    video = container.streams.best("video")
    if isinstance(video, av.VideoStream):
        video.codec_context.skip_frame = "NONKEY"
        for frame in _frames(container, video):
            width, height = _shown_size(frame, video.sample_aspect_ratio)
            return (height, width) if round(frame.rotation / 90) % 2 else (width, height)
    raise DecodeError("No picture in the video can be decoded.")


def _frames(
    container: av.container.InputContainer, video: av.VideoStream
) -> Iterator[av.VideoFrame]:
    """Yield the first key frames, giving up on packets that do not decode."""
    found = 0
    for count, packet in enumerate(container.demux(video)):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            frames = []
        for frame in frames:
            yield frame
            found += 1
        if found >= _KEY_FRAMES or count >= _PACKETS:
            return


def _shown_size(frame: av.VideoFrame, aspect: object) -> tuple[int, int]:
    """Return (width, height) before rotation, the width stretched to square pixels."""
    ratio = float(aspect) if aspect else 1.0  # type: ignore[arg-type]
    width = round(frame.width * ratio) if 0.1 < ratio < 10 else frame.width
    return max(1, width), frame.height


def _scaled(frame: av.VideoFrame, shape: tuple[int, int], longest: int) -> Image.Image:
    scale = min(1.0, longest / max(shape))
    width, height = (max(1, round(side * scale)) for side in shape)
    pixels = frame.reformat(width=width, height=height, format="rgb24").to_ndarray()
    return Image.fromarray(pixels)
