"""What changes state. Every function is keyword-only and says what it raises; all errors are ServiceErrors."""

from webapp.errors import (
    BadRequest,
    Busy,
    NotAllowed,
    NotFound,
    NotReady,
    QueueUnavailable,
    ServiceError,
    StorageUnavailable,
    TooManyJobs,
    UploadRefused,
)
from webapp.services.collections import (
    MOST_COLLECTIONS,
    add_to_collection,
    create_collection,
    delete_collection,
    mark,
    remove_from_collection,
    rename_collection,
)
from webapp.services.corrections import (
    correct_garment,
    request_preview,
    undo_correction,
)
from webapp.services.deletion import (
    delete_account,
    delete_everything_of,
    delete_rows,
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
    make_print_files,
    recolour_pattern,
    remove_print_file,
    vary_pattern,
)
from webapp.services.photos import (
    add_photo,
    delete_photo,
    remove_photo,
    segment_photo,
    upload_photo,
)
from webapp.services.shares import (
    revoke_share,
    share_design,
)
from webapp.services.tokens import (
    MOST_TOKENS,
    create_token,
    revoke_token,
    use_token,
)
from webapp.services.wall import cancel_prints, mix_patterns

__all__ = [
    "LARGEST_SEED",
    "MOST_COLLECTIONS",
    "MOST_COLOURS",
    "MOST_LAYERS",
    "MOST_MIXES",
    "MOST_PATTERNS",
    "MOST_TOKENS",
    "PRINT_EXTENSIONS",
    "TILES_IN_REPEAT",
    "BadRequest",
    "Busy",
    "LayerInput",
    "NotAllowed",
    "NotFound",
    "NotReady",
    "QueueUnavailable",
    "ServiceError",
    "StorageUnavailable",
    "TooManyJobs",
    "UploadRefused",
    "add_photo",
    "add_to_collection",
    "cancel_job",
    "cancel_prints",
    "correct_garment",
    "create_collection",
    "create_design",
    "create_token",
    "delete_account",
    "delete_collection",
    "delete_design",
    "delete_everything_of",
    "delete_pattern",
    "delete_photo",
    "delete_rows",
    "generate_patterns",
    "make_print_file",
    "make_print_files",
    "mark",
    "mix_patterns",
    "recolour_pattern",
    "remove_from_collection",
    "remove_photo",
    "remove_print_file",
    "rename_collection",
    "request_preview",
    "retry_job",
    "revoke_share",
    "revoke_token",
    "segment_photo",
    "share_design",
    "undo_correction",
    "upload_photo",
    "use_token",
    "vary_pattern",
]
