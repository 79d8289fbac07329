"""
The proof that nobody sees what is not his: a list of every door, a world of secrets, and rules written a second time.
"""
