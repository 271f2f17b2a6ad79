"""What build-matrix is made of: the project, its packages, what they will be."""
