"""Drives a real Chromium against a gateway's console. Reads one JSON object from standard input, writes JSON lines.

{"console": URL, "app": URL, "email": …, "password": …, "task": "pages" | "keyboard" | "sections" | "projects" | "acceptance" | "account" | "attack", "shots": FOLDER or ""}
"""

import json
import os
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

job = json.load(sys.stdin)
console = job["console"]
taken = set()


def tell(**line):
    print(json.dumps(line), flush=True)


def sign_in(page):
    page.goto(console + "/console")
    page.fill("input[name=email]", job["email"])
    page.fill("input[name=password]", job["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(console + "/console")


def chromium(playwright):
    path = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if os.path.exists(p))
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def pages(playwright):
    """Every page at both widths and in both schemes, across; all four where pictures are asked for: axe, no sideways scroll."""
    browser = chromium(playwright)
    axe = Axe()
    state = None
    for width, height in ((1280, 860), (390, 844)):
        across = "light" if width == 1280 else "dark"
        for scheme in ("light", "dark") if job.get("shots") else (across,):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme, storage_state=state)
            page = context.new_page()
            if state is None:
                page.goto(console + "/console/sign-in")
                look(axe, page, "sign-in", width, scheme)
                sign_in(page)
                state = context.storage_state()
            for path in job["paths"]:
                page.goto(console + path)
                look(axe, page, path, width, scheme)
            context.close()
    browser.close()


def look(axe, page, path, width, scheme):
    found = axe.run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    tell(
        page=path, width=width, scheme=scheme, sideways=wide,
        axe=[v["id"] + ": " + v["nodes"][0]["html"][:200] for v in found])
    shot = job.get("shots")
    if shot:
        name = path.strip("/").split("?")[0].replace("console/", "").replace("/", "-") or "overview"
        if " signed " in path and " signed " not in name:
            name += path[path.index(" signed "):]
        place = os.path.join(shot, f"{name}-{width}-{scheme}.png")
        # A list is shown as it opens, not as it was searched.
        if place not in taken:
            taken.add(place)
            page.screenshot(path=place)


def account(playwright):
    """The public door's own pages, before and after signing in; what isn't a page is left out."""
    browser = chromium(playwright)
    axe = Axe()
    for width, height, scheme in ((1280, 860, "light"), (390, 844, "dark")):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        for state in ("out", "in"):
            for path in job["paths"]:
                answer = context.request.get(job["app"] + path, headers={"Accept": "text/html"})
                if "text/html" not in answer.headers.get("content-type", ""):
                    continue
                page.goto(job["app"] + path)
                look(axe, page, f"{path} signed {state}", width, scheme)
            if state == "out":
                page.goto(job["app"] + "/seaworthy/sign-in")
                page.fill("input[name=email]", job["email"])
                page.fill("input[name=password]", job["password"])
                page.click("main button[type=submit]")
                page.wait_for_url(lambda url: "/sign-in" not in url)
        context.close()
    browser.close()


def acceptance(playwright):
    """Every item of a plan on every browser: the choice has the focus, arrows choose, Tab and Enter send."""
    browser = chromium(playwright)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(page)
    page.goto(console + "/console/uat")
    page.locator("a", has_text="AUTH-01").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/uat/items/**")
    unseen = []
    for number in range(6):
        now = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return {tag: e.tagName, name: e.name, outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2} }""")
        if now["name"] != "outcome":
            raise SystemExit(f"the choice doesn't have the focus: {page.url}: {now}")
        page.keyboard.press("Space")
        if number == 1:
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") != "note":
            raise SystemExit(f"no note behind the choice: {page.url}")
        if not page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"):
            unseen.append("note")
        if number == 1:
            page.keyboard.type("Nothing happens.")
        page.keyboard.press("Tab")
        if not page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"):
            unseen.append("button")
        before = page.url
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: url != before)
    tell(ended=page.url, unseen=unseen)
    browser.close()


def keyboard(playwright):
    """Signs in, goes to a page, sends a form and signs out with keys alone; every stop of the focus is visible."""
    browser = chromium(playwright)
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    page.goto(console + "/console")

    def focused():
        return page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            return {tag: e.tagName, text: (e.innerText || e.name || '').trim().slice(0, 40), href: e.getAttribute('href'),
              outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2} }""")

    def until(wanted, most=80):
        invisible = []
        for _ in range(most):
            page.keyboard.press("Tab")
            now = focused()
            if not now["outline"]:
                invisible.append(now)
            if wanted(now):
                return invisible
        raise SystemExit(f"never reached: {page.url}: {focused()}")

    unseen = []
    page.keyboard.press("Tab")
    tell(first=focused())
    unseen += until(lambda e: e["text"] == "email" or e["tag"] == "INPUT")
    page.keyboard.type(job["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(job["password"])
    page.keyboard.press("Enter")
    page.wait_for_url(console + "/console")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    tell(skipped=page.evaluate("location.hash"))
    page.goto(console + "/console")
    unseen += until(lambda e: e["href"] == "/console/users")
    page.keyboard.press("Enter")
    page.wait_for_url(console + "/console/users")
    unseen += until(lambda e: e["text"] == "email")
    page.keyboard.type("by-keyboard@example.com")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=isn’t shown again")
    tell(made=True)
    page.goto(console + "/console")
    unseen += until(lambda e: e["text"] == "Sign out")
    page.keyboard.press("Enter")
    page.wait_for_url(console + "/console/sign-in?done=signed-out")
    tell(unseen=unseen)
    browser.close()


def tabs(page, unseen):
    """Goes on with Tab until something has the focus; notes what had it without being seen."""
    def until(wanted, most=160):
        for _ in range(most):
            page.keyboard.press("Tab")
            now = page.evaluate(
                """() => { const e = document.activeElement, s = getComputedStyle(e);
                return {name: e.name || '', label: e.getAttribute('aria-label') || '', text: (e.innerText || '').trim(),
                  words: e.labels && e.labels.length ? e.labels[0].innerText : '',
                  outline: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2} }""")
            if not now["outline"]:
                unseen.append(now)
            if wanted(now):
                return
        raise SystemExit(f"never reached: {page.url}: {now}")
    return until


def projects(playwright):
    """Makes a project, gives a member another role and invites somebody, with keys alone, on a phone in the dark."""
    browser = chromium(playwright)
    page = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark").new_page()
    app = job["app"] + "/seaworthy"
    page.goto(app + "/sign-in")
    page.fill("input[name=email]", job["email"])
    page.fill("input[name=password]", job["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    unseen = []
    until = tabs(page, unseen)
    page.goto(app + "/projects")
    until(lambda e: e["name"] == "name")
    page.keyboard.type("By keyboard")
    until(lambda e: e["text"] == "Make the project")
    # The act is over when its answer is there.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(app + "/projects/members?project=apollo")
    until(lambda e: e["name"] == "role" and "ann@" in e["words"])
    page.keyboard.type("owner")
    until(lambda e: e["text"] == "Change")
    # The act is over when its answer is there.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.goto(app + "/projects/members?project=apollo")
    until(lambda e: e["name"] == "email")
    page.keyboard.type("new@example.com")
    until(lambda e: e["name"] == "role")
    page.keyboard.type("owner")
    until(lambda e: e["text"] == "Invite")
    # The act is over when its answer is there.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tell(unseen=unseen)
    browser.close()


def sections(playwright):
    """Revokes a key, gives a member another role and makes a project, with keys alone."""
    browser = chromium(playwright)
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(page)
    unseen = []

    until = tabs(page, unseen)
    page.goto(console + "/console/api-keys")
    until(lambda e: e["label"].startswith("Revoke the key"))
    page.keyboard.press("Enter")
    page.wait_for_url("**done=key-revoked")
    page.goto(console + "/console/projects/apollo")
    # The select of ben's row, then its button.
    until(lambda e: e["name"] == "role" and "ben@" in e["words"])
    page.keyboard.type("owner")
    until(lambda e: e["label"] == "Change the role of ben@example.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**done=member-role")
    page.goto(console + "/console/projects")
    until(lambda e: e["name"] == "name")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type(job["email"])
    page.keyboard.press("Tab")
    page.keyboard.type("by-keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/projects/by-keyboard?done=project-made")
    tell(unseen=unseen)
    browser.close()


def enter(context, name):
    answer = context.request.post(
        job["app"] + "/api/session",
        data={"email": f"{name}@example.test", "password": f"correct horse battery {name}"})
    assert answer.ok, answer.text()


def plant(browser):
    """Somebody else writes the script into comments, a piece in each: they may have 2000 characters."""
    context = browser.new_context()
    enter(context, "bob")
    code = job["script"]
    pieces = [code[at:at + 1200] for at in range(0, len(code), 1200)]
    bodies = ["<script>window.P=(window.P||'')+" + json.dumps(p).replace("</", "<\\/") + "</script>" for p in pieces]
    for body in bodies + ["<script>eval(window.P)</script>"]:
        answer = context.request.post(job["app"] + "/api/notes/1/comments", data={"body": body})
        assert answer.ok, answer.text()
    context.close()


def attack(playwright):
    """An administrator is signed in at the console and looks at a page of the app that holds a planted script."""
    browser = chromium(playwright)
    context = browser.new_context()
    page = context.new_page()
    sign_in(page)
    tell(signedIn=page.locator("h1").inner_text())
    plant(browser)
    enter(context, "alice")
    victim = context.new_page()
    said = []
    victim.on("console", lambda message: said.append(message.text))
    victim.goto(job["app"] + "/research/1")
    victim.wait_for_function("window.attackIsOver === true", timeout=20000)
    tell(attacker=victim.evaluate("window.loot"))
    popups = [p.url for p in context.pages if p not in (page, victim)]
    words = []
    for other in context.pages:
        if other in (page, victim):
            continue
        other.wait_for_load_state()
        words.append(other.inner_text("body")[:200])
    tell(windows=popups, words=words)
    page.goto(console + "/console/users")
    tell(stillIn=page.locator("h1").inner_text())
    browser.close()


with sync_playwright() as playwright:
    {"pages": pages, "keyboard": keyboard, "sections": sections, "projects": projects, "acceptance": acceptance, "account": account, "attack": attack}[job["task"]](playwright)
tell(end=True)
