"""What `scripts/new.py` writes, as it is: a whole lab in little, which runs where it stands.

Names that begin with `example_` and `Example`, and the path of this package, are replaced by a
project's own; nothing else is. So these files are linted, imported and trained like all others, and
the lab that `new.py project --minimal` leaves is made of the very same ones. A template engine such
as copier would have needed a second copy of each file, which no tool could read.
"""
