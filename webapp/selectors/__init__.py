"""What pages read. Nothing here changes anything."""

from webapp.selectors.categories import get_category, published_categories
from webapp.selectors.history import Narrowed, collections_of, designs_in, print_files_of, prints_in, selected_of
from webapp.selectors.jobs import job_of_design, jobs_of_patterns, print_jobs_of, queue_position, segment_job_of
from webapp.selectors.line import places_in_line
from webapp.selectors.owned import (
    designs_of,
    finished_patterns,
    get_owned,
    get_photo,
    photos_of,
    prints_among,
    stock_photos,
    wall_of,
)
from webapp.selectors.shares import get_share, shared_design
from webapp.selectors.tokens import get_token, tokens_of

__all__ = [
    "Narrowed",
    "collections_of",
    "designs_in",
    "designs_of",
    "finished_patterns",
    "get_category",
    "get_owned",
    "get_photo",
    "get_share",
    "get_token",
    "job_of_design",
    "jobs_of_patterns",
    "photos_of",
    "places_in_line",
    "print_files_of",
    "print_jobs_of",
    "prints_among",
    "prints_in",
    "published_categories",
    "queue_position",
    "segment_job_of",
    "selected_of",
    "shared_design",
    "stock_photos",
    "tokens_of",
    "wall_of",
]
