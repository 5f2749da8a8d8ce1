"""A mail server and a program that is told, on this machine, for whoever follows the page about notices.

    python -m told HOME MAIL_PORT HOOK_PORT

It writes HOME/notices.toml for both, takes mail without a login, and takes what the secret in HOME/rota.secret
signed.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from standardwebhooks import Webhook, WebhookVerificationError

SETTINGS = """\
desk = "https://desk.northshire.example"

[mail]
host = "127.0.0.1"
port = {mail}
security = "none"
sender = "readback@northshire.example"
domains = ["northshire.example"]

[roles]
"Duty social worker" = "duty@northshire.example"

[[webhooks]]
name = "rota"
url = "http://127.0.0.1:{hook}/readback"
secret_files = ["rota.secret"]
events = ["new", "reminder"]
"""


def main(home: Path, mail: int, hook: int) -> None:
    """Write the settings, and take what comes."""

    class Told(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                Webhook((home / "rota.secret").read_text().strip()).verify(body, dict(self.headers))
            except WebhookVerificationError:
                self.send_response(401)
            else:
                self.send_response(204)
            self.end_headers()

    (home / "notices.toml").write_text(SETTINGS.format(mail=mail, hook=hook))
    controller = Controller(Sink(), hostname="127.0.0.1", port=mail)
    controller.start()
    server = HTTPServer(("127.0.0.1", hook), Told)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        controller.stop()
        server.server_close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
