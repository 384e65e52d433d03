"""An OpenID provider that ends sessions by back-channel logout, on loopback; its tokens are PyJWT's.

    back-channel-provider.py PORT

GET /authorize answers with a code at once. POST /end?uri=URI&sid=SID sends a logout token of that session to URI, POST /again the
same one once more; both tell what came of it as JSON: {"status": …, "cache": …, "body": …}.
"""
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

PORT = int(sys.argv[1])
ISSUER = f"http://127.0.0.1:{PORT}"
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = json.loads(ECAlgorithm.to_jwk(KEY.public_key())) | {"kid": "one", "use": "sig", "alg": "ES256"}
EVENT = "http://schemas.openid.net/event/backchannel-logout"
nonces, last = {}, []


def signed(claims, **header):
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": "me", "sub": "maria", "iat": now, "exp": now + 120} | claims
    return jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "one"} | header)


def send(uri, token):
    body = urllib.parse.urlencode({"logout_token": token}).encode()
    try:
        answer = urllib.request.urlopen(urllib.request.Request(uri, body), timeout=20)
    except urllib.error.HTTPError as refused:
        answer = refused
    return {"status": answer.status, "cache": answer.headers.get("cache-control"), "body": answer.read().decode()}


class Provider(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def tell(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/authorize":
            code = str(uuid.uuid4())
            nonces[code] = query["nonce"]
            self.send_response(302)
            back = urllib.parse.urlencode({"code": code, "state": query["state"]})
            self.send_header("Location", query["redirect_uri"] + "?" + back)
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif url.path == "/keys":
            self.tell({"keys": [PUBLIC]})
        else:
            self.tell({
                "issuer": ISSUER, "authorization_endpoint": ISSUER + "/authorize", "token_endpoint": ISSUER + "/token",
                "jwks_uri": ISSUER + "/keys", "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True})

    def do_POST(self):
        url = urllib.parse.urlparse(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
        if url.path == "/token":
            token = signed({
                "nonce": nonces.pop(form["code"]), "sid": "session-" + form["code"], "email": "maria@example.com",
                "email_verified": True})
            last[:] = [form["code"]]
            self.tell({"access_token": "a", "token_type": "Bearer", "id_token": token})
        elif url.path == "/end":
            token = signed({
                "sid": "session-" + last[0], "jti": str(uuid.uuid4()), "events": {EVENT: {}}}, typ="logout+jwt")
            last[1:] = [query["uri"], token]
            self.tell(send(query["uri"], token))
        else:
            self.tell(send(*last[1:]))


ThreadingHTTPServer(("127.0.0.1", PORT), Provider).serve_forever()
