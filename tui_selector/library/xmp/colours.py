"""Colour labels in the words and numbers of the programs that write sidecars.

- `xmp:Label` is a text. Lightroom, Bridge and Capture One write the colour's name in the language
  they run in, or, with another of their label sets, what the colour stands for ("Review").
- `darktable:colorlabels` is a list of numbers, 0 to 4.
- `digiKam:ColorLabel` is a number, 0 (none) to 9; it has more colours than there are here.
"""

from __future__ import annotations

from tui_selector.library.catalog.sidecar_table import Marks
from tui_selector.library.photo import LABELS
from tui_selector.library.xmp.packet import Packet, Property

LABEL = Property("http://ns.adobe.com/xap/1.0/", "xmp", "Label")
DARKTABLE = Property("http://darktable.sf.net/", "darktable", "colorlabels")
DIGIKAM = Property("http://www.digikam.org/ns/1.0/", "digiKam", "ColorLabel")

#: The labels in the languages of other programs, in the order of `LABELS`; the first is written.
_WORDS = (
    ("Red", "Yellow", "Green", "Blue", "Purple"),
    ("Select", "Second", "Approved", "Review", "To Do"),
    ("Rot", "Gelb", "Grün", "Blau", "Lila"),
    ("Rot", "Gelb", "Grün", "Blau", "Violett"),
    ("Rouge", "Jaune", "Vert", "Bleu", "Violet"),
    ("Rouge", "Jaune", "Vert", "Bleu", "Pourpre"),
    ("Rojo", "Amarillo", "Verde", "Azul", "Púrpura"),
    ("Rojo", "Amarillo", "Verde", "Azul", "Morado"),
    ("Rosso", "Giallo", "Verde", "Blu", "Viola"),
    ("Vermelho", "Amarelo", "Verde", "Azul", "Roxo"),
    ("Rood", "Geel", "Groen", "Blauw", "Paars"),
    ("Röd", "Gul", "Grön", "Blå", "Lila"),
    ("Rød", "Gul", "Grønn", "Blå", "Lilla"),
    ("Rød", "Gul", "Grøn", "Blå", "Lilla"),
    ("Punainen", "Keltainen", "Vihreä", "Sininen", "Purppura"),
    ("Czerwony", "Żółty", "Zielony", "Niebieski", "Purpurowy"),
    ("Červená", "Žlutá", "Zelená", "Modrá", "Purpurová"),
    ("Kırmızı", "Sarı", "Yeşil", "Mavi", "Mor"),
    ("Красный", "Желтый", "Зеленый", "Синий", "Фиолетовый"),
    ("Красный", "Жёлтый", "Зелёный", "Синий", "Пурпурный"),
    ("レッド", "イエロー", "グリーン", "ブルー", "パープル"),
    ("赤", "黄", "緑", "青", "紫"),
    ("红色", "黄色", "绿色", "蓝色", "紫色"),
    ("紅色", "黃色", "綠色", "藍色", "紫色"),
    ("빨강", "노랑", "녹색", "파랑", "보라"),
)

_MEANINGS = {
    word.casefold(): label
    for words in reversed(_WORDS)
    for word, label in zip(words, LABELS, strict=True)
}

_PLACES = [str(place) for place in range(len(LABELS))]
_DIGIKAM = {"1": "red", "3": "yellow", "4": "green", "5": "blue", "6": "purple"}
_NUMBERS = {label: number for number, label in _DIGIKAM.items()}


def read_label(packet: Packet, agreed: Marks) -> str | None:
    """The colour label of a packet; "" where it has none, None for one that is not known here.

    Args:
        packet: The sidecar's.
        agreed: What it said when somebody last looked: where it says two things, what is new
            counts.
    """
    said = _said(packet)
    fresh = [label for label in said if label != agreed.label]
    return next(iter([*fresh, *said]), "")


def _said(packet: Packet) -> list[str | None]:
    """What each way of saying it says, of those that say anything."""
    text, number = packet.text(LABEL), packet.text(DIGIKAM)
    said: list[str | None] = []
    if text:
        said.append(_MEANINGS.get(text.strip().casefold()))
    if numbers := packet.texts(DARKTABLE):
        # A photo of darktable's may have several: the first one is shown.
        first = min(numbers).strip()
        said.append(LABELS[int(first)] if first in _PLACES else None)
    if number and number != "0":
        said.append(_DIGIKAM.get(number))
    return said


def write_label(packet: Packet, label: str) -> None:
    """Have a packet say this label, in every way in which it says one already.

    What says it already stays as it is written, and so does what is not known here where there is
    no label to write.

    Raises:
        PacketError: It is written in a way that is not understood.
    """
    said = _said(packet)
    if all(each == label for each in said) and (said or not label):
        return
    text = packet.text(LABEL)
    meaning = _MEANINGS.get(text.strip().casefold()) if text else ""
    if label and meaning != label:
        packet.set_text(LABEL, _in_language_of(text, label))
    elif not label and meaning:
        packet.remove_text(LABEL)
    numbers = packet.texts(DARKTABLE)
    if numbers:
        packet.remove_texts(DARKTABLE, lambda number: True)
        if label:
            packet.add_texts(DARKTABLE, [str(LABELS.index(label))])
    number = packet.text(DIGIKAM)
    if number is not None and (label or number in _DIGIKAM):
        packet.set_text(DIGIKAM, _NUMBERS.get(label, "0"))


def _in_language_of(text: str | None, label: str) -> str:
    """The word for a label, in the language of the word that stood there."""
    old = (text or "").strip().casefold()
    language = next(
        (words for words in _WORDS if old in [word.casefold() for word in words]), _WORDS[0]
    )
    return language[LABELS.index(label)]
