"""
OFD (GB/T 33190-2016): reading with limits, signatures, drawing as SVG, text.

Every function of this package either returns or raises `NotReadable`, whatever the bytes are; none reads a
clock, a file or a network. `drawing` and what it uses are only imported in the sandboxed process.
"""
