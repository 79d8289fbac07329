"""
A country on one machine: nation, province and two cities, each a whole node; what `make network` runs.
"""
