"""What pytest leaves out where a library is not installed."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("spacy") else ["quotestance/spacy/*.py"]
