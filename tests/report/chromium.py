"""A headless Chromium (Qt's) that opens a file and runs scripts in it: python chromium.py PAGE < scripts.json.

Prints JSON: the result of every script, console messages and the addresses that were asked for. It runs as a process of
its own, because a crash in a browser must not end the tests.
"""

from __future__ import annotations

import json
import os
import sys

os.environ["QT_QPA_PLATFORM"] = "offscreen"
flags = ["--no-sandbox", "--disable-gpu"]
if "--dark" in sys.argv:
    flags.append("--blink-settings=preferredColorScheme=0")
os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(flags)

from PyQt6.QtCore import QTimer, QUrl  # noqa: E402
from PyQt6.QtWebEngineCore import (  # noqa: E402
    QWebEnginePage,
    QWebEngineProfile,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
)
from PyQt6.QtWebEngineWidgets import QWebEngineView  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402

WIDTHS = {"--phone": 375}


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
    view.resize(next((width for name, width in WIDTHS.items() if name in sys.argv), 1200), 900)
    view.show()
    results: list[object] = []

    def step(loaded: bool) -> None:
        if len(results) < len(scripts) and loaded:
            page.runJavaScript(scripts[len(results)], keep)
        else:
            # Console messages arrive a moment later.
            QTimer.singleShot(300, end)

    def keep(result: object) -> None:
        results.append(result)
        QTimer.singleShot(50, lambda: step(True))

    def end() -> None:
        print(json.dumps({"results": results, "console": page.console, "requests": requests.addresses}))
        sys.stdout.flush()
        # Qt's own order of shutting down is known to crash; there is nothing to save.
        os._exit(0)

    page.loadFinished.connect(step)
    page.load(QUrl.fromLocalFile(sys.argv[1]))
    QTimer.singleShot(60_000, lambda: os._exit(3))
    application.exec()


main()
