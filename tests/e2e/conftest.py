"""Keeps pytest out of what npm installs here; these tests are run by `make e2e`."""

collect_ignore = ["node_modules"]
