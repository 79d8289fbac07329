"""
An agency's own system, simulated, for each way of docking: front-end tables, files, interface.
"""
