"""A real SMTP server for tests: aiosmtpd behind several ports, each with its own way of being difficult.

usage: smtp-server.py DIRECTORY

Writes DIRECTORY/ports.json once everything listens, and one JSON line for each mail that it has accepted into
DIRECTORY/mails.jsonl, read by Python's email package. A recipient's local part says what happens to a mail for it:

    rcpt-CODE[-STATUS]   that answer to RCPT        data-CODE[-STATUS]   that answer to the whole content
    drop-data            takes the content, then closes without a word (and counts it as delivered)
    slow-data-SECONDS    answers the content that late
    once-CODE            that answer to the first RCPT for this address, then none
    drop-rcpt            closes instead of answering RCPT

Ends when standard input does.
"""

import asyncio
import email
import email.policy
import json
import os
import shutil
import ssl
import subprocess
import sys
import threading

from email.header import decode_header, make_header
from email.utils import getaddresses

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

directory = sys.argv[1]
mails = open(os.path.join(directory, "mails.jsonl"), "a", buffering=1)
seen = {}
connections = 0


def answer(local, prefix):
    words = local[len(prefix) + 1:].split("-")
    code = words[0]
    return f"{code} {words[1]} scripted for you" if len(words) > 1 else f"{code} scripted for you"


class Handler:
    def __init__(self, name):
        self.name = name

    async def handle_RCPT(self, server, session, envelope, address, options):
        local = address.split("@")[0]
        if local.startswith("rcpt-"):
            return answer(local, "rcpt")
        if local.startswith("once-"):
            seen[address] = seen.get(address, 0) + 1
            if seen[address] == 1:
                return answer(local, "once")
        if local == "drop-rcpt":
            server.transport.abort()
            return "250 never seen"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server, session, envelope):
        local = envelope.rcpt_tos[0].split("@")[0]
        if local.startswith("data-"):
            return answer(local, "data")
        if local.startswith("slow-data-"):
            await asyncio.sleep(float(local.split("-")[2]))
        self.keep(server, session, envelope)
        if local == "drop-data":
            server.transport.abort()
        return "250 2.0.0 taken"

    def keep(self, server, session, envelope):
        raw = envelope.original_content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        parts = [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset() or "",
                "encoding": part["content-transfer-encoding"] or "",
                "content": part.get_content().replace("\r\n", "\n"),
                "defects": [repr(d) for d in part.defects],
            }
            for part in message.walk()
            if not part.is_multipart()
        ]
        lines = raw.split(b"\r\n")
        # Python's newer parser keeps the blanks between encoded words of a name, against RFC 2047 section 6.2.
        older = email.message_from_bytes(raw)

        def names(field):
            return [str(make_header(decode_header(name))) for name, _ in getaddresses([older[field]])]

        defects = [repr(d) for d in message.defects]
        for name, value in message.items():
            defects += [f"{name}: {d!r}" for d in getattr(value, "defects", [])]
        mails.write(
            json.dumps(
                {
                    "port": self.name,
                    "connection": server.number,
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "tls": bool(session.ssl),
                    "user": session.auth_data.login.decode() if session.auth_data else "",
                    "hello": session.host_name or "",
                    "headers": [[name, str(value)] for name, value in message.items()],
                    "fromNames": names("from"),
                    "toNames": names("to"),
                    "toAddresses": [a.addr_spec for a in message["to"].addresses],
                    "multipart": message.get_content_type(),
                    "parts": parts,
                    "defects": defects,
                    "longestLine": max(len(line) for line in lines),
                    "bareLineFeeds": raw.replace(b"\r\n", b"").count(b"\n") + raw.replace(b"\r\n", b"").count(b"\r"),
                    "isASCII": raw.isascii(),
                    "size": len(raw),
                }
            )
            + "\n"
        )


class Server(SMTP):
    def connection_made(self, transport):
        global connections
        if not hasattr(self, "number"):
            connections += 1
            self.number = connections
        super().connection_made(transport)


class Accounts:
    def __call__(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and data.login == b"postmaster" and data.password == "pa:ss wörd\"".encode()
        return AuthResult(success=good, handled=False, auth_data=data if good else None)


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)


def certificates():
    def authority(name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.pem", "-days", "2", "-subj", f"/CN={name}", "-addext",
                "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign")

    def leaf(name, issuer, alternative, days):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", "-subj", f"/CN={name}")
        with open(os.path.join(directory, f"{name}.ext"), "w") as file:
            file.write(f"subjectAltName={alternative}\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-out",
                f"{name}.pem", "-days", str(days), "-extfile", f"{name}.ext", "-CAcreateserial")

    authority("authority")
    authority("stranger")
    leaf("good", "authority", "IP:127.0.0.1,DNS:localhost", 2)
    leaf("other-name", "authority", "DNS:mail.example.org", 2)
    leaf("unknown", "stranger", "IP:127.0.0.1,DNS:localhost", 2)
    leaf("expired", "authority", "IP:127.0.0.1,DNS:localhost", -1)


def tls(name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, f"{name}.pem"), os.path.join(directory, f"{name}.key"))
    return context


async def greets_with(line, reader, writer):
    if line is not None:
        writer.write(line)
        await writer.drain()
    writer.close()


async def silent(reader, writer):
    await reader.read()
    writer.close()


async def strips_starttls(target, reader, writer):
    """A man in the middle who hides STARTTLS, and would read on in the clear."""
    upstream, downstream = await asyncio.open_connection("127.0.0.1", target)

    async def pump(source, sink, alter):
        try:
            while data := await source.read(4096):
                if alter:
                    data = data.replace(b"250-STARTTLS\r\n", b"").replace(b"250 STARTTLS\r\n", b"250 NOOP\r\n")
                else:
                    with open(os.path.join(directory, "overheard"), "ab") as file:
                        file.write(data)
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        sink.close()

    await asyncio.gather(pump(upstream, writer, True), pump(reader, downstream, False))


async def answers_starttls(reply, reader, writer):
    """Offers STARTTLS, and answers it with `reply`; notes what comes after."""
    writer.write(b"220 test ESMTP\r\n")
    while line := await reader.readline():
        if line.upper().startswith(b"EHLO"):
            writer.write(b"250-test\r\n250 STARTTLS\r\n")
        elif line.upper().startswith(b"STARTTLS"):
            writer.write(reply)
        elif line.upper().startswith(b"QUIT"):
            break
        else:
            with open(os.path.join(directory, "overheard"), "ab") as file:
                file.write(line)
            writer.write(b"250 fine\r\n")
        await writer.drain()
    writer.close()


async def main():
    certificates()
    loop = asyncio.get_running_loop()
    ports = {}

    async def smtp(name, context=None, implicit=None, **options):
        def make():
            return Server(Handler(name), hostname="test", tls_context=context, **options)

        server = await loop.create_server(make, "127.0.0.1", 0, ssl=implicit)
        ports[name] = server.sockets[0].getsockname()[1]

    async def raw(name, talk):
        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        ports[name] = server.sockets[0].getsockname()[1]

    good = tls("good")
    await smtp("plain")
    await smtp("starttls", good, require_starttls=True)
    await smtp("implicit", implicit=good)
    await smtp("auth", good, require_starttls=True, auth_required=True, authenticator=Accounts())
    await smtp("small", data_size_limit=2000)
    for name in ["other-name", "unknown", "expired"]:
        await smtp(name, tls(name), require_starttls=True)
    await raw("greeting-421", lambda r, w: greets_with(b"421 4.3.2 come back later\r\n", r, w))
    await raw("greeting-554", lambda r, w: greets_with(b"554 5.7.1 not you\r\n", r, w))
    await raw("greeting-none", lambda r, w: greets_with(None, r, w))
    await raw("greeting-nonsense", lambda r, w: greets_with(b"\x00\xff HTTP/1.1 400\r\n\r\n", r, w))
    await raw("silent", silent)
    await raw("stripped", lambda r, w: strips_starttls(ports["starttls"], r, w))
    await raw("starttls-454", lambda r, w: answers_starttls(b"454 4.7.0 not now\r\n", r, w))
    await raw("starttls-injected", lambda r, w: answers_starttls(b"220 go\r\n250 injected\r\n250 injected\r\n", r, w))
    with open(os.path.join(directory, "ports.new"), "w") as file:
        json.dump(ports, file)
    os.rename(os.path.join(directory, "ports.new"), os.path.join(directory, "ports.json"))
    await asyncio.Event().wait()


def end_with_parent():
    sys.stdin.read()
    shutil.rmtree(directory, ignore_errors=True)
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
asyncio.run(main())
