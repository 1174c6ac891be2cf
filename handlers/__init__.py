"""What people can do (core) and the ways in which they ask for it (rest, the five APIs, live, pages)."""
