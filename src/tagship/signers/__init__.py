"""One file per kind of signature (:class:`tagship.ports.Signer`)."""
