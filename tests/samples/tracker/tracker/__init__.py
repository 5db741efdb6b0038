"""A client of the tracker's web API."""

from .api import Tracker
from .errors import ApiError, NotFoundError

__version__ = "2.1.0"
