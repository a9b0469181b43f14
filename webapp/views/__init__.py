"""Views validate, call one service or selector, and respond."""

from webapp.views.accounts import signup
from webapp.views.common import PAGE
from webapp.views.history import delete, favourite, history
from webapp.views.home import home
from webapp.views.jobs import cancel, job, retry
from webapp.views.studio import generate, make_design, make_print_file, recolour, segment, studio, upload, vary

__all__ = [
    "PAGE",
    "cancel",
    "delete",
    "favourite",
    "generate",
    "history",
    "home",
    "job",
    "make_design",
    "make_print_file",
    "recolour",
    "retry",
    "segment",
    "signup",
    "studio",
    "upload",
    "vary",
]
