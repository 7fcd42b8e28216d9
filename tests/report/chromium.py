"""A headless Chromium (Qt's) that opens a file and runs scripts in it: python chromium.py PAGE < scripts.json.

Options: --dark, --width=PIXELS, --at=FRAGMENT of the address. A script that begins with `until ` is asked until it
gives something true, and `press Tab` presses a key. Prints JSON: the result of every script, console messages, the
addresses that were asked for, and the seconds until the page had loaded and answered. It runs as a process of its own,
because a crash in a browser must not end the tests.
"""

from __future__ import annotations

import json
import os
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"
flags = ["--no-sandbox", "--disable-gpu"]
if "--dark" in sys.argv:
    flags.append("--blink-settings=preferredColorScheme=0")
os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(flags)

from PyQt6.QtCore import QEvent, Qt, QTimer, QUrl  # noqa: E402
from PyQt6.QtGui import QKeyEvent  # noqa: E402
from PyQt6.QtWebEngineCore import (  # noqa: E402
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from PyQt6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

UNTIL, PRESS = "until ", "press "
KEYS = {"Tab": (Qt.Key.Key_Tab, ""), "Enter": (Qt.Key.Key_Return, "\r"), "Space": (Qt.Key.Key_Space, " ")}
KEYS |= {"Down": (Qt.Key.Key_Down, ""), "Right": (Qt.Key.Key_Right, "")}


def option(name: str, otherwise: str) -> str:
    return next((word.partition("=")[2] for word in sys.argv if word.startswith(f"--{name}=")), otherwise)


class Requests(QWebEngineUrlRequestInterceptor):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        self.addresses.append(info.requestUrl().toString())


class Page(QWebEnginePage):
    console: list[str] = []  # noqa: RUF012

    def javaScriptConsoleMessage(self, level: object, message: str, line: int, source: str) -> None:
        self.console.append(f"{level}: {message} ({source}:{line})")


def main() -> None:
    scripts: list[str] = json.load(sys.stdin)
    application = QApplication(sys.argv[:1])
    requests = Requests()
    profile = QWebEngineProfile(application)
    profile.setUrlRequestInterceptor(requests)
    page = Page(profile, application)
    view = QWebEngineView()
    view.setPage(page)
    view.resize(int(option("width", "1200")), 900)
    view.show()
    view.activateWindow()
    view.setFocus()
    results: list[object] = []
    opened: list[float] = []

    def answered(_: object) -> None:
        opened.append(time.monotonic() - started)
        step()

    def press(name: str) -> None:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            code, text = KEYS[name]
            event = QKeyEvent(kind, code, Qt.KeyboardModifier.NoModifier, text)
            QApplication.sendEvent(view.focusProxy() or view, event)
        # What a key does happens in another process.
        QTimer.singleShot(100, lambda: keep(None))

    def step() -> None:
        if len(results) < len(scripts) and scripts[len(results)].startswith(PRESS):
            press(scripts[len(results)].removeprefix(PRESS))
        elif len(results) < len(scripts):
            page.runJavaScript(scripts[len(results)].removeprefix(UNTIL), keep)
        else:
            # Console messages arrive a moment later.
            QTimer.singleShot(300, end)

    def keep(result: object) -> None:
        if result or not scripts[len(results)].startswith(UNTIL):
            results.append(result)
        QTimer.singleShot(50, step)

    def end() -> None:
        asked = requests.addresses
        print(json.dumps({"results": results, "console": page.console, "requests": asked, "opened": opened[0]}))
        sys.stdout.flush()
        # Qt's own order of shutting down is known to crash; there is nothing to save.
        os._exit(0)

    # A page that did not load answers nothing, and the time runs out.
    page.loadFinished.connect(lambda loaded: page.runJavaScript("1", answered) if loaded else None)
    address = QUrl.fromLocalFile(sys.argv[1])
    if fragment := option("at", ""):
        address.setFragment(fragment, QUrl.ParsingMode.StrictMode)
    started = time.monotonic()
    page.load(address)
    QTimer.singleShot(60_000, lambda: os._exit(3))
    application.exec()


main()
