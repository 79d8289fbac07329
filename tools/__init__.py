"""Tools of the project itself: contracts, generators, installers. Never imported by `src`."""
