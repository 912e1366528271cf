"""Pages as outlets lay them out, written for this evaluation: outlets, people and events are fictional."""
