"""What looks at weights and training rows themselves: no server, nothing sampled."""
