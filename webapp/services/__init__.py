"""What changes state. Every function is keyword-only and says what it raises; all errors are ServiceErrors."""

from webapp.errors import (
    BadRequest,
    NotAllowed,
    NotFound,
    NotReady,
    QueueUnavailable,
    ServiceError,
    StorageUnavailable,
    UploadRefused,
)
from webapp.services.designs import (
    MOST_LAYERS,
    LayerInput,
    create_design,
    delete_design,
)
from webapp.services.jobs import (
    cancel_job,
    retry_job,
)
from webapp.services.patterns import (
    LARGEST_SEED,
    MOST_COLOURS,
    MOST_MIXES,
    MOST_PATTERNS,
    PRINT_EXTENSIONS,
    TILES_IN_REPEAT,
    delete_pattern,
    generate_patterns,
    make_print_file,
    recolour_pattern,
    remove_print_file,
    toggle_favourite,
    vary_pattern,
)
from webapp.services.photos import (
    delete_photo,
    remove_photo,
    segment_photo,
    upload_photo,
)

__all__ = [
    "LARGEST_SEED",
    "MOST_COLOURS",
    "MOST_LAYERS",
    "MOST_MIXES",
    "MOST_PATTERNS",
    "PRINT_EXTENSIONS",
    "TILES_IN_REPEAT",
    "BadRequest",
    "LayerInput",
    "NotAllowed",
    "NotFound",
    "NotReady",
    "QueueUnavailable",
    "ServiceError",
    "StorageUnavailable",
    "UploadRefused",
    "cancel_job",
    "create_design",
    "delete_design",
    "delete_pattern",
    "delete_photo",
    "generate_patterns",
    "make_print_file",
    "recolour_pattern",
    "remove_photo",
    "remove_print_file",
    "retry_job",
    "segment_photo",
    "toggle_favourite",
    "upload_photo",
    "vary_pattern",
]
