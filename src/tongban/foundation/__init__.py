"""
基础设施层: actors, audit, time, events, jobs, errors, cryptography, storage.
"""
