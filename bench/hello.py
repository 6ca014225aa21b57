"""The least a Flask app can do, on the portal's own server: what every page of the portal is compared with."""

import os

from flask import Flask

from cass_portal.server import serve

SENTENCE = "<p>The federation announces a change of rules today.</p>\n"
PAGE = f"<!doctype html><html><head><title>t</title></head><body><h1>Hello</h1>{SENTENCE * 260}</body></html>"


def make_app() -> Flask:
    app = Flask(__name__)

    @app.get("/")
    def page() -> str:
        return PAGE

    return app


if __name__ == "__main__":
    serve(make_app(), host="127.0.0.1", port=int(os.environ["PORT"]), with_worker=False)
