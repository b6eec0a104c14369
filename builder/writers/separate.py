"""Separation: every colour of a finished PDF becomes inks, and black letters print over what lies below."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builder.writers.grey import grey_contents
from builder.writers.inks import BLACK, Press

_PAINTS = {"rg": "f", "RG": "s", "g": "f", "G": "s", "k": "f", "K": "s"}
_SHOWS_INKS = {"f": "k", "s": "K"}
_TEXT = {"BT": True, "ET": False}
OVER, KNOCK = "/Overprint", "/Knockout"
"""Names of the graphics states that set overprint, and set it back."""


def separate(pdf: Any, press: Press) -> None:
    """Turns contents, forms, patterns, gradients and pictures of an open PDF into inks, in place."""
    import pikepdf

    masks = {_key(state.SMask.G) for state in _dictionaries(pdf) if "/G" in _mask_of(state)}
    over, knock = (
        pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, OP=is_on, op=is_on, OPM=int(is_on)))
        for is_on in (True, False)
    )
    for page in pdf.pages:
        page.contents_coalesce()
        page.Contents.write(_inked(page, press))
        _add_states(page.Resources, over, knock)
    for thing in list(pdf.objects):
        if isinstance(thing, pikepdf.Stream):
            if thing.get("/Subtype") == "/Form" and _key(thing) in masks:
                thing.write(grey_contents(thing))
                thing.Group.CS = pikepdf.Name.DeviceGray
            elif thing.get("/Subtype") == "/Form" or thing.get("/PatternType") == 1:
                thing.write(_inked(thing, press))
                _add_states(thing.Resources, over, knock)
            elif thing.get("/Subtype") == "/Image":
                _print_picture(thing, press)
    for thing in _dictionaries(pdf):
        if "/ShadingType" in thing and _is_light(thing.ColorSpace):
            _ink_function(thing.Function, press)
            thing.ColorSpace = pikepdf.Name.DeviceCMYK
        if thing.get("/S") == "/Transparency" and _is_light(thing.get("/CS")):
            thing.CS = pikepdf.Name.DeviceCMYK
        if isinstance(thing.get("/ColorSpace"), pikepdf.Dictionary):
            del thing.ColorSpace  # Resources declare spaces of which nothing is painted any more.


def _is_light(space: Any) -> bool:
    """Whether a colour space is one of red, green and blue, with or without a profile."""
    import pikepdf

    if isinstance(space, pikepdf.Array):
        return space[0] == "/ICCBased" and space[1].N == 3
    return space == "/DeviceRGB"


def _key(thing: Any) -> tuple[int, int]:
    return thing.objgen


def _mask_of(state: Any) -> Any:
    import pikepdf

    mask = state.get("/SMask")
    return mask if isinstance(mask, pikepdf.Dictionary) else {}


def _dictionaries(pdf: Any) -> Iterator[Any]:
    """Every dictionary of the file once, also those inside others."""
    import pikepdf

    pending = list(pdf.objects)
    while pending:
        thing = pending.pop()
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            if isinstance(thing, pikepdf.Dictionary):
                yield thing
            pending.extend(each for _, each in thing.items() if _is_inside(each))
        elif isinstance(thing, pikepdf.Array):
            pending.extend(each for each in thing if _is_inside(each))


def _is_inside(thing: Any) -> bool:
    import pikepdf

    return isinstance(thing, pikepdf.Dictionary | pikepdf.Array) and not thing.is_indirect


def _add_states(resources: Any, over: Any, knock: Any) -> None:
    import pikepdf

    if "/ExtGState" not in resources:
        resources.ExtGState = pikepdf.Dictionary()
    resources.ExtGState[OVER], resources.ExtGState[KNOCK] = over, knock


def _inked(stream: Any, press: Press) -> bytes:
    import pikepdf

    return pikepdf.unparse_content_stream(list(_instructions(pikepdf.parse_content_stream(stream), press)))


def _instructions(found: list[Any], press: Press) -> Iterator[Any]:
    """Overprint is set for the letters in black alone, and back at their end: white ones never vanish."""
    import pikepdf

    def state(name: str) -> Any:
        return [pikepdf.Name(name)], pikepdf.Operator("gs")

    fill, stack, is_text, is_over = None, [], False, False
    for operands, operator in found:
        name = str(operator)
        if name == "q":
            stack.append(fill)
        elif name == "Q" and stack:
            fill = stack.pop()
        elif name in ("cs", "scn", "sc"):
            fill = None
        if name in _PAINTS:
            parts = [float(part) for part in operands]
            inks = press.inks(*parts * (3 if len(parts) == 1 else 1)) if len(parts) < 4 else tuple(parts)
            if _PAINTS[name] == "f":
                fill = inks
            yield list(inks), pikepdf.Operator(_SHOWS_INKS[_PAINTS[name]])
        else:
            yield operands, operator
        is_text = _TEXT.get(name, is_text)
        if is_over != (is_text and fill == BLACK):
            is_over = not is_over
            yield state(OVER if is_over else KNOCK)


def _ink_function(function: Any, press: Press) -> None:
    """The ends of each step of a gradient."""
    for inner in function.get("/Functions", []):
        _ink_function(inner, press)
    for key in ("/C0", "/C1"):
        if key in function and len(function[key]) == 3:
            function[key] = list(press.process(*(float(part) for part in function[key])))
    if "/Range" in function:
        del function["/Range"]


def _print_picture(image: Any, press: Press) -> None:
    """A picture of three colours in four inks; one of greys is printed in black as it is."""
    import pikepdf

    if image.get("/ImageMask") or image.get("/ColorSpace") in ("/DeviceGray", "/DeviceCMYK"):
        return
    made = press.picture(pikepdf.PdfImage(image).as_pil_image().convert("RGB"))
    image.write(made.tobytes())
    image.ColorSpace, image.BitsPerComponent = pikepdf.Name.DeviceCMYK, 8
    for key in ("/DecodeParms", "/Decode"):
        if key in image:
            del image[key]
