"""Accounts."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from webapp import selectors, services
from webapp.forms import SignUpForm, TokenForm
from webapp.refusals import refusals_as_messages
from webapp.views.common import refused


@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect("studio")
    return render(request, "registration/signup.html", {"form": form})


class AccountView(SuccessMessageMixin, PasswordChangeView):
    """A person's own account: a new password, tokens for programs, and the way to delete it."""

    template_name = "webapp/account.html"
    success_url = reverse_lazy("account")
    success_message = gettext_lazy("Your password was changed.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        tokens = selectors.tokens_of(user=self.request.user)
        return super().get_context_data(tokens=tokens, token_form=TokenForm(), **kwargs)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@refusals_as_messages
def create_token(request: HttpRequest) -> HttpResponse:
    """Answers with the page that shows the new token: it is kept nowhere from which another page could show it."""
    if request.method == "GET":  # the address of that page, opened again
        return redirect("account")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return refused(request, form)
    token, text = services.create_token(user=request.user, name=form.cleaned_data["name"])
    return render(request, "webapp/token.html", {"token": token, "text": text})


@require_POST
@login_required
@refusals_as_messages
def revoke_token(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    services.revoke_token(user=request.user, token=selectors.get_token(user=request.user, pk=pk))
    messages.success(request, _("The token was revoked. Whatever used it is refused now."))
    return redirect("account")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
@refusals_as_messages
def delete_account(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        services.delete_account(user=request.user)
        logout(request)
        messages.success(request, _("Your account was deleted with everything in it."))
        return redirect("home")
    return render(request, "webapp/delete_account.html")
