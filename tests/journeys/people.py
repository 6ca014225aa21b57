"""Who is who in the demonstration, by the line each has in its list."""

COORDINATORS = [f"coordinator{n}@example.org" for n in (1, 2, 3)]


def staff_of(member):
    """The addresses of everybody who hears what is sent to a member without a contact point."""
    return [f"{role}.{member.lower()}@example.org" for role in ("agent", "lead", "seat")]


def line_of(visitor, role, member):
    """“Chen Agent (S4PST), agent of S4PST” for ("Agent", "S4PST")."""
    visitor.open("/demo/sign-in")
    lines = visitor.page.get_by_label("Demonstration: sign in as").locator("option").all_inner_texts()
    (found,) = (line for line in lines if f" {role} ({member})," in line)
    return found


def sign_in_for(visitor, role, member):
    visitor.sign_in_as(line_of(visitor, role, member))


def mailed(mails):
    return [(mail.to, mail.subject) for mail in mails]


def to_each(addresses, subject):
    return [(address, subject) for address in sorted(addresses)]


def send_feedback(visitor):
    """Send the form that is open, and once more where something is shown before it is sent; its reference."""
    visitor.press("Send feedback")
    if visitor.heading == "Give feedback":
        visitor.sees("Before it is sent")
        visitor.press("Send it anyway")
    assert visitor.heading == "We have your feedback", visitor.main.inner_text()
    return visitor.page.locator(".reference").inner_text()
