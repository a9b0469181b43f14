"""Accounts."""

from __future__ import annotations

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
from django.views.decorators.http import require_http_methods

from webapp import services
from webapp.forms import SignUpForm
from webapp.refusals import refusals_as_messages


@require_http_methods(["GET", "POST"])
def signup(request: HttpRequest) -> HttpResponse:
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect("studio")
    return render(request, "registration/signup.html", {"form": form})


class AccountView(SuccessMessageMixin, PasswordChangeView):
    """A person's own account: a new password, and the way to delete it."""

    template_name = "webapp/account.html"
    success_url = reverse_lazy("account")
    success_message = gettext_lazy("Your password was changed.")


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
