"""The addresses of the site."""

from __future__ import annotations

from django.contrib.auth import views as auth_views
from django.urls import path

from webapp import views
from webapp.models import Design, Pattern
from webapp.views import downloads, photo_api

urlpatterns = [
    path("", views.home, name="home"),
    path("studio/", views.studio, name="studio"),
    path("studio/generate/", views.generate, name="generate"),
    path("studio/arriving/", views.arriving, name="arriving"),
    path("studio/upload/", views.upload, name="upload"),
    path("studio/cancel/", views.cancel_prints, name="cancel_prints"),
    path("studio/design/", views.make_design, name="make_design"),
    path("history/", views.history, name="history"),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("jobs/<uuid:pk>/cancel/", views.cancel, name="cancel_job"),
    path("jobs/<uuid:pk>/retry/", views.retry, name="retry_job"),
    path("patterns/<uuid:pk>/download.<str:extension>", downloads.download_pattern, name="download_pattern"),
    path("patterns/<uuid:pk>/vary/", views.vary, name="vary_pattern"),
    path("patterns/<uuid:pk>/mix/", views.mix, name="mix_patterns"),
    path("patterns/<uuid:pk>/hide/", views.hide, name="hide_pattern"),
    path("patterns/<uuid:pk>/recolour/", views.recolour, name="recolour_pattern"),
    path("patterns/<uuid:pk>/print/", views.make_print_file, name="make_print_file"),
    path("prints/<uuid:pk>/download/", downloads.download_print_file, name="download_print_file"),
    path("patterns/<uuid:pk>/favourite/", views.favourite, {"model": Pattern}, name="favourite_pattern"),
    path("designs/<uuid:pk>/download.<str:extension>", downloads.download_design, name="download_design"),
    path("photos/<uuid:pk>/preview.json", photo_api.preview, name="photo_preview"),
    path("photos/<uuid:pk>/strokes/", photo_api.correct, name="correct_photo"),
    path("photos/<uuid:pk>/strokes/undo/", photo_api.undo, name="undo_correction"),
    path("photos/<uuid:pk>/segment/", views.segment, name="segment_photo"),
    path("history/selected/", views.selected, name="selected"),
    path("collections/", views.create_collection, name="create_collection"),
    path("collections/<uuid:pk>/rename/", views.rename_collection, name="rename_collection"),
    path("designs/<uuid:pk>/favourite/", views.favourite, {"model": Design}, name="favourite_design"),
    path("designs/<uuid:pk>/share/", views.share, name="share_design"),
    path("shares/<uuid:pk>/revoke/", views.revoke, name="revoke_share"),
    path("s/<str:token>/", views.shared, name="shared"),
    path("s/<str:token>/design.jpg", views.shared_picture, name="shared_picture"),
    path("<str:kind>/<uuid:pk>/delete/", views.delete, name="delete"),
    path("how/", views.how, name="how"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/delete/", views.delete_mine, name="delete_mine"),
    path("account/", views.AccountView.as_view(), name="account"),
    path("account/tokens/", views.create_token, name="create_token"),
    path("account/tokens/<uuid:pk>/revoke/", views.revoke_token, name="revoke_token"),
    path("account/delete/", views.delete_account, name="delete_account"),
    path("accounts/login/", auth_views.LoginView.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/signup/", views.signup, name="signup"),
]
