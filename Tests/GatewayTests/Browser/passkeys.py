"""Makes and uses passkeys in Chromium, by its virtual authenticator, over the pages of a running gateway.

    passkeys.py http://localhost:PORT SETUP-TOKEN

Prints one JSON object of what it saw.
"""
import json
import sys

from chromium import Browser

BASE, TOKEN = sys.argv[1:3]
PREFIX = BASE + "/seaworthy"


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


browser, seen = Browser(PREFIX), {}
try:
    main(browser, seen)
    print(json.dumps(seen))
finally:
    browser.close()
