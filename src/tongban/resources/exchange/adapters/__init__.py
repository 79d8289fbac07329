"""
Carriers between nodes.
"""
