"""Forms of the announcement pages, as a browser without JavaScript sends them back."""

from bs4 import BeautifulSoup


def fields_of_form(page, action):
    """Names and values of the form on `page` that is sent to `action`, untouched."""
    form = BeautifulSoup(page.data, "lxml").find("form", action=action)
    fields = {}
    for control in form.find_all(["input", "textarea", "select"]):
        kind = control.get("type", "")
        if control.name == "select":
            chosen = control.find("option", selected=True) or control.find("option")
            fields.setdefault(control["name"], []).append(chosen["value"])
        elif control.name == "textarea":
            text = control.get_text().removeprefix("\r\n").removeprefix("\n")
            fields.setdefault(control["name"], []).append(text)
        elif kind == "checkbox":
            fields.setdefault(control["name"], []).extend(
                [control["value"]] if control.has_attr("checked") else []
            )
        elif kind != "submit":
            fields.setdefault(control["name"], []).append(control.get("value", ""))
    return fields


def words(page):
    """The visible words of a page's main part on one line."""
    return " ".join(BeautifulSoup(page.data, "lxml").find("main").get_text(" ").split())
