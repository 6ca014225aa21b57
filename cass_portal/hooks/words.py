"""What people read instead of the database's words."""

from urllib.parse import urlsplit

from cass_portal.hooks.models import HookKind, Webhook

KINDS = {
    HookKind.WEBHOOK: "Signed webhook",
    HookKind.SLACK: "Slack",
    HookKind.MATTERMOST: "Mattermost",
    HookKind.MATRIX: "Matrix",
}
CONSORTIUM = "the Consortium"


def owner_of(hook: Webhook) -> str:
    return hook.organization.short_name if hook.organization is not None else CONSORTIUM


def shown_address(hook: Webhook) -> str:
    """Where it leads, for pages. The whole address of a chat is a secret: whoever has it can write there."""
    parts = urlsplit(hook.url)
    host = f"{parts.scheme}://{parts.netloc}"
    if hook.kind != HookKind.WEBHOOK:
        return f"{host}/…"
    return f"{host}{parts.path}{'?…' if parts.query else ''}"
