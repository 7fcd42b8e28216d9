"""Valid, commented beginnings of a task and of a rubric."""
