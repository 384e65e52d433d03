"""Makes and uses passkeys in Chromium, by its virtual authenticator, over the pages of a running gateway.

    passkeys.py http://localhost:PORT SETUP-TOKEN

Prints one JSON object of what it saw. Speaks the DevTools protocol over a pipe, so that nothing but Python is needed.
"""
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

BASE, TOKEN = sys.argv[1:3]
PREFIX = BASE + "/seaworthy"


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="passkeys-")
        command_in, self.out = os.pipe()
        self.inward, command_out = os.pipe()
        # Chromium reads from 3 and writes to 4.
        def place():
            os.dup2(command_in, 100)
            os.dup2(command_out, 101)
            os.dup2(100, 3)
            os.dup2(101, 4)
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--no-first-run", "--disable-background-networking", "--user-data-dir=" + self.folder, "about:blank"],
            preexec_fn=place, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(command_in)
        os.close(command_out)
        self.buffer, self.number, self.session = b"", 0, None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime"):
            self.call(domain + ".enable")

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.buffer:
                # A browser that doesn't answer can't hold a test up.
                if not select.select([self.inward], [], [], 90)[0]:
                    self.process.kill()
                    raise SystemExit(f"Chromium said nothing for 90 s after {method}")
                more = os.read(self.inward, 65536)
                if not more:
                    raise RuntimeError("Chromium ended")
                self.buffer += more
            text, self.buffer = self.buffer.split(b"\0", 1)
            answer = json.loads(text)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def run(self, script):
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script):
        """Waits until a script says true; a page that is just being left doesn't answer."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                if self.run(script):
                    return
            except RuntimeError:
                pass
            time.sleep(0.02)
        raise RuntimeError(f"it never came to {script}: {self.run('document.body.innerText')}")

    def open(self, path):
        self.call("Page.navigate", url=PREFIX + path)
        self.until(f"document.readyState == 'complete' && location.href.startsWith({json.dumps(PREFIX + path)})")

    def submit(self, form, then, **fields):
        for name, value in fields.items():
            self.run(f"document.querySelector({json.dumps(form)}).elements[{json.dumps(name)}].value = {json.dumps(value)}")
        self.run(f"document.querySelector({json.dumps(form)}).requestSubmit()")
        self.until(f"document.readyState == 'complete' && ({then})")

    def authenticator(self, verifies=True):
        return self.call("WebAuthn.addVirtualAuthenticator", options={
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": verifies, "automaticPresenceSimulation": True})["authenticatorId"]

    def close(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (RuntimeError, OSError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(browser, seen):
    browser.open("/choose?token=" + TOKEN)
    browser.submit("form", "location.pathname.endsWith('/account')", email="root@example.com",
                   password="correct horse battery staple")
    browser.call("WebAuthn.enable")
    authenticator = browser.authenticator()
    browser.open("/account/passkeys")
    browser.submit("#passkey-add", "document.querySelectorAll('li.session').length == 1", name="my “first” <key>")
    seen["listed"] = browser.run("document.querySelector('li.session strong').textContent")
    credentials = browser.call("WebAuthn.getCredentials", authenticatorId=authenticator)["credentials"]
    seen["discoverable"] = [credential["isResidentCredential"] for credential in credentials]
    seen["relyingParty"] = credentials[0]["rpId"]
    # The same device has one already.
    browser.submit("#passkey-add", "document.getElementById('passkey-news').textContent.includes('already')", name="again")
    seen["again"] = browser.run("document.getElementById('passkey-news').textContent")
    browser.open("/account")
    browser.submit("form[action$='/sign-out']", "location.pathname.endsWith('/sign-in')")
    browser.open("/sign-in/passkey?return-to=/members/x%3Fa%3Db")
    browser.submit("#passkey-sign-in", "location.pathname == '/members/x'")
    seen["returned"] = browser.run("location.pathname + location.search")
    seen["account"] = browser.run(
        f"fetch('{PREFIX}/account', {{headers: {{Accept: 'application/json'}}}}).then(answer => answer.json())")
    # As a step-up, in place of the password.
    browser.open("/step-up?return-to=/seaworthy/account/passkeys")
    browser.submit("#passkey-prove", "location.pathname == '/seaworthy/account/passkeys'")
    seen["stepped"] = browser.run(
        f"fetch('{PREFIX}/account', {{headers: {{Accept: 'application/json'}}}}).then(answer => answer.json())")
    browser.open("/account")
    browser.submit("form[action$='/sign-out']", "location.pathname.endsWith('/sign-in')")
    # Nobody shows a finger: the browser itself gives up, and nobody is signed in.
    browser.call("WebAuthn.setUserVerified", authenticatorId=authenticator, isUserVerified=False)
    browser.open("/sign-in/passkey")
    browser.submit("#passkey-sign-in", "document.getElementById('passkey-news').textContent.includes('Nothing was done')")
    browser.call("WebAuthn.setUserVerified", authenticatorId=authenticator, isUserVerified=True)
    # A copy of the passkey, whose counter is behind.
    browser.open("/sign-in/passkey")
    browser.submit("#passkey-sign-in", "!location.pathname.startsWith('/seaworthy/sign-in')")
    browser.open("/account")
    browser.submit("form[action$='/sign-out']", "location.pathname.endsWith('/sign-in')")
    browser.call("WebAuthn.removeCredential", authenticatorId=authenticator, credentialId=credentials[0]["credentialId"])
    browser.call("WebAuthn.addCredential", authenticatorId=authenticator, credential=credentials[0])
    browser.open("/sign-in/passkey")
    browser.submit("#passkey-sign-in", "document.getElementById('passkey-news').textContent.includes('did not work')")
    seen["copy"] = browser.run("document.getElementById('passkey-news').textContent")


browser, seen = Browser(), {}
try:
    main(browser, seen)
    print(json.dumps(seen))
finally:
    browser.close()
