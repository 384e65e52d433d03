"""What the benchmarks of identity share: an nginx upstream, a real `seaworthy serve` with accounts, and who is signed in there."""

import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

BODY = "[" + ",".join(['{"id":1,"symbol":"ACME","note":"a position like any other in this list"}'] * 12) + "]"
PASSWORD = "correct horse battery staple"
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tool(name, package):
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if not found:
        sys.exit(f"{name} is missing: apt-get install {package}")
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def median(values):
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def ask(port, method, path, body=None, headers=None, connection=None):
    """One request: (status, fields, body). Never follows a redirect."""
    own = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    own.request(method, path, body, headers or {})
    answer = own.getresponse()
    data = answer.read()
    if not connection:
        own.close()
    return answer.status, answer.headers, data


def processes(pid):
    """A process and all that it started."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/children") as children:
                    waiting += [int(child) for child in children.read().split()]
        except OSError:
            pass
    return found


def cpu_seconds(pid, with_children=True):
    """CPU time, nanoseconds exact where the kernel tells them (schedstat)."""
    total = 0
    for one in processes(pid) if with_children else [pid]:
        try:
            for thread in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{thread}/schedstat") as stat:
                    total += int(stat.read().split()[0])
        except OSError:
            pass
    return total / 1e9


class Bench:
    """A folder, an upstream and what was started; everything ends with it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="seaworthy-bench-")
        os.chmod(self.folder, 0o755)
        self.running = []
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("SEAWORTHY_")
        } | {"LLVM_PROFILE_FILE": "/dev/null", "PYTHONUNBUFFERED": "1"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.running):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as out:
            out.write(text)
        return self.path(name)

    def start(self, arguments, log):
        out = open(self.path(log + ".out"), "w")
        err = open(self.path(log + ".err"), "w")
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.environment, cwd=self.folder)
        out.close()
        err.close()
        self.running.append(process)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self.running:
            self.running.remove(process)

    def wait_for(self, port, path, log, expecting=(200,), limit=120):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                if ask(port, "GET", path)[0] in expecting:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        with open(self.path(log + ".err")) as err:
            sys.exit(f"{log} doesn't serve:\n{err.read()[-3000:]}")

    def nginx(self, name, servers, workers):
        user = "user root;" if os.geteuid() == 0 else ""
        text = f"""
            {user} worker_processes {workers}; pid {self.path(name)}.pid; error_log {self.path(name)}.log; daemon off;
            events {{ worker_connections 4096; }}
            http {{
                access_log off; keepalive_requests 100000000; default_type application/json;
                client_body_temp_path {self.path(name)}.b; proxy_temp_path {self.path(name)}.p;
                fastcgi_temp_path {self.path(name)}.f; uwsgi_temp_path {self.path(name)}.u; scgi_temp_path {self.path(name)}.s;
                {servers}
            }}
            """
        file = self.write(name + ".conf", text)
        return self.start(
            [tool("nginx", "nginx-light"), "-e", self.path(name) + ".log", "-p", self.folder, "-c", file], name)

    def upstream(self, workers=1):
        port = free_port()
        self.nginx("upstream", f"server {{ listen 127.0.0.1:{port}; location / {{ return 200 '{BODY}'; }} }}", workers)
        self.wait_for(port, "/", "upstream")
        return port

    def fill(self, binary, people, hash_of):
        """Makes a database with accounts that the other systems' hashes came for."""
        lines = ["email,password_hash"] + [f"{person},{hash_of}" for person in people]
        file = self.write("people.csv", "\n".join(lines) + "\n")
        settings = ["--database", self.path("a.db"), "--upstream", "http://127.0.0.1:9"]
        for arguments in (["migrate", "up"] + settings[:2], ["user", "import", file, "--set", "identity.sign-in=own"] + settings):
            done = subprocess.run(
                [binary] + arguments, env=self.environment, cwd=self.folder, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"seaworthy {' '.join(arguments)}: {done.returncode}\n{done.stderr}{done.stdout}")

    def serve(self, binary, upstream, *settings, wrap=(), port=None, log="seaworthy"):
        """A gateway that enforces everything, whose limit of requests by address is out of one load generator's reach."""
        port = port or free_port()
        arguments = [
            *wrap, binary, "serve", "--upstream", f"http://127.0.0.1:{upstream}", "--listen", f"127.0.0.1:{port}",
            "--operator", f"127.0.0.1:{free_port()}", "--environment", "development", "--mode", "enforce",
            "--database", self.path("a.db"), "--set", "identity.sign-in=own",
            "--set", "protection.rate-limit.address=100000000/min",
        ]
        for setting in settings:
            arguments += ["--set", setting]
        process = self.start(arguments, log)
        self.wait_for(port, "/items", log)
        return port, process


class Visitor:
    """Somebody with a browser's cookies."""

    def __init__(self, port):
        self.port = port
        self.cookies = {}

    def ask(self, method, path, fields=None, json_body=None, connection=None):
        headers = {"Accept": "text/html", "Host": f"127.0.0.1:{self.port}"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if method == "POST":
            headers |= {"Origin": f"http://127.0.0.1:{self.port}", "Sec-Fetch-Site": "same-origin"}
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if json_body is not None:
            body = json.dumps(json_body)
            headers |= {"Content-Type": "application/json", "Accept": "application/json"}
        status, answered, data = ask(self.port, method, path, body, headers, connection)
        for line in answered.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return status, answered, data.decode(errors="replace")

    def form(self, path, **fields):
        """Opens a page and sends its form back."""
        page = self.ask("GET", path)[2]
        token = re.search(r'name="csrf-token" value="([^"]+)"', page) or re.search(r'name="([^"]*csrf[^"]*)" value="([^"]+)"', page)
        if not token:
            sys.exit(f"{path} has no form: {page[:500]}")
        name = "csrf-token" if token.lastindex == 1 else token.group(1)
        return self.ask("POST", path, {name: token.group(token.lastindex)} | fields)

    def sign_in(self, email, password=PASSWORD):
        status, _, text = self.form("/seaworthy/sign-in", email=email, password=password)
        if status != 303:
            sys.exit(f"sign-in of {email}: {status} {text[:800]}")

    def session(self):
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items() if "session" in name)


def program_tokens(port, email, password=PASSWORD):
    """(access token, refresh token) of a program."""
    status, _, text = ask(
        port, "POST", "/seaworthy/sign-in", json.dumps({"email": email, "password": password, "tokens": True}),
        {"Content-Type": "application/json", "Accept": "application/json"})
    if status != 200:
        sys.exit(f"tokens of {email}: {status} {text[:800]}")
    answer = json.loads(text)
    return answer["access_token"], answer["refresh_token"]


def refreshed(port, token, connection=None):
    status, _, text = ask(
        port, "POST", "/seaworthy/token",
        urllib.parse.urlencode({"grant_type": "refresh_token", "refresh_token": token}),
        {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}, connection)
    if status != 200:
        sys.exit(f"refresh: {status} {text[:800]}")
    answer = json.loads(text)
    return answer["access_token"], answer["refresh_token"]
