"""Where fetched and converted things lie between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path:
    """INOC_EVALS_CACHE, or the user's cache folder. It need not exist yet."""
    if named := os.environ.get("INOC_EVALS_CACHE"):
        return Path(named)
    import platformdirs

    return Path(platformdirs.user_cache_dir("inoc-evals"))
