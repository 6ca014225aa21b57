"""List mail: letters that are written once and go to many, and the pieces that digests are put together from."""

from cass_portal.delivery.letters.bulletin import bulletin_letter, fragment_of
from cass_portal.delivery.letters.frame import Fragment, Letter, Reader, letter, list_name

__all__ = ["Fragment", "Letter", "Reader", "bulletin_letter", "fragment_of", "letter", "list_name"]
