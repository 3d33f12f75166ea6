"""Draw a box, the emotion and its confidence at every face, on a copy of the image."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from faces.emotions import COLOURS, UNSURE
from faces.records import Box, Face, Image, Shot

Colour = tuple[int, int, int]  # blue, green, red
Points = NDArray[np.float64]  # (number, 2)

DARK_INK: Colour = (24, 20, 18)
LIGHT_INK: Colour = (255, 255, 255)

UNIT_AT_HEIGHT = 480
"""In pictures of this height one unit is one pixel. Sizes below are in units, so labels look alike in every picture."""

TEXT_UNITS = 15
LINE_UNITS = 2.2
CORNER_SHARE = 0.16
"""Radius of a box's corners, of its side."""

ANGLE_SHOWN_DEGREES = 4.0
"""A smaller roll is drawn upright: a box that rocks with every breath looks restless."""

SHIFT = 4
"""OpenCV draws at fractions of a pixel when coordinates are given in sixteenths."""


class Annotator:
    """Draws everybody of a shot, large faces over small ones."""

    def draw(self, shot: Shot) -> Image:
        """A copy of the frame's image with a box, the emotion and its confidence at every face."""
        image = shot.frame.image.copy()
        unit = max(0.6, min(image.shape[:2]) / UNIT_AT_HEIGHT)
        faces = sorted(shot.faces, key=lambda face: face.box.width)
        for face in faces:
            _draw_outline(image, face, unit)
        for face in faces:
            _draw_plate(image, face, unit)
        return image


def colour_of(emotion: str) -> Colour:
    """An emotion's colour in OpenCV's order."""
    red, green, blue = bytes.fromhex(COLOURS[emotion].removeprefix("#"))
    return blue, green, red


def ink_on(colour: Colour) -> Colour:
    """Dark or light, whichever reads better on a colour (contrast as in WCAG 2)."""
    luminance = _luminance(colour)
    against_light = (_luminance(LIGHT_INK) + 0.05) / (luminance + 0.05)
    against_dark = (luminance + 0.05) / (_luminance(DARK_INK) + 0.05)
    return LIGHT_INK if against_light > against_dark else DARK_INK


def _luminance(colour: Colour) -> float:
    def linear(level: int) -> float:
        share = level / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    blue, green, red = colour
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


# --- the box ----------------------------------------------------------------------------------------------


def _draw_outline(image: Image, face: Face, unit: float) -> None:
    outline = _outline(face.box)
    thickness = max(1, round(LINE_UNITS * unit))
    edge = max(1, round(1.5 * unit))
    pieces = _dashes(outline, 9 * unit) if face.emotion == UNSURE else [outline]
    closed = len(pieces) == 1
    for piece in pieces:  # a dark edge under the colour, so that it stands out from light walls too
        cv2.polylines(image, [_fixed(piece)], closed, DARK_INK, thickness + edge, cv2.LINE_AA, SHIFT)
    for piece in pieces:
        cv2.polylines(image, [_fixed(piece)], closed, colour_of(face.emotion), thickness, cv2.LINE_AA, SHIFT)


def _outline(box: Box) -> Points:
    """The rounded square, turned with the head."""
    points = _rounded(box.x, box.y, box.width, box.height, CORNER_SHARE * min(box.width, box.height))
    if abs(box.angle) < ANGLE_SHOWN_DEGREES:
        return points
    middle = np.array([box.x + box.width / 2, box.y + box.height / 2])
    turn = math.radians(box.angle)
    # y grows downwards, so this turns clockwise as seen
    matrix = np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    turned: Points = (points - middle) @ matrix + middle
    return turned


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> Points:
    """Points along a rectangle with round corners, clockwise from the upper left corner."""
    corners = (
        (x + radius, y + radius, 180),
        (x + width - radius, y + radius, 270),
        (x + width - radius, y + height - radius, 0),
        (x + radius, y + height - radius, 90),
    )
    angles = [
        (middle_x, middle_y, math.radians(start + step))
        for middle_x, middle_y, start in corners
        for step in range(0, 91, 15)
    ]
    return np.array([(mx + radius * math.cos(a), my + radius * math.sin(a)) for mx, my, a in angles])


def _dashes(outline: Points, length: float) -> list[Points]:
    """Every other piece of a closed line."""
    closed = np.vstack([outline, outline[:1]])
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    count = max(4, 2 * round(reached[-1] / (2 * length)))
    edges = np.linspace(0.0, reached[-1], count + 1)
    dashes = []
    for start, end in zip(edges[:-1:2], edges[1::2], strict=True):
        along = np.concatenate([[start], reached[(reached > start) & (reached < end)], [end]])
        dashes.append(
            np.stack([np.interp(along, reached, closed[:, 0]), np.interp(along, reached, closed[:, 1])], axis=1)
        )
    return dashes


def _fixed(points: Points) -> NDArray[np.int32]:
    return np.round(points * (1 << SHIFT)).astype(np.int32)


# --- the plate --------------------------------------------------------------------------------------------


def _draw_plate(image: Image, face: Face, unit: float) -> None:
    """Number, emotion and confidence on a plate in the emotion's colour; it stays inside the picture."""
    height, width = image.shape[:2]
    text_height = max(8, round(TEXT_UNITS * unit))
    colour = colour_of(face.emotion)
    parts = [
        (_text(str(face.person), round(text_height * 0.78), light=True), 0.75),
        (_text(face.emotion, text_height, light=False), 1.0),
    ]
    if face.emotion != UNSURE:  # "unsure 30%" would read as 30 per cent unsure
        parts.append((_text(f"{face.confidence:.0%}", text_height, light=True), 0.9))
    gap = round(text_height * 0.5)
    plate_width = sum(mask.shape[1] for mask, _ in parts) + gap * (len(parts) + 1)
    plate_height = round(text_height * 1.75)
    left, top = _plate_corner(face.box, plate_width, plate_height, width, height, unit)
    plate = _rounded(left, top, plate_width, plate_height, plate_height * 0.32)
    cv2.fillPoly(image, [_fixed(plate)], colour, cv2.LINE_AA, SHIFT)
    x = left + gap
    for mask, strength in parts:
        _ink(image, mask, x, top + (plate_height - mask.shape[0]) // 2, ink_on(colour), strength)
        x += mask.shape[1] + gap


def _plate_corner(
    box: Box, plate_width: int, plate_height: int, width: int, height: int, unit: float
) -> tuple[int, int]:
    """Above the box's highest point; where there is no room, below it; always inside the picture."""
    outline = _outline(box)
    space = round(7 * unit)
    top = round(outline[:, 1].min()) - space - plate_height
    if top < 0:
        top = round(outline[:, 1].max()) + space
    left = box.x if abs(box.angle) < ANGLE_SHOWN_DEGREES else box.x + (box.width - plate_width) // 2
    return max(0, min(left, width - plate_width)), max(0, min(top, height - plate_height))


BOLD_SHARE = 0.035
"""Of the letters' height, how much is laid around each stroke of the strongest word; the font has one weight."""


@lru_cache(maxsize=16)
def _font(height: int) -> ImageFont.FreeTypeFont:
    """Aileron (CC0), which comes inside Pillow: anti-aliased, and there on every system."""
    font = ImageFont.load_default(height)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return font


@lru_cache(maxsize=512)
def _text(text: str, height: int, *, light: bool) -> Image:
    """How much ink goes where, (height, width) 0..255; all texts of a height have their base line in the same row."""
    font = _font(height)
    ascent, descent = font.getmetrics()
    around = 0.0 if light else BOLD_SHARE * height
    margin = math.ceil(around)
    size = (math.ceil(font.getlength(text)) + 2 * margin, ascent + descent)
    mask = PillowImage.new("L", size)
    ImageDraw.Draw(mask).text((margin, ascent), text, fill=255, font=font, anchor="ls", stroke_width=around)
    return np.asarray(mask, dtype=np.uint8)


def _ink(image: Image, mask: Image, x: int, y: int, ink: Colour, strength: float) -> None:
    """Lay ink on the image where the mask says; what falls outside of the picture is left away."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(image.shape[1], x + mask.shape[1]), min(image.shape[0], y + mask.shape[0])
    if right <= left or bottom <= top:
        return
    part = mask[top - y : bottom - y, left - x : right - x, np.newaxis].astype(np.float32) * (strength / 255)
    below = image[top:bottom, left:right]
    image[top:bottom, left:right] = (below + (np.array(ink, np.float32) - below) * part + 0.5).astype(np.uint8)
