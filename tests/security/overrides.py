"""Where one name in an address means another object than usual."""

from typing import Any

from cass_portal import tokens
from tests.security.world import World

FORGED = "A" * 22
SUBSCRIBER = ("add", "again", "change", "end", "new_link", "preferences", "time_zone")
BY_LINK = ("feedback.follow", "feedback.outcome", "feedback.reply", "feedback.verdict", "feedback.withdrawal")


def overrides_of(world: World, *, actor: str = "follower") -> dict[str, dict[str, Any]]:
    """Values by endpoint. Only the follower holds the private link; anybody else tries a forged one."""
    values = world.values
    desk_slug = {"slug": values["draft_slug"], "number": 1}
    link = {"token": values["token"] if actor == "follower" else FORGED}
    reader = {"token": values["reader_token"] if actor == "follower" else FORGED}
    number = values["subscriber_token"].partition("-")[0]
    subscriber = {"token": values["subscriber_token"] if actor == "follower" else f"{number}-{FORGED}"}
    confirming = (
        values["subscription_confirm_token"] if actor == "follower" else tokens.sign("forged", "x", [1])
    )
    voter = {
        "token": values["vote_token"]
        if actor == "follower"
        else tokens.sign("forged", tokens.VOTE, [1, 1, 1])
    }
    on_board = {"slug": values["product_slug"], "format": "atom"}
    notice = {"slug": values["notice_slug"]}
    return {
        **dict.fromkeys(BY_LINK, link),
        "feedback.own_attachment": {**link, "number": values["attachment_id"]},
        "feedback.attachment": {"number": values["attachment_id"]},
        "feedback.remove_attachment": {"number": values["attachment_id"]},
        **{f"upstream.{name}": {"link_id": values["upstream_id"]} for name in ("draft", "end", "look", "seen")},
        "feedback.part": {**link, "reference": values["part_reference"]},
        **dict.fromkeys(("announcements.preview", "announcements.comment"), reader),
        **dict.fromkeys(("announcements.vote_by_link", "announcements.cast_by_link"), voter),
        **{f"subscriptions.{name}": {**subscriber, "what": "daily"} for name in SUBSCRIBER},
        "subscriptions.again": {**subscriber, "what": "last"},
        "subscriptions.confirm": {"token": confirming},
        "feedback.confirm": {"token": world.confirm_token if actor == "follower" else tokens.sign("forged", "x", 1)},
        "casework.choose_default": {"view_id": values["own_view_id"]},
        "casework.run_macro": {"macro_id": values["coordinators_macro_id"]},
        "feedback.show": {"reference": values["public_reference"]},
        "subscriptions.me_too": {"reference": values["public_reference"]},
        **{f"front.{name}": {"slug": values["product_slug"]} for name in ("product", "feedback_code", "feedback_card")},
        "announcements.changes_between": {"before": 1, "after": 1},
        "announcements.policy": {"kind": "news"},
        **{name: {"format": "atom"} for name in ("feeds.everything", "feeds.member", "feeds.area")},
        "feeds.announcement": {"format": "json"},
        "feeds.feedback": {"reference": values["public_reference"], "format": "json"},
        "feeds.product": {"slug": values["product_slug"], "format": "atom"},
        "feeds.topic": {"slug": values["topic_slug"], "format": "json"},
        **dict.fromkeys(("status.badge", "status.product", "status.product_calendar", "status.product_feed"), on_board),
        "status.feed": {"format": "json"},
        **dict.fromkeys(("status.notice", "status.post_update"), notice),
        "themes.show": {"slug": values["theme_slug"]},
        "directory.topic": {"slug": values["topic_slug"]},
        "people.invitation": {"token": FORGED},
        "security.reset_password": {"token": FORGED},
        "calls.resend": {"delivery_id": values["hook_delivery_id"]},
        "outbox.show": {"name": "missing.eml"},
        **dict.fromkeys(
            (
                "announcements.autosave", "announcements.check_links", "announcements.throw_away",
                "announcements.document", "announcements.desk_edition", "announcements.discard", "announcements.edit",
                "announcements.open_edition", "announcements.decline_proposal", "announcements.publish",
                "announcements.reinstate", "announcements.propose_reinstatement", "announcements.schedule",
                "announcements.sign_off", "announcements.request_sign_off", "announcements.unschedule",
                "announcements.withdraw", "announcements.propose_withdrawal", "announcements.readers",
                "announcements.end_reader_link", "announcements.end_discussion",
                "announcements.publish_at_once", "announcements.raise_question", "announcements.desk_changes",
            ),
            desk_slug,
        ),
    }  # fmt: skip
