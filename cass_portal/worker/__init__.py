"""The background work: publish what is due → settle votes → tell who must know → deliver → tidy. As many workers as
you like.

Each step claims its rows with a lease and commits before it works, so two workers never do the same thing and a
killed one's work is taken up again. No mail leaves inside a transaction; a crash after a mail was taken and
before that is stored repeats this one mail, with the same Message-ID.
"""

from cass_portal.worker.loop import Worker, run, tick

__all__ = ["Worker", "run", "tick"]
