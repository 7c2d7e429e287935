"""What a user agent tells of program, system and device. What it does not tell is left out.

The client hints of Chromium browsers, where they come, say it more exactly and win over the text, which those browsers
have frozen: every Windows is 10 there, and every Android phone a `K`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from ua_parser import OS, Device, Domain, UserAgent
from ua_parser.loaders import load_builtins
from ua_parser.regex import Resolver

from sojourn.enrichment.bots import is_bot


class Hints(NamedTuple):
    """Client hints, each as it was sent; empty where it was not."""

    brands: str = ""
    """`Sec-CH-UA`"""
    platform: str = ""
    """`Sec-CH-UA-Platform`"""
    platform_version: str = ""
    """`Sec-CH-UA-Platform-Version`"""
    mobile: str = ""
    """`Sec-CH-UA-Mobile`"""
    model: str = ""
    """`Sec-CH-UA-Model`"""


class Agent(NamedTuple):
    """Program, system and device in the shape of the documents (tracker.md §5.2)."""

    app: dict[str, object]
    os: dict[str, object]
    device: dict[str, object]
    is_bot: bool = False


NO_HINTS = Hints()
NOBODY = Agent({}, {}, {})

AGENT_CHARS_MAX = 512
"""As much of a user agent is looked at."""


def read_user_agent(text: str, hints: Hints = NO_HINTS) -> Agent:
    """The program, system and device behind a user agent; empty ones where nothing is known."""
    text = text[:AGENT_CHARS_MAX]
    if not text:
        return NOBODY
    parsed = parser()(text, Domain.ALL).complete()
    program = _program(text, parsed.user_agent)
    if is_bot(text):
        return Agent(_app(program, "bot"), {}, {}, is_bot=True)
    system = _with_platform(_system(parsed.os), hints)
    device = _with_model(_device(text, parsed.device), hints)
    kind = _kind_of_device(text, system.name, hints)
    return Agent(
        app=_app(_with_brand(program, hints), "browser" if text.startswith(_BROWSERS) else "app"),
        os=_named(system),
        device={**device, "type": kind, "touch": kind in _TOUCHED} if kind else device,
    )


@cache
def parser() -> Resolver:
    """The patterns, compiled; that takes some tenths of a second, once."""
    return Resolver(load_builtins())


class _Named(NamedTuple):
    name: str = ""
    version: str = ""


_BROWSERS = ("Mozilla/", "Opera/")
_PLACEHOLDERS = frozenset({"Android", "Mobile Safari UI/WKWebView"})
"""What the patterns take for the program of an app whose own name they do not know."""
_PRODUCT = re.compile(r"(?P<name>[\w.,+-]+(?: [\w.,+-]+){0,3})/(?P<version>\d[\w.]*)")


def _program(text: str, found: UserAgent | None) -> _Named:
    """The program; that of an app which nobody has listed is the first one that its user agent names."""
    is_known = found is not None and (found.family not in _PLACEHOLDERS or text.startswith(_BROWSERS))
    if found is not None and is_known:
        return _Named(found.family, _version(found.major, found.minor, found.patch))
    product = _PRODUCT.match(text)
    if product is None or text.startswith(_BROWSERS):
        return _Named()
    return _Named(product["name"], product["version"])


def _system(found: OS | None) -> _Named:
    return _Named(found.family, _version(found.major, found.minor, found.patch)) if found else _Named()


def _version(*parts: str | None) -> str:
    return ".".join(part for part in parts if part)


def _app(program: _Named, kind: str) -> dict[str, object]:
    if kind == "app" and not program.name:
        return {}
    return {"type": kind, **_named(program), "bot": kind == "bot"}


def _named(thing: _Named) -> dict[str, object]:
    return {key: value for key, value in (("name", thing.name), ("version", thing.version)) if value}


_NO_DEVICE = ("Generic", "Spider")
_NO_MODEL = frozenset({"K", "Smartphone", "Tablet", "Feature Phone"})


def _device(text: str, found: Device | None) -> dict[str, object]:
    """Name, brand and model, where they say which device it is."""
    if _XBOX.search(text):
        return {"name": "Xbox", "brand": "Microsoft", "model": "Xbox"}
    if found is None or found.model in _NO_MODEL:
        return {}
    brand = None if (found.brand or "").startswith(_NO_DEVICE) else found.brand
    told = (("name", found.family), ("brand", brand), ("model", found.model))
    return {key: value for key, value in told if value}


_TOUCHED = ("mobile", "tablet")
_XBOX = re.compile(r"\bXbox\b")
_CONSOLE = re.compile(r"\b(?:Xbox|PlayStation|Nintendo)\b", re.IGNORECASE)
_TELEVISION = re.compile(
    r"(?:\b|_)(?:Smart-?TV|Apple ?TV\d*|Google ?TV|HbbTV|Web0S|AFT[A-Z]\w*|BRAVIA|CrKey|Roku|TV)\b", re.IGNORECASE
)
_TABLET = re.compile(r"\b(?:iPad|Tablet|Kindle|KF[A-Z]{4}|PlayBook)\b", re.IGNORECASE)
_MOBILE = re.compile(r"\b(?:Mobile|iPhone|iPod|Phone|Opera Mini)\b", re.IGNORECASE)
_CARRIED_SYSTEMS = frozenset({"iOS", "Android", "Windows Phone", "BlackBerry OS", "KaiOS", "HarmonyOS", "watchOS"})
"""Systems of devices that people carry about."""


def _kind_of_device(text: str, system: str, hints: Hints) -> str:
    """What kind of device it is; empty where nothing tells."""
    if _CONSOLE.search(text):
        return "console"
    if _TELEVISION.search(text):
        return "tv"
    if hints.mobile:
        if hints.mobile == _YES:
            return "mobile"
        return "tablet" if system == "Android" else "pc"
    if _TABLET.search(text):
        return "tablet"
    if _MOBILE.search(text):
        return "mobile"
    if system in _CARRIED_SYSTEMS:
        # Android browsers leave out `Mobile` on tablets; apps never say it.
        return "tablet" if system == "Android" and text.startswith(_BROWSERS) else "mobile"
    return "pc" if system else ""


_YES = "?1"
_BRAND = re.compile(r'"(?P<name>[^"\\]{1,64})"\s*;\s*v="(?P<version>[\d.]{1,32})"')
_ENGINES = frozenset({"Chromium"})
_BRANDS = {"Google Chrome": "Chrome", "Microsoft Edge": "Edge", "Android WebView": "Chrome Mobile WebView"}
"""Brands that the patterns call otherwise."""
_PLATFORMS = {"macOS": "Mac OS X", "Chromium OS": "Chrome OS"}
"""Platforms that the patterns call otherwise."""
_WINDOWS_11_FROM = 13
_ZEROS_AT_THE_END = re.compile(r"(?:\.0)+$")


def _with_brand(program: _Named, hints: Hints) -> _Named:
    """The program by its brand; one that only adds `Mobile` or the like to the name is known better from the text."""
    for brand in _BRAND.finditer(hints.brands):
        name = _BRANDS.get(brand["name"], brand["name"])
        # A made-up brand such as "Not/A)Brand" keeps sites from relying on the list.
        if name in _ENGINES or ("Not" in name and "Brand" in name):
            continue
        is_same = program.name.startswith(name)
        major = brand["version"].partition(".")[0]
        is_exact = is_same and program.version.partition(".")[0] == major
        return _Named(program.name if is_same else name, program.version if is_exact else brand["version"])
    return program


def _with_platform(system: _Named, hints: Hints) -> _Named:
    """The system by its platform, and by the version of it where that came, too."""
    told = hints.platform.strip('"')
    if not told or told == "Unknown":
        return system
    name = _PLATFORMS.get(told, told)
    version = _ZEROS_AT_THE_END.sub("", hints.platform_version.strip('"'))
    if not version:
        return system if _is_same_system(name, system.name) else _Named(name)
    if name == "Windows":
        major = version.partition(".")[0]
        is_11 = major.isdecimal() and int(major) >= _WINDOWS_11_FROM
        return _Named(name, "11" if is_11 else system.version)
    return _Named(system.name if _is_same_system(name, system.name) else name, version)


def _is_same_system(platform: str, system: str) -> bool:
    """Whether the text names the same system, or the distribution of it."""
    return system == platform or (platform == "Linux" and system not in ("", "Windows", "Mac OS X", "Chrome OS"))


def _with_model(device: dict[str, object], hints: Hints) -> dict[str, object]:
    model = hints.model.strip('"')
    if not model or model == device.get("model"):
        return device
    return {"name": model, "model": model}
