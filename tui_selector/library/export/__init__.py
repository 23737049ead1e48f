"""The way out: photos as files, archives, tables and contact sheets outside the library."""
