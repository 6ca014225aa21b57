"""What the command line says of persons, as the room names it."""

from typing import Any

import click
from email_validator import EmailNotValidError, validate_email


def address(email: str) -> str:
    """The one spelling an address is known by."""
    try:
        return validate_email(email, check_deliverability=False, allow_smtputf8=False).normalized.lower()
    except EmailNotValidError as error:
        raise click.BadParameter(str(error)) from None


def roles(role: str, organization: str | None) -> dict[str, Any]:
    """`role` as the people room names it."""
    from cass_portal.db import db
    from cass_portal.directory.queries import member_by_short_name
    from cass_portal.people.models import MemberRole

    if organization is None:
        return {role: True}
    member = db.session.scalar(member_by_short_name(organization))
    if member is None:
        raise click.BadParameter(f"there is no member {organization}")
    return {"organization": member, "role": MemberRole(role)}
