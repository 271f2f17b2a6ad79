"""How a release is installed: what clients take, lines and tabs of its pages, sites of packages."""
