"""
The embedded PostgreSQL of a node: found, placed, made, started, watched and stopped by this package.

* account    which unprivileged account runs the server when we are root, and where that account can go
* binaries   where the server programs are: the wheel's, else the system's
* home       the folder of one cluster: where it lies, its passwords, its socket
* tuning     settings for this machine, from 2 GB to a large server
* cluster    make, start, recover, stop

Nothing here imports Django. See docs/explanation/embedded-database.md.
"""
