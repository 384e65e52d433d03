# A ticket office with accounts of its own, a description, and things that are used once: a voucher adds points once, a
# ticket admits once. Nothing but Python's own library.
#   ticket-office-app.py PORT DIRECTORY [FLAW…]
#     double-voucher    two at once both add the voucher's points
#     double-admission  two at once are both admitted
#     kept-session      signing out takes the cookie away from the browser alone
import json
import secrets
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, flaws = int(sys.argv[1]), set(sys.argv[3:])
lock = threading.Lock()
members, sessions, vouchers, tickets = {}, {}, {}, {}


def operation(name, summary, body=None, required=None, security=True):
    out = {"operationId": name, "summary": summary, "responses": {"200": {"description": "done"}}}
    if body:
        schema = {"type": "object", "required": required or list(body),
                  "properties": {key: {"type": "string", "example": value} for key, value in body.items()}}
        out["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    if not security:
        out["security"] = []
    return out


credentials = {"username": "somebody", "password": "a long password of a member"}
code = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
description = {
    "openapi": "3.1.0", "info": {"title": "Ticket office", "version": "1"}, "security": [{"cookie": []}],
    "components": {"securitySchemes": {"cookie": {"type": "apiKey", "in": "cookie", "name": "sid"}}},
    "paths": {
        "/v1/members": {"post": operation("join", "Join the office", credentials, security=False)},
        "/v1/auth/begin": {"post": operation("begin", "Log in", credentials, security=False)},
        "/v1/auth/finish": {"post": operation("finish", "Log off this device")},
        "/v1/all-members": {"get": operation("everybody", "For the staff")},
        "/v1/me": {"get": operation("me", "One's own points")},
        "/v1/vouchers": {"post": operation("buy", "Buy a voucher", {"title": "Gift", "until": "1999-01-01"}, ["title"])},
        "/v1/vouchers/{code}/redemption": {"parameters": [code], "put": operation("redeem", "Use a voucher")},
        "/v1/tickets": {"post": operation("ticket", "Get a ticket", {"seat": "A1"})},
        "/v1/tickets/{code}": {"parameters": [code], "get": operation("seat", "Where the seat is")},
        "/v1/admissions": {"post": operation("admit", "Go through the gate", {"ticketId": "0", "gate": "north"})},
    },
}


class Office(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, value, cookie=None):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, why):
        self.answer(status, {"problem": why})

    def content(self):
        length = int(self.headers.get("Content-Length") or 0)
        try:
            value = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            value = None
        return value if isinstance(value, dict) else {}

    def token(self):
        cookies = dict(part.strip().split("=", 1) for part in (self.headers.get("Cookie") or "").split(";") if "=" in part)
        return cookies.get("sid", "")

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/openapi.json":
            return self.answer(200, description)
        who = sessions.get(self.token())
        if path == "/":
            return self.answer(200, {"office": "open"})
        if who is None:
            return self.refuse(401, "log in first")
        if path == "/v1/me":
            return self.answer(200, {"name": who, "points": members[who]["points"]})
        if path == "/v1/all-members":
            return self.refuse(403, "for the staff")
        ticket = tickets.get(path.removeprefix("/v1/tickets/"))
        return self.answer(200, ticket) if ticket and ticket["owner"] == who else self.refuse(404, "nothing here")

    def do_PUT(self):
        self.content()
        who = sessions.get(self.token())
        if who is None:
            return self.refuse(401, "log in first")
        voucher = vouchers.get(self.path.removeprefix("/v1/vouchers/").removesuffix("/redemption"))
        if voucher is None or voucher["owner"] != who:
            return self.refuse(404, "nothing here")
        # Asked again, it says the same and adds nothing: that is its promise.
        if "double-voucher" in flaws:
            is_new = not voucher["used"]
            time.sleep(0.05)
            if is_new:
                with lock:
                    voucher["used"] = True
                    members[who]["points"] += 25
        else:
            with lock:
                if not voucher["used"]:
                    voucher["used"] = True
                    members[who]["points"] += 25
        self.answer(200, {"state": "redeemed"})

    def do_POST(self):
        body = self.content()
        name, password = str(body.get("username", "")), str(body.get("password", ""))
        if self.path == "/v1/members":
            if not name or len(password) < 8 or name in members:
                return self.refuse(422, "not this name, or this password")
            members[name] = {"password": password, "points": 0}
            return self.answer(201, {"name": name})
        if self.path == "/v1/auth/begin":
            if members.get(name, {}).get("password") != password:
                return self.refuse(401, "no")
            token = secrets.token_hex(16)
            sessions[token] = name
            return self.answer(200, {"name": name}, f"sid={token}; HttpOnly; SameSite=Strict; Path=/")
        who = sessions.get(self.token())
        if who is None:
            return self.refuse(401, "log in first")
        if self.path == "/v1/auth/finish":
            if "kept-session" not in flaws:
                sessions.pop(self.token(), None)
            return self.answer(200, {}, "sid=; Max-Age=0; Path=/")
        if self.path == "/v1/vouchers":
            if "until" in body:
                return self.refuse(422, "that day is gone")
            code = secrets.token_hex(6)
            vouchers[code] = {"owner": who, "used": False}
            return self.answer(201, {"voucher": {"voucher_code": code, "worth": 25}})
        if self.path == "/v1/tickets":
            number = str(len(tickets) + 1000)
            tickets[number] = {"number": number, "owner": who, "used": False}
            return self.answer(201, {"data": {"number": number}})
        if self.path == "/v1/admissions":
            ticket = tickets.get(str(body.get("ticketId")))
            if ticket is None or ticket["owner"] != who:
                return self.refuse(404, "no such ticket")
            if "double-admission" in flaws:
                if ticket["used"]:
                    return self.refuse(410, "used already")
                time.sleep(0.05)
                ticket["used"] = True
                return self.answer(201, {"admitted": True})
            with lock:
                if ticket["used"]:
                    return self.refuse(410, "used already")
                ticket["used"] = True
            return self.answer(201, {"admitted": True})
        self.refuse(404, "nothing here")


ThreadingHTTPServer.daemon_threads = True
ThreadingHTTPServer(("127.0.0.1", port), Office).serve_forever()
