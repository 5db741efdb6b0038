class ApiError(Exception):
    """The server said no. `status` is what it answered with, 0 if it did not answer at all."""

    def __init__(self, message, status=0):
        super().__init__(message)
        self.status = status


class NotFoundError(ApiError):
    pass
