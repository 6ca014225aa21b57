"""Files that come with a matter: what is taken and in which form, who may have it, what becomes of it.

`checking` looks at what was sent, by its content and never by its name or declared type, and gives what may be kept;
`actions` make the rows; `scanning` asks the virus scanner. Nothing is unpacked, and nothing is ever shown in a page:
files are served to be saved.
"""
