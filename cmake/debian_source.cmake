# debian_source(package version orig-file sha256 out-variable): the unpacked source of a Debian
# package. Written with its first user.
