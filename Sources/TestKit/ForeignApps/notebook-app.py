# A notebook with pages alone: forms with a token against cross-site writes, a cookie, and messages behind a way to another page,
# refusals among them. No description. Nothing but Python's own library.
#   notebook-app.py PORT DIRECTORY [FLAW…]
#     foreign-page      a note is shown to whoever knows its number
#     foreign-form      a note is changed by whoever knows its number, and the answer says that it isn't there
#     foreign-removal   a note is removed by whoever knows its number
#     raw-text          what a note says is written as markup
#     common-passwords  a password of every list opens an account
#     altered-session   a cookie is looked up by its beginning
#     everybodys-staff  the list for the staff is shown to whoever is signed in
#     slipped-field     whoever joins and says so is staff
#     names-strangers   the message after a wrong sign-in says which of the two was wrong
#     leads-anywhere    who has signed in is sent wherever the link to the form said
#     no-token          forms are taken without their token
#     fetches           a picture's address is fetched, whichever it is
import html
import secrets
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote

port, flaws = int(sys.argv[1]), set(sys.argv[3:])
lock = threading.Lock()
people = {"ann@example.test": "a long word of ann", "bob@example.test": "a long word of bob",
          "eve@example.test": "a long word of eve"}
names, notes, sessions, staff = {}, {}, {}, {"eve@example.test"}
for number, mail in enumerate(people, 1):
    names[mail] = mail[:3].title()
    notes[number * 7] = {"owner": mail, "title": f"Plans of {mail[:3]}", "text": f"what {mail[:3]} keeps to herself"}


class Notebook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def session(self):
        cookies = dict(part.strip().split("=", 1) for part in (self.headers.get("Cookie") or "").split(";") if "=" in part)
        sid = cookies.get("sid", "")
        if "altered-session" in flaws:
            sid = next((known for known in sessions if sid and known[:12] == sid[:12]), sid)
        if sid not in sessions:
            sid = secrets.token_hex(16)
            sessions[sid] = {"who": None, "token": secrets.token_hex(16), "said": ""}
        return sid, sessions[sid]

    def answer(self, status, body, location=None, sid=None):
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        if location:
            self.send_header("Location", location)
        self.send_header("Set-Cookie", f"sid={sid or self.sid}; HttpOnly; SameSite=Lax; Path=/")
        self.end_headers()
        self.wfile.write(data)

    def page(self, title, body, status=200):
        said, self.own["said"] = self.own["said"], ""
        who = self.own["who"]
        bar = "<a href=/>Home</a> "
        if who:
            bar += f"<a href=/notes>Notes</a> <a href=/account>{html.escape(names[who])}</a> "
            bar += "<a href=/admin/people>Staff</a> " if who in staff else ""
            bar += self.form("/sign-out", "<button>Sign out</button>")
        else:
            bar += "<a href=/enter>Sign in</a> <a href=/join>Join</a>"
        self.answer(status, f"<!doctype html><title>{title}</title><p>{bar}</p><p>{html.escape(said)}</p><h1>{title}</h1>{body}")

    def form(self, action, inside):
        return f'<form method=post action="{action}"><input type=hidden name=token value="{self.own["token"]}">{inside}</form>'

    def lead(self, location, said="", sid=None):
        (sessions[sid] if sid else self.own)["said"] = said
        self.answer(302, f"<a href='{html.escape(location)}'>On</a>", location, sid)

    def note(self, path, flaw):
        part = path.split("/")[2]
        note = notes.get(int(part)) if part.isdigit() else None
        return note if note and (note["owner"] == self.own["who"] or flaw in flaws) else None

    def do_GET(self):
        self.sid, self.own = self.session()
        path, who = self.path.split("?")[0], self.own["who"]
        entry = "<input name=mail type=email><input name=word type=password>"
        if path == "/":
            return self.page("Notebook", "<p>Keep notes.</p>")
        if path == "/enter":
            way = parse_qs(self.path.partition("?")[2]).get("next", [""])[0]
            action = "/enter?next=" + quote(way, safe="") if way else "/enter"
            return self.page("Sign in", self.form(action, entry + "<button>Go</button>"))
        if path == "/join":
            return self.page("Join", self.form("/join", entry + "<button>Go</button>"))
        if path not in ("/notes", "/account", "/admin/people") and not path.startswith("/notes/"):
            return self.page("Nothing", "<p>There is nothing here.</p>", 404)
        if who is None:
            return self.lead("/enter?next=" + quote(path, safe=""), "Sign in first")
        if path == "/admin/people":
            if who not in staff and "everybodys-staff" not in flaws:
                return self.page("No", "<p>For the staff.</p>", 403)
            return self.page("People", "".join(f"<p>{mail}</p>" for mail in sorted(people)))
        if path == "/account":
            name = html.escape(names[who])
            return self.page("Account", self.form("/account", f'<input name=name value="{name}"><button>Keep</button>'))
        if path == "/notes":
            own = [number for number, note in notes.items() if note["owner"] == who]
            links = "".join(f'<p><a href="/notes/{n}">{html.escape(notes[n]["title"])}</a></p>' for n in own)
            return self.page("Notes", links + self.form("/notes/picture", "<input name=picture type=url><button>Get</button>"))
        note = self.note(path, "foreign-page")
        if note is None:
            return self.page("Nothing", "<p>There is nothing here.</p>", 404)
        title, text, number = html.escape(note["title"]), html.escape(note["text"]), path.split("/")[2]
        if path.endswith("/edit"):
            return self.page("Edit", self.form(
                path, f'<input name=title value="{title}"><textarea name=text>{text}</textarea><button>Keep</button>'))
        shown = note["text"] if "raw-text" in flaws else text
        self.page(title, f'<p>{shown}</p><a href="/notes/{number}/edit">Edit</a>'
                  + self.form(f"/notes/{number}/delete", "<button>Remove</button>"))

    def do_POST(self):
        self.sid, self.own = self.session()
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode(errors="replace")
        said = {key: value[0] for key, value in parse_qs(content, keep_blank_values=True).items()}
        path, who = self.path.split("?")[0], self.own["who"]
        if said.get("token") != self.own["token"] and "no-token" not in flaws:
            return self.page("Too old", "<p>That form is too old.</p>", 403)
        with lock:
            if path in ("/enter", "/join"):
                if path == "/join" and "slipped-field" in flaws and said.get("is_admin"):
                    staff.add(said.get("mail", ""))
                return self.enter(path, said.get("mail", ""), said.get("word", ""))
            if who is None:
                return self.lead("/enter", "Sign in first")
            if path == "/sign-out":
                sessions.pop(self.sid, None)
                return self.lead("/enter")
            if path == "/account":
                names[who] = said.get("name", "")[:200] or names[who]
                return self.lead("/account", "Kept")
            if path == "/notes/picture":
                if "fetches" in flaws:
                    try:
                        urllib.request.urlopen(said.get("picture", ""), timeout=2).read(10)
                    except (OSError, ValueError):
                        pass
                return self.lead("/notes", "That can't be had" if "fetches" not in flaws else "There it is")
            number = path.split("/")[2] if path.startswith("/notes/") else ""
            if path.endswith("/delete") and self.note(path, "foreign-removal"):
                notes.pop(int(number))
                return self.lead("/notes", "Removed")
            note = self.note(path, "foreign-form") if path.endswith("/edit") else None
            if note is None:
                return self.page("Nothing", "<p>There is nothing here.</p>", 404)
            note.update(title=said.get("title", "")[:400], text=said.get("text", "")[:400])
            if note["owner"] != who:
                return self.page("Nothing", "<p>There is nothing here.</p>", 404)
            self.lead(f"/notes/{number}", "Kept")

    def enter(self, path, mail, word):
        if path == "/join":
            if mail in people or len(word) < 12 or (word.lower().startswith("password") and "common-passwords" not in flaws):
                return self.page("Join", "<p>Not that one.</p>" + self.form(
                    "/join", "<input name=mail type=email><input name=word type=password><button>Go</button>"))
            people[mail], names[mail] = word, mail.split("@")[0]
        if people.get(mail) != word:
            stranger = mail not in people and "names-strangers" in flaws
            return self.lead("/enter", "Nobody has that address" if stranger else "Wrong address or word")
        sessions.pop(self.sid, None)
        sid = secrets.token_hex(16)
        sessions[sid] = {"who": mail, "token": secrets.token_hex(16), "said": ""}
        way = parse_qs(self.path.partition("?")[2]).get("next", ["/"])[0]
        own = way.startswith("/") and not way.startswith("//")
        self.lead(way if own or "leads-anywhere" in flaws else "/", "Welcome", sid)


ThreadingHTTPServer(("127.0.0.1", port), Notebook).serve_forever()
