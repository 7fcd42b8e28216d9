"""What a model left on the rungs of the ladder to subterfuge, read by line and by syntax tree; nothing is run."""
