"""Take the pictures of the segment book in the README, in Chromium, from the sample shop's book."""

import os
import shutil
import sys
from pathlib import Path

import duckdb
from playwright.sync_api import sync_playwright

PROJECT = Path(__file__).resolve().parents[1]
PICTURES = PROJECT / "docs" / "pictures"
# the file, the page of the book, and the window (pixels)
WINDOWS = (
    ("book_today.png", "today", 960, 960),
    ("book_segment.png", "vip_customers", 390, 1290),
)


def main() -> str | None:
    """Take the pictures of the book beside the published file (variable PUBLISHED_FILE).

    Returns: a sentence that says why there are none; none where there are.
    """
    published = PROJECT / os.environ.get("PUBLISHED_FILE", "warehouse/shop.duckdb")
    book = published.with_name("book.en.html")
    if not book.exists():
        return f"{book} does not exist: run `make build` first."
    with duckdb.connect(str(published), read_only=True) as connection:
        ((place,),) = connection.execute("select distinct raw_location from publication").fetchall()
    if place != "sample_shop":
        return f"The book is that of {place}: only the sample shop may be shown to everybody."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for file, page, width, height in WINDOWS:
            window = browser.new_page(viewport={"width": width, "height": height})
            window.goto(f"{book.as_uri()}#{page}")
            window.screenshot(path=PICTURES / file)
        browser.close()
    return None


if __name__ == "__main__":
    sys.exit(main())
