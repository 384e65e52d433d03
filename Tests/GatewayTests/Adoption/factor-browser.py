"""Signs in through the form of somebody's app, in a real Chromium, and shows a second factor at the page in between.

Reads one JSON object from standard input, writes JSON lines:

{"app": URL, "login": PATH, "home": PATH, "welcome": TEXT, "fields": [[NAME, VALUE], …], "other": the same of somebody else, "now": SECONDS, "shots": FOLDER or ""}

The gateway's clock stands still, so three steps of the code are valid: one before, now, and one after. Each action has a time
limit, after which the process says which one hung and ends; Chromium ends with it.
"""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import signal
import struct
import subprocess
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

job = json.load(sys.stdin)
app, own = job["app"], job["app"] + "/seaworthy"
SECONDS = 60


@contextlib.contextmanager
def limit(action):
    """A browser that doesn't answer can't hold a test up."""
    def over(*_):
        os.write(2, f"hung for {SECONDS} s: {action}\n".encode())
        os._exit(3)
    signal.signal(signal.SIGALRM, over)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)


def tell(**line):
    print(json.dumps(line), flush=True)


def totp(secret, steps=0):
    key = base64.b32decode(secret)
    mac = hmac.new(key, struct.pack(">Q", int(job["now"]) // 30 + steps), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06}"


class Visitor:
    """One browser profile. Without scripts, nothing is asked of the page that a script would have to answer."""

    def __init__(self, browser, width, scheme, scripts=True):
        self.scripts = scripts
        self.context = browser.new_context(
            viewport={"width": width, "height": 860 if width > 600 else 844}, color_scheme=scheme,
            java_script_enabled=scripts)
        self.context.set_default_timeout(SECONDS * 900)
        self.page = self.context.new_page()
        self.protocol = self.context.new_cdp_session(self.page)

    def open(self, path):
        with limit("open " + path):
            self.page.goto(app + path)

    def html(self):
        with limit("read " + self.page.url):
            root = self.protocol.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
            return self.protocol.send("DOM.getOuterHTML", {"nodeId": root})["outerHTML"]

    def focus(self, selector):
        """Puts the focus on a field of the app's form, which is none of our business."""
        with limit("focus " + selector):
            root = self.protocol.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
            node = self.protocol.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
            self.protocol.send("DOM.focus", {"nodeId": node})

    def type(self, text):
        with limit("type at " + self.page.url):
            self.page.keyboard.type(text)

    def press(self, key):
        with limit(f"{key} at {self.page.url}"):
            self.page.keyboard.press(key)

    def send(self, arrives):
        """Enter, and the page that follows is there: whole."""
        with limit(f"Enter at {self.page.url}"):
            with self.page.expect_navigation(url=arrives, wait_until="load"):
                self.page.keyboard.press("Enter")

    def sign_in(self, arrives, who="fields"):
        self.open(job["login"])
        for name, value in job[who]:
            self.focus(f"input[name={name}]")
            self.type(value)
        self.send(arrives)

    # With scripts only.

    def focused(self):
        with limit("look where the focus is"):
            return self.page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                return {tag: e.tagName, name: e.name || '', text: (e.innerText || '').trim().slice(0, 60),
                  seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2} }""")

    def tab(self, wanted, unseen):
        """To a button or a field by keys alone; where the focus couldn't be seen is noted."""
        for _ in range(40):
            self.press("Tab")
            now = self.focused()
            if not now["seen"]:
                unseen.append(now)
            if wanted in (now["text"], now["name"]):
                return
        raise SystemExit(f"{wanted} is never reached by keys at {self.page.url}: {now}")

    def look(self, axe, name):
        """At both widths and in both schemes: nothing that axe objects to, nothing that scrolls sideways."""
        every = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
        for width, scheme in every if job["shots"] else (every[0], every[3]):
            with limit(f"look at {name} at {width} {scheme}"):
                self.page.set_viewport_size({"width": width, "height": 860 if width > 600 else 844})
                self.page.emulate_media(color_scheme=scheme)
                found = axe.run(self.page).response["violations"]
                sideways = self.page.evaluate(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth")
                tell(page=name, width=width, scheme=scheme, sideways=sideways,
                     axe=[v["id"] + ": " + v["nodes"][0]["html"][:200] for v in found])
                if job["shots"]:
                    self.page.screenshot(
                        path=os.path.join(job["shots"], f"{name}-{width}-{scheme}.png"), full_page=True)

    def authenticator(self, credential=None):
        """A virtual one, which has a finger to show; with a passkey that another browser of its owner made."""
        with limit("add an authenticator"):
            self.protocol.send("WebAuthn.enable")
            made = self.protocol.send("WebAuthn.addVirtualAuthenticator", {"options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True}})["authenticatorId"]
            if credential:
                self.protocol.send("WebAuthn.addCredential", {"authenticatorId": made, "credential": credential})
            return made

    def verifies(self, authenticator, yes):
        with limit("change the authenticator"):
            self.protocol.send(
                "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": yes})

    def close(self):
        with limit("close"):
            self.context.close()


def enrol(browser, axe, unseen):
    """Somebody with the app's password alone sets an authenticator app up, by keys: the secret and the recovery codes."""
    owner = Visitor(browser, 1280, "light")
    owner.sign_in(app + job["home"])
    owner.open("/seaworthy/account/second-factor")
    owner.look(axe, "offer")
    owner.tab("Set up an authenticator app", unseen)
    owner.send(re.compile("second-factor"))
    owner.look(axe, "enrolment")
    with limit("read the secret"):
        secret = owner.page.inner_text("code.secret").replace(" ", "")
        picture = owner.page.locator("svg.qr").screenshot()
    seen = subprocess.run(
        ["zbarimg", "--quiet", "--raw", "-"], input=picture, capture_output=True, timeout=SECONDS).stdout.decode()
    tell(qr=f"secret={secret}&" in seen)
    owner.tab("code", unseen)
    owner.type(totp(secret, -1))
    owner.send(re.compile("confirm$"))
    owner.look(axe, "recovery-codes")
    with limit("read the codes"):
        codes = owner.page.locator("ul.codes code").all_inner_texts()
    owner.tab("I have kept them", unseen)
    owner.send(re.compile("."))
    owner.open(job["home"])
    tell(owner=job["welcome"] in owner.html())
    owner.close()
    return secret, codes


def by_keys(browser, axe, unseen, secret):
    """A wrong code, then the right one, with keys alone: the field has the focus already."""
    page = Visitor(browser, 1280, "light")
    page.sign_in(re.compile("/seaworthy/sign-in/second-factor"))
    page.look(axe, "code")
    now = page.focused()
    tell(begins=now["name"])
    if not now["seen"]:
        unseen.append(now)
    page.type("000000")
    page.send(re.compile("second-factor$"))
    page.look(axe, "wrong-code")
    tell(alert=page.page.inner_text("[role=alert]"), again=page.focused()["name"])
    page.type(totp(secret))
    page.send(app + job["home"])
    tell(entered=job["welcome"] in page.html())
    page.close()


def without_scripts(browser, secret, recovery):
    """The same where no script runs at all, by a code and by a recovery code."""
    for code, way in ((totp(secret, 1), "code"), (recovery, "recovery")):
        page = Visitor(browser, 390, "dark", scripts=False)
        page.sign_in(re.compile("/seaworthy/sign-in/second-factor"))
        form = page.html()
        page.type("zzzz-zzzz-zzzz-zzzz" if way == "recovery" else "111111")
        page.send(re.compile("second-factor$"))
        wrong = page.html()
        page.type(code)
        page.send(app + job["home"])
        tell(without=way, asked="one-time-code" in form, refused="did not work" in wrong,
             entered=job["welcome"] in page.html())
        page.close()


def by_passkey(browser, axe, unseen):
    """Somebody else makes a passkey and has nothing else; then it is asked for, refused unverified, and lets them in."""
    owner = Visitor(browser, 1280, "light")
    owner.sign_in(app + job["home"], "other")
    authenticator = owner.authenticator()
    owner.open("/seaworthy/account/passkeys?return-to=/seaworthy/account/passkeys")
    owner.look(axe, "passkeys")
    owner.tab("name", unseen)
    owner.type("my key")
    owner.send(re.compile("/account/passkeys"))
    with limit("read the list"):
        tell(passkey=owner.page.inner_text("li.session strong"))
        credential = owner.protocol.send(
            "WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"][0]
    owner.close()
    page = Visitor(browser, 1280, "light")
    page.sign_in(re.compile("/seaworthy/sign-in/second-factor"), "other")
    authenticator = page.authenticator(credential)
    page.look(axe, "passkey-asked")
    page.verifies(authenticator, False)
    page.tab("Use a passkey", unseen)
    page.press("Enter")
    with limit("be refused"):
        page.page.wait_for_selector("#passkey-news:has-text('Nothing was done')")
    page.verifies(authenticator, True)
    page.send(app + job["home"])
    tell(entered=job["other-welcome"] in page.html())
    page.open("/seaworthy/step-up?return-to=/seaworthy/sessions")
    page.look(axe, "passkey-step-up")
    page.tab("Use a passkey", unseen)
    page.send(re.compile("/seaworthy/sessions$"))
    tell(stepped=page.page.inner_text("h1"))
    page.close()


with sync_playwright() as playwright:
    path = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if os.path.exists(p))
    with limit("start Chromium"):
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    axe, unseen = Axe(), []
    secret, codes = enrol(browser, axe, unseen)
    by_keys(browser, axe, unseen, secret)
    without_scripts(browser, secret, codes[2])
    if job["other"]:
        by_passkey(browser, axe, unseen)
    tell(unseen=unseen)
    with limit("end Chromium"):
        browser.close()
tell(end=True)
