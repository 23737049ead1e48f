"""Pictures of a video, through FFmpeg (PyAV): its poster, and its frames one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal

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

# Seconds up to which decoding on is quicker than to look for a key frame.
_RUN_ON = 1.5

# Key frames after which a film is gone through in steps twice as long.
_MANY_KEYS = 600

# Formats that are searched by when frames are decoded, and how many seconds before they are shown
# that may be.
_BY_DECODING, _REORDERED = ("mpegts", "mpeg"), 1.0

# Seconds by which the times of frames are rounded.
_SLACK = 1e-4

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
        turned = round(rotation / 90) % 2
        return Picture(_turned(image, rotation), *((height, width) if turned else (width, height)))


class Film:
    """A video opened to be looked at frame by frame. For one thread at a time.

    Attributes:
        duration: Seconds; 0 where the file does not say.
        frame_rate: Frames per second, on average; 25 where the file does not say.
        size: Width and height as stored, in pixels.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """
        Args:
            stream: The file, which stays the caller's to close.

        Raises DecodeError, av.error.FFmpegError, ValueError or OSError for what is no video.
        """
        self._container = open_video(stream)
        try:
            video = self._container.streams.best("video")
            if not isinstance(video, av.VideoStream):
                raise DecodeError("There is no picture in the video.")
            codec = video.codec_context
            self._cost = codec.width * codec.height * 16
            if not memory.fits(self._cost):
                raise DecodeError(
                    f"The video measures {codec.width} x {codec.height} pixels: too large."
                )
        except BaseException:
            self._container.close()
            raise
        self._video = video
        self._base = float(video.time_base or 1 / 90_000)
        self._start = (video.start_time or 0) * self._base
        whole = self._container.duration
        ticks = video.duration
        self.duration = whole / av.time_base if whole else (ticks or 0) * self._base
        self.frame_rate = float(video.average_rate or 25)
        self.size = codec.width, codec.height
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._now: av.VideoFrame | None = None
        self._next: av.VideoFrame | None = None

    def close(self) -> None:
        """Let go of the decoder."""
        self._frames = iter(())
        self._now = self._next = None
        self._container.close()

    def frame(self, moment: float, longest: int) -> Image.Image:
        """Return the frame that is on screen at a moment, upright and with square pixels.

        Args:
            moment: Seconds from the beginning; beyond the end it is the last frame.
            longest: Most pixels of the long side.

        Raises DecodeError where nothing can be decoded, or av.error.FFmpegError.
        """
        with memory.borrow(self._cost):
            now = self._time(self._now)
            if now is None or not now <= moment < now + _RUN_ON:
                self._seek(moment)
            while (after := self._time(self._next)) is not None and after <= moment + _SLACK:
                self._advance()
            frame = self._now or self._next
            if frame is None:
                raise DecodeError("This part of the video cannot be decoded.")
            image = _scaled(frame, _shown_size(frame, self._video.sample_aspect_ratio), longest)
            return _turned(image, frame.rotation)

    @contextmanager
    def memory(self) -> Iterator[None]:
        """Borrow what decoding takes for the length of a `with` block; `frame` does so itself."""
        with memory.borrow(self._cost):
            yield

    def key_frames(self, apart: float) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield key frames, which can be decoded without the others, and their times in seconds.

        Args:
            apart: Least seconds between two of them. It doubles whenever `_MANY_KEYS` more have
                come, for files that do not say how long they are.
        """
        wanted, found = 0.0, 0
        self._jump(wanted)
        with self._skipping("NONKEY"):
            for packet in self._packets():
                moment = self._time(packet)
                if not packet.is_keyframe or moment is None or moment < wanted - _SLACK:
                    continue
                for frame in self._decoded((packet, None)):
                    yield moment, frame
                    found += 1
                    if found % _MANY_KEYS == 0:
                        apart *= 2
                    wanted = moment + apart
                self._video.codec_context.flush_buffers()
                if apart > _RUN_ON and wanted < self.duration:
                    self._jump(wanted)

    def stretch(self, start: float, end: float) -> Iterator[tuple[float, av.VideoFrame]]:
        """Yield the frames from `start` until before `end` (seconds), and their times.

        Frames that no other frame is made from are left out, which is quicker.
        """
        self._jump(start)
        with self._skipping("NONREF"):
            for frame in self._decoded(self._packets()):
                moment = self._time(frame)
                if moment is not None and moment >= end - _SLACK:
                    return
                if moment is not None and moment >= start - _SLACK:
                    yield moment, frame

    def _seek(self, moment: float) -> None:
        self._jump(moment)
        self._frames = self._decoded(self._packets())
        self._now, self._next = None, next(self._frames, None)
        if self._next is None and moment > 0:
            # Behind the last frame of a file that says it is longer.
            self._jump(0.0)
            self._frames = self._decoded(self._packets())
            self._next = next(self._frames, None)

    def _advance(self) -> None:
        self._now, self._next = self._next, next(self._frames, None)

    def _jump(self, moment: float) -> None:
        """Go on from the last key frame at or before a moment."""
        if self._container.format.name in _BY_DECODING:
            moment -= _REORDERED
        target = round((moment + self._start) / self._base)
        self._container.seek(target, stream=self._video, backward=True)

    @contextmanager
    def _skipping(self, kind: Literal["NONKEY", "NONREF"]) -> Iterator[None]:
        """Leave frames of a kind undecoded; `frame` begins anew after that."""
        self._frames, self._now, self._next = iter(()), None, None
        self._video.codec_context.skip_frame = kind
        try:
            yield
        finally:
            self._video.codec_context.skip_frame = "DEFAULT"

    def _time(self, timed: av.VideoFrame | av.Packet[av.VideoStream] | None) -> float | None:
        ticks = None if timed is None else timed.dts if timed.pts is None else timed.pts
        return None if ticks is None else float(ticks) * self._base - self._start

    def _packets(self) -> Iterator[av.Packet[av.VideoStream]]:
        """The packets from here on, the empty one that ends them included."""
        try:
            yield from self._container.demux(self._video)
        except (av.error.InvalidDataError, av.error.EOFError):
            return

    def _decoded(
        self, packets: Iterable[av.Packet[av.VideoStream] | None]
    ) -> Iterator[av.VideoFrame]:
        for packet in packets:
            try:
                yield from self._video.codec_context.decode(packet)
            except av.error.InvalidDataError:
                continue
            except av.error.EOFError:
                return


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


def _turned(image: Image.Image, rotation: float) -> Image.Image:
    """Turn a picture upright; `rotation` is in degrees, against the clock."""
    turns = round(rotation / 90) % 4
    return image.rotate(90 * turns, expand=True) if turns else image
