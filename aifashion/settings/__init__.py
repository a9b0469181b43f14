"""Settings: one file per concern, all of them read from the environment by aifashion.env."""

from aifashion.settings.base import *  # noqa: F403
from aifashion.settings.database import *  # noqa: F403
from aifashion.settings.files import *  # noqa: F403
from aifashion.settings.limits import *  # noqa: F403
from aifashion.settings.queue import *  # noqa: F403
from aifashion.settings.security import *  # noqa: F403
