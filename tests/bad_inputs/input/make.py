#!/usr/bin/env python3
"""Makes the inputs of networks that are wrong, and the right ones of tests/data/inputs that they come from.

Text files are written by hand. Run it in the .venv of the tree; it overwrites what it made.
"""

import io
import struct
import wave
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
GOOD = HERE.parents[1] / "data/inputs"


def pixels(height: int, width: int) -> np.ndarray:
    rows, columns, channels = np.indices((height, width, 3))
    return ((rows * 7 + columns * 11 + channels * 40) % 256).astype(np.uint8)


def encoded(image: np.ndarray, kind: str, **options) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, kind, **options)
    return out.getvalue()


def npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def npy_header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    raw = text.encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(raw)) + raw + data


def wav(frames: np.ndarray) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(frames.shape[1])
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(frames.astype("<i2").tobytes())
    return out.getvalue()


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_promising(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def jpeg_promising(jpeg: bytes, width: int, height: int) -> bytes:
    at = jpeg.index(b"\xff\xc0") + 5  # SOF0: length, precision, height, width
    return jpeg[:at] + struct.pack(">HH", height, width) + jpeg[at + 4 :]


def main() -> None:
    image = pixels(20, 24)
    png, jpeg, ppm = encoded(image, "png"), encoded(image, "jpeg", quality=70), encoded(image, "ppm")
    array = npy(np.linspace(-1, 1, 60, dtype=np.float32).reshape(3, 4, 5))
    sound = wav((np.indices((200, 2))[0] * 90) % 3000)
    good = {
        "image.png": png,
        "image.jpg": jpeg,
        "image.ppm": ppm,
        "grey.pgm": encoded(image[:, :, 0], "ppm"),
        "tensor.npy": array,
        "tokens.npy": npy(np.arange(40, dtype=np.int64) % 7),
        "sound.wav": sound,
        "tokens.txt": b"101 7592, 2088\n102 7592 2088\n",
    }
    flipped = bytearray(png)
    flipped[png.index(b"IDAT") + 12] ^= 0x55
    bad = {
        "truncated.png": png[: len(png) // 2],
        "damaged.png": bytes(flipped),
        "no_header.png": png[:8] + png_chunk(b"IDAT", b""),
        "bomb.png": png_promising(15_000, 15_000),
        "too_large.png": png_promising(100_000, 100_000),
        "a_jpeg_called.png": b"\x00\x01" + jpeg[2:],
        "truncated.jpg": jpeg[: len(jpeg) // 2],
        "too_large.jpg": jpeg_promising(jpeg, 65_500, 65_500),
        "truncated.ppm": ppm[:-5],
        "too_long.ppm": ppm + b"more",
        "width_zero.ppm": b"P6\n0 4\n255\n",
        "width_missing.ppm": b"P6\n# only a comment\n",
        "plain.ppm": b"P3\n1 1\n255\n1 2 3\n",
        "too_large.ppm": b"P6\n100000 100000\n255\nabc",
        "largest_value.pgm": b"P5\n1 1\n70000\nab",
        "truncated.npy": array[:-4],
        "header_cut_off.npy": array[:20],
        "fortran_order.npy": npy(np.asfortranarray(np.ones((2, 3)))),
        "complex.npy": npy(np.ones(3, dtype=np.complex64)),
        "records.npy": npy(np.zeros(2, dtype=[("a", "i4"), ("b", "f4")])),
        "no_elements.npy": npy(np.ones((3, 0), dtype=np.float32)),
        "version_9.npy": b"\x93NUMPY\x09\x00" + array[8:],
        "product_overflows.npy": npy_header(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", bytes(64)
        ),
        "extent_negative.npy": npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }\n", bytes(12)),
        "shape_missing.npy": npy_header("{'descr': '<f4', 'fortran_order': False}\n", bytes(12)),
        "bools_of_two.npy": npy_header("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }\n", b"\x01\x02"),
        "ids_negative.npy": npy(np.array([5, -100, -100], dtype=np.int64)),
        "truncated.wav": sound[:-100],
        "no_frames.wav": wav(np.zeros((0, 1))),
        "header_only.wav": b"RIFF\x04\x00\x00\x00WAVE",
        "empty.png": b"",
        "no_known_kind.bin": b"\x7fELF\x02\x01\x01\x00",
        "only_white_space.txt": b" \n \n",
    }
    for folder, files in ((GOOD, good), (HERE, bad)):
        for name, content in files.items():
            (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
