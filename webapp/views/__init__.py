"""Views validate, call one service or selector, and respond."""

from webapp.views.accounts import signup
from webapp.views.common import PAGE
from webapp.views.history import delete, favourite, history
from webapp.views.home import home
from webapp.views.jobs import cancel, job, retry
from webapp.views.studio import make_design, segment, studio, upload
from webapp.views.studio_prints import cancel_prints, generate, hide, make_print_file, mix, recolour, vary

__all__ = [
    "PAGE",
    "cancel",
    "cancel_prints",
    "delete",
    "favourite",
    "generate",
    "hide",
    "history",
    "home",
    "job",
    "make_design",
    "make_print_file",
    "mix",
    "recolour",
    "retry",
    "segment",
    "signup",
    "studio",
    "upload",
    "vary",
]
