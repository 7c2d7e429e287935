"""User agents as they are sent."""

from __future__ import annotations


def _of_chromium(system: str, rest: str = "Chrome/124.0.0.0 Safari/537.36") -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {rest}"


def _of_safari(system: str, rest: str) -> str:
    return f"Mozilla/5.0 ({system}) AppleWebKit/605.1.15 (KHTML, like Gecko) {rest}"


IPHONE = _of_safari("iPhone; CPU iPhone OS 17_4_1 like Mac OS X", "Version/17.4.1 Mobile/15E148 Safari/604.1")
IPAD = _of_safari("iPad; CPU OS 16_6 like Mac OS X", "Version/16.6 Mobile/15E148 Safari/604.1")
MAC = _of_safari("Macintosh; Intel Mac OS X 10_15_7", "Version/17.4 Safari/605.1.15")
WINDOWS = _of_chromium("Windows NT 10.0; Win64; x64")
EDGE = f"{WINDOWS} Edg/124.0.2478.51"
OPERA = f"{WINDOWS} OPR/108.0.0.0"
CHROME_OS = _of_chromium("X11; CrOS x86_64 14541.0.0")
FIREFOX_ON_UBUNTU = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
FIREFOX_ON_A_PHONE = "Mozilla/5.0 (Android 13; Mobile; rv:125.0) Gecko/125.0 Firefox/125.0"

PIXEL = _of_chromium("Linux; Android 14; Pixel 8", "Chrome/124.0.0.0 Mobile Safari/537.36")
FROZEN_ANDROID = _of_chromium("Linux; Android 10; K", "Chrome/124.0.0.0 Mobile Safari/537.36")
FROZEN_ANDROID_TABLET = _of_chromium("Linux; Android 10; K")
GALAXY_TAB = _of_chromium("Linux; Android 13; SM-X906C", "Chrome/115.0.0.0 Safari/537.36")

TELEVISION = _of_chromium("SMART-TV; Linux; Tizen 6.0", "SamsungBrowser/2.2 Chrome/63.0.3239.84 TV Safari/537.36")
FIRE_TV = _of_chromium(
    "Linux; Android 7.1.2; AFTMM Build/NS6265; wv", "Version/4.0 Chrome/70.0.3538.110 Mobile Safari/537.36"
)
PLAYSTATION = _of_safari("PlayStation; PlayStation 5/2.26", "Version/13.0 Safari/605.1.15")
XBOX = _of_chromium("Windows NT 10.0; Win64; x64; Xbox; Xbox One", "Chrome/48.0.2564.82 Safari/537.36 Edge/20.02")

SHOP_APP_ON_IOS = "MyShop/3.2.1 (iPhone; iOS 17.4; Scale/3.00)"
SHOP_APP_ON_ANDROID = "com.shop.app/5.1 (Linux; Android 14; Pixel 8)"

_BY_GOOGLE = "(compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
GOOGLEBOT = f"Mozilla/5.0 {_BY_GOOGLE}"
GOOGLEBOT_ON_A_PHONE = f"{PIXEL} {_BY_GOOGLE}"
