"""Desk pages of the directory: contact and policies of organizations, owners of topics."""

from flask import Blueprint, flash, redirect, url_for
from werkzeug.wrappers import Response

from cass_portal.db import db
from cass_portal.directory import actions, queries
from cass_portal.directory.forms import OrganizationForm, ProfileForm, TopicForm, lines_of
from cass_portal.directory.vocabulary import curated_words
from cass_portal.policy import Permission
from cass_portal.text import clean_line
from cass_portal.web import check_version, current_actor, get_or_404, render, requires

bp = Blueprint("directory", __name__, url_prefix="/desk")
blueprints = [bp]


@bp.get("/organizations/")
@requires(Permission.ORGANIZATION_MANAGE)
def desk() -> str:
    managed = list(db.session.scalars(queries.managed_by(current_actor())))
    return render("directory/desk.html", organizations=managed)


@bp.route("/organizations/<short_name>/", methods=["GET", "POST"])
@requires(Permission.ORGANIZATION_MANAGE)
def organization(short_name: str) -> str | Response:
    actor = current_actor()
    found = get_or_404(queries.managed_by(actor).where(queries.is_called(clean_line(short_name))))
    form = OrganizationForm(obj=found)
    if form.validate_on_submit():
        check_version(found, form.version.data)
        actions.edit_organization(
            found,
            contact_email=form.contact_email.data,
            answers_need_second_person=form.answers_need_second_person.data,
            acknowledge_days=form.acknowledge_days.data,
            answer_days=form.answer_days.data,
            by=actor,
        )
        db.session.commit()
        flash(f"The settings of {found.short_name} are saved.", "success")
        return redirect(url_for(".organization", short_name=found.short_name), 303)
    return render("directory/organization.html", organization=found, form=form)


@bp.route("/organizations/<short_name>/profile/", methods=["GET", "POST"])
@requires(Permission.ORGANIZATION_MANAGE)
def profile(short_name: str) -> str | Response:
    """By which words matters find it; what the catalog says of it is shown beside."""
    actor = current_actor()
    found = get_or_404(queries.managed_by(actor).where(queries.is_called(clean_line(short_name))))
    form = ProfileForm(found)
    if form.validate_on_submit():
        check_version(found, form.version.data)
        actions.edit_profile(found, words=lines_of(form.words), not_ours=lines_of(form.not_ours), by=actor)
        db.session.commit()
        flash(f"The profile of {found.short_name} is saved. Suggestions follow it at once.", "success")
        return redirect(url_for(".profile", short_name=found.short_name), 303)
    return render(
        "directory/profile.html",
        organization=found,
        form=form,
        products=[each for each in queries.routable_products() if found in each.stewards],
        topics=[each for each in queries.topics() if found in each.organizations],
        curated=curated_words(found.short_name),
    )


@bp.get("/topics/")
@requires(Permission.DIRECTORY_EDIT)
def topics() -> str:
    return render("directory/topics.html", topics=queries.topics())


@bp.route("/topics/<slug>/", methods=["GET", "POST"])
@requires(Permission.DIRECTORY_EDIT)
def topic(slug: str) -> str | Response:
    found = get_or_404(queries.topic_by_slug(clean_line(slug)))
    form = TopicForm(found)
    if form.validate_on_submit():
        check_version(found, form.version.data)
        actions.edit_topic(
            found,
            description=form.description.data or "",
            position=form.position.data - 1,
            organizations=form.chosen_organizations,
            working_groups=form.chosen_groups,
            by=current_actor(),
        )
        db.session.commit()
        flash(f"The topic “{found.name}” is saved.", "success")
        return redirect(url_for(".topics"), 303)
    return render("directory/topic.html", topic=found, form=form)
