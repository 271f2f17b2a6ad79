"""One file per language: how its packages are found, versioned, built and listed (:class:`tagship.ports.Ecosystem`)."""
