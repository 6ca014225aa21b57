"""What a mail is about: the rows its words are made from, as they stood at the event."""
