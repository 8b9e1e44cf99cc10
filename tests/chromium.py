"""A real browser for the tests: Debian's Chromium, told what to do over a pipe in its own protocol, with no driver."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

BINARY = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--remote-debugging-pipe",
)  # fmt: skip


class Browser:
    """A browser with one page.

    Args:
        width: Of the window, in CSS pixels.
        is_dark: Whether pages are asked to be dark.
    """

    def __init__(self, width: int = 1280, is_dark: bool = False) -> None:
        self.profile = mkdtemp()
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()

        def pipes() -> None:  # the protocol takes descriptor 3 for what it is told and 4 for what it tells
            low, high = os.dup(to_browser), os.dup(from_browser)
            os.dup2(low, 3)
            os.dup2(high, 4)

        arguments = [str(BINARY), *_OPTIONS, f"--user-data-dir={self.profile}", "about:blank"]
        self._process = subprocess.Popen(  # noqa: S603  # the browser found above
            arguments, preexec_fn=pipes, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        self._rest = b""
        self._sent = 0
        self.events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        target = next(t for t in self._call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        attached = self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session: str | None = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width)
        look = [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._call(method, self._session, **parameters)

    def _call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._sent += 1
        message = {"id": self._sent, "method": method, "params": parameters}
        os.write(self._out, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._sent:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events[answer.get("method", "")].append(answer.get("params", {}))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._in, 1 << 20)
            assert data, "the browser has ended"
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found

    def resize(self, width: int, height: int = 900) -> None:
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def open(self, page: Path | str, until: str = "document.readyState === 'complete'") -> None:
        """Open a page and wait until an expression is true in it."""
        address = page.resolve().as_uri() if isinstance(page, Path) else page
        self.call("Page.navigate", url=address)
        self.wait(until)

    def wait(self, until: str, seconds: int = 120) -> None:
        """Wait until an expression is true; generous, for machines that are busy."""
        script = f"""new Promise((done, failed) => {{
            const end = Date.now() + {1000 * seconds};
            const look = () => {{
                let found = false;
                try {{ found = {until}; }} catch (error) {{ found = false; }}
                if (found) done(true); else if (Date.now() > end) failed(new Error("never"));
                else setTimeout(look, 20);
            }};
            look();
        }})"""
        self.evaluate(script)

    def evaluate(self, script: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def errors(self) -> list[str]:
        """Return what the console was told: exceptions, errors, broken policies."""
        thrown = [event["exceptionDetails"]["text"] for event in self.events["Runtime.exceptionThrown"]]
        logged = [e["entry"]["text"] for e in self.events["Log.entryAdded"] if e["entry"]["level"] == "error"]
        called = [str(e["args"]) for e in self.events["Runtime.consoleAPICalled"] if e["type"] in ("error", "assert")]
        return thrown + logged + called

    def requests(self) -> list[str]:
        """Addresses of everything that was asked for."""
        return [event["request"]["url"] for event in self.events["Network.requestWillBeSent"]]

    def picture(self, path: Path, *, whole: bool = True) -> None:
        answer = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))
