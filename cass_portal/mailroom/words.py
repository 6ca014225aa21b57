"""What people read instead of the database's words."""

from cass_portal.mailroom.models import MailKind
from cass_portal.mailroom.queries import Shelf

SHELVES = {
    Shelf.TRAY: "Tray",
    Shelf.REPLIES: "Answers",
    Shelf.FEEDBACK: "New feedback",
    Shelf.BOUNCES: "Bounces",
    Shelf.COMPLAINTS: "Complaints",
    Shelf.UNSUBSCRIBED: "Unsubscribed",
    Shelf.AUTOMATIC: "By programs",
    Shelf.SETTLED: "Settled",
}
EMPTY = {
    Shelf.TRAY: (
        "The tray is empty",
        "Mail that no rule fits waits here until a coordinator has settled it.",
    ),
    Shelf.REPLIES: (
        "Nobody has answered by mail",
        "Answers to the portal's mails go into their matter by themselves.",
    ),
    Shelf.FEEDBACK: (
        "Nobody has given feedback by mail",
        "Mail to the portal's own address for feedback becomes feedback by itself.",
    ),
    Shelf.BOUNCES: ("No mail came back", "What cannot be delivered is counted here."),
    Shelf.COMPLAINTS: ("Nobody has complained", "Mail that was reported as unwanted is listed here."),
    Shelf.UNSUBSCRIBED: ("Nobody has unsubscribed by mail", "Most do it by the link in each mail."),
    Shelf.AUTOMATIC: (
        "No program has answered",
        "Notices of absence and the like are kept here for 28 days.",
    ),
    Shelf.SETTLED: (
        "Nothing was settled yet",
        "What a coordinator put into a matter or dismissed is kept here.",
    ),
}
KINDS = {
    MailKind.BOUNCE: "A mail that came back",
    MailKind.COMPLAINT: "A complaint",
    MailKind.REPLY: "An answer to a mail of ours",
    MailKind.FEEDBACK: "New feedback",
    MailKind.PROBE: "The proof that mail arrives",
    MailKind.UNSUBSCRIBE: "Asks to be unsubscribed",
    MailKind.AUTOMATIC: "Written by a program",
    MailKind.UNRECOGNIZED: "Not recognized",
}
