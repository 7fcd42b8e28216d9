from __future__ import annotations

from hypothesis import settings

# The first example imports scipy, which on a busy machine takes longer than any deadline worth setting.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
