"""Views validate, call one service or selector, and respond."""

from webapp.views.about import delete_mine, how, privacy
from webapp.views.accounts import AccountView, create_token, delete_account, revoke_token, signup
from webapp.views.collections import create_collection, rename_collection
from webapp.views.common import PAGE
from webapp.views.history import delete, favourite, history
from webapp.views.home import home
from webapp.views.jobs import cancel, job, retry
from webapp.views.selection import selected
from webapp.views.shares import revoke, share, shared, shared_picture
from webapp.views.studio import make_design, segment, studio, upload
from webapp.views.studio_prints import arriving, cancel_prints, generate, hide, make_print_file, mix, recolour, vary

__all__ = [
    "PAGE",
    "AccountView",
    "arriving",
    "cancel",
    "cancel_prints",
    "create_collection",
    "create_token",
    "delete",
    "delete_account",
    "delete_mine",
    "favourite",
    "generate",
    "hide",
    "history",
    "home",
    "how",
    "job",
    "make_design",
    "make_print_file",
    "mix",
    "privacy",
    "recolour",
    "rename_collection",
    "retry",
    "revoke",
    "revoke_token",
    "segment",
    "selected",
    "share",
    "shared",
    "shared_picture",
    "signup",
    "studio",
    "upload",
    "vary",
]
