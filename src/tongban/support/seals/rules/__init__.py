"""
Seals without framework and database: structures, pictures, the life of a seal, who may use it, what a signature proves.
"""
