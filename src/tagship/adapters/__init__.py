"""The impure code: git, programs, HTTP, the clock, the terminal and the Actions runner. One kind of effect per file."""
