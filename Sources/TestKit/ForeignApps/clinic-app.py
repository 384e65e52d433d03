# A clinic whose programs sign in with a form and carry a bearer token (RFC 6750): appointments with notes and a page to print,
# a wallet, a list for the staff. Nothing but Python's own library.
#   clinic-app.py PORT DIRECTORY [FLAW…]
#     foreign-read     anybody who is signed in reads any appointment
#     lying-write      a change of another's appointment is answered 403 and made
#     slipped-field    a person's own record takes whatever it is sent
#     sign-up-role     so does the sign-up
#     stored-script    the page to print shows notes as they were written
#     lost-credit      two payments in at once count once
#     overdraft        two payments out at once count once
#     open-list        the list of the staff is for everybody
#     staff-for-all    the list of the staff is for whoever is signed in
#     unsigned-token   a token is believed without its signature
#     kept-token       signing out forgets nothing
#     slow-postcode    a check of a postcode doubles its work with every letter
import base64
import hashlib
import hmac
import html
import json
import re
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

port, flaws = int(sys.argv[1]), set(sys.argv[3:])
lock = threading.Lock()
key = secrets.token_bytes(32)
patients, appointments, notes, ended = {}, {}, [], set()


def operation(name, body=None, form=False, security=True, numbers=False):
    out = {"operationId": name, "responses": {"200": {"description": "done"}}}
    if body:
        kind = "integer" if numbers else "string"
        schema = {"type": "object", "required": list(body),
                  "properties": {key: {"type": kind, "example": value} for key, value in body.items()}}
        media = "application/x-www-form-urlencoded" if form else "application/json"
        out["requestBody"] = {"content": {media: {"schema": schema}}}
    if security:
        out["security"] = [{"oauth": []}]
    return out


appointment = {"name": "appointment_id", "in": "path", "required": True, "schema": {"type": "string"}}
value = {"name": "value", "in": "query", "schema": {"type": "string", "example": "12345"}}
description = {
    "openapi": "3.1.0", "info": {"title": "Clinic", "version": "1"},
    "components": {"securitySchemes": {"oauth": {
        "type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {}}}}}},
    "paths": {
        "/token": {"post": operation("token", {"username": "a", "password": "b"}, form=True, security=False)},
        "/logout": {"post": operation("log out")},
        "/patients": {"post": operation("register", {
            "email": "a@b.test", "password": "a long password", "full_name": "A"}, security=False)},
        "/me": {"get": operation("me"), "patch": operation("change", {"full_name": "Somebody"})},
        "/appointments": {"get": operation("list"), "post": operation("book", {"reason": "check-up"})},
        "/appointments/{appointment_id}": {"parameters": [appointment], "get": operation("one"),
                                           "patch": operation("move", {"reason": "another"})},
        "/appointments/{appointment_id}/notes": {"parameters": [appointment], "get": operation("notes"),
                                                 "post": operation("write", {"text": "a note"})},
        "/appointments/{appointment_id}/print": {"parameters": [appointment], "get": operation("print")},
        "/wallet": {"get": operation("wallet")},
        "/wallet/top-up": {"post": operation("pay in", {"amount": 10}, numbers=True)},
        "/wallet/payments": {"post": operation("pay out", {"amount": 1}, numbers=True)},
        "/admin/patients": {"get": operation("everybody", security="open-list" not in flaws)},
        "/postcode": {"get": {**operation("postcode", security=False), "parameters": [value]}},
    },
}


def coded(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signature(text):
    return coded(hmac.new(key, text.encode(), hashlib.sha256).digest())


def token(number):
    claims = {"sub": number, "iat": int(time.time()), "exp": int(time.time()) + 1800, "jti": secrets.token_hex(8)}
    text = f"{coded(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())}.{coded(json.dumps(claims).encode())}"
    return f"{text}.{signature(text)}"


def register(email, password, role="patient", **more):
    number = secrets.token_hex(4)
    patients[number] = {"patient_id": number, "email": email, "full_name": "", "role": role, "credit": 0,
                        "password": password, **more}
    return patients[number]


class Clinic(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, body, media="application/json"):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", media)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def person(self):
        text = self.headers.get("Authorization", "").removeprefix("Bearer ")
        head, _, sign = text.rpartition(".")
        if not text or text in ended or ("unsigned-token" not in flaws and not hmac.compare_digest(sign, signature(head))):
            return None
        try:
            part = text.split(".")[1]
            return patients.get(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["sub"])
        except (ValueError, KeyError, IndexError):
            return None

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        url = urlsplit(self.path)
        try:
            sent = json.loads(body) if body.startswith("{") else {}
        except ValueError:
            return self.answer(400, {"detail": "no JSON"})
        place = (self.command, url.path)
        if place == ("GET", "/"):
            return self.answer(200, "<!doctype html><title>Clinic</title><h1>Clinic</h1>", "text/html")
        if place == ("GET", "/openapi.json"):
            return self.answer(200, description)
        if place == ("GET", "/postcode"):
            text = parse_qs(url.query).get("value", [""])[0]
            pattern = r"^(\w+\s?)*$" if "slow-postcode" in flaws else r"^\d{5}$"
            return self.answer(200, {"valid": bool(re.match(pattern, text))})
        if place == ("POST", "/token"):
            form = parse_qs(body)
            for one in list(patients.values()):
                if [one["email"]] == form.get("username") and [one["password"]] == form.get("password"):
                    return self.answer(200, {"access_token": token(one["patient_id"]), "token_type": "bearer"})
            return self.answer(401, {"detail": "wrong e-mail or password"})
        if place == ("POST", "/patients"):
            more = {"role": sent["role"]} if "sign-up-role" in flaws and "role" in sent else {}
            return self.answer(201, {"patient_id": register(sent["email"], sent["password"], **more)["patient_id"]})
        everybody = [{"email": one["email"]} for one in list(patients.values())]
        if place == ("GET", "/admin/patients") and "open-list" in flaws:
            return self.answer(200, everybody)
        me = self.person()
        if not me:
            return self.answer(401, {"detail": "sign in"})
        self.signed_in(me, place, sent, everybody)

    def signed_in(self, me, place, sent, everybody):
        shown = {name: item for name, item in me.items() if name != "password"}
        if place == ("POST", "/logout"):
            if "kept-token" not in flaws:
                ended.add(self.headers["Authorization"].removeprefix("Bearer "))
            return self.answer(200, {})
        if place == ("GET", "/admin/patients"):
            allowed = me["role"] == "admin" or "staff-for-all" in flaws
            return self.answer(200, everybody) if allowed else self.answer(403, {"detail": "staff"})
        if place == ("GET", "/me"):
            return self.answer(200, shown)
        if place == ("PATCH", "/me"):
            names = sent if "slipped-field" in flaws else [name for name in sent if name == "full_name"]
            me.update({name: sent[name] for name in names})
            return self.answer(200, {})
        if place[1].startswith("/wallet"):
            return self.wallet(me, place, sent)
        if place == ("GET", "/appointments"):
            return self.answer(200, [one for one in appointments.values() if one["owner"] == me["patient_id"]])
        if place == ("POST", "/appointments"):
            number = secrets.token_hex(4)
            appointments[number] = {"appointment_id": number, "owner": me["patient_id"], "reason": sent.get("reason")}
            return self.answer(201, appointments[number])
        parts = place[1].split("/")
        one = appointments.get(parts[2]) if len(parts) > 2 and parts[1] == "appointments" else None
        if not one:
            return self.answer(404, {"detail": "nothing here"})
        own = one["owner"] == me["patient_id"]
        if place[0] == "PATCH" and (own or "lying-write" in flaws):
            one.update(reason=sent.get("reason"))
            return self.answer(200 if own else 403, {})
        if not own and not ("foreign-read" in flaws and place[0] == "GET" and len(parts) == 3):
            return self.answer(404, {"detail": "nothing here"})
        self.inside(one, place[0], parts[3:], sent)

    def inside(self, one, method, rest, sent):
        own = [note for note in notes if note["of"] == one["appointment_id"]]
        if method == "GET" and not rest:
            return self.answer(200, one)
        if method == "GET" and rest == ["notes"]:
            return self.answer(200, own)
        if method == "POST" and rest == ["notes"]:
            notes.append({"note_id": secrets.token_hex(4), "of": one["appointment_id"], "text": sent.get("text")})
            return self.answer(201, notes[-1])
        if method == "GET" and rest == ["print"]:
            text = "".join(f"<p>{note['text'] if 'stored-script' in flaws else html.escape(note['text'])}</p>" for note in own)
            return self.answer(200, f"<!doctype html><title>Appointment</title>{text}", "text/html")
        return self.answer(405, {"detail": "no such method"})

    def wallet(self, me, place, sent):
        def moved(step, flaw):
            def move():
                before = me["credit"]
                if before + step < 0:
                    return self.answer(409, {"detail": "not enough"})
                time.sleep(0.02 if flaw in flaws else 0.001)
                me["credit"] = before + step
                return self.answer(200, {"credit": me["credit"]})
            if flaw in flaws:
                return move()
            with lock:
                return move()
        if place == ("GET", "/wallet"):
            return self.answer(200, {"credit": me["credit"]})
        if place == ("POST", "/wallet/top-up"):
            return moved(int(sent["amount"]), "lost-credit")
        if place == ("POST", "/wallet/payments"):
            return moved(-int(sent["amount"]), "overdraft")
        return self.answer(404, {"detail": "nothing here"})

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = handle_any


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


for name, role in [("ann", "patient"), ("bob", "patient"), ("cat", "admin")]:
    patient = register(f"{name}@clinic.test", f"a long password of {name}", role)
    number = secrets.token_hex(4)
    appointments[number] = {"appointment_id": number, "owner": patient["patient_id"], "reason": f"check-up of {name}"}
    notes.append({"note_id": secrets.token_hex(4), "of": number, "text": f"private note of {name}"})
Server(("127.0.0.1", port), Clinic).serve_forever()
