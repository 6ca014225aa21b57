"""Entry point for WSGI servers: `granian --interface wsgi wsgi:app`."""

from cass_portal import create_app

app = create_app()
