"""
The main job, driven over HTTP only: what `make demo` runs.
"""
