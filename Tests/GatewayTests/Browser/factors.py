"""Signs in to an app with Chromium, over its own form, and shows a second factor over the gateway's pages, scripts switched off.

    factors.py BASE LOGIN HOME LOGOUT-SELECTOR USER-FIELD USER PASSWORD UNIX-TIME [FOLDER]

UNIX-TIME is the gateway's. Pictures go into FOLDER. Prints one JSON object of what it saw.
"""
import base64
import hashlib
import hmac
import json
import os
import struct
import sys

from chromium import Browser

BASE, LOGIN, HOME, LOGOUT, FIELD, USER, PASSWORD, TIME = sys.argv[1:9]
FOLDER = sys.argv[9] if len(sys.argv) > 9 else None
CODE_PAGE, FACTOR_PAGE = "/seaworthy/sign-in/second-factor", "/seaworthy/account/second-factor"


def code(secret, step=0):
    """RFC 6238, by the standard library: an oracle of its own."""
    key = base64.b32decode(secret)
    digest = hmac.new(key, struct.pack(">Q", int(TIME) // 30 + step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return "%06d" % ((struct.unpack(">I", digest[offset:offset + 4])[0] & 0x7FFFFFFF) % 1000000)


def picture(browser, name):
    if FOLDER:
        for width in (1280, 390):
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
            shot = browser.call("Page.captureScreenshot", format="png")["data"]
            with open(os.path.join(FOLDER, f"{name}-{width}.png"), "wb") as file:
                file.write(base64.b64decode(shot))
        browser.call("Emulation.clearDeviceMetricsOverride")


def go(browser, path, then):
    browser.call("Page.navigate", url=BASE + path)
    browser.until(f"document.readyState == 'complete' && ({then})")


def fill(browser, form, then, **fields):
    """Types and submits as a person does: no script of any page runs."""
    for name, value in fields.items():
        browser.run(f"document.querySelector({json.dumps(form)}).elements[{json.dumps(name)}].value = {json.dumps(value)}")
    browser.run(f"HTMLFormElement.prototype.submit.call(document.querySelector({json.dumps(form)}))")
    browser.until(f"document.readyState == 'complete' && ({then})")


def sign_in(browser, then):
    go(browser, LOGIN, "document.querySelector('input[type=password]')")
    fill(browser, "form:has(input[type=password])", then, **{FIELD: USER, "password": PASSWORD})


def text(browser):
    return browser.run("document.body.innerText")


def main(browser, seen):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    inside = f"location.pathname == {json.dumps(HOME)}"
    sign_in(browser, inside)
    seen["before"] = browser.run("location.pathname")
    go(browser, FACTOR_PAGE, "document.querySelector('form[action$=\"/begin\"]')")
    picture(browser, "introduction")
    fill(browser, "form[action$='/begin']", "document.querySelector('code.secret')")
    picture(browser, "enrolment")
    secret = browser.run("document.querySelector('code.secret').textContent").replace(" ", "")
    fill(browser, "form[action$='/confirm']", "document.querySelector('ul.codes')", code=code(secret))
    picture(browser, "recovery-codes")
    codes = browser.run("[...document.querySelectorAll('ul.codes code')].map(item => item.textContent)")
    seen["codes"] = len(codes)
    go(browser, HOME, inside)
    seen["goes on"] = browser.run("location.pathname")
    browser.call("Network.clearBrowserCookies")
    # The app's own form, and then our page.
    sign_in(browser, f"location.pathname == {json.dumps(CODE_PAGE)}")
    seen["led"] = browser.run("location.pathname + location.search")
    seen["focus"] = browser.run("document.activeElement.id")
    seen["scrolls"] = browser.run("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    seen["lang"] = browser.run("document.documentElement.lang")
    picture(browser, "code")
    fill(browser, "form[action$='/second-factor']", "document.querySelector('[role=alert]')", code="123456")
    seen["wrong"] = browser.run("document.querySelector('[role=alert]').innerText")
    picture(browser, "wrong")
    fill(browser, "form[action$='/second-factor']", inside, code=code(secret, 1))
    seen["after"] = browser.run("location.pathname")
    seen["app"] = text(browser)[:400]
    browser.call("Network.clearBrowserCookies")
    sign_in(browser, f"location.pathname == {json.dumps(CODE_PAGE)}")
    # The same code is worth nothing; a recovery code is, once.
    fill(browser, "form[action$='/second-factor']", "document.querySelector('[role=alert]')", code=code(secret, 1))
    seen["again"] = browser.run("document.querySelector('[role=alert]').innerText")
    fill(browser, "form[action$='/second-factor']", inside, code=codes[0])
    seen["recovered"] = browser.run("location.pathname")


browser, seen = Browser(BASE), {}
try:
    main(browser, seen)
    print(json.dumps(seen))
finally:
    browser.close()
