"""Which prompt will keep a trait away: what is written down before anything is trained."""
