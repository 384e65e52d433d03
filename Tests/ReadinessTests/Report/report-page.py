"""Opens an HTML file in Chromium at 1,280 and 390 pixels, light and dark, all details open; says what is wrong on each.

report-page.py FILE
"""

import os
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path = next(p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if os.path.exists(p))
    browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
    for width, scheme in ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.goto("file://" + sys.argv[1])
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        faults = [f"{one['id']} at {one['nodes'][0]['html'][:80]}" for one in Axe().run(page).response["violations"]]
        if wide > width:
            faults.append(f"{wide} pixels wide")
        print(f"{width} {scheme}: {'; '.join(faults) or 'fine'}", flush=True)
        context.close()
    browser.close()
