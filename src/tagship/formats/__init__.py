"""One file per kind of file that is made from built ones (:class:`tagship.ports.Format`)."""
